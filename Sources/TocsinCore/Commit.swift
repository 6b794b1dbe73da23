public import TocsinJournal

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
