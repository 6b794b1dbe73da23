public import TocsinModel

/// One fact, as the journal keeps it. The broker's state is the fold of these, in order.
public enum JournalRecord: Hashable, Sendable {
    /// A report became an incident.
    case incident(IncidentRecord)
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

        /// Every kind by its bytes.
        public static let table = WordTable(Kind.self)
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

    /// Roughly the bytes that it takes in a log, by what can be long in it.
    public var approximateBytes: Int {
        switch record {
        case .incident(let incident): 256 + incident.report.count + 64 * incident.alerts.count
        case .received(let received): 256 + 16 * received.numbers.count
        case .personal(let personal): 256 + 16 * personal.numbers.count + (personal.person.note?.utf8.count ?? 0)
        case .rules(let rules): 256 + rules.text.utf8.count
        case .escalated, .closed: 256
        }
    }
}

/// A report that became an incident, who is told, and what happens when they do not answer.
///
/// It never changes; it is a class because it passes through many hands, each of which then counts one reference.
public final class IncidentRecord: Hashable, Sendable {
    /// One recipient and the alert it gets.
    public struct Alert: Hashable, Sendable {
        /// Who, for what, and why: shared by the incidents of one routing.
        public let addressee: Addressee
        public let number: AlertNumber
        /// Terminals joined at the time, as the receipt said.
        public let terminals: Int32

        public init(_ addressee: Addressee, number: AlertNumber, terminals: Int32) {
            self.addressee = addressee
            self.number = number
            self.terminals = terminals
        }

        public var recipient: Recipient { addressee.recipient }
        public var purpose: Purpose { addressee.purpose }
        public var rule: String { addressee.rule }
    }

    public let name: ReportName
    public let event: String
    public let category: Category
    public let severity: Severity
    public let status: ReportStatus
    public let grid: GridCode?
    public let alerts: [Alert]
    /// Plans without steps are not kept. They watch alerts by their indices.
    public let plans: [Plan]
    /// The rules record in force when this was decided.
    public let rules: Position
    /// The report as it was sent.
    public let report: [UInt8]

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

    /// The same with another report.
    public func with(report: [UInt8]) -> IncidentRecord {
        IncidentRecord(
            name: name, event: event, category: category, severity: severity, status: status, grid: grid,
            alerts: alerts, plans: plans, rules: rules, report: report)
    }

    public static func == (left: IncidentRecord, right: IncidentRecord) -> Bool {
        left === right
            || left.name == right.name && left.event.isIdentical(to: right.event) && left.category == right.category
                && left.severity == right.severity && left.status == right.status && left.grid == right.grid
                && left.alerts == right.alerts && left.plans == right.plans && left.rules == right.rules
                && left.report == right.report
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
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
        public static let table = WordTable(Cause.self)

        /// Its time came, and a watched alert had no answer.
        case unanswered
        /// A watched recipient declined, or one whom an earlier step had told.
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

/// A rule file, as it was read, so that decisions can be explained after it has changed; or a part of a long one.
///
/// The parts of a file are linked, and other records may come between them. The rules are in force with the last one.
public struct RulesRecord: Hashable, Sendable {
    public var text: String
    /// The part before this one; nil for the first, or for a whole file.
    public var after: Position?
    /// Whether more parts follow.
    public var continues: Bool

    public init(text: String, after: Position? = nil, continues: Bool = false) {
        self.text = text
        self.after = after
        self.continues = continues
    }
}
