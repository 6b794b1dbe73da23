import Glibc
public import TocsinAccess
public import TocsinConfiguration
public import TocsinCore
public import TocsinModel
import ZeroMQ

/// The configuration of the service: the endpoints, the journal's folder, and the rule files.
///
/// `Config/tocsin.yaml` documents every key. See `ConfigurationKey` and `ConfigurationReading` for how they are read.
public struct ServiceConfiguration: Sendable {
    public var reports = "tcp://127.0.0.1:7701"
    public var alerts = "tcp://127.0.0.1:7702"
    public var feed = "tcp://127.0.0.1:7703"
    /// Defaults to `control.ipc` in the runtime folder.
    public var control = ""
    /// The folder of the journal.
    public var state = "/var/lib/tocsin"
    /// The bytes of the journal's tail that are kept for people's words while the disk is full.
    public var reserveBytes = Limits.reserveBytes
    /// How long the journal keeps what is over.
    public var retention = Retention()
    /// The folder of the control socket.
    public var runtime = "/run/tocsin"
    public var rules = ""
    public var departments = ""
    /// The grids file. If it is empty, there are departments, but no roles at places.
    public var grids = ""
    /// The file of holidays. If it is empty, rules name none.
    public var holidays = ""
    /// The place that names it: the configuration's file with line and column, a variable or a flag; nil if it was not read.
    var holidaysSource: String?
    /// The duty sheet. If it is empty, no mailbox has a roster.
    public var duty = ""
    public var broker = BrokerSettings()
    /// The time limit of a drain. After SIGTERM everything accepted is on disk and answered within this time, or the
    /// daemon says what is not.
    public var drainWithin: Duration = .seconds(10)
    /// True if processors are kept awake while somebody waits, where the machine allows it.
    public var keepProcessorsAwake = true
    /// The least severe level of log lines that are written: trace, debug, info, notice, warning, error or critical.
    public var logLevel = "info"
    /// The protection against strangers.
    public var security = Security.loopback
    /// The rate of each client whose entry says none, and that of each sender; nil for no bound.
    public var reportRate: Rate?, senderRate: Rate?
    /// The variables of the environment that have a key's prefix and set nothing.
    public var ignoredVariables: [IgnoredVariable] = []
    /// What it was read from; nil if it was not read.
    var sources: ConfigurationSources?

    /// A protection against strangers.
    public enum Security: Hashable, Sendable {
        /// The endpoints are bound so that only this machine's own programs reach them.
        case loopback
        /// Every TCP endpoint demands CURVE and a key that the clients' file has. Both are files.
        case keys(broker: String, clients: String)
        /// No protection: anybody who reaches an endpoint may do everything.
        case none

        /// The file that says who may do what; nil where no keys are asked for.
        var clientsFile: String? {
            guard case .keys(_, let clients) = self else { return nil }
            return clients
        }

        /// Reads the broker's key; nil where none is asked for.
        ///
        /// - Throws: ``TocsinService/ServiceError/configuration(_:)`` if the file is no key pair, or can be read by others.
        func brokerKey() throws(ServiceError) -> CurveKeyPair? {
            guard case .keys(let file, _) = self else { return nil }
            do throws(KeyFile.Problem) {
                return try KeyFile.read(file)
            } catch {
                throw .configuration(error.description)
            }
        }

        /// The word for logs and INFO.
        public var word: String {
            switch self {
            case .loopback: "loopback"
            case .keys: "keys"
            case .none: "none"
            }
        }
    }

    public init() {}

    /// Reads the file, the environment and the flags.
    ///
    /// - Parameters:
    ///   - file: The YAML file. Paths in it are relative to its folder.
    ///   - environment: Usually the process's own. `STATE_DIRECTORY` and `RUNTIME_DIRECTORY` are the default folders.
    ///   - flags: The `--key value` pairs that override both.
    /// - Throws: ``ServiceError/usage(_:)`` for a flag that is not known or has no value, or
    ///   ``ServiceError/configuration(_:)`` naming each problem's place or source, and the correct form.
    public static func load(
        file: String, environment: [String: String], flags: [String]
    ) throws(ServiceError) -> ServiceConfiguration {
        let overrides: [ConfigurationReading.Flag]
        do throws(ConfigurationProblems) {
            overrides = try ConfigurationReading.flags(flags)
        } catch {
            throw .usage(error.description)
        }
        let file = absolute(file)
        let reading = ConfigurationReading(file: file, environment: environment, flags: overrides)
        let problems = reading.problems + reading.problemsForBroker
        guard problems.isEmpty else { throw .configuration(ConfigurationProblems(problems).description) }
        var configuration = ServiceConfiguration(reading.configuration, environment)
        configuration.holidaysSource = reading.source(of: .holidays)
        configuration.sources = ConfigurationSources(
            file: file, environment: environment, flags: overrides, texts: reading.texts)
        return configuration
    }

    private init(_ read: Configuration, _ environment: [String: String]) {
        reports = read.reports?.forBinding ?? reports
        alerts = read.alerts?.forBinding ?? alerts
        feed = read.feed?.forBinding ?? feed
        // An empty variable counts as not set, as those of the keys do.
        func folder(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        state = read.state ?? folder("STATE_DIRECTORY") ?? state
        reserveBytes = read.reserveBytes ?? reserveBytes
        retention = read.retention
        runtime = read.runtime ?? folder("RUNTIME_DIRECTORY") ?? runtime
        control = read.control?.forBinding ?? "ipc://\(runtime)/control.ipc"
        rules = read.rules ?? rules
        departments = read.departments ?? departments
        grids = read.grids ?? grids
        holidays = read.holidays ?? holidays
        duty = read.duty ?? duty
        broker.heartbeat = read.heartbeat ?? broker.heartbeat
        broker.redeliverAfter = read.redeliverAfter ?? broker.redeliverAfter
        broker.limits = read.limits
        drainWithin = read.drainWithin ?? drainWithin
        keepProcessorsAwake = read.keepProcessorsAwake ?? keepProcessorsAwake
        logLevel = read.logLevel?.rawValue ?? logLevel
        if read.security == Configuration.Security.none { security = .none }
        if let key = read.securityKey, let clients = read.clients { security = .keys(broker: key, clients: clients) }
        reportRate = read.reportRate
        senderRate = read.senderRate
        ignoredVariables = IgnoredVariable.all(in: environment)
    }

    /// Returns an absolute path, which stays valid when the process changes its folder.
    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let start = buffer.baseAddress, let folder = getcwd(start, buffer.count) else { return path }
            return String(cString: folder) + "/" + path
        }
    }
}
