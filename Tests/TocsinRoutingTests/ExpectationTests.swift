import Testing
import TocsinModel

@testable import TocsinRouting

/// The tests that a rules file has for itself.
struct ExpectationTests {
    private static let grids = """
        places:
          "110101": 东城区
          "110101005":
            name: 北新桥街道
            polygon: [[39.93, 116.40], [39.93, 116.43], [39.95, 116.43], [39.95, 116.40]]
          "110101005003": 甲社区
          "110101005003002": 甲社区第二网格
        """

    private static let rules = """
        fallback: desk
        rules:
          - name: fires
            when: { category: Fire, severity: at least Moderate }
            notify: [fire, police@street]
            inform: gas
          - name: 夜间 nights
            when: { category: Health, during: "22:00-06:00 UTC" }
            notify: leader@district
          - name: gas smells
            when: { text: { contains: 燃气 }, parameter: { floor: "3" } }
            notify: gas
          - name: updates
            when: { message: Update }
            inform: police

        """

    /// A file whose line 17 has the first expectation, at column 5.
    private func ruleset(_ expectations: String, runsExpectations: Bool = true) throws -> Ruleset {
        try Ruleset(
            yaml: Self.rules + "expect:\n" + expectations, file: "rules.yaml",
            directory: makeDirectory(grids: Self.grids), runsExpectations: runsExpectations)
    }

    private func problems(_ expectations: String) -> [String] {
        TocsinRoutingTests.problems { _ = try ruleset(expectations) }
    }

    @Test func `expectations that the rules meet are counted`() throws {
        let rules = try ruleset(
            """
              - report: { category: Fire, severity: Severe, area: { grid: "110101005003002" } }
                notify: [fire, police@110101005, police@street]
                inform: [gas, fire]
                not-told: desk
              - name: 无人 nobody's
                report: { event: unheard-of }
                notify: desk
              - { report: { headline: 燃气味 smell of 燃气, parameter: { floor: 3 } }, notify: gas }
              - { report: { category: Health }, at: "2026-11-28T03:00:00+01:00", notify: leader@district }
              - { report: { category: Health }, at: "2026-11-28T12:00:00Z", not-told: leader@110101, inform: desk }
              - { report: { category: Fire, severity: Severe, area: { point: [39.94, 116.41] } }, notify: police@street }
              - { report: { msgType: Update, category: Fire, severity: Severe }, inform: police, not-told: fire }
              - { report: { status: Test, category: Fire, severity: Severe }, inform: desk, not-told: [fire, gas] }
            """)
        #expect(rules.expectationCount == 8)
        #expect(rules.rules.count == 4)
    }

    @Test(arguments: [
        (
            "  - report: { category: Fire }\n    notify: [desk, fire]",
            [
                "18:20: expected that fire must acknowledge; it is not told. Instead desk must acknowledge, as no rule "
                    + "matches"
            ]
        ),
        (
            "  - { name: 火灾, report: { category: Fire, severity: Severe }, notify: gas, inform: police }",
            [
                "17:71: '火灾': expected that gas must acknowledge; it is informed, by the rule 'fires'",
                "17:84: '火灾': expected that police is told; it is not. Instead fire must acknowledge, by the rule "
                    + "'fires', desk must acknowledge, by the rule 'fires' (the fallback stands in for police@street: the "
                    + "report has no grid), gas is informed, by the rule 'fires'",
            ]
        ),
        (
            "  - { report: { category: Fire, severity: Severe, area: { grid: \"110101005\" } }, not-told: [police, police@street] }",
            ["17:101: expected that police@110101005 is not told; it must acknowledge, by the rule 'fires'"]
        ),
        (
            "  - { report: { category: Health }, notify: desk }",
            [
                "17:5: the expectation needs 'at', such as at: 2026-11-28T03:00:00+08:00, as the rule '夜间 nights' looks at "
                    + "the time of its report"
            ]
        ),
    ])
    func `an expectation that is not met is a problem at its recipient`(expectation: String, expected: [String]) {
        #expect(problems(expectation) == expected.map { "rules.yaml:\($0)" })
    }

    @Test(arguments: [
        (
            "  - { report: { category: Fire } }",
            "17:5: the expectation asks for nothing; it needs notify, inform or not-told"
        ),
        ("  - { notify: fire }", "17:5: an expectation needs 'report', which is missing"),
        (
            "  - { report: {}, notfy: fire, inform: desk }",
            "17:19: 'notfy' is not a key of an expectation; valid are name, report, at, notify, inform, not-told; did you mean "
                + "'notify'?"
        ),
        (
            "  - { report: {}, notify: fier }",
            "17:27: 'fier' is not a department; valid are fire, police, gas, desk; did you mean 'fire'?"
        ),
        (
            "  - { report: {}, inform: police@street }",
            "17:27: 'police@street' has no mailbox for this report, whose place is none; name a place of the directory, or "
                + "whom the rules tell instead"
        ),
        ("  - { report: {}, inform: [] }", "17:27: inform is an empty list; name at least one, or leave the key out"),
        (
            "  - { report: {}, at: 2026-11-28, inform: desk }",
            "17:23: '2026-11-28' is not a time with its offset; a time is such as 2026-11-28T03:00:00+08:00"
        ),
        (
            "  - { report: { catgory: Fire }, inform: desk }",
            "17:17: 'catgory' is not a key of a report; valid are identifier, sender, sent, event, category, severity, urgency, "
                + "certainty, status, msgType, references, incidents, headline, eventCode, parameter, description, instruction, "
                + "contact, language, resource, area; did you mean 'category'?"
        ),
        (
            "  - { report: { area: { gird: \"110101\" } }, inform: desk }",
            "17:25: 'gird' is not a key of area; valid are grid, areaDesc, point, polygon; did you mean 'grid'?"
        ),
        (
            "  - { report: { severity: Sever }, inform: desk }",
            "17:27: the member severity must be one of Extreme, Severe, Moderate, Minor, Unknown; it is 'Sever'; did you mean "
                + "'Severe'?"
        ),
        (
            "  - { report: { area: { grid: \"11010\" } }, inform: desk }",
            "17:31: the member area.grid must be a grid code: 15 digits, or 12, 9 or 6 for a larger place; it is '11010'"
        ),
        (
            "  - { report: { parameter: { trapped: [1] } }, inform: desk }",
            "17:39: the member parameter.trapped must be a string; it is an array of 1"
        ),
        (
            "  - { report: fire, inform: desk }",
            "17:15: a report is 'fire'; a mapping is expected, with identifier, sender"
        ),
        ("  fire: gas", "17:3: expect is a mapping; a list is expected"),
    ])
    func `an expectation that is wrong is a problem at what is wrong`(expectation: String, expected: String) {
        let found = problems(expectation)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("rules.yaml:\(expected)") ?? false, "\(found)")
    }

    @Test func `expectations are not run where they are passed over, nor where the rules are wrong`() throws {
        let wrong = "  - { report: { category: Fire }, notify: gas }"
        #expect(try ruleset(wrong, runsExpectations: false).expectationCount == 0)
        #expect(
            problems(wrong + "\n  - { report: {}, inform: nobody }").map { $0.prefix(34) } == [
                "rules.yaml:18:27: 'nobody' is not "
            ])
    }

    @Test func `expectations are bounded, and so are their recipients and their reports`() throws {
        let one = "  - { report: {}, inform: desk }\n"
        #expect(try ruleset(String(repeating: one, count: Limits.expectations)).expectationCount == 1000)
        #expect(
            problems(String(repeating: one, count: Limits.expectations + 1)) == [
                "rules.yaml:17:3: expect has 1001 expectations; at most 1000 are allowed"
            ])
        let many = Array(repeating: "desk", count: Limits.recipientsPerExpectation).joined(separator: ", ")
        #expect(try ruleset("  - { report: {}, inform: [\(many)] }").expectationCount == 1)
        #expect(
            problems("  - { report: {}, inform: [\(many), desk] }") == [
                "rules.yaml:17:5: the expectation names 65 recipients; at most 64 are allowed"
            ])
        // Each list has the one before it nine times, by name alone.
        let repeated = (1...5).map { level in
            let names = Array(repeating: "*n\(level - 1)", count: 9).joined(separator: ", ")
            return "&n\(level) [\(names)]"
        }
        let bomb = "  - { report: { parameter: { a: [&n0 long, \(repeated.joined(separator: ", "))] } }, inform: desk }"
        #expect(
            problems(bomb) == ["rules.yaml:17:15: the report is larger than 262144 bytes, or deeper than 64 levels"])
    }

    @Test func `the bytes of all reports are bounded, and so are the rules that come into question`() throws {
        let text = String(repeating: "长", count: 80_000)
        let long =
            "  - { report: { description: &d \(text) }, inform: desk }\n"
            + String(repeating: "  - { report: { description: *d }, inform: desk }\n", count: 9)
        #expect(
            problems(long) == [
                "rules.yaml:21:15: with this report those of all expectations have more than 1048576 bytes, and no more are "
                    + "allowed"
            ])
        let rules = (0..<2000).map { "  - { name: n\($0), when: { category: Fire }, notify: fire }\n" }.joined()
        let one = "  - { report: { category: Fire }, notify: fire }\n"
        let found = TocsinRoutingTests.problems {
            _ = try Ruleset(
                yaml: "fallback: desk\nrules:\n\(rules)expect:\n" + String(repeating: one, count: 600),
                file: "rules.yaml", directory: makeDirectory(grids: Self.grids))
        }
        #expect(
            found == [
                "rules.yaml:2504:5: up to this expectation 1002000 rules come into question for all reports together; at most "
                    + "1000000 are allowed, so that a reading ends soon"
            ])
    }

    @Test func `no more problems are found than anybody mends at once`() {
        let one = "  - { report: { category: Fire }, notify: [gas, fire, police] }\n"
        #expect(problems(String(repeating: one, count: 900)).count == FileProblems.limit)
    }

    @Test func `degrees and sizes are numbers, and everything else is text as on the wire`() throws {
        let rules = try ruleset(
            """
              - report:
                  event: 3
                  eventCode: { SAME: 007, point: 7 }
                  parameter: { size: 3, polygon: 4 }
                  area:
                    point: [39.94, +116.41]
                    polygon: [[39.93, 116.40], [39.93, 116.43], [39.95, 116.43], [39.93, 116.40]]
                  resource: { uri: "https://example.org/a.jpg", size: 100 }
                notify: desk
            """)
        #expect(rules.expectationCount == 1)
        #expect(
            problems("  - { report: { area: { point: [north, 116.4] } }, inform: desk }").first?.hasPrefix(
                "rules.yaml:17:32: the member area.point must be") ?? false)
    }
}
