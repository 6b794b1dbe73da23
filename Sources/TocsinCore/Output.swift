public import TocsinJournal
public import TocsinModel
public import TocsinWire

/// An output that may be sent at once, because it promises nothing that is not on disk.
public enum ImmediateOutput: Hashable, Sendable {
    case refused(Endpoint, Peer, subject: String, Refusal, CommandWord?, AlertNumber?)
    /// A check whether a terminal or a follower is still there.
    case ping(Endpoint, Peer)
}

/// An output that may be sent only when all records appended before it are on disk.
public enum CommittedOutput: Hashable, Sendable {
    case receipt(Peer, Reference, IncidentReceipt)
    indirect case progress(Peer, IncidentNumber, Progress)
    /// It answers RATE. `isReopened` is true if the rating has opened the incident again.
    case rated(Peer, Reference, isReopened: Bool)
    /// It answers FOLLOW on reports, LEAVE on alerts and CLOSE on control.
    case ok(Endpoint, Peer, subject: String)
    /// It answers RELOAD, with this JSON.
    indirect case reloaded(Peer, Reference, [UInt8])
    /// It answers SILENCE, with the silence's number.
    case silenced(Peer, Reference, Position)
    /// It answers UNSILENCE.
    case unsilenced(Peer, Reference)
    /// It answers REOPEN.
    case reopened(Peer, Reference)
    /// It answers SPLIT.
    indirect case split(Peer, Reference, SplitAnswer)
    case pong(Endpoint, Peer, String)
    case joined(Peer, Recipient, Joined)
    case alert(Peer, OutgoingAlert)
    case confirmed(Peer, Recipient, AlertNumber, AlertState, to: CommandWord)
    indirect case taken(Peer, Recipient, AlertNumber, PersonalWord)
    /// The OK of a recipient's subscription, or of its end.
    case subscribed(Peer, Recipient, by: CommandWord)
    /// A recipient's subscriptions.
    case subscriptions(Peer, Recipient, [SubscriptionLine])
    /// A publication on the feed. The position is the journal's last at that moment: a subscriber that has read up to
    /// it knows of the item.
    indirect case publish(FeedItem, at: Position)
}

extension CommittedOutput {
    /// Writes the output's header line in place of the line's content. A feed item has a topic instead, so nothing is
    /// written.
    public func writeHeader(to header: inout HeaderLine) {
        switch self {
        case .receipt(_, let reference, _):
            header.begin(.receipt)
            header.add(reference.text)
        case .progress(_, let incident, _):
            header.begin(.progress)
            header.add(incident.value)
        case .ok(_, _, let subject):
            header.begin(.ok)
            header.add(subject)
        case .reloaded(_, let reference, _), .silenced(_, let reference, _), .unsilenced(_, let reference),
            .reopened(_, let reference), .split(_, let reference, _), .rated(_, let reference, _):
            header.begin(.ok)
            header.add(reference.text)
        case .subscribed(_, let recipient, _), .subscriptions(_, let recipient, _):
            header.begin(.ok)
            header.add(recipient.name)
        case .pong(_, _, let payload):
            header.begin(.pong)
            if !payload.isEmpty { header.add(payload) }
        case .joined(_, let recipient, _):
            header.begin(.joined)
            header.add(recipient.name)
        case .alert(_, let alert):
            header.begin(.alert)
            header.add(alert.recipient.name)
            header.add(alert.number.value)
        case .confirmed(_, let recipient, let number, let state, _):
            header.begin(.confirmed)
            header.add(recipient.name)
            header.add(number.value)
            header.add(state.rawValue)
        case .taken(_, let recipient, let number, _):
            header.begin(.taken)
            header.add(recipient.name)
            header.add(number.value)
        case .publish: break
        }
    }
}

/// An alert as it is sent. Its header and its envelope are made from this.
///
/// Alerts are most of what a broker sends, and many wait in a row for the disk. One has 48 bytes, which refer to the
/// values that the alerts of many incidents share.
public struct OutgoingAlert: Hashable, Sendable {
    public let addressee: Addressee
    public let number: AlertNumber
    public let incident: IncidentNumber
    public let storedAt: Timestamp
    public let severity: Severity
    public let status: ReportStatus
    /// The number of times it has been sent since it last rang, including this time. 255 stands for more.
    public let attempt: UInt8
    /// The number of times it has rung again. 255 stands for more.
    public let ring: UInt8
    /// 0, or the escalation step that brought it, from 1 on. 255 stands for more.
    public let escalation: UInt8
    /// Those on duty for the recipient when it is sent, which may be nobody; nil if there is no roster.
    public var onDuty: [String]?

    public var recipient: Recipient { addressee.recipient }

    /// True if the alert may have been sent before, so that a terminal may have it already.
    public var isRedelivered: Bool { attempt > 1 }

    /// The envelope of the alert, sent beside the report.
    public var envelope: Envelope {
        Envelope(
            incident: incident, purpose: addressee.purpose, rule: addressee.rule, otherRules: addressee.otherRules,
            severity: severity,
            acknowledgeBy: addressee.acknowledgeWithinMilliseconds.map { storedAt + .milliseconds($0) },
            attempt: Int(attempt), isRedelivered: isRedelivered, rings: Int(ring), escalation: Int(escalation),
            status: status, storedAt: storedAt, onDuty: onDuty, joined: addressee.joined)
    }

    /// Returns true if the envelope says the same as that of another alert of the incident.
    public func hasEnvelope(of other: OutgoingAlert) -> Bool {
        attempt == other.attempt && ring == other.ring && severity == other.severity
            && escalation == other.escalation && onDuty == other.onDuty && addressee.isNamed(as: other.addressee)
    }
}

/// The answer to a report. Its incident is on disk, and these recipients are alerted.
public struct IncidentReceipt: Hashable, Sendable {
    /// The incident that the report became. Of one that has joined another it is the number by which others were told of it,
    /// or the position of its record.
    public var incident: IncidentNumber
    /// True if the same report had come before. Then this is its first receipt again.
    public var isDuplicate: Bool
    /// True if the report that came again has other bytes. It is another report under the same name, and is not stored.
    public var differs = false
    /// True if the directory of now has no such place as the report's.
    public var isPlaceUnknown = false
    /// False if the report that this answers names no place. Then the receipt has the place that was found by its point.
    public var namesPlace = true
    /// True if the incident was removed from the journal. Then `record` has nothing but its name.
    public var isRemoved = false
    /// The incident that the report has become since an operator took it out of the one that it had joined; nil where
    /// nobody did, and where the broker does not know any more.
    public var splitInto: IncidentNumber?
    public var storedAt: Timestamp
    public var record: IncidentRecord

    /// Writes what a report says that has joined an incident: the count, the incident by which others are told of it,
    /// and the one that it has become since.
    private func writeJoined(to json: inout JSONWriter) {
        guard let joined = record.news?.joined else { return }
        json.member("joined", joined)
        if !record.alerts.isEmpty { json.member("update", incident.value) }
        if record.news?.isRaised ?? false { json.member("raised", true) }
        json.member("splitInto", ifPresent: splitInto?.value)
    }

    /// Writes the receipt's JSON, as ``TocsinWire/Receipt`` reads it.
    public func write(to json: inout JSONWriter) {
        let joined = record.news?.joinedReport
        Receipt.write(
            joined?.incident ?? incident, isDuplicate: isDuplicate, differs: differs, isRemoved: isRemoved,
            isPlaceUnknown: isPlaceUnknown, grid: namesPlace ? nil : record.grid,
            news: joined == nil ? record.news?.writeMembers(to:) : writeJoined(to:),
            storedAt: storedAt, to: &json
        ) { json in
            for alert in record.alerts {
                json.object { json in
                    json.members(of: alert.addressee)
                    json.member("terminals", Int64(alert.terminals))
                }
            }
        }
    }
}

/// An item on the feed, for the wallboards.
public enum FeedItem: Hashable, Sendable {
    /// A new incident. Its report is sent with it.
    case incident(IncidentNumber, Facts, recipients: [Recipient])
    /// A new alert.
    case alert(IncidentNumber, Facts, Recipient, AlertNumber, Purpose, escalation: Int)
    /// A change in the life of an incident.
    case state(IncidentNumber, Progress)

    /// The facts that a topic is made of.
    public struct Facts: Hashable, Sendable {
        public var category: TocsinModel.Category
        public var severity: Severity
        public var grid: GridCode?
        public var storedAt: Timestamp

        public init(category: TocsinModel.Category, severity: Severity, grid: GridCode?, storedAt: Timestamp) {
            self.category = category
            self.severity = severity
            self.grid = grid
            self.storedAt = storedAt
        }
    }
}
