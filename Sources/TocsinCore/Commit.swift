public import TocsinJournal
import TocsinModel

/// What one or several turns want on disk together, and what may be said when it is there.
///
/// It cannot be copied: a second holder of its arrays would have every commit fill new ones, page by page.
public struct Commit: Sendable, ~Copyable {
    public internal(set) var records: [JournalEntry] = []
    public internal(set) var outputs: [CommittedOutput] = []
    /// Whether somebody waits for it; otherwise it may be put off a little and shared.
    public internal(set) var isUrgent = false
    /// Uptime at which the first record or output came in.
    public internal(set) var since: Int64 = 0

    public init() {}

    public var isEmpty: Bool { records.isEmpty && outputs.isEmpty }

    /// Forgets everything and keeps the room, up to what a usual commit needs.
    mutating func removeAll() {
        records.removeAll(keepingCapacity: records.count <= Self.usualCount)
        outputs.removeAll(keepingCapacity: outputs.count <= Self.usualCount)
        isUrgent = false
    }

    private static let usualCount = 16_384
}

/// A commit on its way to a log, which takes so much at once and no more: see ``TocsinModel/Limits/bytesPerAppend``.
struct CommitParts: ~Copyable {
    private(set) var commit: Commit
    /// The records of the part that is written, or comes next.
    private var part: Range<Int>

    /// Begins with the first part of a commit, which has records.
    init(_ commit: consuming Commit) {
        part = 0..<Self.end(of: commit.records, from: 0)
        self.commit = commit
    }

    /// The part's records.
    var records: [JournalEntry] {
        part.count == commit.records.count ? commit.records : Array(commit.records[part])
    }

    var lastPosition: Position { commit.records[part.upperBound - 1].position }

    /// Goes on to the next part; false where this was the last one.
    mutating func goOn() -> Bool {
        guard part.upperBound < commit.records.count else { return false }
        part = part.upperBound..<Self.end(of: commit.records, from: part.upperBound)
        return true
    }

    consuming func takeCommit() -> Commit { commit }

    /// Where a part ends that begins at an index: it has one record at least.
    private static func end(of records: [JournalEntry], from start: Int) -> Int {
        var (end, bytes) = (start, 0)
        repeat {
            bytes += records[end].approximateBytes
            end += 1
        } while end < records.count && bytes + records[end].approximateBytes <= Limits.bytesPerAppend
        return end
    }
}
