import Testing

/// What strangers and disks feed, a little changed.
struct FuzzTargetTests {
    @Test(arguments: FuzzTarget.all, [1, 2, 3] as [UInt64])
    func `what is fed is read or refused, and what is accepted says the same again`(
        _ target: FuzzTarget, seed: UInt64
    ) throws {
        let read = try target.makeReader()
        for input in target.corpus {
            let isAccepted = try input.withUnsafeBytes(read)
            #expect(isAccepted)
        }
        var mutator = Mutator(seed: seed, corpus: target.corpus, words: target.words)
        var accepted = 0
        for input in mutator.inputs(target.count / 3) {
            if try input.withUnsafeBytes(read) { accepted += 1 }
        }
        #expect(accepted > target.count / 100)
    }
}
