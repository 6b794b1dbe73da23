public import TocsinModel

/// The broker's answer to a report: the report is durable, and these recipients are told.
public struct Receipt: Hashable, Sendable {
    /// One recipient that is told.
    public struct Told: Hashable, Sendable {
        public var recipient: Recipient
        public var purpose: Purpose
        /// The rule that named the recipient.
        public var rule: String
        /// The number of the recipient's terminals that were joined when the report came.
        public var terminals: Int

        public init(recipient: Recipient, purpose: Purpose, rule: String, terminals: Int) {
            self.recipient = recipient
            self.purpose = purpose
            self.rule = rule
            self.terminals = terminals
        }
    }

    public var incident: IncidentNumber
    /// True if the same report had come before. The receipt then repeats the first one.
    public var isDuplicate: Bool
    /// True if the repeated report has other bytes than the first. It is a different report under the same name, and
    /// was not stored.
    public var differs: Bool
    /// True if the broker has removed the incident since, as it was told to after some years. Nobody is told in
    /// ``recipients`` then.
    public var isRemoved = false
    /// True if the broker's directory has no such place as the report's grid code. Nobody is found by it then.
    public var isPlaceUnknown: Bool
    /// The incident's place, which the broker found by the report's point; nil where the report itself names a place, or
    /// none was found.
    public var grid: GridCode?
    /// The incidents that an Update is news of.
    public var updates: [IncidentNumber] = []
    /// The incidents that a Cancel has ended, or that had ended before.
    public var cancels: [IncidentNumber] = []
    /// True if the severity has risen, so that the Update rings.
    public var isRaised = false
    /// The references that led to no incident.
    public var astray: [Astray] = []
    /// The reports of the incident's happening by then, this one included, if the report has joined it.
    public var joined: Int?
    /// The incident by which others are told of a report that has joined one; nil if it counts alone.
    public var update: IncidentNumber?
    /// The incident that the report is now, where an operator took it out of the one that it had joined and the broker
    /// still knows. Only a receipt that comes again has it.
    public var splitInto: IncidentNumber?
    public var storedAt: Timestamp
    public var recipients: [Told]

    /// A reference that led to no incident.
    public struct Astray: Hashable, Sendable {
        public var name: ReportName
        /// Why, in one word: `unknown`, `otherSender`, `otherStatus`, `tooMany`.
        public var reason: String

        public init(name: ReportName, reason: String) {
            self.name = name
            self.reason = reason
        }
    }

    public init(
        incident: IncidentNumber, isDuplicate: Bool, differs: Bool = false, isPlaceUnknown: Bool = false,
        grid: GridCode? = nil, storedAt: Timestamp, recipients: [Told]
    ) {
        self.incident = incident
        self.isDuplicate = isDuplicate
        self.differs = differs
        self.isPlaceUnknown = isPlaceUnknown
        self.grid = grid
        self.storedAt = storedAt
        self.recipients = recipients
    }
}

/// The broker's answer to a terminal that joins.
public struct Joined: Hashable, Sendable {
    /// Alerts of this recipient that no terminal has RECEIVED yet.
    public var pending: Int
    /// Alerts for action of this recipient that a terminal has had and nobody has taken. They do not come to the one that
    /// joins.
    public var unanswered: Int
    /// The silence after which the broker pings a terminal, in milliseconds. After three times as long the terminal has
    /// left.
    public var heartbeatMilliseconds: Int
    /// The epoch within which each alert number is used once; nil from a broker that does not send it.
    public var epoch: JournalEpoch?

    public init(
        pending: Int, unanswered: Int = 0, heartbeatMilliseconds: Int, epoch: JournalEpoch? = nil
    ) {
        self.pending = pending
        self.unanswered = unanswered
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.epoch = epoch
    }
}

/// The facts that an alert carries beside the report.
public struct Envelope: Hashable, Sendable {
    public var incident: IncidentNumber
    public var purpose: Purpose
    public var rule: String
    /// The further rules that ask the same of the recipient.
    public var otherRules: [String]
    /// The incident's severity, or a higher one to which a step of its rule has raised the alert.
    public var severity: Severity
    /// The time by which somebody must have acknowledged; nil for information.
    public var acknowledgeBy: Timestamp?
    /// The number of this attempt to send the alert since it last rang, from 1.
    public var attempt: Int
    /// True if the alert may have been sent before, so that a terminal may have it already.
    public var isRedelivered: Bool
    /// The number of times that the alert has rung again. It wants to be heard each time.
    public var rings: Int
    /// The escalation step that created the alert, from 1; otherwise 0.
    public var escalation: Int
    public var status: ReportStatus
    public var storedAt: Timestamp
    /// Those on duty for the recipient when the alert was sent, which may be nobody; nil if the recipient has no roster.
    public var onDuty: [String]?
    /// The incident that the report has joined, and the count; nil for most.
    public var joined: JoinedReport?

    public init(
        incident: IncidentNumber, purpose: Purpose, rule: String, otherRules: [String] = [], severity: Severity,
        acknowledgeBy: Timestamp?, attempt: Int, isRedelivered: Bool, rings: Int = 0, escalation: Int,
        status: ReportStatus, storedAt: Timestamp, onDuty: [String]? = nil, joined: JoinedReport? = nil
    ) {
        self.incident = incident
        self.purpose = purpose
        self.rule = rule
        self.otherRules = otherRules
        self.severity = severity
        self.acknowledgeBy = acknowledgeBy
        self.attempt = attempt
        self.isRedelivered = isRedelivered
        self.rings = rings
        self.escalation = escalation
        self.status = status
        self.storedAt = storedAt
        self.onDuty = onDuty
        self.joined = joined
    }
}

/// A change in the life of an incident, as followers and the feed see it.
public struct Progress: Hashable, Sendable {
    /// The kind of change.
    public enum Event: Hashable, Sendable {
        /// An alert changed its state.
        case alert(AlertState)
        /// One more recipient was alerted, because nobody had answered or somebody declined.
        case escalated
        /// An alert rings again, because it still has no answer.
        case rung
        /// Nothing more is owed to anybody.
        case closed
        /// There is an Update or a Cancel of it.
        case updated
        /// An operator has opened it again.
        case reopened
        /// An operator has taken a report out of it, which is an incident of its own now.
        case split
        /// Whoever reported it has said how it was dealt with.
        case rated

        /// The word on the wire.
        public var word: String {
            switch self {
            case .alert(let state): state.rawValue
            case .escalated: "escalated"
            case .rung: "rung"
            case .closed: "closed"
            case .updated: "updated"
            case .reopened: "reopened"
            case .split: "split"
            case .rated: "rated"
            }
        }
    }

    public var event: Event
    public var at: Timestamp
    /// The recipient of the alert; nil when the incident as a whole is meant.
    public var recipient: Recipient?
    public var number: AlertNumber?
    /// The person who gave the word; nil for a machine's.
    public var person: Person?
    /// The incident that the news is; nil unless there is some.
    public var news: News?
    /// The score of a rating, 1 to 5; nil for anything else.
    public var score: Int?

    /// An Update or a Cancel of the incident, or a report that was taken out of it.
    public struct News: Hashable, Sendable {
        /// The incident that the report has become.
        public var incident: IncidentNumber
        public var type: MessageType
        public var severity: Severity
        /// The reports of the happening by then, for one that has joined the incident.
        public var count: Int?

        public init(incident: IncidentNumber, type: MessageType, severity: Severity, count: Int? = nil) {
            self.incident = incident
            self.type = type
            self.severity = severity
            self.count = count
        }
    }

    public init(
        event: Event, at: Timestamp, recipient: Recipient? = nil, number: AlertNumber? = nil, person: Person? = nil,
        news: News? = nil, score: Int? = nil
    ) {
        self.event = event
        self.at = at
        self.recipient = recipient
        self.number = number
        self.person = person
        self.news = news
        self.score = score
    }
}

/// A person's word about an alert: the body of ACKNOWLEDGE, DECLINE, STATUS and TAKEN.
public struct PersonalWord: Hashable, Sendable {
    public var person: Person
    /// The state of the work, for STATUS; `cancelled` for a TAKEN that says that nobody has to act any more.
    public var state: AlertState?
    /// TAKEN only: the time since when the alert has been taken.
    public var at: Timestamp?

    public init(person: Person, state: AlertState? = nil, at: Timestamp? = nil) {
        self.person = person
        self.state = state
        self.at = at
    }
}
