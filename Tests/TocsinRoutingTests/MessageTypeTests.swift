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
