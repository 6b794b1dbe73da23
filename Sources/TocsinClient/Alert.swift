public import TocsinModel
public import TocsinWire

/// One incident, addressed to one recipient.
public struct Alert: Hashable, Sendable {
    /// To whom it is addressed: one of those the terminal joined.
    public let recipient: Recipient
    /// Its number, ascending for each recipient for itself.
    public let number: AlertNumber
    /// What the broker says of it: incident, rule, severity, until when somebody must acknowledge.
    public let envelope: Envelope
    /// The report, byte for byte as it was sent.
    public let report: [UInt8]

    public init(recipient: Recipient, number: AlertNumber, envelope: Envelope, report: [UInt8]) {
        self.recipient = recipient
        self.number = number
        self.envelope = envelope
        self.report = report
    }

    /// The report, read.
    ///
    /// - Throws: A `Refusal` that names the member at fault; never for what this broker's version accepts.
    public func decodedReport() throws(Refusal) -> Report {
        // The broker has checked its own limit, which an operator may have raised.
        try ReportDecoder(maximumBytes: max(Limits().reportBytes, report.count)).decode(report)
    }
}
