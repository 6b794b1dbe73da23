import TocsinJournal

/// The length and checksum of a rule file, which tell one file from another. The file itself is in the journal. 100,000
/// rules take ten megabytes, which would be in memory and in each snapshot. Writing such a snapshot held up alerts for
/// 30 ms.
struct RulesDigest: Hashable {
    private(set) var byteCount: Int64 = 0
    private var sum = Checksum()

    /// Creates the digest of an empty text.
    init() {}

    init(_ text: String) {
        add(text)
    }

    /// Creates a digest from its kept values.
    init(byteCount: Int64, checksum: UInt32) {
        self.byteCount = byteCount
        sum = Checksum(continuing: checksum)
    }

    var checksum: UInt32 { sum.value }

    /// Adds more of the file.
    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            byteCount += Int64(bytes.count)
            sum.add(UnsafeRawBufferPointer(bytes))
        }
    }
}
