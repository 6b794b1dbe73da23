import Testing
import TocsinModel
import TocsinRouting

/// Conditions inside `any` and `not`, and what is implied there.
struct NestedConditionTests {
    @Test(arguments: [
        (makeReport(), true),
        (makeReport(event: "gas-leak"), false),
        (makeReport(category: .met), false),
        (makeReport(event: "gas-leak", severity: .minor), true),
        (makeReport(category: .met, severity: .minor), true),
    ])
    func `in one branch all must hold`(_ report: Report, _ matches: Bool) throws {
        let ruleset = try makeRuleset(
            "  - { name: a, when: { any: [{ category: Fire, event: structure-fire }, { severity: Minor }] }, notify: fire }"
        )
        #expect(ruleset.route(report).told == [matches ? "fire action" : "desk action"])
        #expect(ruleset.explain(report).routing == ruleset.route(report))
    }

    @Test func `a not negates its conditions together`() throws {
        let ruleset = try makeRuleset(
            "  - { name: a, when: { not: { category: Fire, severity: at least Severe } }, notify: fire }")
        #expect(ruleset.route(makeReport()).told == ["desk action"])
        #expect(ruleset.route(makeReport(severity: .minor)).told == ["fire action"])
        #expect(ruleset.route(makeReport(category: .met)).told == ["fire action"])
    }

    @Test func `a report without a place is not within, and so it is not excluded`() throws {
        let ruleset = try makeRuleset("  - { name: a, when: { not: { within: 110101 } }, notify: fire }")
        #expect(ruleset.route(makeReport()).told == ["desk action"])
        #expect(ruleset.route(makeReport(grid: nil)).told == ["fire action"])
    }

    @Test func `a not states nothing: neither the status nor the type is implied less`() throws {
        let ruleset = try makeRuleset(
            "  - { name: a, when: { not: { status: Test, message: Cancel } }, notify: fire }")
        #expect(ruleset.route(makeReport(status: .exercise)).told == ["fire action"])
        #expect(ruleset.route(makeReport(status: .draft)).told == ["desk information"])
        #expect(ruleset.route(makeReport(type: .update)).told == ["desk action"])
    }

    @Test func `a branch that states the status leaves it implied in the others`() throws {
        let ruleset = try makeRuleset(
            "  - { name: a, when: { any: [{ status: Test, event: line-test }, { category: Fire }] }, notify: fire }")
        #expect(ruleset.route(makeReport(event: "line-test", category: .other, status: .test)).told == ["fire action"])
        #expect(ruleset.route(makeReport(status: .test)).told == ["desk information"])
        #expect(ruleset.route(makeReport()).told == ["fire action"])
        #expect(ruleset.route(makeReport(event: "line-test", category: .other)).told == ["desk action"])
    }

    @Test func `what the rule states outside holds for every branch`() throws {
        let ruleset = try makeRuleset(
            """
              - name: a
                when: { status: [Actual, Test], any: [{ status: Test, event: line-test }, { category: Fire }] }
                notify: fire
            """)
        #expect(ruleset.route(makeReport(status: .test)).told == ["fire action"])
        #expect(ruleset.route(makeReport(status: .exercise)).told == ["desk action"])
    }

    @Test func `an explanation says which branch held, and of the others what is missing`() throws {
        let ruleset = try makeRuleset(
            """
              - { name: a, when: { any: [{ category: Met }, { category: Fire, severity: at least Severe }] }, notify: fire }
              - { name: b, when: { any: [{ category: Met }, { event: x, severity: Minor }] }, notify: fire }
              - { name: c, when: { not: { category: Fire } }, notify: fire }
              - { name: d, when: { not: { category: Fire, event: [x, y] } }, notify: fire }
              - { name: e, when: { any: [{ not: { any: [{ category: Fire }, { event: x }] } }] }, notify: fire }
            """)
        #expect(
            ruleset.explain(makeReport()).verdicts.map(\.verdict) == [
                .matched(["category is Fire and severity Severe is at least Severe"]),
                .failed(
                    condition: "any", wanted: "category Met or (event x and severity Minor)",
                    found: "category Fire; event structure-fire"),
                .failed(condition: "not", wanted: "anything but category Fire", found: "category is Fire"),
                .matched(["not event x, y: found structure-fire"]),
                .failed(
                    condition: "any", wanted: "not category Fire or event x", found: "not category is Fire"),
            ])
    }

    @Test func `conditions are nested so deep and no deeper`() {
        func found(_ depth: Int) -> [String] {
            let inner = (1..<depth).reduce("{ category: Fire }") { inner, _ in "{ not: \(inner) }" }
            return problems { _ = try makeRuleset("  - { name: a, notify: fire, when: \(inner) }") }
        }
        #expect(found(Limits.conditionDepth).isEmpty)
        #expect(
            found(Limits.conditionDepth + 1).map { $0.drop { $0 != " " } } == [
                " conditions are inside one another more than 8 deep"
            ])
        #expect(found(1000).count == 1)
    }

    @Test func `a rule has so many conditions and no more`() {
        func found(_ count: Int) -> [String] {
            let branches = (0..<count).map { "{ event: e\($0) }" }.joined(separator: ", ")
            return problems { _ = try makeRuleset("  - { name: a, notify: fire, when: { any: [\(branches)] } }") }
        }
        #expect(found(Limits.conditionsPerRule).isEmpty)
        #expect(
            found(Limits.conditionsPerRule + 1) == [
                "rules.yaml:3:36: when has 257 conditions; at most 256 are allowed"
            ])
    }
}
