import ArgumentParser
import TocsinClient
import TocsinModel
import TocsinRouting
import TocsinWire

/// Shows the recipients of a report, with the reasons, without reporting it.
struct ExplainCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say who would be told of a report and why, and why the other rules did not match.",
        discussion: """
            Nothing is reported. The running broker is asked about the rules in force; with --rules the rules are read \
            from files instead, and no broker is needed. What would keep its alerts still is said as well: the silences \
            that stand, or with --rules those of the file alone.

            Examples:
              tocsin explain --event gas-leak --category Infra --severity Severe \\
                --grid 110101005003002
              tocsin explain incident.json --all
              tocsin explain incident.json --rules Config/dongcheng/rules.yaml
              tocsin explain incident.json --config /etc/tocsin/tocsin.yaml --offline
              tocsin explain incident.json --at 2026-11-28T03:00:00+08:00
            """)

    @OptionGroup(title: "The report") var report: ReportOptions

    @Flag(help: "Show every rule; otherwise those that matched and the five nearest to matching.")
    var all = false

    @Option(
        help: ArgumentHelp("Read the rules from this file instead of asking the broker.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var rules: String?

    @OptionGroup var beside: BesideRules

    @Option(
        help: ArgumentHelp(
            "Judge the report as if it came at this time, given with its offset; now unless said.", valueName: "time"),
        transform: Timestamp.init(argument:))
    var at: Timestamp?

    @Flag(help: "Read the rules that --config names instead of asking the broker.")
    var offline = false

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func validate() throws {
        guard rules != nil || beside.isEmpty else {
            throw ValidationError("--departments, --grids and --holidays go with --rules.")
        }
        guard !offline || rules != nil || control.endpoints.configuration != nil else {
            throw ValidationError("--offline needs --rules or --config.")
        }
    }

    func perform() async throws {
        let prepared = try report.prepared()
        if let files = try files() {
            let directory = try files.directory()
            let subject = Case(prepared.report, at: at ?? Clock.now, body: prepared.bytes, in: directory)
            // Whoever wants to know why an expectation is not met asks here.
            let rules = try files.ruleset(directory, runsExpectations: false)
            var explanation = rules.explain(subject)
            explanation.at = at
            // Operators' silences are the broker's.
            explanation.addOutlook(of: subject, by: rules)
            var json = JSONWriter()
            explanation.write(to: &json, withTimetable: true)
            try show(explanation, json.bytes)
        } else {
            let request = try control.request()
            let answer = try await request.session {
                try await $0.explain(prepared.bytes, at: at, within: request.timeout)
            }
            try show(readAnswer(answer, Explanation.init(json:)), answer)
        }
    }

    private func files() throws -> RuleFiles? {
        if let rules { return try beside.files(rules: rules) }
        guard offline, let path = control.endpoints.configuration else { return nil }
        return try RuleFiles(configuration: path)
    }

    private func show(_ explanation: Explanation, _ json: [UInt8]) throws {
        if control.json { return try Console.line(json) }
        for line in ExplanationView.lines(explanation, style: .output, unmatched: all ? nil : 5) {
            try Console.line(line)
        }
    }
}
