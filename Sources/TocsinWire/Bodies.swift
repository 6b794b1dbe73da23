public import TocsinModel

/// The broker's answer to a report: it is durable, and these are told.
public struct Receipt: Hashable, Sendable {
    /// One recipient that is told.
    public struct Told: Hashable, Sendable {
        public var recipient: Recipient
        public var purpose: Purpose
        /// The rule that named it.
        public var rule: String
        /// How many of its terminals were joined when the report came.
        public var terminals: Int

        public init(recipient: Recipient, purpose: Purpose, rule: String, terminals: Int) {
            self.recipient = recipient
            self.purpose = purpose
            self.rule = rule
            self.terminals = terminals
        }
    }

    public var incident: IncidentNumber
    /// Whether the same report had come before; then this is its first receipt again.
    public var isDuplicate: Bool
    /// Whether the report that came again has other bytes than the first: it is another one under the same name, and
    /// it was not stored.
    public var differs: Bool
    public var storedAt: Timestamp
    public var recipients: [Told]

    public init(
        incident: IncidentNumber, isDuplicate: Bool, differs: Bool = false, storedAt: Timestamp, recipients: [Told]
    ) {
        self.incident = incident
        self.isDuplicate = isDuplicate
        self.differs = differs
        self.storedAt = storedAt
        self.recipients = recipients
    }
}

/// What a terminal learns when it joins.
public struct Joined: Hashable, Sendable {
    /// Alerts of this recipient that no terminal has RECEIVED yet.
    public var pending: Int
    /// How often the broker pings a silent terminal; three times that is the end.
    public var heartbeatMilliseconds: Int
    /// Within which an alert's number is used once; nil from a broker that does not say so.
    public var epoch: JournalEpoch?

    public init(pending: Int, heartbeatMilliseconds: Int, epoch: JournalEpoch? = nil) {
        self.pending = pending
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.epoch = epoch
    }
}

/// What an alert says beside the report.
public struct Envelope: Hashable, Sendable {
    public var incident: IncidentNumber
    public var purpose: Purpose
    public var rule: String
    public var severity: Severity
    /// When somebody must have acknowledged; nil for information.
    public var acknowledgeBy: Timestamp?
    /// 1 the first time it is sent.
    public var attempt: Int
    /// Whether it may have been sent before: a terminal may have it already.
    public var isRedelivered: Bool
    /// 0, or the escalation step that brought it here, from 1 on.
    public var escalation: Int
    public var status: ReportStatus
    public var storedAt: Timestamp

    public init(
        incident: IncidentNumber, purpose: Purpose, rule: String, severity: Severity, acknowledgeBy: Timestamp?,
        attempt: Int, isRedelivered: Bool, escalation: Int, status: ReportStatus, storedAt: Timestamp
    ) {
        self.incident = incident
        self.purpose = purpose
        self.rule = rule
        self.severity = severity
        self.acknowledgeBy = acknowledgeBy
        self.attempt = attempt
        self.isRedelivered = isRedelivered
        self.escalation = escalation
        self.status = status
        self.storedAt = storedAt
    }
}

/// A change in the life of an incident, as followers and the feed see it.
public struct Progress: Hashable, Sendable {
    /// What has happened.
    public enum Event: Hashable, Sendable {
        /// An alert has changed its state.
        case alert(AlertState)
        /// Nobody had answered, or somebody declined: one more recipient has been alerted.
        case escalated
        /// Nothing more is owed to anybody.
        case closed

        /// The word on the wire.
        public var word: String {
            switch self {
            case .alert(let state): state.rawValue
            case .escalated: "escalated"
            case .closed: "closed"
            }
        }
    }

    public var event: Event
    public var at: Timestamp
    /// Whose alert it is; nil when the incident as a whole is meant.
    public var recipient: Recipient?
    public var number: AlertNumber?
    /// Whose word it is; nil for a machine's.
    public var person: Person?

    public init(
        event: Event, at: Timestamp, recipient: Recipient? = nil, number: AlertNumber? = nil, person: Person? = nil
    ) {
        self.event = event
        self.at = at
        self.recipient = recipient
        self.number = number
        self.person = person
    }
}

/// What a person says about an alert: the body of ACKNOWLEDGE, DECLINE, STATUS and TAKEN.
public struct PersonalWord: Hashable, Sendable {
    public var person: Person
    /// STATUS only: how the work goes.
    public var state: AlertState?
    /// TAKEN only: since when.
    public var at: Timestamp?

    public init(person: Person, state: AlertState? = nil, at: Timestamp? = nil) {
        self.person = person
        self.state = state
        self.at = at
    }
}
