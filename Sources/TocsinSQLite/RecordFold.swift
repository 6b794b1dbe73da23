public import TocsinJournal

/// The state that records are folded into, so that a check can compare a snapshot with it. It is the broker's state,
/// which this target does not know.
public protocol RecordFold {
    /// Folds the next entry. Entries come in order, without gaps.
    mutating func apply(_ entry: JournalEntry)

    /// Returns how a snapshot of the records up to here differs from the state, or nil if it does not.
    func difference(from snapshot: JournalSnapshot) -> String?
}
