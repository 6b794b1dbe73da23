public import TocsinModel
public import TocsinWire

/// One incident, addressed to one recipient.
public struct Alert: Hashable, Sendable {
    /// The addressed recipient, one of those the terminal joined.
    public let recipient: Recipient
    /// The alert's number. Each recipient has its own ascending numbers.
    public let number: AlertNumber
    /// The broker's facts about the alert: the incident, rule, severity, and the time by which somebody must
    /// acknowledge.
    public let envelope: Envelope
    /// The report, byte for byte as it was sent.
    public let report: [UInt8]

    public init(recipient: Recipient, number: AlertNumber, envelope: Envelope, report: [UInt8]) {
        self.recipient = recipient
        self.number = number
        self.envelope = envelope
        self.report = report
    }

    /// Decodes the report.
    ///
    /// - Throws: A `Refusal` that names the member at fault. A report that this version of the broker accepts never
    ///   causes one.
    public func decodedReport() throws(Refusal) -> Report {
        // The broker has checked its own limit, which an operator may have raised.
        try ReportDecoder(maximumBytes: max(Limits().reportBytes, report.count)).decode(report)
    }
}
