public import TocsinModel

/// One fact, as the journal keeps it. The broker's state is the fold of these, in order.
public enum JournalRecord: Hashable, Sendable {
    /// A report became an incident. Indirect, because a record travels through many hands: passing it on then counts
    /// one reference and not a dozen.
    indirect case incident(IncidentRecord)
    /// A recipient's terminals have alerts safely.
    case received(ReceivedRecord)
    /// A person has spoken about alerts.
    case personal(PersonalRecord)
    /// Nobody had answered, or somebody declined: one more recipient is alerted.
    case escalated(EscalatedRecord)
    /// An operator closed an incident.
    case closed(ClosedRecord)
    /// A rule file came into force.
    case rules(RulesRecord)

    /// What kind of fact it is.
    public enum Kind: String, CaseIterable, Sendable {
        case incident, received, personal, escalated, closed, rules
    }

    public var kind: Kind {
        switch self {
        case .incident: .incident
        case .received: .received
        case .personal: .personal
        case .escalated: .escalated
        case .closed: .closed
        case .rules: .rules
        }
    }
}

/// A record with its place and its time.
public struct JournalEntry: Hashable, Sendable {
    public var position: Position
    public var at: Timestamp
    public var record: JournalRecord

    public init(position: Position, at: Timestamp, record: JournalRecord) {
        self.position = position
        self.at = at
        self.record = record
    }
}

/// A report that became an incident, who is told, and what happens when they do not answer.
public struct IncidentRecord: Hashable, Sendable {
    /// One recipient and the alert it gets.
    public struct Alert: Hashable, Sendable {
        public var recipient: Recipient
        public var number: AlertNumber
        public var purpose: Purpose
        /// The rule that named the recipient.
        public var rule: String
        /// Terminals joined at the time, as the receipt said.
        public var terminals: Int
        /// Milliseconds until somebody must have acknowledged; nil for information.
        public var acknowledgeWithinMilliseconds: Int64?
        /// Why it is this recipient, where the rule alone does not say.
        public var note: String?

        public init(
            recipient: Recipient, number: AlertNumber, purpose: Purpose, rule: String, terminals: Int,
            acknowledgeWithinMilliseconds: Int64? = nil, note: String? = nil
        ) {
            self.recipient = recipient
            self.number = number
            self.purpose = purpose
            self.rule = rule
            self.terminals = terminals
            self.acknowledgeWithinMilliseconds = acknowledgeWithinMilliseconds
            self.note = note
        }
    }

    /// What one rule wants done while its alerts stay unanswered.
    public struct Plan: Hashable, Sendable {
        /// One more recipient, so long after the incident was stored.
        public struct Step: Hashable, Sendable {
            public var afterMilliseconds: Int64
            public var to: Recipient

            public init(afterMilliseconds: Int64, to: Recipient) {
                self.afterMilliseconds = afterMilliseconds
                self.to = to
            }
        }

        public var rule: String
        /// Milliseconds that an escalated alert gives its recipient.
        public var acknowledgeWithinMilliseconds: Int64
        /// Which alerts it watches, as indices into ``IncidentRecord/alerts``.
        public var watched: [Int]
        public var steps: [Step]

        public init(rule: String, acknowledgeWithinMilliseconds: Int64, watched: [Int], steps: [Step]) {
            self.rule = rule
            self.acknowledgeWithinMilliseconds = acknowledgeWithinMilliseconds
            self.watched = watched
            self.steps = steps
        }
    }

    public var name: ReportName
    public var event: String
    public var category: Category
    public var severity: Severity
    public var status: ReportStatus
    public var grid: GridCode?
    public var alerts: [Alert]
    /// Plans without steps are not kept.
    public var plans: [Plan]
    /// The rules record in force when this was decided.
    public var rules: Position
    /// The report as it was sent.
    public var report: [UInt8]

    public init(
        name: ReportName, event: String, category: Category, severity: Severity, status: ReportStatus, grid: GridCode?,
        alerts: [Alert], plans: [Plan], rules: Position, report: [UInt8]
    ) {
        self.name = name
        self.event = event
        self.category = category
        self.severity = severity
        self.status = status
        self.grid = grid
        self.alerts = alerts
        self.plans = plans
        self.rules = rules
        self.report = report
    }
}

/// Alerts of one recipient that its terminals have safely.
public struct ReceivedRecord: Hashable, Sendable {
    public var recipient: Recipient
    /// Ascending, apart from one another; at least one.
    public var numbers: [ClosedRange<AlertNumber>]

    public init(recipient: Recipient, numbers: [ClosedRange<AlertNumber>]) {
        self.recipient = recipient
        self.numbers = numbers
    }
}

/// A person's word about alerts of one recipient.
public struct PersonalRecord: Hashable, Sendable {
    public var recipient: Recipient
    public var numbers: [ClosedRange<AlertNumber>]
    /// One of the states that are a person's word.
    public var state: AlertState
    public var person: Person

    public init(recipient: Recipient, numbers: [ClosedRange<AlertNumber>], state: AlertState, person: Person) {
        self.recipient = recipient
        self.numbers = numbers
        self.state = state
        self.person = person
    }
}

/// A step of a plan that has been taken.
public struct EscalatedRecord: Hashable, Sendable {
    /// Why the step was taken.
    public enum Cause: String, ReportWord {
        /// Its time came, and a watched alert had no answer.
        case unanswered
        /// A watched recipient declined.
        case declined
    }

    public var incident: IncidentNumber
    /// The plan's index in the incident's record.
    public var plan: Int
    /// The step's index in the plan.
    public var step: Int
    public var recipient: Recipient
    public var number: AlertNumber
    public var cause: Cause

    public init(
        incident: IncidentNumber, plan: Int, step: Int, recipient: Recipient, number: AlertNumber, cause: Cause
    ) {
        self.incident = incident
        self.plan = plan
        self.step = step
        self.recipient = recipient
        self.number = number
        self.cause = cause
    }
}

/// An operator's closing of an incident; its open alerts are cancelled.
public struct ClosedRecord: Hashable, Sendable {
    public var incident: IncidentNumber
    /// Who closed it; the note is the reason.
    public var person: Person

    public init(incident: IncidentNumber, person: Person) {
        self.incident = incident
        self.person = person
    }
}

/// A rule file, as it was read, so that decisions can be explained after it has changed.
public struct RulesRecord: Hashable, Sendable {
    public var text: String

    public init(text: String) {
        self.text = text
    }
}
