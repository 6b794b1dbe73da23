import Testing
import TocsinModel

@testable import TocsinRouting

/// Silences of a rules file.
struct SilenceFileTests {
    private static let head = "fallback: fire\ntime-zone: Asia/Shanghai\nrules: []\nsilences:\n"

    private func ruleset(_ silences: String) throws -> Ruleset {
        let directory = try Directory(
            departments: "departments:\n  - { name: fire, zh: 消防, en: fire }\n", departmentsFile: "departments.yaml",
            grids: nil, gridsFile: "")
        return try Ruleset(
            yaml: Self.head + silences, file: "rules.yaml", directory: directory, zones: .system)
    }

    private func hush(_ ruleset: Ruleset, _ event: String, at time: String, _ severity: Severity = .severe) throws
        -> Hush?
    {
        let report = Report(
            name: ReportName(sender: "s", identifier: "i"), sent: Timestamp(milliseconds: 0), event: event,
            category: .fire, severity: severity)
        let subject = Case(report, at: try #require(Timestamp(time)), body: [])
        return ruleset.hush(subject, ruleset.route(subject), SilenceTable())
    }

    @Test func `hours over midnight end in the morning, and what is outside of them rings`() throws {
        let rules = try ruleset(
            "  - { name: 夜间施工, when: { event: hum }, during: [Mon-Fri 22:00-06:00], by: Li, reason: works }\n")
        let night = try #require(try hush(rules, "hum", at: "2026-12-02T01:00:00+08:00"))
        #expect(night.silencing.source == .window("夜间施工"))
        #expect(night.silencing.until == Timestamp("2026-12-02T06:00:00+08:00"))
        #expect(try hush(rules, "hum", at: "2026-12-01T22:00:00+08:00")?.silencing.until == night.silencing.until)
        #expect(try hush(rules, "hum", at: "2026-12-02T06:00:00+08:00") == nil)
        // The night that begins on Sunday is none of them.
        #expect(try hush(rules, "hum", at: "2026-12-07T01:00:00+08:00") == nil)
        #expect(try hush(rules, "fire", at: "2026-12-02T01:00:00+08:00") == nil)
        #expect(try hush(rules, "hum", at: "2026-12-02T01:00:00+08:00", .extreme) == nil)
    }

    @Test func `hours that end after the year 9999 end with it`() throws {
        let rules = try ruleset(
            "  - { name: n, when: { event: hum }, during: 00:00-24:00 UTC, by: Li, reason: works }\n")
        let until = try #require(try hush(rules, "hum", at: "9999-12-31T12:00:00Z")).silencing.until
        #expect(until.description == "9999-12-31T23:59:59.999Z")
        var json = JSONWriter()
        rules.windows[0].write(at: try #require(Timestamp("9999-12-31T12:00:00Z")), keeping: 0, to: &json)
        #expect(json.text.hasSuffix(#""until":"9999-12-31T23:59:59.999Z"}"#))
    }

    @Test(arguments: [
        ("  - { name: n, when: { event: e }, during: 08:00-09:00, by: Li }\n", "a silence needs 'reason'"),
        ("  - { name: n, when: { event: e }, by: Li, reason: r }\n", "a silence needs 'during'"),
        ("  - { name: n, when: { event: e }, during: 08:00-09:00, reason: r }\n", "a silence needs 'by'"),
        ("  - { name: n, during: 08:00-09:00, by: Li, reason: r }\n", "a silence needs 'when'"),
        ("  - { name: n, when: {}, during: 08:00-09:00, by: Li, reason: r }\n", "everything would be silent"),
        ("  - { name: n, when: { event: e }, during: 8-9, by: Li, reason: r }\n", "is not a day"),
        ("  - { name: n, when: { event: e }, during: 08:00-09:00, by: '', reason: r }\n", "by"),
        ("  - { name: n, when: { evnt: e }, during: 08:00-09:00, by: Li, reason: r }\n", "did you mean 'event'"),
        (
            "  - { name: n, when: { event: e }, during: 08:00-09:00, by: Li, reason: r }\n"
                + "  - { name: n, when: { event: e }, during: 08:00-09:00, by: Li, reason: r }\n",
            "there is a silence named"
        ),
    ])
    func `a silence without hours, author or reason is wrong, by line and column`(yaml: String, words: String) throws {
        do {
            _ = try ruleset(yaml)
            Issue.record("It was taken.")
        } catch let problems as FileProblems {
            let first = try #require(problems.problems.first)
            #expect("\(first)".hasPrefix("rules.yaml:") && "\(first)".contains(words), "\(first)")
        }
    }
}
