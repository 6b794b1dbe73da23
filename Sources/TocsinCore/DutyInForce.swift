import TocsinDuty
import TocsinModel

/// The duty sheet in force. What it says of a mailbox is kept until the hand-over: alerts go out by the thousand, and people
/// change by the hour.
struct DutyInForce {
    /// What the sheet says of a mailbox for a time.
    private struct Known {
        /// Nil if the mailbox has no roster.
        var persons: [String]?
        var span: Range<Timestamp>
    }

    private(set) var table = DutyTable.empty
    private var known: [MailboxID: Known] = [:]

    /// True if no mailbox has a roster.
    var isEmpty: Bool { table.isEmpty }

    mutating func take(_ table: DutyTable) {
        self.table = table
        known = [:]
    }

    /// Returns who is on duty for a mailbox, which may be nobody; nil if it has no roster.
    mutating func persons(of recipient: Recipient, _ mailbox: MailboxID, at now: Timestamp) -> [String]? {
        if let known = known[mailbox], known.span.contains(now) { return known.persons }
        let duty = table.duty(of: recipient, at: now)
        let until = duty?.until ?? now + .seconds(Limits.dutyHorizonDays * 86_400)
        known[mailbox] = Known(persons: duty?.persons, span: now..<until)
        return duty?.persons
    }
}
