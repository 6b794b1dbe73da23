import TocsinCore
import TocsinJournal
import TocsinModel

/// What one or several turns want kept, and what may be sent when it is.
struct Batch {
    private(set) var records: [JournalEntry] = []
    private(set) var outputs: [CommittedOutput] = []
    private(set) var isUrgent = false
    /// Uptime at which the first record came in.
    private(set) var since: Int64 = 0

    var isEmpty: Bool { records.isEmpty && outputs.isEmpty }

    mutating func add(_ turn: consuming Turn) {
        if records.isEmpty { since = turn.now.uptime }
        if isEmpty {
            records = turn.records
            outputs = turn.afterCommit
        } else {
            records += turn.records
            outputs += turn.afterCommit
        }
        isUrgent = isUrgent || turn.isUrgent
    }
}
