internal import Configuration
import Foundation
internal import SystemPackage
public import TocsinCore
import TocsinModel
import TocsinRouting

/// What an operator sets: where the endpoints are, where the journal lives, which files decide.
///
/// One YAML file; environment variables (`TOCSIN_` and the key: `TOCSIN_ENDPOINTS_REPORTS`) override it, and flags
/// (`--endpoints-reports`) override those. `Config/tocsin.yaml` documents every key.
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

    /// Every key, as it stands in the file.
    static let keys = [
        "endpoints.reports", "endpoints.alerts", "endpoints.feed", "endpoints.control", "state", "runtime", "rules",
        "departments", "grids", "heartbeat", "redeliver-after", "drain-within", "log-level", "limits.report-bytes",
        "limits.uncommitted-reports", "limits.uncommitted-bytes", "limits.outstanding-bytes",
        "limits.body-cache-bytes", "limits.followers", "limits.terminals", "security",
    ]

    /// Reads the file, the environment and the flags.
    ///
    /// - Parameters:
    ///   - file: the YAML file; paths in it are relative to its folder.
    ///   - environment: usually the process's own.
    ///   - flags: `--key value` pairs that override both.
    /// - Throws: ``ServiceError/configuration(_:)`` naming the key or the place in the file, and what would be right.
    public static func load(
        file: String, environment: [String: String], flags: [String]
    ) async throws(ServiceError) -> ServiceConfiguration {
        try check(flags: flags)
        let reader = try await Reader(file: file, environment: environment, flags: flags)
        return try ServiceConfiguration(reader)
    }

    private init(_ reader: Reader) throws(ServiceError) {
        let environment = reader.environment
        security = try reader.security("security") ?? security
        reports = try reader.endpoint("endpoints.reports") ?? reports
        alerts = try reader.endpoint("endpoints.alerts") ?? alerts
        feed = try reader.endpoint("endpoints.feed") ?? feed
        state = reader.path("state") ?? environment["STATE_DIRECTORY"] ?? state
        runtime = reader.path("runtime") ?? environment["RUNTIME_DIRECTORY"] ?? runtime
        control = try reader.endpoint("endpoints.control") ?? "ipc://\(runtime)/control.ipc"
        rules = try reader.requiredPath("rules")
        departments = try reader.requiredPath("departments")
        grids = reader.path("grids") ?? ""
        broker.heartbeat = try reader.duration("heartbeat") ?? broker.heartbeat
        broker.redeliverAfter = try reader.duration("redeliver-after") ?? broker.redeliverAfter
        drainWithin = try reader.duration("drain-within") ?? drainWithin
        logLevel = try reader.logLevel("log-level") ?? logLevel
        var limits = Limits()
        limits.reportBytes = try reader.count("limits.report-bytes", 1...Int(Limits.frameBytes)) ?? limits.reportBytes
        limits.uncommittedReports = try reader.count("limits.uncommitted-reports") ?? limits.uncommittedReports
        limits.uncommittedBytes = try reader.count("limits.uncommitted-bytes") ?? limits.uncommittedBytes
        limits.outstandingBytes = try reader.count("limits.outstanding-bytes") ?? limits.outstandingBytes
        limits.bodyCacheBytes = try reader.count("limits.body-cache-bytes") ?? limits.bodyCacheBytes
        limits.followers = try reader.count("limits.followers") ?? limits.followers
        limits.terminals = try reader.count("limits.terminals") ?? limits.terminals
        broker.limits = limits
        guard security == .loopback else { return }
        let bound = [("reports", reports), ("alerts", alerts), ("feed", feed), ("control", control)]
        for (key, text) in bound {
            guard let exposure = (try? EndpointText(text))?.exposure else { continue }
            throw .configuration("endpoints.\(key): \(exposure).")
        }
    }

    private static func check(flags: [String]) throws(ServiceError) {
        for flag in flags where flag.hasPrefix("--") {
            let name = flag.dropFirst(2).prefix { $0 != "=" }
            guard !keys.contains(where: { $0.replacingOccurrences(of: ".", with: "-") == name }) else { continue }
            let known = keys.map { "--" + $0.replacingOccurrences(of: ".", with: "-") }.joined(separator: ", ")
            throw .configuration("The flag --\(name) is not known. Known are \(known).")
        }
    }
}

/// Looks a key up in flags, environment and file, in this order, and checks its value.
private struct Reader {
    let config: ConfigReader
    let environment: [String: String]
    private let folder: String

    init(file: String, environment: [String: String], flags: [String]) async throws(ServiceError) {
        self.environment = environment
        folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
        do {
            // The file is checked as a whole first: the reader below takes what it is asked for and sees no other key.
            _ = try ConfigurationFile(yaml: try String(contentsOfFile: file, encoding: .utf8), file: file)
            let yaml = try await FileProvider<YAMLSnapshot>(filePath: FilePath(file))
            config = ConfigReader(providers: [
                CommandLineArgumentsProvider(arguments: ["tocsind"] + flags),
                EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "tocsin"),
                yaml,
            ])
        } catch let problems as FileProblems {
            throw .configuration(problems.description)
        } catch {
            throw .configuration("The configuration \(file) cannot be read: \(error.localizedDescription)")
        }
    }

    func text(_ key: String) -> String? {
        // A number in YAML is not a string to the reader; whoever wrote 5000 meant the text just as well.
        config.string(forKey: ConfigKey(key)) ?? config.int(forKey: ConfigKey(key)).map(String.init)
    }

    func path(_ key: String) -> String? {
        guard let text = text(key), !text.isEmpty else { return nil }
        guard !text.hasPrefix("/") else { return text }
        return URL(fileURLWithPath: folder, isDirectory: true).appendingPathComponent(text).standardized.path
    }

    func requiredPath(_ key: String) throws(ServiceError) -> String {
        guard let path = path(key) else {
            throw .configuration("The configuration lacks '\(key)': the path of the \(key) file.")
        }
        return path
    }

    func endpoint(_ key: String) throws(ServiceError) -> String? {
        guard let text = text(key) else { return nil }
        do {
            return try EndpointText(text).forBinding
        } catch {
            throw .configuration("\(key): \(error)")
        }
    }

    func duration(_ key: String) throws(ServiceError) -> Duration? {
        guard let text = text(key) else { return nil }
        guard let duration = ConfigurationFile.duration(text), duration > .zero else {
            throw .configuration("\(key): '\(text)' is not a duration such as 500ms, 30s, 5m or 2h.")
        }
        return duration
    }

    func security(_ key: String) throws(ServiceError) -> ServiceConfiguration.Security? {
        guard let text = text(key) else { return nil }
        guard ConfigurationFile.Security(rawValue: text) != nil else {
            throw .configuration(
                "\(key): '\(text)' is not a kind of security; valid is none, or to leave the key out: then the broker is "
                    + "bound to loopback alone.")
        }
        return ServiceConfiguration.Security.none
    }

    func logLevel(_ key: String) throws(ServiceError) -> String? {
        guard let text = text(key) else { return nil }
        guard ConfigurationFile.LogLevel(rawValue: text) != nil else {
            let words = ConfigurationFile.LogLevel.words.joined(separator: ", ")
            throw .configuration("\(key): '\(text)' is not one of \(words).")
        }
        return text
    }

    func count(_ key: String, _ allowed: ClosedRange<Int> = 1...Int.max) throws(ServiceError) -> Int? {
        guard let text = text(key) else { return nil }
        guard let count = Int(text), allowed.contains(count) else {
            throw .configuration("\(key): '\(text)' is not a whole number from \(allowed.lowerBound) on.")
        }
        return count
    }
}
