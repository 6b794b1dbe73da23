public import TocsinAccess
public import TocsinModel
import TocsinRouting

/// An operator's settings: the endpoints, the journal's folder, the files that decide, and the limits.
///
/// The settings come from one YAML file. A variable of the environment (`TOCSIN_` and the key:
/// `TOCSIN_ENDPOINTS_REPORTS`) overrides the file, and a flag (`--endpoints-reports`) overrides the variable.
/// ``ConfigurationReading`` reads all three, and holds them to the same ranges.
public struct Configuration: Sendable {
    /// The level of the daemon's log, in swift-log's words.
    public enum LogLevel: String, ReportWord {
        public static let table = WordTable(LogLevel.self)

        case trace, debug, info, notice, warning, error, critical
    }

    /// The protection against strangers.
    public enum Security: String, ReportWord {
        public static let table = WordTable(Security.self)

        /// No protection. Everybody who reaches an endpoint may do everything, from other machines too.
        case none
    }

    /// nil for the default, which the daemon and its clients apply.
    public internal(set) var reports: EndpointText?
    public internal(set) var alerts: EndpointText?
    public internal(set) var feed: EndpointText?
    /// nil for `control.ipc` in the runtime folder.
    public internal(set) var control: EndpointText?
    /// The folder of the journal.
    public internal(set) var state: String?
    /// The bytes that are kept for people's words while the disk is full.
    public internal(set) var reserveBytes: Int?
    /// How long the journal keeps what is over.
    public internal(set) var retention = Retention()
    /// The folder of the control socket.
    public internal(set) var runtime: String?
    public internal(set) var rules: String?
    public internal(set) var departments: String?
    /// nil for departments without roles at places.
    public internal(set) var grids: String?
    /// nil for rules that name no holidays.
    public internal(set) var holidays: String?
    /// nil for mailboxes without rosters.
    public internal(set) var duty: String?
    public internal(set) var heartbeat: Duration?
    public internal(set) var redeliverAfter: Duration?
    /// The time for which a daemon that is told to stop waits for work under way.
    public internal(set) var drainWithin: Duration?
    /// True if processors are kept awake while somebody waits, where the machine allows it.
    public internal(set) var keepProcessorsAwake: Bool?
    public internal(set) var logLevel: LogLevel?
    /// nil for a broker that is bound to loopback only, and for one that asks for keys.
    public internal(set) var security: Security?
    /// The file of the broker's key pair. With it and ``clients`` every TCP endpoint asks for keys.
    public internal(set) var securityKey: String?
    /// The file that says which client may do what.
    public internal(set) var clients: String?
    /// The rate at which each client may report whose entry says none.
    public internal(set) var reportRate: Rate?
    /// The rate at which each sender may report.
    public internal(set) var senderRate: Rate?
    /// The defaults, overridden by the settings.
    public internal(set) var limits = Limits()

    init() {}

    /// Sets a value. Relative paths begin at `folder`.
    mutating func set(_ key: ConfigurationKey, _ text: String, folder: String) throws(ConfigurationProblem) {
        let path = text.hasPrefix("/") ? text : folder + text
        switch key {
        case .reports: reports = try key.endpoint(text)
        case .alerts: alerts = try key.endpoint(text)
        case .feed: feed = try key.endpoint(text)
        case .control: control = try key.endpoint(text)
        case .state: state = path
        case .reserveBytes: reserveBytes = try key.number(text)
        case .keepClosed: retention.closed = try key.days(text)
        case .keepExercises: retention.exercises = try key.days(text)
        case .keepNames: retention.names = try key.days(text)
        case .runtime: runtime = path
        case .rules: rules = path
        case .departments: departments = path
        case .grids: grids = path
        case .holidays: holidays = path
        case .duty: duty = path
        case .heartbeat: heartbeat = try key.duration(text)
        case .redeliverAfter: redeliverAfter = try key.duration(text)
        case .drainWithin: drainWithin = try key.duration(text)
        case .keepProcessorsAwake: keepProcessorsAwake = try key.truth(text)
        case .logLevel: logLevel = try key.word(text, "a log level")
        case .security: security = try key.word(text, "a kind of security")
        case .securityKey: securityKey = path
        case .securityClients: clients = path
        case .reportBytes: limits.reportBytes = try key.number(text)
        case .uncommittedReports: limits.uncommittedReports = try key.number(text)
        case .uncommittedBytes: limits.uncommittedBytes = try key.number(text)
        case .outstandingBytes: limits.outstandingBytes = try key.number(text)
        case .bodyCacheBytes: limits.bodyCacheBytes = try key.number(text)
        case .followers: limits.followers = try key.number(text)
        case .terminals: limits.terminals = try key.number(text)
        case .connectionsPerClient: limits.connectionsPerClient = try key.number(text)
        case .reportRate: reportRate = try key.rate(text)
        case .senderRate: senderRate = try key.rate(text)
        }
    }

    /// Returns the endpoint of a key; nil if it is not set or the key is of another kind.
    public func endpoint(_ key: ConfigurationKey) -> EndpointText? {
        switch key {
        case .reports: reports
        case .alerts: alerts
        case .feed: feed
        case .control: control
        default: nil
        }
    }

    /// Reads a duration such as `500ms`, `60s`, `3m` or `2h`; nil for anything else.
    public static func duration(_ text: String) -> Duration? { Duration(shorthand: text) }
}
