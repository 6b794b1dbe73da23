public import TocsinModel
import TocsinRouting

/// What an operator has set: where the endpoints are, where the journal lives, which files decide.
///
/// One YAML file; a variable of the environment (`TOCSIN_` and the key: `TOCSIN_ENDPOINTS_REPORTS`) overrides it, and a
/// flag (`--endpoints-reports`) overrides that. All three are read, and held to the same ranges, by ``ConfigurationReading``.
public struct Configuration: Sendable {
    /// How much the daemon logs; the words are those of swift-log.
    public enum LogLevel: String, ReportWord {
        public static let table = WordTable(LogLevel.self)

        case trace, debug, info, notice, warning, error, critical
    }

    /// What keeps strangers out.
    public enum Security: String, ReportWord {
        public static let table = WordTable(Security.self)

        /// Nothing: whoever reaches an endpoint may do everything, from other machines too.
        case none
    }

    /// nil: the default, which the daemon and its clients take.
    public internal(set) var reports: EndpointText?
    public internal(set) var alerts: EndpointText?
    public internal(set) var feed: EndpointText?
    /// nil: `control.ipc` in the runtime folder.
    public internal(set) var control: EndpointText?
    /// The folder of the journal.
    public internal(set) var state: String?
    /// The folder of the control socket.
    public internal(set) var runtime: String?
    public internal(set) var rules: String?
    public internal(set) var departments: String?
    /// nil: there are departments, but no roles at places.
    public internal(set) var grids: String?
    public internal(set) var heartbeat: Duration?
    public internal(set) var redeliverAfter: Duration?
    /// How long a daemon that is told to stop waits for what is under way.
    public internal(set) var drainWithin: Duration?
    /// Whether processors are kept awake while somebody waits, where the machine allows it.
    public internal(set) var keepProcessorsAwake: Bool?
    public internal(set) var logLevel: LogLevel?
    /// nil: the broker is bound to loopback and nothing else.
    public internal(set) var security: Security?
    /// The defaults with what is set put over them.
    public internal(set) var limits = Limits()

    init() {}

    /// Takes a value. Paths that are not absolute begin at `folder`.
    mutating func set(_ key: ConfigurationKey, _ text: String, folder: String) throws(ConfigurationProblem) {
        let path = text.hasPrefix("/") ? text : folder + text
        switch key {
        case .reports: reports = try key.endpoint(text)
        case .alerts: alerts = try key.endpoint(text)
        case .feed: feed = try key.endpoint(text)
        case .control: control = try key.endpoint(text)
        case .state: state = path
        case .runtime: runtime = path
        case .rules: rules = path
        case .departments: departments = path
        case .grids: grids = path
        case .heartbeat: heartbeat = try key.duration(text)
        case .redeliverAfter: redeliverAfter = try key.duration(text)
        case .drainWithin: drainWithin = try key.duration(text)
        case .keepProcessorsAwake: keepProcessorsAwake = try key.truth(text)
        case .logLevel: logLevel = try key.word(text, "a log level")
        case .security: security = try key.word(text, "a kind of security")
        case .reportBytes: limits.reportBytes = try key.number(text)
        case .uncommittedReports: limits.uncommittedReports = try key.number(text)
        case .uncommittedBytes: limits.uncommittedBytes = try key.number(text)
        case .outstandingBytes: limits.outstandingBytes = try key.number(text)
        case .bodyCacheBytes: limits.bodyCacheBytes = try key.number(text)
        case .followers: limits.followers = try key.number(text)
        case .terminals: limits.terminals = try key.number(text)
        }
    }

    /// The endpoint that a key names; nil for a key of another kind, and where nobody has set it.
    public func endpoint(_ key: ConfigurationKey) -> EndpointText? {
        switch key {
        case .reports: reports
        case .alerts: alerts
        case .feed: feed
        case .control: control
        default: nil
        }
    }

    /// The duration that `500ms`, `60s`, `3m` or `2h` says; nil for anything else.
    public static func duration(_ text: String) -> Duration? { Duration(shorthand: text) }
}
