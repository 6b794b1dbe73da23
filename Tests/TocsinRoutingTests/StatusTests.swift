import Testing
import TocsinModel
import TocsinRouting

/// Who is told of reports that are not meant in earnest.
struct StatusTests {
    private static let rules = """
          - { name: fire, when: { category: Fire }, notify: fire, inform: police }
          - { name: test, when: { category: Fire, status: Test }, notify: gas, acknowledge-within: 10s }
          - { name: earnest, when: { status: Actual }, inform: gas }
        """

    @Test func `an exercise goes the whole way, as in earnest`() throws {
        let ruleset = try makeRuleset(Self.rules)
        let told = ["fire action", "police information"]
        #expect(ruleset.route(makeReport(status: .actual)).told == told + ["gas information"])
        #expect(ruleset.route(makeReport(status: .exercise)).told == told)
    }

    @Test func `a test matches only rules that name it`() throws {
        let routing = try makeRuleset(Self.rules).route(makeReport(status: .test))
        #expect(routing.told == ["gas action"])
        #expect(routing.plans.map(\.rule) == ["test"])
    }

    @Test(arguments: [ReportStatus.test, .system, .draft])
    func `what no rule names goes to the fallback, which need not act`(status: ReportStatus) throws {
        let routing = try makeRuleset(Self.rules).route(makeReport(category: .met, status: status))
        #expect(routing.told == ["desk information"])
        #expect(routing.addressees[0].rule == "fallback")
        #expect(
            routing.addressees[0].note == "no rule for the status \(status.rawValue) matches, so nobody has to act")
        #expect(routing.addressees[0].acknowledgeWithinMilliseconds == nil)
        #expect(routing.plans.isEmpty)
    }

    @Test(arguments: [ReportStatus.actual, .exercise])
    func `in earnest, and in an exercise, the fallback must act`(status: ReportStatus) throws {
        let ruleset = try makeRuleset("  - { name: test, when: { status: Test }, notify: gas }")
        #expect(ruleset.route(makeReport(status: status)).told == ["desk action"])
    }

    @Test func `the fallback acts where it stands in for a role of a rule that names the status`() throws {
        let ruleset = try makeRuleset("  - { name: test, when: { status: Test }, notify: police@grid }")
        #expect(ruleset.route(makeReport(grid: nil, status: .test)).told == ["desk action"])
    }

    @Test func `a rule that ends the list does so only for the statuses that it names`() throws {
        let ruleset = try makeRuleset(
            """
              - { name: draft, when: { status: [Draft, System] }, inform: desk, stop: true }
              - { name: all, when: { status: [Actual, Draft, Test] }, notify: fire }
            """)
        #expect(ruleset.route(makeReport(status: .draft)).told == ["desk information"])
        #expect(ruleset.route(makeReport(status: .test)).told == ["fire action"])
        #expect(ruleset.route(makeReport(status: .actual)).told == ["fire action"])
        #expect(ruleset.route(makeReport(status: .exercise)).told == ["desk action"])
    }

    @Test func `any of a parameter's values will do, and all parameters must hold`() throws {
        let ruleset = try makeRuleset(
            "  - { name: a, when: { parameter: { floor: [\"3\", \"4\"], trapped: \"true\" } }, notify: fire }")
        for (floor, trapped, told) in [
            ("3", "true", "fire"), ("4", "true", "fire"), ("5", "true", "desk"), ("4", "false", "desk"),
        ] {
            let report = makeReport(parameters: ["floor": floor, "trapped": trapped])
            #expect(ruleset.route(report).told == ["\(told) action"])
            #expect(ruleset.explain(report).routing.told == ["\(told) action"])
        }
    }
}
