/// A value that CAP 1.2 takes from a closed list. Its raw value is the word on the wire.
public protocol ReportWord: RawRepresentable<String>, CaseIterable, Hashable, Sendable, JSONReadable {
    /// Every word by its bytes.
    static var table: WordTable<Self> { get }
}

extension ReportWord {
    /// The words of the list in its order. Refusals name them as allowed.
    public static var words: [String] { allCases.map(\.rawValue) }
}

/// A word of a list that goes from the most to the least, and ends in Unknown.
public protocol RankedWord: ReportWord, Comparable {
    /// The word for what the sender does not know.
    static var unknown: Self { get }
    /// The place in the list, from 0 for the most. ``unknown`` comes last.
    var rank: UInt8 { get }
}

extension RankedWord {
    /// What comes later in the list is less.
    public static func < (left: Self, right: Self) -> Bool { left.rank > right.rank }
}

/// The severity of an event (CAP 1.2, 3.2.2), most severe first. A lower rank is more severe; ``unknown`` comes last.
public enum Severity: String, RankedWord {
    public static let table = WordTable(Severity.self)

    case extreme = "Extreme"
    case severe = "Severe"
    case moderate = "Moderate"
    case minor = "Minor"
    case unknown = "Unknown"

    /// 0 for the most severe, 4 for unknown. Alerts leave a mailbox in this order.
    public var rank: UInt8 {
        switch self {
        case .extreme: 0
        case .severe: 1
        case .moderate: 2
        case .minor: 3
        case .unknown: 4
        }
    }

    /// The colour on the Chinese warning scale: red I, orange II, yellow III, blue IV; nil for unknown.
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

/// The kind of event (CAP 1.2, 3.2.2).
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

/// The time within which something must be done (CAP 1.2, 3.2.2), most urgent first.
public enum Urgency: String, RankedWord {
    public static let table = WordTable(Urgency.self)

    case immediate = "Immediate"
    case expected = "Expected"
    case future = "Future"
    case past = "Past"
    case unknown = "Unknown"

    /// 0 for the most urgent, 4 for unknown.
    public var rank: UInt8 {
        switch self {
        case .immediate: 0
        case .expected: 1
        case .future: 2
        case .past: 3
        case .unknown: 4
        }
    }
}

/// The sender's certainty (CAP 1.2, 3.2.2), most certain first.
public enum Certainty: String, RankedWord {
    public static let table = WordTable(Certainty.self)

    case observed = "Observed"
    case likely = "Likely"
    case possible = "Possible"
    case unlikely = "Unlikely"
    case unknown = "Unknown"

    /// 0 for the most certain, 4 for unknown.
    public var rank: UInt8 {
        switch self {
        case .observed: 0
        case .likely: 1
        case .possible: 2
        case .unlikely: 3
        case .unknown: 4
        }
    }
}

/// The handling of a report, such as a real one or a test (CAP 1.2, 3.2.1).
public enum ReportStatus: String, ReportWord {
    public static let table = WordTable(ReportStatus.self)

    case actual = "Actual"
    case exercise = "Exercise"
    case system = "System"
    case test = "Test"
    case draft = "Draft"

    /// True if people are to act on the report even if no rule names the status. Reports of the other statuses try or
    /// prepare something, and concern only rules that name the status.
    public var asksForAction: Bool {
        switch self {
        case .actual, .exercise: true
        case .system, .test, .draft: false
        }
    }
}

/// The effect of a report on earlier ones (CAP 1.2, 3.2.1). TIP/1 knows these three of CAP's five.
public enum MessageType: String, ReportWord {
    public static let table = WordTable(MessageType.self)

    case alert = "Alert"
    case update = "Update"
    case cancel = "Cancel"
}
