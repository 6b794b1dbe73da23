import TocsinJournal
import TocsinModel

/// The columns that a record is found by. All of them follow from the record itself, so a reader can check them.
struct RecordColumns {
    /// An incident's report.
    var name: ReportName?
    /// The recipient whose alerts a received, personal, escalated, rung or stood-down record covers, or whose subscription begins or
    /// ends.
    var recipient: Recipient?
    /// The smallest alert number that it covers.
    var first: Int64?
    /// The largest alert number that it covers. Numbers between may be missing.
    var last: Int64?
    /// The incident that an escalated, rung, stood-down, closed, reopened or rated record belongs to, or that an incident is
    /// news of before any other, or was taken out of, or that a joined report has joined; of what is left of an incident its own. Nil for a number that no incident can have.
    var incident: Int64?

    init(_ record: JournalRecord) {
        switch record {
        case .incident(let incident), .joined(let incident):
            // Of a report that was taken out of an incident the record by which it had joined that has the name.
            name = incident.split == nil ? incident.name : nil
            // Only what is news of an incident costs the second index.
            let other = incident.split?.incident ?? incident.news?.roots.first?.incident
            if let other { self.incident = Self.possible(other.value) }
        case .received(let received):
            cover(received.recipient, received.numbers)
        case .personal(let personal):
            cover(personal.recipient, personal.numbers)
        case .escalated(let escalated):
            cover(escalated.recipient, [escalated.number...escalated.number])
            incident = Self.possible(escalated.incident.value)
        case .rung(let rung):
            cover(rung.recipient, [rung.number...rung.number])
            incident = Self.possible(rung.incident.value)
        case .stoodDown(let stoodDown):
            cover(stoodDown.recipient, [stoodDown.number...stoodDown.number])
            incident = Self.possible(stoodDown.incident.value)
        case .closed(let closed):
            incident = Self.possible(closed.incident.value)
        case .reopened(let reopened):
            incident = Self.possible(reopened.incident.value)
        case .rated(let rated):
            incident = Self.possible(rated.incident.value)
        case .rules, .silenced, .unsilenced:
            break
        case .removed(let removed):
            name = removed.incident?.name
            incident = Self.possible(removed.incident?.number.value)
        case .subscribed(let subscription):
            recipient = subscription.key.recipient
        case .unsubscribed(let unsubscribed):
            recipient = unsubscribed.key.recipient
        }
    }

    /// The class of `last - first`: the smallest k for which it is less than 4 to the power of k, at most
    /// ``widest``.
    ///
    /// An index cannot find the intervals that hold a number: a much older record may reach that far. Within one class
    /// it can, because no record of class k reaches further than 4^k numbers. The candidates begin in a window of that
    /// length, and not many records of one class overlap.
    ///
    /// So a lookup asks the index once for each of the twelve classes, whatever the journal's size. The idea is that of
    /// Kriegel, Pötke and Seidl, "Managing Intervals Efficiently in Object-Relational Databases", VLDB 2000, with
    /// coarser classes. The table `reach` has the window of each class.
    var width: Int64? {
        guard let first, let last else { return nil }
        var width: Int64 = 0
        while width < Self.widest, last - first >= 1 << (2 * width) { width += 1 }
        return width
    }

    /// The class of all intervals that reach over a million numbers. Its window has no beginning.
    static let widest: Int64 = 11

    /// Returns an incident's number, or nil for one that no incident can have. The first version recorded the closing
    /// of such a number, and wrote a column that cannot be read back.
    static func possible(_ incident: Int64?) -> Int64? {
        incident.flatMap { IncidentNumber(exactly: $0) }?.value
    }

    private mutating func cover(_ recipient: Recipient, _ numbers: [ClosedRange<AlertNumber>]) {
        self.recipient = recipient
        first = numbers.lazy.map(\.lowerBound.value).min()
        last = numbers.lazy.map(\.upperBound.value).max()
    }
}
