public import TocsinModel
import Yams

/// What a broker's configuration file says, checked; what it leaves out is nil or its default.
///
///     endpoints: { reports: "tcp://127.0.0.1:7701", control: "ipc:///run/tocsin/control.ipc" }
///     state: /var/lib/tocsin
///     rules: rules.yaml
///     heartbeat: 5s
///     limits: { terminals: 1000 }
///
/// The daemon and the command line read the file with this type, so that both call the same file right.
public struct ConfigurationFile: Equatable, Sendable {
    /// Where the broker listens.
    public struct Endpoints: Hashable, Sendable {
        public var reports: String?
        public var alerts: String?
        public var feed: String?
        public var control: String?
    }

    /// How much the daemon logs; the words are those of swift-log.
    public enum LogLevel: String, ReportWord {
        public static let table = WordTable(LogLevel.self)

        case trace, debug, info, notice, warning, error, critical
    }

    /// Every key of the file, in the order in which the documentation has them.
    public static let keys = [
        "endpoints", "state", "runtime", "rules", "departments", "grids", "heartbeat", "redeliver-after", "limits",
        "drain-within", "log-level", "security",
    ]

    /// What keeps strangers out.
    public enum Security: String, ReportWord {
        public static let table = WordTable(Security.self)

        /// Nothing: whoever reaches an endpoint may do everything, from other machines too.
        case none
    }

    /// What problems call the file; paths inside it are read from the folder it is in.
    public var file: String
    public var endpoints = Endpoints()
    /// The folder of the journal.
    public var state: String?
    /// The folder of the control socket.
    public var runtime: String?
    public var rules: String?
    public var departments: String?
    public var grids: String?
    public var heartbeat: Duration?
    public var redeliverAfter: Duration?
    /// The defaults with what the file says put over them.
    public var limits = Limits()
    /// How long a daemon that is told to stop waits for what is under way.
    public var drainWithin: Duration?
    public var logLevel: LogLevel?
    /// Nil: the broker is bound to loopback and nothing else.
    public var security: Security?

    /// Reads a configuration file.
    ///
    /// - Parameters:
    ///   - yaml: the file's text; one with nothing but comments is right and says nothing.
    ///   - file: what problems call the file, and where relative paths begin.
    /// - Throws: every problem: syntax, unknown keys, and values that are not what the key takes.
    public init(yaml: String, file: String) throws(FileProblems) {
        self.file = file
        guard !yaml.isOnlyComments else { return }
        var reader = ConfigurationReader(file: file)
        reader.read(yaml, into: &self)
        guard reader.file.problems.isEmpty else { throw FileProblems(reader.file.inOrder) }
    }

    /// A path that the file names, as one that can be opened: relative ones begin at the file's folder.
    public func resolved(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }

    /// The endpoints that other machines may reach although the file does not accept that, each with what to do.
    public var exposures: [String] {
        guard security == nil else { return [] }
        let all = [
            ("reports", endpoints.reports), ("alerts", endpoints.alerts), ("feed", endpoints.feed),
            ("control", endpoints.control),
        ]
        return all.compactMap { key, text in
            text.flatMap { try? EndpointText($0) }?.exposure.map { "\(file): endpoints.\(key): \($0)" }
        }
    }

    /// The duration that `500ms`, `60s`, `3m` or `2h` says; nil for anything else.
    public static func duration(_ text: String) -> Duration? { Duration(shorthand: text) }
}

/// Reads the keys of a configuration file one by one.
private struct ConfigurationReader {
    var file: FileReader

    init(file: String) {
        self.file = FileReader(file: file)
    }

    mutating func read(_ yaml: String, into configuration: inout ConfigurationFile) {
        guard let root = file.compose(yaml),
            let fields = file.fields(of: root, "the configuration file", keys: ConfigurationFile.keys)
        else { return }
        if let node = fields["endpoints"] { endpoints(node, into: &configuration.endpoints) }
        configuration.state = text("state", in: fields)
        configuration.runtime = text("runtime", in: fields)
        configuration.rules = text("rules", in: fields)
        configuration.departments = text("departments", in: fields)
        configuration.grids = text("grids", in: fields)
        configuration.heartbeat = duration("heartbeat", in: fields)
        configuration.redeliverAfter = duration("redeliver-after", in: fields)
        configuration.drainWithin = duration("drain-within", in: fields)
        if let node = fields["limits"] { limits(node, into: &configuration.limits) }
        if let node = fields["log-level"] {
            configuration.logLevel = file.word(of: node, "log-level", "a log level")
        }
        if let node = fields["security"] {
            configuration.security = file.word(of: node, "security", "a kind of security")
        }
    }

    private mutating func endpoints(_ node: Node, into endpoints: inout ConfigurationFile.Endpoints) {
        let keys = ["reports", "alerts", "feed", "control"]
        guard let fields = file.fields(of: node, "endpoints", keys: keys) else { return }
        endpoints.reports = endpoint("reports", in: fields)
        endpoints.alerts = endpoint("alerts", in: fields)
        endpoints.feed = endpoint("feed", in: fields)
        endpoints.control = endpoint("control", in: fields)
    }

    private mutating func endpoint(_ key: String, in fields: FileReader.Fields) -> String? {
        guard let text = text(key, in: fields), let node = fields[key] else { return nil }
        do {
            return try EndpointText(text).text
        } catch {
            file.note(node, error.description)
            return nil
        }
    }

    private mutating func limits(_ node: Node, into limits: inout Limits) {
        let keys = [
            "report-bytes", "uncommitted-reports", "uncommitted-bytes", "outstanding-bytes", "body-cache-bytes",
            "followers", "terminals",
        ]
        guard let fields = file.fields(of: node, "limits", keys: keys) else { return }
        // A report must fit a frame, and every bound on reports must let at least one pass.
        limits.reportBytes = count("report-bytes", 1...Int(Limits.frameBytes), in: fields) ?? limits.reportBytes
        limits.uncommittedReports =
            count("uncommitted-reports", 1...10_000_000, in: fields) ?? limits.uncommittedReports
        let bytes = limits.reportBytes...(64 << 30)
        limits.uncommittedBytes = count("uncommitted-bytes", bytes, in: fields) ?? limits.uncommittedBytes
        limits.outstandingBytes = count("outstanding-bytes", bytes, in: fields) ?? limits.outstandingBytes
        limits.bodyCacheBytes = count("body-cache-bytes", 1...(64 << 30), in: fields) ?? limits.bodyCacheBytes
        limits.followers = count("followers", 1...100_000_000, in: fields) ?? limits.followers
        limits.terminals = count("terminals", 1...10_000_000, in: fields) ?? limits.terminals
    }

    private mutating func text(_ key: String, in fields: FileReader.Fields) -> String? {
        fields[key].flatMap { file.text(of: $0, key) }
    }

    private mutating func duration(_ key: String, in fields: FileReader.Fields) -> Duration? {
        guard let node = fields[key], let text = file.text(of: node, key) else { return nil }
        if let duration = Duration(shorthand: text), duration > .zero, duration <= Rule.longestDuration {
            return duration
        }
        file.note(
            node,
            "\(Suggestion.quoted(text)) is not a duration for \(key); valid are whole numbers with ms, s, m or h, "
                + "such as 500ms, 60s, 3m or 2h, more than 0 and at most 168h")
        return nil
    }

    private mutating func count(_ key: String, _ range: ClosedRange<Int>, in fields: FileReader.Fields) -> Int? {
        guard let node = fields[key], let text = file.text(of: node, key) else { return nil }
        if let value = Int(text), range.contains(value) { return value }
        file.note(
            node,
            "\(Suggestion.quoted(text)) is not a number for \(key); valid are \(range.lowerBound) to \(range.upperBound)"
        )
        return nil
    }
}

extension String {
    /// Whether no line says anything.
    fileprivate var isOnlyComments: Bool {
        split(whereSeparator: \.isNewline).allSatisfy { line in
            let rest = line.drop { $0 == " " || $0 == "\t" }
            return rest.isEmpty || rest.hasPrefix("#")
        }
    }
}
