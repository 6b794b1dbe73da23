import Foundation
import Testing
import TocsinAccess
import TocsinConfiguration
import TocsinModel

/// One table of keys serves file, environment and flags; each problem says where it is and what would be right.
@Suite final class ConfigurationTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tocsin-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            Issue.record(error, "a temporary folder stays behind")
        }
    }

    private func read(
        _ yaml: String, environment: [String: String] = [:], flags: [String] = []
    ) throws -> ConfigurationReading {
        let file = folder.appendingPathComponent("tocsin.yaml").path
        try Data(yaml.utf8).write(to: URL(fileURLWithPath: file))
        return ConfigurationReading(
            file: file, environment: environment, flags: try ConfigurationReading.flags(flags))
    }

    /// The problems without the folder in front.
    private func problems(_ reading: ConfigurationReading) -> [String] {
        reading.problems.map { $0.replacing(folder.path + "/", with: "") }
    }

    @Test func `every key is read`() throws {
        let reading = try read(
            """
            endpoints:
              reports: tcp://127.0.0.1:7701
              alerts: "tcp://[::1]:7702"
              feed: tcp://localhost:0
              control: ipc:///run/tocsin/control.ipc
            state: state
            keep-closed: 5y
            keep-exercises: 90d
            keep-names: 10y
            runtime: /run/tocsin
            rules: dongcheng/rules.yaml
            departments: /etc/tocsin/departments.yaml
            grids: grids.yaml
            heartbeat: 5s
            redeliver-after: 1m
            limits:
              report-bytes: 1000
              uncommitted-reports: 1001
              uncommitted-bytes: 1002
              outstanding-bytes: 1003
              body-cache-bytes: 1004
              followers: 1005
              terminals: 1006
              connections-per-client: 1007
              report-rate: 50/s
              sender-rate: 500/h
            drain-within: 500ms
            keep-processors-awake: false
            log-level: debug
            security: none
            """)
        #expect(reading.problems.isEmpty)
        #expect(reading.problemsForBroker.isEmpty)
        let read = reading.configuration
        #expect(read.reports?.text == "tcp://127.0.0.1:7701")
        #expect(read.alerts?.forBinding == "tcp://[::1]:7702")
        #expect(read.feed?.forBinding == "tcp://127.0.0.1:0")
        #expect(read.control?.text == "ipc:///run/tocsin/control.ipc")
        #expect(read.state == folder.path + "/state")
        let day = Duration.seconds(86_400)
        #expect(read.retention == Retention(closed: day * 1830, exercises: day * 90, names: day * 3660))
        #expect(read.runtime == "/run/tocsin")
        #expect(read.rules == folder.path + "/dongcheng/rules.yaml")
        #expect(read.departments == "/etc/tocsin/departments.yaml")
        #expect(read.grids == folder.path + "/grids.yaml")
        #expect(read.heartbeat == .seconds(5))
        #expect(read.redeliverAfter == .seconds(60))
        #expect(read.drainWithin == .milliseconds(500))
        #expect(read.keepProcessorsAwake == false)
        #expect(read.reportRate == Rate("50/s") && read.senderRate == Rate("500/h"))
        #expect(read.logLevel == .debug)
        #expect(read.security == Configuration.Security.none)
        let limits = read.limits
        let bytes = [limits.reportBytes, limits.uncommittedBytes, limits.outstandingBytes, limits.bodyCacheBytes]
        #expect(bytes == [1000, 1002, 1003, 1004])
        let counts = [
            limits.uncommittedReports, limits.followers, limits.terminals, limits.connectionsPerClient,
        ]
        #expect(counts == [1001, 1005, 1006, 1007])
        #expect(reading.source(of: .heartbeat)?.hasSuffix("tocsin.yaml:14:12") ?? false)
    }

    @Test(arguments: ["", "\u{feff}", "# all defaults\n\n", "\r\n# nothing\r\n", "\u{feff}# nothing\r\n"])
    func `a file that says nothing is right, and the environment says the rest`(yaml: String) throws {
        let reading = try read(yaml, environment: ["TOCSIN_RULES": "r.yaml", "TOCSIN_DEPARTMENTS": "/d.yaml"])
        #expect(reading.problems.isEmpty)
        #expect(reading.problemsForBroker.isEmpty)
        #expect(reading.configuration.rules == folder.path + "/r.yaml")
        #expect(reading.configuration.limits == Limits())
    }

    @Test(arguments: ["\n", "\r\n", "\r"], ["", "\u{feff}"])
    func `a problem has its line and column whatever ends the lines and with a byte order mark`(
        lineEnd: String, mark: String
    ) throws {
        let lines = [
            "# ours", "state: \"a", "  b\"", "endpoints:", "  reports: x", "  feed: tcp://h:x",
            "limits: { terminals: 0 }",
        ]
        let reading = try read(mark + lines.joined(separator: lineEnd))
        #expect(
            problems(reading).map { $0.prefix { $0 != " " } } == [
                "tocsin.yaml:5:12:", "tocsin.yaml:6:9:", "tocsin.yaml:7:22:",
            ])
        let unclosed = ["a: 1", "b: [", "c: {"]
        let here = try problems(read(mark + unclosed.joined(separator: lineEnd)))
        #expect(here.first?.contains("this is not YAML") ?? false)
        #expect(try here == problems(read(unclosed.joined(separator: "\n"))))
    }

    @Test(arguments: ["5", "5h", "0d", "101y", "36601d", "-1d", "1.5y", "y", "5 y", "five years", "999999d", "5Y"])
    func `what is no time to keep incidents for is refused, and what would be one is said`(text: String) throws {
        for key in ["keep-closed", "keep-exercises", "keep-names"] {
            #expect(
                try problems(read("\(key): \"\(text)\"")) == [
                    "tocsin.yaml:1:\(key.count + 3): '\(text)' is not a time for \(key); valid are whole numbers with d or y, "
                        + "such as 90d or 5y, 1d to 100y"
                ])
        }
    }

    @Test func `exercises are kept no longer than what was real`() throws {
        #expect(try problems(read("keep-closed: 1y\nkeep-exercises: 366d")) == [])
        #expect(try problems(read("keep-exercises: 30d")) == [])
        #expect(
            try problems(read("keep-closed: 1y\nkeep-exercises: 367d")) == [
                "tocsin.yaml:2:17: keep-exercises is 367d, longer than keep-closed (1y): exercises and tests are kept at most as "
                    + "long as real incidents"
            ])
    }

    @Test func `every problem is found, each at its place`() throws {
        let reading = try read(
            """
            endpoints: { reports: localhost, port: 1 }
            heartbeat: soon
            limits: { terminals: many }
            log-level: loud
            rules: [a, b]
            """)
        let lines = problems(reading).compactMap { $0.split(separator: ":").dropFirst().first.flatMap { Int($0) } }
        #expect(lines.sorted() == [1, 1, 2, 3, 4, 5])
    }

    /// What each kind of key does not take.
    private static let wrong: [(ConfigurationKey, String)] = ConfigurationKey.allCases.flatMap { key in
        wrongValues(key.kind).map { (key, $0) }
    }

    private static func wrongValues(_ kind: ConfigurationKey.Kind) -> [String] {
        switch kind {
        case .path: []
        case .endpoint: ["7701", "http://x:1", "tcp://h:70000", "ipc://"]
        case .duration: ["0s", "-1s", "5", "soon", "169h", "1.5s"]
        case .number(let range):
            [
                String(range.lowerBound - 1), "-1", "many", "1.5", String(range.upperBound + 1), "99999999999999999999",
            ]
        case .days: ["0d", "5", "36601d", "101y", "5h", "1.5y"]
        case .word: ["loud", "NONE", "None"]
        case .rate: ["0/s", "20", "1000001/s", "-1/s", "20/d", "1.5/s"]
        }
    }

    @Test(arguments: wrong)
    func `file, environment and flags are held to the same values`(key: ConfigurationKey, text: String) throws {
        let line =
            key.rawValue.contains(".")
            ? key.rawValue.replacing(".", with: ": { ") + ": \(text) }" : "\(key.rawValue): \(text)"
        let readings = [
            (try read(line), "tocsin.yaml:1:"), (try read("", environment: [key.variable: text]), "\(key.variable): "),
            (try read("", flags: [key.flag, text]), "\(key.flag): "),
            (try read("", flags: ["\(key.flag)=\(text)"]), "\(key.flag): "),
        ]
        for (reading, source) in readings {
            #expect(reading.problems.count == 1)
            let problem = problems(reading).first ?? ""
            #expect(problem.hasPrefix(source))
            #expect(problem.contains("valid are") || problem.contains("valid is"), "\(problem)")
        }
    }

    @Test func `a variable that sets nothing is named, with the one that may be meant`() {
        let environment = [
            "TOCSIN_HEARTBEET": "5s", "TOCSIN_ENDPOINT_REPORTS": "x", "TOCSIN_COLOUR": "red", "TOCSIN_RULE": "",
            "TOCSIN_STATE": "/s", "TOCSINS": "x", "PATH": "/bin",
        ]
        #expect(
            IgnoredVariable.all(in: environment).map(\.description) == [
                "'TOCSIN_COLOUR' in the environment sets nothing: no key has this name",
                "'TOCSIN_ENDPOINT_REPORTS' in the environment sets nothing: no key has this name; "
                    + "did you mean 'TOCSIN_ENDPOINTS_REPORTS'?",
                "'TOCSIN_HEARTBEET' in the environment sets nothing: no key has this name; "
                    + "did you mean 'TOCSIN_HEARTBEAT'?",
            ])
    }

    @Test func `the environment overrides the file, and a flag overrides both, also where those are wrong`() throws {
        let environment = ["TOCSIN_HEARTBEAT": "7s", "TOCSIN_REDELIVER_AFTER": "never", "TOCSIN_STATE": ""]
        let reading = try read(
            "state: here\nheartbeat: 5s\n", environment: environment,
            flags: ["--redeliver-after=9s", "--heartbeat", "6s"])
        #expect(reading.problems.isEmpty)
        #expect(reading.configuration.heartbeat == .seconds(6))
        #expect(reading.source(of: .heartbeat) == "--heartbeat")
        #expect(reading.configuration.redeliverAfter == .seconds(9))
        #expect(reading.configuration.state == folder.path + "/here")
    }

    @Test func `a word that is no flag and a flag without a value are refused`() {
        for words in [["--stat", "x"], ["x"], ["--state"], ["--state="], ["--state", "x", "--heartbeat"]] {
            #expect(throws: ConfigurationProblems.self, "\(words)") { try ConfigurationReading.flags(words) }
        }
    }

    @Test func `a bound that no report could pass is refused, whoever sets it`() throws {
        let small = try read("limits: { uncommitted-bytes: 1000 }")
        #expect(problems(small).first?.hasPrefix("tocsin.yaml:1:30: limits.uncommitted-bytes is 1000") ?? false)
        let large = try read(
            "", environment: ["TOCSIN_LIMITS_REPORT_BYTES": "16777216"],
            flags: ["--limits-outstanding-bytes", "16777215"])
        #expect(problems(large).first?.hasPrefix("--limits-outstanding-bytes: ") ?? false)
    }

    @Test func `what a broker needs beside is told with every way to say it`() throws {
        let reading = try read("rules: r.yaml\n", environment: ["TOCSIN_ENDPOINTS_FEED": "tcp://*:1"])
        #expect(reading.problems.isEmpty)
        let found = reading.problemsForBroker
        #expect(found.count == 2)
        #expect(found.first?.contains("TOCSIN_DEPARTMENTS or in --departments") ?? false)
        #expect(found.last?.hasPrefix("TOCSIN_ENDPOINTS_FEED: 'tcp://*:1' may be reached") ?? false)
    }

    private static let shared = [
        (
            "endpoints:\n  reports: tcp://127.0.0.1:7702\n",
            "tcp:2:12: endpoints.reports: 'tcp://127.0.0.1:7702' is where the default of 'endpoints.alerts' is bound as well"
        ),
        (
            "endpoints: { reports: \"tcp://127.0.0.1:1\", feed: \"tcp://localhost:1\" }",
            "tcp:1:50: endpoints.feed: 'tcp://localhost:1' is where 'endpoints.reports' is bound as well"
        ),
        (
            "security: none\nendpoints: { reports: \"tcp://*:1\", feed: \"tcp://10.0.0.1:1\" }",
            "tcp:2:42: endpoints.feed: 'tcp://10.0.0.1:1' is where 'endpoints.reports' is bound as well"
        ),
        (
            "security: none\nendpoints: { reports: \"tcp://[::]:1\", feed: \"tcp://10.0.0.1:1\" }",
            "tcp:2:45: endpoints.feed: 'tcp://10.0.0.1:1' is where 'endpoints.reports' is bound as well"
        ),
        (
            "endpoints: { alerts: \"ipc:///r/a\", feed: \"ipc:///r/a\" }",
            "tcp:1:42: endpoints.feed: 'ipc:///r/a' is where 'endpoints.alerts' is bound as well"
        ),
        (
            "runtime: /r\nendpoints: { alerts: \"ipc:///r/control.ipc\" }",
            "tcp:2:22: endpoints.alerts: 'ipc:///r/control.ipc' is where the default of 'endpoints.control' is bound as well"
        ),
    ]

    @Test(arguments: shared) func `two endpoints that cannot both be bound are a problem with its place`(
        _ yaml: String, _ expected: String
    ) throws {
        let reading = try read("rules: r\ndepartments: d\n")
        #expect(reading.problemsForBroker.isEmpty)
        let found = try read("\(yaml)\nrules: r\ndepartments: d\n").problemsForBroker
        let place = "\(folder.path)/tocsin.yaml"
        #expect(found.map { $0.replacing(place, with: "tcp") }.map { String($0.prefix(expected.count)) } == [expected])
    }

    @Test(arguments: [
        "reports: \"tcp://127.0.0.1:1\", feed: \"tcp://127.0.0.2:1\"",
        "reports: \"tcp://127.0.0.1:*\", feed: \"tcp://*:0\"",
        "reports: \"tcp://[::1]:1\", feed: \"tcp://*:1\"", "reports: \"ipc:///a\", feed: \"ipc:///b\"",
    ]) func `endpoints at one port of several addresses are none`(endpoints: String) throws {
        let reading = try read("endpoints: { \(endpoints) }\nsecurity: none\nrules: r\ndepartments: d\n")
        #expect(reading.problems.isEmpty && reading.problemsForBroker.isEmpty)
    }

    @Test func `the shipped file has every key with its default and with what it takes`() throws {
        let shipped = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Config/tocsin.yaml").standardized.path
        let text = try TextFile.read(shipped)
        let reading = ConfigurationReading(file: shipped, environment: [:], flags: [])
        #expect(reading.problems.isEmpty)
        #expect(reading.problemsForBroker.isEmpty)
        // Remarks go over several lines.
        let prose = text.replacing(/\n *# */, with: " ")
        for key in ConfigurationKey.allCases {
            let line = try Regex("(?m)^ *(# )?\(key.word): ?")
            #expect(text.contains(line), "\(key.rawValue)")
            if let standard = key.standard { #expect(text.contains("\(key.word): \(standard)"), "\(key.rawValue)") }
            if let allowed = key.allowed { #expect(prose.contains(allowed), "\(key.rawValue): \(allowed)") }
            guard case .number = key.kind, let standard = key.standard, let allowed = key.allowed else { continue }
            let range = try Regex("\(key.word): \(standard) +# \(allowed)[:,]")
            #expect(text.contains(range), "\(key.rawValue)")
        }
    }
}
