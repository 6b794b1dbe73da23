public import TocsinModel

/// An incident that was, with all that rules ask of it.
public struct PastIncident: Sendable {
    /// Where the report came from.
    public enum Origin: Hashable, Sendable {
        case reporter
        /// The broker's own report that a link is lost, which its supervisor was told of.
        case lostLink(String, supervisor: Recipient)
        /// The broker's own report that a link is back, for whoever was told of its loss. No rules are asked.
        case restoredLink(String, told: [Recipient])
        /// The broker's own report of a low rating. No rules are asked.
        case lowRating(told: [Recipient])
    }

    public let number: IncidentNumber
    public let storedAt: Timestamp
    public let report: Report
    /// The report as it came.
    public let body: [UInt8]
    public let origin: Origin

    public init(
        _ number: IncidentNumber, storedAt: Timestamp, _ report: Report, body: [UInt8], origin: Origin = .reporter
    ) {
        self.number = number
        self.storedAt = storedAt
        self.report = report
        self.body = body
        self.origin = origin
    }
}
