import TocsinJournal
import TocsinModel

/// The chain of incidents, for a walk over records in their order: each record names the newest incident before it. What is
/// left of an incident that was removed leads past others that were, and never past one that is there.
struct IncidentChain {
    /// The newest incident so far; nil where it is not known yet: the next record names it.
    private var newest: Int64?
    /// The newest incident that is there, before any that was removed.
    private var newestPresent: Int64 = 0

    /// Begins at the first record, which no incident precedes, or at any other one.
    init(fromFirst: Bool) {
        newest = fromFirst ? 0 : nil
    }

    /// Notes that records are missing before the next one, or could not be read.
    mutating func skip() {
        newest = nil
    }

    /// Goes on to the next record. Returns false if it does not continue the chain; what follows is compared with what it says.
    mutating func takesOn(_ record: StoredRecord) -> Bool {
        let entry = record.entry
        let isThere = entry.record.kind == .incident
        let isLinked =
            entry.isOrWasIncident && !isThere
            ? record.previous >= newestPresent && record.previous <= newest ?? .max
            : record.previous == newest ?? record.previous
        newest = entry.isOrWasIncident ? entry.position.value : record.previous
        if isThere { newestPresent = entry.position.value }
        return isLinked
    }
}

extension JournalEntry {
    /// True for an incident's own record, and for what is left of one.
    var isOrWasIncident: Bool {
        switch record {
        case .incident: true
        case .removed(let removed): removed.incident?.number.position == position
        case .received, .personal, .escalated, .rung, .stoodDown, .closed, .rules, .subscribed, .unsubscribed, .rated,
            .silenced, .unsilenced, .reopened, .joined:
            false
        }
    }
}
