import Testing
import TocsinModel

@testable import TocsinRouting

struct CompiledMatchingTests {
    private static let few = """
          - { name: all, inform: desk }
          - { name: fire, when: { category: Fire }, notify: fire }
          - { name: here, when: { within: 110101005, severity: at least Moderate }, notify: police }

        """

    /// Ten thousand rules of one kind, none of which matches the report of ``makeReport()``.
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
    ]

    @Test(arguments: crowds)
    func `ten thousand rules that do not match add no candidates`(_ conditions: String) throws {
        let report = makeReport(parameters: ["sensor": "none"], codes: ["another"])
        let alone = try makeRuleset(Self.few)
        let rules = (0..<10_000).map { number in
            let conditions = conditions.split(separator: "{n}", omittingEmptySubsequences: false)
                .joined(separator: "\(number)")
            return "  - { name: n\(number), when: { \(conditions) }, notify: gas }\n"
        }
        let crowded = try makeRuleset(Self.few + rules.joined())
        #expect(crowded.rules.count == 10_003)
        let subject = Case(report, at: report.sent)
        #expect(alone.candidateCount(for: subject) == 3)
        #expect(crowded.candidateCount(for: subject) == 3)
        #expect(crowded.route(report) == alone.route(report))
    }

    @Test func `routing says the same as asking every rule, for any rules and reports`() throws {
        var random = SeededGenerator(seed: 589)
        let directory = try makeDirectory()
        let desk = try #require(Recipient("desk"))
        var matches = 0
        var fallbacks: Set<String> = []
        for _ in 0..<150 {
            let rules = try (0..<Int.random(in: 0...40, using: &random)).map { try Self.rule($0, &random) }
            let ruleset = Ruleset(fallback: desk, rules: rules, directory: directory)
            for _ in 0..<40 {
                let report = Self.report(&random)
                let routed = ruleset.route(report)
                let explained = ruleset.explain(report)
                #expect(routed == explained.routing)
                let names = Self.matching(rules, report)
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
        #expect(ruleset.candidateCount(for: Case(other, at: other.sent)) == 0)
    }

    @Test func `more candidates than the lent memory holds are all looked at, in order`() throws {
        let rules = (0..<500).map { number in
            "  - { name: n\(number), when: { event: [a, b] }, notify: \(number % 2 == 0 ? "gas" : "fire") }"
        }
        let ruleset = try makeRuleset(rules.joined(separator: "\n"))
        let report = makeReport(event: "b", codes: ["a", "a", "b"])
        #expect(ruleset.candidateCount(for: Case(report, at: report.sent)) == 500)
        let routing = ruleset.route(report)
        #expect(routing.plans.map(\.rule) == (0..<500).map { "n\($0)" })
        #expect(routing == ruleset.explain(report).routing)
    }

    @Test func `texts match byte for byte`() throws {
        let ruleset = try makeRuleset("  - { name: a, when: { event: \"caf\u{e9}\" }, notify: fire }")
        #expect(ruleset.route(makeReport(event: "caf\u{e9}")).told == ["fire action"])
        #expect(ruleset.route(makeReport(event: "cafe\u{301}")).told == ["desk action"])
        #expect(ruleset.explain(makeReport(event: "cafe\u{301}")).routing.told == ["desk action"])
    }
}

// MARK: - Rules and reports by chance

extension CompiledMatchingTests {
    private static let events = ["fire", "flood", "gas-leak", "a-rather-long-event-code", "走失", ""]
    private static let codes = [
        "110101", "110101005", "110101006", "110101005003", "110101005003001", "110101005003002", "110102",
        "110101005003009",
    ].compactMap { GridCode($0) }

    private static func rule(_ number: Int, _ random: inout SeededGenerator) throws -> Rule {
        var conditions: [Condition] = []
        if chance(0.4, &random) { conditions.append(.category(pick([.fire, .met, .health], &random))) }
        if chance(0.5, &random) { conditions.append(.event(pick(events, &random))) }
        if chance(0.3, &random) {
            let severity = Severity.allCases.filter { $0 != .unknown }.randomElement(using: &random) ?? .minor
            conditions.append(.severity(.atLeast(severity)))
        } else if chance(0.3, &random) {
            conditions.append(.severity(.oneOf(pick(Severity.allCases, &random))))
        }
        if chance(0.4, &random) { conditions.append(.within(pick(codes, &random))) }
        if chance(0.3, &random) {
            for name in pick(["x", "y"], &random) {
                conditions.append(.parameter(name: name, values: pick(["true", "false"], &random)))
            }
        }
        if chance(0.4, &random) { conditions.append(.status(pick(ReportStatus.allCases, &random))) }
        let targets: [Rule.Target] = try [
            .mailbox(#require(Recipient("fire"))), .mailbox(#require(Recipient("gas"))),
            .mailbox(#require(Recipient("leader@110101006"))), .role(#require(RoleName("police")), .street),
            .role(#require(RoleName("leader")), .district), .role(#require(RoleName("grid-officer")), .grid),
        ]
        let notify = chance(0.7, &random) ? pick(targets, &random) : []
        return Rule(
            name: "n\(number)", conditions: Conditions(conditions), notify: notify,
            inform: notify.isEmpty || chance(0.5, &random) ? pick(targets, &random) : [],
            acknowledgeWithin: .seconds(number + 1),
            steps: notify.isEmpty ? [] : [Rule.Step(after: .seconds(1), to: targets[3])], stop: chance(0.1, &random))
    }

    private static func report(_ random: inout SeededGenerator) -> Report {
        Report(
            name: ReportName(sender: "s", identifier: "i"), sent: Timestamp(milliseconds: 0),
            event: events.randomElement(using: &random) ?? "",
            category: [.fire, .met, .health, .other].randomElement(using: &random) ?? .other,
            severity: Severity.allCases.randomElement(using: &random) ?? .unknown,
            status: chance(0.5, &random) ? .actual : ReportStatus.allCases.randomElement(using: &random) ?? .test,
            eventCodes: chance(0.3, &random) ? pick(events, &random).map { .init(name: "c", value: $0) } : [],
            parameters: chance(0.6, &random) ? (0..<3).map { _ in parameter(&random) } : [],
            grid: chance(0.9, &random) ? codes.randomElement(using: &random) : nil)
    }

    private static func parameter(_ random: inout SeededGenerator) -> Report.NamedValue {
        .init(name: chance(0.5, &random) ? "x" : "y", value: chance(0.5, &random) ? "true" : "false")
    }

    private static func chance(_ part: Double, _ random: inout SeededGenerator) -> Bool {
        Double.random(in: 0..<1, using: &random) < part
    }

    private static func pick<Value>(_ values: [Value], _ random: inout SeededGenerator) -> [Value] {
        Array(values.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)))
    }

    /// The design's words once more, without the module's help.
    private static func matching(_ rules: [Rule], _ report: Report) -> [String] {
        var names: [String] = []
        for rule in rules {
            let asked = rule.conditions.asked
            let asksStatus = asked.contains { $0.key == .status }
            guard asksStatus || [.actual, .exercise].contains(report.status),
                asked.allSatisfy({ meets(report, $0) })
            else { continue }
            names.append(rule.name)
            if rule.stop { break }
        }
        return names
    }

    private static func meets(_ report: Report, _ condition: Condition) -> Bool {
        let events = [report.event] + report.eventCodes.map(\.value)
        let place = report.grid?.description
        return switch condition {
        case .category(let categories): categories.contains(report.category)
        case .event(let wanted): wanted.contains(where: events.contains)
        case .severity(let range): range.severities.contains(report.severity)
        case .within(let codes): codes.contains { place?.hasPrefix($0.description) ?? false }
        case .parameter(let name, let values):
            report.parameters.contains { $0.name == name && values.contains($0.value) }
        case .status(let statuses): statuses.contains(report.status)
        }
    }
}
