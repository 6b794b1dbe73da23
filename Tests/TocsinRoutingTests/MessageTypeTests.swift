import Testing
import TocsinModel
import TocsinRouting

/// Who is told of a report that speaks of an earlier one.
struct MessageTypeTests {
    private static let rules = """
          - { name: fire, when: { category: Fire }, notify: fire }
          - { name: news, when: { category: Fire, message: [Update, Cancel] }, inform: gas }
          - { name: both, when: { category: Met, message: [Alert, Update] }, inform: police }
        """

    @Test func `a rule that names no type matches Alerts alone`() throws {
        let ruleset = try makeRuleset(Self.rules)
        #expect(ruleset.route(makeReport()).told == ["fire action"])
        #expect(ruleset.route(makeReport(type: .update)).told == ["gas information"])
        #expect(ruleset.route(makeReport(type: .cancel)).told == ["gas information"])
        #expect(ruleset.route(makeReport(category: .met, type: .update)).told == ["police information"])
    }

    @Test func `an Update or a Cancel that no rule names is the fallback's to act on`() throws {
        let ruleset = try makeRuleset("  - { name: fire, when: { category: Fire }, notify: fire }")
        for type in [MessageType.update, .cancel] {
            #expect(ruleset.route(makeReport(type: type)).told == ["desk action"])
            #expect(
                ruleset.explain(makeReport(type: type)).verdicts.map(\.verdict) == [
                    .failed(condition: "message", wanted: "Alert", found: type.rawValue)
                ])
        }
        #expect(ruleset.route(makeReport(status: .test, type: .update)).told == ["desk information"])
    }

    /// Branches with more ways than rules are looked up by, so that they are only verified.
    @Test(arguments: [true, false]) func `a rule whose many branches state the type or the status is found by each`(
        isNested: Bool
    ) throws {
        func branches(_ count: Int) -> String {
            (0..<count).map { "{ event: e\($0), message: [Alert, Update], status: [Actual, Test] }" }
                .joined(separator: ", ")
        }
        let nested = ["Fire", "Met", "Health", "Infra", "Rescue"].map { "{ category: \($0), any: [\(branches(13))] }" }
        let ruleset = try makeRuleset(
            "  - { name: news, when: { any: [\(isNested ? nested.joined(separator: ", ") : branches(65))] }, notify: fire }\n"
                + "  - { name: other, when: { category: Fire }, inform: gas }")
        for type in [MessageType.alert, .update, .cancel] {
            for status in [ReportStatus.actual, .test, .draft] {
                let report = makeReport(event: "e7", status: status, type: type)
                #expect(ruleset.route(report) == ruleset.explain(report).routing)
                #expect(ruleset.route(report).told.contains("fire action") == (type != .cancel && status != .draft))
            }
        }
    }

    @Test func `the type and the status are named each for itself`() throws {
        let ruleset = try makeRuleset(
            """
              - { name: a, when: { message: Update }, notify: fire }
              - { name: b, when: { status: Test }, notify: gas }
              - { name: c, when: { message: Update, status: Test }, notify: police }
            """)
        #expect(ruleset.route(makeReport(type: .update)).told == ["fire action"])
        #expect(ruleset.route(makeReport(status: .test)).told == ["gas action"])
        #expect(ruleset.route(makeReport(status: .test, type: .update)).told == ["police action"])
    }
}
