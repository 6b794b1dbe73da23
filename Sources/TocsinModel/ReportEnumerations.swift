/// A value that CAP 1.2 takes from a closed list; its raw value is the word on the wire.
public protocol ReportWord: RawRepresentable<String>, CaseIterable, Hashable, Sendable, JSONReadable {
    /// Every word by its bytes.
    static var table: WordTable<Self> { get }
}

extension ReportWord {
    /// Every word of the list, in its order: what a refusal names as allowed.
    public static var words: [String] { allCases.map(\.rawValue) }
}

/// How bad it is (CAP 1.2, 3.2.2), most severe first. A lower raw order is more severe; ``unknown`` comes last.
public enum Severity: String, ReportWord, Comparable {
    public static let table = WordTable(Severity.self)

    case extreme = "Extreme"
    case severe = "Severe"
    case moderate = "Moderate"
    case minor = "Minor"
    case unknown = "Unknown"

    /// 0 for the most severe, 4 for unknown: alerts leave a mailbox in this order.
    public var rank: UInt8 {
        switch self {
        case .extreme: 0
        case .severe: 1
        case .moderate: 2
        case .minor: 3
        case .unknown: 4
        }
    }

    /// Less severe sorts as less.
    public static func < (left: Severity, right: Severity) -> Bool { left.rank > right.rank }

    /// The colour of the Chinese warning scale: red I, orange II, yellow III, blue IV; none for unknown.
    public var colour: String? {
        switch self {
        case .extreme: "red"
        case .severe: "orange"
        case .moderate: "yellow"
        case .minor: "blue"
        case .unknown: nil
        }
    }
}

/// What kind of event it is (CAP 1.2, 3.2.2).
public enum Category: String, ReportWord {
    public static let table = WordTable(Category.self)

    case geo = "Geo"
    case met = "Met"
    case safety = "Safety"
    case security = "Security"
    case rescue = "Rescue"
    case fire = "Fire"
    case health = "Health"
    case env = "Env"
    case transport = "Transport"
    case infra = "Infra"
    case cbrne = "CBRNE"
    case other = "Other"
}

/// When something must be done (CAP 1.2, 3.2.2).
public enum Urgency: String, ReportWord {
    public static let table = WordTable(Urgency.self)

    case immediate = "Immediate"
    case expected = "Expected"
    case future = "Future"
    case past = "Past"
    case unknown = "Unknown"
}

/// How sure the sender is (CAP 1.2, 3.2.2).
public enum Certainty: String, ReportWord {
    public static let table = WordTable(Certainty.self)

    case observed = "Observed"
    case likely = "Likely"
    case possible = "Possible"
    case unlikely = "Unlikely"
    case unknown = "Unknown"
}

/// Whether it is meant in earnest (CAP 1.2, 3.2.1).
public enum ReportStatus: String, ReportWord {
    public static let table = WordTable(ReportStatus.self)

    case actual = "Actual"
    case exercise = "Exercise"
    case system = "System"
    case test = "Test"
    case draft = "Draft"

    /// Whether people are to act on it without a rule's naming the status. The others are sent to try or to prepare
    /// something, and concern those rules alone that name them.
    public var asksForAction: Bool {
        switch self {
        case .actual, .exercise: true
        case .system, .test, .draft: false
        }
    }
}

/// What a report does to earlier ones (CAP 1.2, 3.2.1; TIP/1 knows these three of CAP's five).
public enum MessageType: String, ReportWord {
    public static let table = WordTable(MessageType.self)

    case alert = "Alert"
    case update = "Update"
    case cancel = "Cancel"
}
