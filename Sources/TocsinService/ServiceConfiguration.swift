import Glibc
import TocsinConfiguration
public import TocsinCore
import TocsinModel

/// What the service is told: where the endpoints are, where the journal lives, which files decide.
///
/// `Config/tocsin.yaml` documents every key; see `ConfigurationKey` and `ConfigurationReading` for how they are read.
public struct ServiceConfiguration: Sendable {
    public var reports = "tcp://127.0.0.1:7701"
    public var alerts = "tcp://127.0.0.1:7702"
    public var feed = "tcp://127.0.0.1:7703"
    /// Defaults to `control.ipc` in the runtime folder.
    public var control = ""
    /// The folder of the journal.
    public var state = "/var/lib/tocsin"
    /// The folder of the control socket.
    public var runtime = "/run/tocsin"
    public var rules = ""
    public var departments = ""
    /// May be empty: then there are departments, but no roles at places.
    public var grids = ""
    public var broker = BrokerSettings()
    /// SIGTERM: everything accepted is on disk and answered within this time, or the daemon says what is not.
    public var drainWithin: Duration = .seconds(10)
    /// Whether processors are kept awake while somebody waits, where the machine allows it.
    public var keepProcessorsAwake = true
    /// The least severe log lines that are written: trace, debug, info, notice, warning, error or critical.
    public var logLevel = "info"
    /// What keeps strangers out.
    public var security = Security.loopback

    /// What keeps strangers out.
    public enum Security: String, Sendable {
        /// The endpoints are bound so that only this machine's own programs reach them.
        case loopback
        /// Nothing: whoever reaches an endpoint may do everything.
        case none
    }

    public init() {}

    /// Reads the file, the environment and the flags.
    ///
    /// - Parameters:
    ///   - file: the YAML file; paths in it are relative to its folder.
    ///   - environment: usually the process's own. `STATE_DIRECTORY` and `RUNTIME_DIRECTORY` are the folders where nobody
    ///     names others.
    ///   - flags: `--key value` pairs that override both.
    /// - Throws: ``ServiceError/usage(_:)`` for a flag that is not known or has no value; ``ServiceError/configuration(_:)``
    ///   naming each problem's place or source, and what would be right.
    public static func load(
        file: String, environment: [String: String], flags: [String]
    ) throws(ServiceError) -> ServiceConfiguration {
        let overrides: [ConfigurationReading.Flag]
        do throws(ConfigurationProblems) {
            overrides = try ConfigurationReading.flags(flags)
        } catch {
            throw .usage(error.description)
        }
        let reading = ConfigurationReading(file: absolute(file), environment: environment, flags: overrides)
        let problems = reading.problems + reading.problemsForBroker
        guard problems.isEmpty else { throw .configuration(ConfigurationProblems(problems).description) }
        return ServiceConfiguration(reading.configuration, environment)
    }

    private init(_ read: Configuration, _ environment: [String: String]) {
        reports = read.reports?.forBinding ?? reports
        alerts = read.alerts?.forBinding ?? alerts
        feed = read.feed?.forBinding ?? feed
        state = read.state ?? environment["STATE_DIRECTORY"] ?? state
        runtime = read.runtime ?? environment["RUNTIME_DIRECTORY"] ?? runtime
        control = read.control?.forBinding ?? "ipc://\(runtime)/control.ipc"
        rules = read.rules ?? rules
        departments = read.departments ?? departments
        grids = read.grids ?? grids
        broker.heartbeat = read.heartbeat ?? broker.heartbeat
        broker.redeliverAfter = read.redeliverAfter ?? broker.redeliverAfter
        broker.limits = read.limits
        drainWithin = read.drainWithin ?? drainWithin
        keepProcessorsAwake = read.keepProcessorsAwake ?? keepProcessorsAwake
        logLevel = read.logLevel?.rawValue ?? logLevel
        if read.security == Configuration.Security.none { security = .none }
    }

    /// A path that stays what it is wherever the process goes.
    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let start = buffer.baseAddress, let folder = getcwd(start, buffer.count) else { return path }
            return String(cString: folder) + "/" + path
        }
    }
}
