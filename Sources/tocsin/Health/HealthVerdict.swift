import TocsinModel
import TocsinWire

/// A broker's condition, as monitoring plug-ins say it (https://www.monitoring-plugins.org/doc/guidelines.html).
struct HealthVerdict: Sendable {
    /// The exit status of a plug-in.
    enum Level: Int32, Comparable, Sendable {
        case ok = 0
        case warning = 1
        case critical = 2
        case unknown = 3

        static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        var word: String { "\(self)".uppercased() }
    }

    /// A number for graphs.
    struct Metric: Hashable, Sendable {
        var name: String
        var value: Int64
        /// `ms`, `B`, or empty for a count.
        var unit = ""
        var warning: Int64?
        var critical: Int64?
        /// True if it is little that is bad.
        var isReserve = false

        /// `undelivered=3;1000;;0`, and `disk_free=3B;1000:;100:;0` for a reserve.
        var text: String {
            let limits = [warning, critical].map { $0.map { "\($0)\(isReserve ? ":" : "")" } ?? "" }
            return "\(name)=\(value)\(unit);\(limits[0]);\(limits[1]);0"
        }
    }

    private(set) var level = Level.ok
    /// The problems, the worst first.
    private(set) var problems: [String] = []
    var metrics: [Metric] = []
    /// The words for a broker without problems.
    var summary = ""

    /// Notes something that is not well.
    mutating func note(_ level: Level, _ problem: String) {
        problems.insert(problem, at: level > self.level ? 0 : problems.count)
        self.level = max(level, self.level)
    }

    /// Adds a number, and notes the problem if it is beyond a threshold.
    mutating func add(_ metric: Metric, _ problem: String) {
        metrics.append(metric)
        func isBeyond(_ threshold: Int64?) -> Bool {
            threshold.map { metric.isReserve ? metric.value < $0 : metric.value > $0 } ?? false
        }
        if isBeyond(metric.critical) {
            note(.critical, problem)
        } else if isBeyond(metric.warning) {
            note(.warning, problem)
        }
    }

    /// `TOCSIN OK - 2 incidents open | open=2;;;0`
    var line: String {
        let text = problems.isEmpty ? summary : problems.joined(separator: "; ")
        // A pipe begins the numbers, and the second line is not shown.
        let said = "TOCSIN \(level.word) - \(text.replacing("|", with: "/").replacing("\n", with: "; "))"
        return metrics.isEmpty ? said : "\(said) | \(metrics.map(\.text).joined(separator: " "))"
    }

    /// `{"status":"warning","problems":["…"],"metrics":{"open":2}}`
    var json: [UInt8] {
        makeJSON { json in
            json.member("status", "\(level)")
            json.array("problems") { json in
                for problem in problems { json.string(problem) }
            }
            json.object("metrics") { json in
                for metric in metrics {
                    json.key(escaping: metric.name)
                    json.integer(metric.value)
                }
            }
        }
    }
}
