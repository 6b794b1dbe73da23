public import TocsinJournal
public import TocsinModel
public import TocsinWire

/// What may be sent at once: it promises nothing that is not on disk.
public enum ImmediateOutput: Hashable, Sendable {
    case refused(Endpoint, Peer, subject: String, Refusal, CommandWord?, AlertNumber?)
    case ping(Peer)
}

/// What may be sent only when everything appended before it is on disk.
public enum CommittedOutput: Hashable, Sendable {
    case receipt(Peer, Reference, IncidentReceipt)
    case progress(Peer, IncidentNumber, Progress)
    case ok(Endpoint, Peer, subject: String)
    case pong(Endpoint, Peer, String)
    case joined(Peer, Recipient, Joined)
    case alert(Peer, Recipient, AlertNumber, Envelope)
    case confirmed(Peer, Recipient, AlertNumber, AlertState)
    case taken(Peer, Recipient, AlertNumber, PersonalWord)
    case publish(FeedItem)
}

/// The answer to a report: its incident is on disk, and these are told.
public struct IncidentReceipt: Hashable, Sendable {
    public var incident: IncidentNumber
    /// Whether the same report had come before; then this is its first receipt again.
    public var isDuplicate: Bool
    public var storedAt: Timestamp
    public var record: IncidentRecord

    /// Writes the receipt's JSON, as ``TocsinWire/Receipt`` reads it.
    public func write(to json: inout JSONWriter) {
        Receipt.write(incident, isDuplicate: isDuplicate, storedAt: storedAt, to: &json) { json in
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
    case incident(IncidentNumber, Place, recipients: [Recipient])
    /// A new alert.
    case alert(IncidentNumber, Place, Recipient, AlertNumber, Purpose, escalation: Int)
    /// A change in the life of an incident.
    case state(IncidentNumber, Progress)

    /// What a topic is made of.
    public struct Place: Hashable, Sendable {
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
