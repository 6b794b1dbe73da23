public import TocsinJournal
import TocsinModel

/// The records that one or several turns write together, and the outputs to send when they are on disk.
///
/// A commit cannot be copied: a second holder of its arrays would make every commit fill new ones, page by page.
public struct Commit: Sendable, ~Copyable {
    public internal(set) var records: [JournalEntry] = []
    public internal(set) var outputs: [CommittedOutput] = []
    /// True if somebody waits for the commit. Otherwise it may be put off a little and shared.
    public internal(set) var isUrgent = false
    /// The uptime at which the first record or output was added.
    public internal(set) var since: Int64 = 0

    public init() {}

    public var isEmpty: Bool { records.isEmpty && outputs.isEmpty }

    /// Removes everything and keeps the capacity, up to that of a usual commit.
    mutating func removeAll() {
        records.removeAll(keepingCapacity: records.count <= Self.usualCount)
        outputs.removeAll(keepingCapacity: outputs.count <= Self.usualCount)
        isUrgent = false
    }

    private static let usualCount = 16_384
}

/// A commit on its way to a log, in parts that a log takes at once. See ``TocsinModel/Limits/bytesPerAppend``.
struct CommitParts: ~Copyable {
    private(set) var commit: Commit
    /// The range of the records in the current part, which is being written or comes next.
    private var part: Range<Int>

    /// Begins with the first part of a commit, which must have records.
    init(_ commit: consuming Commit) {
        part = 0..<Self.end(of: commit.records, from: 0)
        self.commit = commit
    }

    /// The part's records.
    var records: [JournalEntry] {
        part.count == commit.records.count ? commit.records : Array(commit.records[part])
    }

    var lastPosition: Position { commit.records[part.upperBound - 1].position }

    /// Goes on to the next part. Returns false if this was the last one.
    mutating func goOn() -> Bool {
        guard part.upperBound < commit.records.count else { return false }
        part = part.upperBound..<Self.end(of: commit.records, from: part.upperBound)
        return true
    }

    consuming func takeCommit() -> Commit { commit }

    /// Returns the end of a part that begins at an index. A part has at least one record.
    private static func end(of records: [JournalEntry], from start: Int) -> Int {
        var (end, bytes) = (start, 0)
        repeat {
            bytes += records[end].approximateBytes
            end += 1
        } while end < records.count && bytes + records[end].approximateBytes <= Limits.bytesPerAppend
        return end
    }
}
