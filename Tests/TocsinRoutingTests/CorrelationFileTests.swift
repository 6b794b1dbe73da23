import Testing
import TocsinModel

@testable import TocsinRouting

/// `correlate` of a rule: how reports of one happening are found.
struct CorrelationFileTests {
    private func ruleset(_ correlate: String, before: String = "") throws -> Ruleset {
        let directory = try Directory(
            departments: "departments:\n  - { name: fire, zh: 消防, en: fire }\n", departmentsFile: "departments.yaml",
            grids: nil, gridsFile: "")
        let yaml = """
            fallback: fire
            rules:
            \(before)  - name: 烟
                when: { event: smoke }
                inform: fire
                correlate: \(correlate)
            """
        return try Ruleset(yaml: yaml, file: "rules.yaml", directory: directory)
    }

    private func report(_ event: String = "smoke", grid: String? = "110101005003002") -> Report {
        var report = Report(
            name: ReportName(sender: "sensor-7", identifier: "i"), sent: Timestamp(milliseconds: 0), event: event,
            category: .fire, severity: .minor)
        report.grid = grid.flatMap { GridCode($0) }
        return report
    }

    private func route(_ report: Report, by ruleset: Ruleset) -> Routing {
        ruleset.route(Case(report, at: Timestamp(milliseconds: 0), body: []))
    }

    @Test func `the routing says how, and the report has the key`() throws {
        let rules = try ruleset("{ by: [grid, event, sender, street], within: 90s }")
        let routing = route(report(), by: rules)
        let correlation = try #require(routing.correlation)
        #expect(correlation.rule == "烟" && correlation.fields == [.event, .sender, .street, .grid])
        #expect(correlation.words == "event, sender, street and grid within 90s")
        let key = report().key(by: correlation)
        #expect(key?.text == "Actual\n烟\nsmoke\nsensor-7\n110101005\n110101005003002")
        #expect(key?.withinMilliseconds == 90_000 && key?.isHappening == false)
        #expect(report(grid: nil).key(by: correlation) == nil)
        #expect(report(grid: "110101005").key(by: correlation) == nil)
        #expect(route(report("water"), by: rules).correlation == nil)
    }

    @Test func `the first matching rule that has one decides, and one value needs no list`() throws {
        let rules = try ruleset("{ by: category, within: 24h }", before: "  - { name: all, inform: fire }\n")
        let correlation = try #require(route(report(), by: rules).correlation)
        #expect(correlation.rule == "烟" && correlation.words == "category within 24h")
    }

    @Test func `the verdict says that later reports join`() throws {
        let rules = try ruleset("{ by: [event, grid], within: 10m }")
        let explanation = rules.explain(Case(report(), at: Timestamp(milliseconds: 0), body: []))
        guard case .matched(let reasons)? = explanation.verdicts.first?.verdict else {
            Issue.record("The rule does not match.")
            return
        }
        #expect(reasons.last == "later reports of the same event and grid within 10m join it")
    }

    @Test func `a happening that the report names is a key that no rule can have`() {
        var report = report()
        report.happenings = ["台风 7"]
        #expect(report.happeningKeys.map(\.text) == ["Actual\n\n台风 7"])
        #expect(report.happeningKeys.map(\.isHappening) == [true])
    }

    @Test(arguments: [
        ("{ by: [event, grid] }", "rules.yaml:6:16", "correlate needs 'within', the time from one report to the next"),
        ("{ within: 10m }", "rules.yaml:6:16", "correlate needs 'by', which is missing"),
        ("{ by: [], within: 10m }", "rules.yaml:6:22", "by is an empty list"),
        ("{ by: [event, event], within: 10m }", "rules.yaml:6:30", "by names event twice"),
        ("{ by: [gird], within: 10m }", "rules.yaml:6:23", "did you mean 'grid'"),
        ("{ by: event, within: soon }", "rules.yaml:6:37", "is not a duration for within"),
        ("{ by: event, within: 0s }", "rules.yaml:6:37", "at least 1s"),
        ("{ by: event, within: 25h }", "rules.yaml:6:37", "within is at most 24h"),
        ("{ by: event, within: 10m, count: 3 }", "rules.yaml:6:42", "is not a key of correlate"),
        ("10m", "rules.yaml:6:16", "a mapping is expected, with by, within"),
    ])
    func `what is wrong is said with its place and what would be right`(
        correlate: String, place: String, words: String
    ) throws {
        do {
            _ = try ruleset(correlate)
            Issue.record("It was taken.")
        } catch let problems as FileProblems {
            let first = try #require(problems.problems.first)
            #expect("\(first)".hasPrefix(place) && "\(first)".contains(words), "\(first)")
        }
    }
}
