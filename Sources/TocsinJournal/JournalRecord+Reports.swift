public import TocsinModel

extension JournalRecord {
    /// The report as it was sent; nil for a record that has none.
    public var report: [UInt8]? { reported?.report }

    /// A report that has become an incident, or has joined one; nil for any other record.
    public var reported: IncidentRecord? {
        switch self {
        case .incident(let record), .joined(let record): record
        case .received, .personal, .escalated, .rung, .stoodDown, .closed, .rules, .subscribed, .unsubscribed, .rated,
            .silenced, .unsilenced, .reopened, .removed:
            nil
        }
    }

    /// The position of the rules that were in force when a report was stored, which may have been removed since; nil for any
    /// other record.
    public var rulesInForce: Position? {
        if case .removed(let removed) = self { removed.incident?.rules } else { reported?.rules }
    }

    /// Returns true if it is a report that a principal sent and that has joined an incident.
    public func isJoined(to incident: IncidentNumber, by principal: String) -> Bool {
        guard let reported, reported.news?.joinedReport?.incident == incident else { return false }
        return reported.principal.isIdentical(to: principal)
    }

    /// The name by which the record is found; nil for a record that has none.
    public var reportName: ReportName? { reported.flatMap { $0.split == nil ? $0.name : nil } }
}

/// An operator's taking of a report out of the incident that it had joined, in the record of the incident that it became.
public struct ReportSplit: Hashable, Sendable {
    /// The incident that it had joined.
    public var incident: IncidentNumber
    /// The record by which it had joined it.
    public var report: Position
    /// Who did it. The note is the reason.
    public var person: Person

    public init(of report: Position, from incident: IncidentNumber, by person: Person) {
        self.incident = incident
        self.report = report
        self.person = person
    }
}
