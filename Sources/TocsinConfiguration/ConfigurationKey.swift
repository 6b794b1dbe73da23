import TocsinAccess
import TocsinModel
import TocsinRouting

/// The keys of the configuration. This table serves the file, the environment, flags, `tocsin check` and the daemon.
///
/// `Config/tocsin.yaml` documents each key with its default and its allowed values. A test compares it with this table.
public enum ConfigurationKey: String, CaseIterable, Sendable {
    case reports = "endpoints.reports"
    case alerts = "endpoints.alerts"
    case feed = "endpoints.feed"
    case control = "endpoints.control"
    case state
    case reserveBytes = "reserve-bytes"
    case keepClosed = "keep-closed"
    case keepExercises = "keep-exercises"
    case keepNames = "keep-names"
    case runtime
    case rules
    case departments
    case grids
    case holidays
    case duty
    case heartbeat
    case redeliverAfter = "redeliver-after"
    case drainWithin = "drain-within"
    case keepProcessorsAwake = "keep-processors-awake"
    case logLevel = "log-level"
    case security
    case securityKey = "security.key"
    case securityClients = "security.clients"
    case reportBytes = "limits.report-bytes"
    case uncommittedReports = "limits.uncommitted-reports"
    case uncommittedBytes = "limits.uncommitted-bytes"
    case outstandingBytes = "limits.outstanding-bytes"
    case bodyCacheBytes = "limits.body-cache-bytes"
    case followers = "limits.followers"
    case terminals = "limits.terminals"
    case connectionsPerClient = "limits.connections-per-client"
    case reportRate = "limits.report-rate"
    case senderRate = "limits.sender-rate"

    /// A kind of value.
    public enum Kind: Hashable, Sendable {
        case endpoint
        case path
        /// More than 0.
        case duration(atMost: Duration)
        /// Days or years.
        case days(ClosedRange<Int64>)
        case number(ClosedRange<Int>)
        case word([String])
        /// A number of reports in a time.
        case rate
    }

    /// The kind of the key's value.
    public var kind: Kind {
        switch self {
        case .reports, .alerts, .feed, .control: .endpoint
        case .state, .runtime, .rules, .departments, .grids, .holidays, .duty, .securityKey, .securityClients: .path
        case .heartbeat, .redeliverAfter, .drainWithin: .duration(atMost: Rule.longestDuration)
        case .keepClosed, .keepExercises, .keepNames: .days(Limits.keptDays)
        case .keepProcessorsAwake: .word(["true", "false"])
        case .logLevel: .word(Configuration.LogLevel.words)
        case .security: .word([Configuration.Security.none.rawValue])
        case .reserveBytes: .number(0...Limits.mostReserveBytes)
        // A report must fit a frame.
        case .reportBytes: .number(1...Int(Limits.frameBytes))
        case .uncommittedReports: .number(1...10_000_000)
        case .uncommittedBytes, .outstandingBytes, .bodyCacheBytes: .number(1...(64 << 30))
        case .followers: .number(1...100_000_000)
        case .terminals: .number(1...10_000_000)
        case .connectionsPerClient: .number(1...1_000_000)
        case .reportRate, .senderRate: .rate
        }
    }

    /// The default value as the file would have it; nil if it depends on the surroundings or there is none.
    public var standard: String? {
        let limits = Limits()
        return switch self {
        case .reports: "tcp://127.0.0.1:7701"
        case .alerts: "tcp://127.0.0.1:7702"
        case .feed: "tcp://127.0.0.1:7703"
        case .state: "/var/lib/tocsin"
        case .reserveBytes: String(Limits.reserveBytes)
        case .runtime: "/run/tocsin"
        case .heartbeat: "5s"
        case .redeliverAfter: "30s"
        case .drainWithin: "10s"
        case .keepProcessorsAwake: "true"
        case .logLevel: "info"
        case .reportBytes: String(limits.reportBytes)
        case .uncommittedReports: String(limits.uncommittedReports)
        case .uncommittedBytes: String(limits.uncommittedBytes)
        case .outstandingBytes: String(limits.outstandingBytes)
        case .bodyCacheBytes: String(limits.bodyCacheBytes)
        case .followers: String(limits.followers)
        case .terminals: String(limits.terminals)
        case .connectionsPerClient: String(limits.connectionsPerClient)
        case .control, .rules, .departments, .grids, .holidays, .duty, .security, .securityKey, .securityClients,
            .reportRate, .senderRate, .keepClosed, .keepExercises, .keepNames:
            nil
        }
    }

    /// The allowed values in words; nil for paths, which may be anything.
    public var allowed: String? {
        switch kind {
        case .endpoint: "tcp://ADDRESS:PORT or ipc:///PATH"
        case .path: nil
        case .duration(let longest): "more than 0 and at most \(longest.components.seconds / 3600)h"
        case .days(let range):
            "\(Duration.seconds(range.lowerBound * 86_400).days) to \(Duration.seconds(range.upperBound * 86_400).days)"
        case .number(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .word(let words): words.joined(separator: ", ")
        case .rate: "1 to 1000000 in a second, minute or hour: 20/s, 90/m, 500/h"
        }
    }

    /// The mapping that contains the key, if there is one: `endpoints`, `limits`, `security`.
    var section: String? {
        rawValue.firstIndex(of: ".").map { String(rawValue[..<$0]) }
    }

    /// The key within its mapping: `reports`.
    public var word: String {
        rawValue.firstIndex(of: ".").map { String(rawValue[rawValue.index(after: $0)...]) } ?? rawValue
    }

    /// The flag that overrides the key: `--endpoints-reports`.
    public var flag: String { "--" + rawValue.replacing(".", with: "-") }

    /// The variable of the environment that overrides the key: `TOCSIN_ENDPOINTS_REPORTS`.
    public var variable: String {
        "TOCSIN_" + rawValue.uppercased().replacing(".", with: "_").replacing("-", with: "_")
    }
}

extension ConfigurationKey {
    /// Reads an endpoint.
    func endpoint(_ text: String) throws(ConfigurationProblem) -> EndpointText {
        do {
            return try EndpointText(text)
        } catch {
            throw ConfigurationProblem(error.description)
        }
    }

    /// Reads a duration within the key's range.
    func duration(_ text: String) throws(ConfigurationProblem) -> Duration {
        if let duration = Configuration.duration(text), duration > .zero, case .duration(let longest) = kind,
            duration <= longest
        {
            return duration
        }
        throw ConfigurationProblem(
            "\(Suggestion.quoted(text)) is not a duration for \(word); valid are whole numbers with ms, s, m, h or d, such "
                + "as 500ms, 60s, 3m, 2h or 7d, \(allowed ?? "")")
    }

    /// Reads a time of days or years within the key's range.
    func days(_ text: String) throws(ConfigurationProblem) -> Duration {
        if let time = Duration(days: text), case .days(let range) = kind,
            range.contains(time.components.seconds / 86_400)
        {
            return time
        }
        throw ConfigurationProblem(
            "\(Suggestion.quoted(text)) is not a time for \(word); valid are whole numbers with d or y, such as 90d or 5y, "
                + "\(allowed ?? "")")
    }

    /// Reads a number within the key's range.
    func number(_ text: String) throws(ConfigurationProblem) -> Int {
        if let value = Int(text), case .number(let range) = kind, range.contains(value) { return value }
        throw ConfigurationProblem("\(Suggestion.quoted(text)) is not a number for \(word); valid are \(allowed ?? "")")
    }

    /// Reads a number of reports in a time.
    func rate(_ text: String) throws(ConfigurationProblem) -> Rate {
        if let rate = Rate(text) { return rate }
        throw ConfigurationProblem("\(Suggestion.quoted(text)) is not a rate for \(word); valid are \(allowed ?? "")")
    }

    /// Reads `true` or `false`.
    func truth(_ text: String) throws(ConfigurationProblem) -> Bool {
        if let value = Bool(text) { return value }
        throw ConfigurationProblem("\(Suggestion.quoted(text)) is not valid for \(word); valid are true and false")
    }

    /// Reads a word of the key's list.
    func word<Word: ReportWord>(_ text: String, _ what: String) throws(ConfigurationProblem) -> Word {
        if let word = Word(rawValue: text) { return word }
        throw ConfigurationProblem(Suggestion.message(text, isNot: what, valid: Word.words))
    }
}

/// The fault of a value, and what would be right. The reader adds the position.
struct ConfigurationProblem: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
