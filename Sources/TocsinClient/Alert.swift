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
    /// The epoch that the number belongs to; nil if the broker has told none.
    let epoch: JournalEpoch?

    public init(recipient: Recipient, number: AlertNumber, envelope: Envelope, report: [UInt8]) {
        self.init(recipient: recipient, number: number, envelope: envelope, report: report, epoch: nil)
    }

    init(recipient: Recipient, number: AlertNumber, envelope: Envelope, report: [UInt8], epoch: JournalEpoch?) {
        self.recipient = recipient
        self.number = number
        self.envelope = envelope
        self.report = report
        self.epoch = epoch
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
