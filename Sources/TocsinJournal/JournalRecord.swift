public import TocsinModel

/// A fact in the journal. The broker's state is the fold of these, in order.
public enum JournalRecord: Hashable, Sendable {
    /// A report became an incident.
    case incident(IncidentRecord)
    /// A report joined an incident of the same happening, and nobody is alerted for it: it counts. The position is that
    /// of the report, and no incident's number.
    case joined(IncidentRecord)
    /// A recipient's terminals have alerts safely.
    case received(ReceivedRecord)
    /// A person has spoken about alerts.
    case personal(PersonalRecord)
    /// Nobody had answered, or somebody declined: one more recipient is alerted.
    case escalated(EscalatedRecord)
    /// An alert rings again.
    case rung(RungRecord)
    /// Somebody else has answered, or a silence keeps it still: an alert need not be answered, for now or for good.
    case stoodDown(StoodDownRecord)
    /// An operator closed an incident.
    case closed(ClosedRecord)
    /// An operator opened an incident again.
    indirect case reopened(ReopenedRecord)
    /// Rules, departments and grids came into force.
    indirect case rules(RulesRecord)
    /// A recipient wishes to be told of certain reports from now on. It replaces a wish of the same name.
    case subscribed(Subscription)
    /// A recipient takes such a wish back.
    case unsubscribed(UnsubscribedRecord)
    /// Whoever reported an incident has said what it thinks of how it was dealt with. The last word counts.
    case rated(RatedRecord)
    /// An operator asks that alerts of certain reports do not ring for a time. The record's position is its number.
    case silenced(Silence)
    /// An operator ends such a silence before its time.
    case unsilenced(UnsilencedRecord)
    /// What is left of a record that was removed with its incident.
    case removed(RemovedRecord)

    /// The kind of a record.
    public enum Kind: String, CaseIterable, Sendable {
        case incident, received, personal, escalated, closed, rules, subscribed, unsubscribed, rung, stoodDown
        case rated, silenced, unsilenced, reopened, joined, removed

        /// Every kind by its bytes.
        public static let table = WordTable(Kind.self)
    }

    public var kind: Kind {
        switch self {
        case .incident: .incident
        case .joined: .joined
        case .received: .received
        case .personal: .personal
        case .escalated: .escalated
        case .rung: .rung
        case .stoodDown: .stoodDown
        case .closed: .closed
        case .reopened: .reopened
        case .rules: .rules
        case .subscribed: .subscribed
        case .unsubscribed: .unsubscribed
        case .rated: .rated
        case .silenced: .silenced
        case .unsilenced: .unsilenced
        case .removed: .removed
        }
    }
}

/// A record with its position and its time.
public struct JournalEntry: Hashable, Sendable {
    public var position: Position
    public var at: Timestamp
    public var record: JournalRecord

    public init(position: Position, at: Timestamp, record: JournalRecord) {
        self.position = position
        self.at = at
        self.record = record
    }

    /// The approximate size in a log, in bytes, by its long parts.
    public var approximateBytes: Int {
        switch record {
        case .incident(let incident), .joined(let incident): 256 + incident.report.count + 64 * incident.alerts.count
        case .received(let received): 256 + 16 * received.numbers.count
        case .personal(let personal): 256 + 16 * personal.numbers.count + (personal.person.note?.utf8.count ?? 0)
        case .reopened(let reopened): 256 + 64 * reopened.alerts.count
        case .rules(let rules): 256 + rules.texts.byteCount
        case .subscribed(let subscription): 256 + subscription.when.utf8.count
        case .rated(let rated): 256 + (rated.rating.note?.utf8.count ?? 0)
        case .silenced(let silence): 256 + silence.when.utf8.count
        case .removed(let removed): 256 + 32 * removed.given.count
        case .escalated, .rung, .stoodDown, .closed, .unsubscribed, .unsilenced: 256
        }
    }
}

/// A report that became an incident, with its alerts and its plans for recipients who do not answer.
///
/// It never changes. It is a class because it passes through many hands, each of which then counts one reference.
public final class IncidentRecord: Hashable, Sendable {
    /// One recipient and the alert it gets.
    public struct Alert: Hashable, Sendable {
        /// The recipient, the purpose and the reason, shared by the incidents of one routing.
        public let addressee: Addressee
        public let number: AlertNumber
        /// The number of terminals joined at the time, as the receipt said.
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
    /// The position of the rules record in force at the time.
    public let rules: Position
    /// The report as it was sent.
    public let report: [UInt8]
    /// The name under which the broker let the connection in that brought the report; nil where it asked for no key.
    public let principal: String?
    /// What the report is news of; nil for an Alert that has joined no incident.
    public let news: ReportNews?
    /// The keys by which later reports join this incident, each for a time; empty for most.
    public let correlation: [CorrelationKey]
    /// The incident out of which an operator took the report; nil for most.
    public let split: ReportSplit?

    public init(
        name: ReportName, event: String, category: Category, severity: Severity, status: ReportStatus, grid: GridCode?,
        alerts: [Alert], plans: [Plan], rules: Position, report: [UInt8], principal: String? = nil,
        news: ReportNews? = nil, correlation: [CorrelationKey] = [], split: ReportSplit? = nil
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
        self.principal = principal
        self.news = news
        self.correlation = correlation
        self.split = split
    }

    /// Returns a copy with another report.
    public func with(report: [UInt8]) -> IncidentRecord {
        IncidentRecord(
            name: name, event: event, category: category, severity: severity, status: status, grid: grid,
            alerts: alerts, plans: plans, rules: rules, report: report, principal: principal, news: news,
            correlation: correlation, split: split)
    }

    public static func == (left: IncidentRecord, right: IncidentRecord) -> Bool {
        left === right
            || left.name == right.name && left.event.isIdentical(to: right.event) && left.category == right.category
                && left.severity == right.severity && left.status == right.status && left.grid == right.grid
                && left.alerts == right.alerts && left.plans == right.plans && left.rules == right.rules
                && left.report == right.report && left.principal.isIdentical(to: right.principal)
                && left.news == right.news && left.correlation == right.correlation && left.split == right.split
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
    }
}

/// Alerts of one recipient that its terminals have RECEIVED.
public struct ReceivedRecord: Hashable, Sendable {
    public var recipient: Recipient
    /// The ranges of alert numbers, ascending and apart from one another. There is at least one.
    public var numbers: [ClosedRange<AlertNumber>]
    /// The name under which the broker let the terminals' connections in; nil where it asked for no key.
    public var principal: String?

    public init(recipient: Recipient, numbers: [ClosedRange<AlertNumber>], principal: String? = nil) {
        self.recipient = recipient
        self.numbers = numbers
        self.principal = principal
    }
}

/// A person's word about alerts of one recipient.
public struct PersonalRecord: Hashable, Sendable {
    public var recipient: Recipient
    public var numbers: [ClosedRange<AlertNumber>]
    /// A state that is a person's word.
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

        /// The step was due, and a watched alert had no answer.
        case unanswered
        /// A watched recipient declined, or a recipient whom an earlier step had alerted.
        case declined
        /// The recipient told before was unattended for longer than the rule allows.
        case unattended
        /// Whoever reported was promised an answer, and has not got it in time.
        case feedback
    }

    public var incident: IncidentNumber
    /// The plan's index in the incident's record.
    public var plan: Int
    /// The step's index in the plan.
    public var step: Int
    public var recipient: Recipient
    public var number: AlertNumber
    public var cause: Cause
    /// The time by which the broker was late, in milliseconds, as after a time when it did not run; nil for in time.
    public var lateMilliseconds: Int64?

    public init(
        incident: IncidentNumber, plan: Int, step: Int, recipient: Recipient, number: AlertNumber, cause: Cause,
        lateMilliseconds: Int64? = nil
    ) {
        self.incident = incident
        self.plan = plan
        self.step = step
        self.recipient = recipient
        self.number = number
        self.cause = cause
        self.lateMilliseconds = lateMilliseconds
    }
}

/// An operator's closing of an incident. Its open alerts are cancelled.
public struct ClosedRecord: Hashable, Sendable {
    public var incident: IncidentNumber
    /// The person who closed it. The note is the reason.
    public var person: Person

    public init(incident: IncidentNumber, person: Person) {
        self.incident = incident
        self.person = person
    }
}

/// What whoever reported an incident thinks of how it was dealt with.
public struct RatedRecord: Hashable, Sendable {
    public var incident: IncidentNumber
    public var rating: Rating

    public init(incident: IncidentNumber, rating: Rating) {
        self.incident = incident
        self.rating = rating
    }
}

/// Rules, departments and grids as they were read, or a part of long ones.
///
/// Decisions can be explained by them after the files have changed, and a daemon that refuses its files starts with them.
/// The parts are linked, and other records may come between them. The rules are in force with the last one. A text is
/// all its parts joined.
public struct RulesRecord: Hashable, Sendable {
    public var texts: RuleTexts
    /// The position of the part before this one, or nil for the first part.
    public var after: Position?
    /// True if more parts follow.
    public var continues: Bool
    /// The name of whoever asked for the reload; nil at a start, after a signal, and where no key was asked for.
    public var principal: String?
    /// The number of connections that were closed because their clients are out, or may do something else now; nil where
    /// no keys are asked for, and at a start.
    public var connectionsClosed: Int?
    /// The first problem for which a reload was refused; nil for rules. Such a record has no texts, and `continues`, as the
    /// first part of rules that were given up has: so it reads for an earlier version.
    public var refusal: String?

    public init(
        _ texts: RuleTexts, after: Position? = nil, continues: Bool = false, principal: String? = nil,
        connectionsClosed: Int? = nil, refusal: String? = nil
    ) {
        self.texts = texts
        self.after = after
        self.continues = continues
        self.principal = principal
        self.connectionsClosed = connectionsClosed
        self.refusal = refusal
    }

    /// The record of a reload that was refused.
    public init(refused refusal: String, principal: String?) {
        self.init(RuleTexts(rules: ""), continues: true, principal: principal, refusal: refusal)
    }
}

/// The end of a subscription.
public struct UnsubscribedRecord: Hashable, Sendable {
    public var key: Subscription.Key
    /// Whoever ended it, as the terminal gave the name; nil for nobody named.
    public var by: String?
    /// The name under which the broker let the connection in that brought it; nil where it asked for no key.
    public var principal: String?

    public init(_ key: Subscription.Key, by: String? = nil, principal: String? = nil) {
        self.key = key
        self.by = by
        self.principal = principal
    }
}

/// The end of a silence before its time.
public struct UnsilencedRecord: Hashable, Sendable {
    /// The number of the silence.
    public var silence: Position
    /// Whoever ended it. The note is the reason.
    public var person: Person

    public init(_ silence: Position, by person: Person) {
        self.silence = silence
        self.person = person
    }
}
