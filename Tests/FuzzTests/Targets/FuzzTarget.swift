/// Something that strangers or disks feed, and what reads it: it never traps, and what is accepted says the same when it is
/// written and read again.
///
/// The tests change the corpus from fixed seeds. libFuzzer does it by what it sees of the code: `.ci/fuzz`.
struct FuzzTarget: Sendable, CustomStringConvertible {
    /// Reads an input.
    ///
    /// - Returns: Whether it was accepted.
    /// - Throws: ``BrokenPromise``.
    typealias Reader = (UnsafeRawBufferPointer) throws -> Bool

    let name: String
    /// Good inputs.
    let corpus: [[UInt8]]
    /// What means something to the reader.
    let words: [String]
    /// Inputs that a test tries.
    let count: Int
    let makeReader: @Sendable () throws -> Reader

    var description: String { name }

    static var all: [FuzzTarget] {
        [
            header, person, wish, report, record, fold, rows, batchHeader, tail, snapshot, rules, departments, grids,
            holidays, configuration, duty, calendar,
        ]
    }
}

/// What was accepted says something else when it is written and read again.
struct BrokenPromise: Error, CustomStringConvertible {
    let description: String
}

func promise(_ isKept: Bool, _ what: @autoclosure () -> String) throws {
    guard isKept else { throw BrokenPromise(description: what()) }
}

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}
