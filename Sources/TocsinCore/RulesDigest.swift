import TocsinJournal

/// The length and checksum of a rule file, which tell one file from another. The file itself is in the journal. 100,000
/// rules take ten megabytes, which would be in memory and in each snapshot. Writing such a snapshot held up alerts for
/// 30 ms.
struct RulesDigest: Hashable {
    let byteCount: Int64
    let checksum: UInt32

    init(_ texts: RuleTexts) {
        var parts = RulesDigestParts()
        parts.add(texts)
        self = parts.digest
    }

    /// Creates a digest from its kept values. A digest of an earlier version, of the rules alone, equals none of this one.
    init(byteCount: Int64, checksum: UInt32) {
        self.byteCount = byteCount
        self.checksum = checksum
    }
}

/// A digest in the making, to which the parts of the files are added one after the other.
struct RulesDigestParts {
    private var rules = TextDigest()
    private var departments = TextDigest()
    private var grids = TextDigest()
    private var clients = TextDigest()
    private var holidays = TextDigest()
    private var duty = TextDigest()

    /// Adds more of each file.
    mutating func add(_ texts: RuleTexts) {
        rules.add(texts.rules)
        departments.add(texts.departments)
        grids.add(texts.grids)
        clients.add(texts.clients)
        holidays.add(texts.holidays)
        duty.add(texts.duty)
    }

    /// The digest of everything added so far.
    var digest: RulesDigest {
        // Without clients, holidays and duty the digest is that of earlier versions, which did not know them.
        var texts = [rules, departments, grids, clients, holidays, duty]
        while texts.count > 3, texts[texts.count - 1].byteCount == 0 { texts.removeLast() }
        var sum = Checksum()
        for text in texts {
            sum.add(text.byteCount)
            sum.add(Int64(text.checksum))
        }
        return RulesDigest(byteCount: texts.reduce(0) { $0 + $1.byteCount }, checksum: sum.value)
    }
}

/// Tells one text from another: its bytes and their checksum.
private struct TextDigest {
    private(set) var byteCount: Int64 = 0
    private var sum = Checksum()

    var checksum: UInt32 { sum.value }

    /// Adds more of the text.
    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            byteCount += Int64(bytes.count)
            sum.add(UnsafeRawBufferPointer(bytes))
        }
    }
}
