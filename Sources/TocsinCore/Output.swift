public import TocsinJournal
public import TocsinModel
public import TocsinWire

/// What may be sent at once: it promises nothing that is not on disk.
public enum ImmediateOutput: Hashable, Sendable {
    case refused(Endpoint, Peer, subject: String, Refusal, CommandWord?, AlertNumber?)
    /// To a terminal or a follower, to see whether it is there.
    case ping(Endpoint, Peer)
}

/// What may be sent only when everything appended before it is on disk.
public enum CommittedOutput: Hashable, Sendable {
    case receipt(Peer, Reference, IncidentReceipt)
    indirect case progress(Peer, IncidentNumber, Progress)
    case ok(Endpoint, Peer, subject: String)
    case pong(Endpoint, Peer, String)
    case joined(Peer, Recipient, Joined)
    case alert(Peer, OutgoingAlert)
    case confirmed(Peer, Recipient, AlertNumber, AlertState)
    indirect case taken(Peer, Recipient, AlertNumber, PersonalWord)
    /// The position is the journal's last when this was so: whoever has read up to there knows of it.
    indirect case publish(FeedItem, at: Position)
}

extension CommittedOutput {
    /// Writes its header line, in place of what the line has held. The feed has a topic instead of one: nothing is written.
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
        case .confirmed(_, let recipient, let number, let state):
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

/// An alert as it is sent: what its header and its envelope are made from.
///
/// Alerts are most of what a broker sends, and many wait in a row for the disk: one has 40 bytes, which refer to what
/// the alerts of many incidents share.
public struct OutgoingAlert: Hashable, Sendable {
    public let addressee: Addressee
    public let number: AlertNumber
    public let incident: IncidentNumber
    public let storedAt: Timestamp
    public let severity: Severity
    public let status: ReportStatus
    /// How often it has been sent with this time; 255 stands for more.
    public let attempt: UInt8
    /// 0, or the escalation step that brought it, from 1 on; 255 stands for more.
    public let escalation: UInt8

    public var recipient: Recipient { addressee.recipient }

    /// Whether it may have been sent before: a terminal may have it already.
    public var isRedelivered: Bool { attempt > 1 }

    /// What the alert says beside the report.
    public var envelope: Envelope {
        Envelope(
            incident: incident, purpose: addressee.purpose, rule: addressee.rule, severity: severity,
            acknowledgeBy: addressee.acknowledgeWithinMilliseconds.map { storedAt + .milliseconds($0) },
            attempt: Int(attempt), isRedelivered: isRedelivered, escalation: Int(escalation), status: status,
            storedAt: storedAt)
    }

    /// Whether its envelope says the same as that of another alert of its incident.
    public func hasEnvelope(of other: OutgoingAlert) -> Bool {
        attempt == other.attempt && escalation == other.escalation && addressee.isNamed(as: other.addressee)
    }
}

/// The answer to a report: its incident is on disk, and these are told.
public struct IncidentReceipt: Hashable, Sendable {
    public var incident: IncidentNumber
    /// Whether the same report had come before; then this is its first receipt again.
    public var isDuplicate: Bool
    /// Whether the report that came again has other bytes: it is another one under the same name, and not stored.
    public var differs = false
    public var storedAt: Timestamp
    public var record: IncidentRecord

    /// Writes the receipt's JSON, as ``TocsinWire/Receipt`` reads it.
    public func write(to json: inout JSONWriter) {
        Receipt.write(incident, isDuplicate: isDuplicate, differs: differs, storedAt: storedAt, to: &json) { json in
            for alert in record.alerts {
                json.object { json in
                    json.members(of: alert.addressee)
                    json.member("terminals", Int64(alert.terminals))
                }
            }
        }
    }
}

/// Something for the wallboards.
public enum FeedItem: Hashable, Sendable {
    /// A new incident; its report travels with it.
    case incident(IncidentNumber, Facts, recipients: [Recipient])
    /// A new alert.
    case alert(IncidentNumber, Facts, Recipient, AlertNumber, Purpose, escalation: Int)
    /// A change in the life of an incident.
    case state(IncidentNumber, Progress)

    /// What a topic is made of.
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
