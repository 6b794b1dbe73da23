import TocsinJournal

/// Tells one rule file from another: its bytes and their checksum. The file itself is in the journal; 100,000 rules take ten
/// megabytes, which would be in memory and in each snapshot, and writing such a snapshot held up alerts for 30 ms.
struct RulesDigest: Hashable {
    private(set) var byteCount: Int64 = 0
    private var sum = Checksum()

    /// Nothing yet.
    init() {}

    init(_ text: String) {
        add(text)
    }

    /// As it was kept.
    init(byteCount: Int64, checksum: UInt32) {
        self.byteCount = byteCount
        sum = Checksum(continuing: checksum)
    }

    var checksum: UInt32 { sum.value }

    /// Goes on with more of the file.
    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            byteCount += Int64(bytes.count)
            sum.add(UnsafeRawBufferPointer(bytes))
        }
    }
}
