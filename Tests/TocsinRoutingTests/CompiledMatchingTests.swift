import Testing
import TocsinModel
import TocsinSimulator

@testable import TocsinRouting

struct CompiledMatchingTests {
    private static let few = """
          - { name: all, inform: desk }
          - { name: fire, when: { category: Fire }, notify: fire }
          - { name: here, when: { within: 110101005, severity: at least Moderate }, notify: police }

        """

    /// A thousand rules of one kind, none of which matches the report of ``makeReport()``.
    private static let crowds: [String] = [
        "event: other-{n}",
        "category: Met, event: [other-{n}, more-{n}]",
        "category: Fire, severity: Severe, event: other-{n}",
        "parameter: { sensor: s{n} }",
        "event: structure-fire, parameter: { sensor: s{n} }",
        "within: 110101006, event: other-{n}",
        "category: Met",
        "severity: [Minor, Unknown]",
        "within: [110101006]",
        "category: Fire, severity: at least Severe, within: 110101006",
        "status: Exercise",
        "status: [Test, Draft], category: Fire",
        "status: Actual, event: other-{n}",
        "parameter: { sensor: [s{n}, t{n}] }",
        "event-code: { SAME: [s{n}, t{n}] }",
        "urgency: at least Expected",
        "certainty: [Observed], urgency: at most Future",
        "message: Update",
        "message: [Update, Cancel], event: structure-fire",
        "sender: [s{n}, t{n}]",
        "sender: \"s{n}-*\"",
        "text: { contains: [word{n}, other{n}] }",
        "category: Fire, text: { contains: word{n}, in: headline }",
        "matches: { headline: \"(?i)explo(sion|ded) {n}x\" }",
        "matches: { description: \"^[a-z]+ word{n}-[0-9]$\", event: fire }",
        "severity: at least Minor, matches: { contact: \"{n}0{n}\" }, sender: \"desk-*\"",
        "near: { point: [39.9, 1.{n}], radius: 500m }",
        "near: { point: [39.9, 1.{n}], radius: 500m }, category: Fire, event: structure-fire",
        "any: [{ near: { point: [0, 1.{n}], radius: 3km } }, { event: other-{n} }]",
        "during: 08:00-18:00 UTC, event: other-{n}",
        "not: { category: Fire }",
        "not: { severity: at least Minor }",
        "any: [{ event: other-{n} }, { category: Met, within: 110101006 }]",
        "category: Fire, any: [{ event: other-{n} }, { any: [{ sender: s{n} }, { message: Update }] }]",
        "any: [{ status: Test, event: structure-fire }, { event: other-{n} }]",
    ]

    @Test(arguments: crowds)
    func `a thousand rules that do not match add no candidates`(_ conditions: String) throws {
        var report = makeReport(parameters: ["sensor": "none"], codes: ["another"])
        report.point = Point(latitude: 39.93, longitude: 116.42)
        let alone = try makeRuleset(Self.few)
        let rules = (0..<1000).map { number in
            let conditions = conditions.split(separator: "{n}", omittingEmptySubsequences: false)
                .joined(separator: "\(number)")
            return "  - { name: n\(number), when: { \(conditions) }, notify: gas }\n"
        }
        let crowded = try makeRuleset(Self.few + rules.joined())
        #expect(crowded.rules.count == 1003)
        let texts: [TextField: String] = [.headline: "Smoke", .description: "a word of smoke", .contact: "desk 1"]
        let subject = makeCase(report, texts)
        #expect(alone.candidateCount(for: subject) == 3)
        #expect(crowded.candidateCount(for: subject) == 3)
        #expect(crowded.route(subject) == alone.route(subject))
    }

    @Test func `routing says the same as asking every rule, for any rules and reports`() throws {
        var random = SplitMix64(seed: 589)
        let directory = try makeDirectory()
        let desk = try #require(Recipient("desk"))
        var matches = 0
        var fallbacks: Set<String> = []
        for _ in 0..<150 {
            let rules = try (0..<Int.random(in: 0...40, using: &random)).map { try RulesByChance.rule($0, &random) }
            let ruleset = Ruleset(fallback: desk, rules: rules, directory: directory)
            for _ in 0..<40 {
                let report = RulesByChance.report(&random)
                let texts = RulesByChance.texts(&random).merging([.event: report.event]) { $1 }
                let subject = makeCase(report, texts)
                let routed = ruleset.route(subject)
                let explained = ruleset.explain(subject)
                #expect(routed == explained.routing)
                let names = RulesByChance.matching(rules, report, texts)
                matches += names.count
                let matched = explained.verdicts.filter {
                    if case .matched = $0.verdict { true } else { false }
                }
                #expect(matched.map(\.rule) == names)
                #expect(!routed.addressees.isEmpty)
                if names.isEmpty { fallbacks.insert("\(report.status) \(routed.told)") }
                #expect(Set(routed.addressees.map(\.recipient)).count == routed.addressees.count)
                let watched = Set(routed.plans.flatMap(\.watched))
                #expect(watched == Set(routed.addressees.indices.filter { routed.addressees[$0].purpose == .action }))
            }
        }
        // The rules and reports are such that the test means something.
        #expect(matches > 3_000)
        #expect(
            fallbacks.sorted() == [
                #"actual ["desk action"]"#, #"draft ["desk information"]"#, #"exercise ["desk action"]"#,
                #"system ["desk information"]"#, #"test ["desk information"]"#,
            ])
    }

    @Test func `a rule of very many combinations is found all the same`() throws {
        let events = (0..<3000).map { "e\($0)" }
        let rule = Rule(
            name: "many",
            conditions: Conditions([
                .category(TocsinModel.Category.allCases), .event(events), .severity(.atLeast(.minor)),
                .within([try #require(GridCode("110101")), try #require(GridCode("110101006"))]),
                .status([.actual, .test]),
            ]),
            notify: [.mailbox(try #require(Recipient("fire")))], inform: [], acknowledgeWithin: .seconds(1), steps: [],
            stop: false)
        let ruleset = Ruleset(
            fallback: try #require(Recipient("desk")), rules: [rule], directory: try makeDirectory())
        #expect(ruleset.route(makeReport(event: "e2999")).told == ["fire action"])
        #expect(ruleset.route(makeReport(event: "e2999", status: .test)).told == ["fire action"])
        let other = makeReport(event: "e3000")
        #expect(ruleset.route(other).told == ["desk action"])
        #expect(ruleset.candidateCount(for: makeCase(other)) == 0)
    }

    @Test func `more candidates than the lent memory holds are all looked at, in order`() throws {
        let rules = (0..<500).map { number in
            "  - { name: n\(number), when: { event: [a, b] }, notify: \(number % 2 == 0 ? "gas" : "fire") }"
        }
        let ruleset = try makeRuleset(rules.joined(separator: "\n"))
        let report = makeReport(event: "b", codes: ["a", "a", "b"])
        #expect(ruleset.candidateCount(for: makeCase(report)) == 500)
        let routing = ruleset.route(report)
        #expect(routing.plans.map(\.rule) == (0..<500).map { "n\($0)" })
        #expect(routing == ruleset.explain(report).routing)
    }

    @Test func `rules of many combinations are found by fewer, and found all the same`() throws {
        var random = SplitMix64(seed: 17)
        let rules = try (0..<2000).map { try RulesByChance.rule($0, &random) }
        let ruleset = Ruleset(
            fallback: try #require(Recipient("desk")), rules: rules, directory: try makeDirectory())
        for _ in 0..<100 {
            let subject = makeCase(RulesByChance.report(&random), RulesByChance.texts(&random))
            #expect(ruleset.route(subject) == ruleset.explain(subject).routing)
            #expect(ruleset.candidateCount(for: subject) < rules.count)
        }
    }

    @Test func `texts match byte for byte`() throws {
        let ruleset = try makeRuleset("  - { name: a, when: { event: \"caf\u{e9}\" }, notify: fire }")
        #expect(ruleset.route(makeReport(event: "caf\u{e9}")).told == ["fire action"])
        #expect(ruleset.route(makeReport(event: "cafe\u{301}")).told == ["desk action"])
        #expect(ruleset.explain(makeReport(event: "cafe\u{301}")).routing.told == ["desk action"])
    }
}
