import Testing
import TocsinModel
import TocsinRouting

@testable import TocsinProof

/// Each kind of finding in a small file, and the same file mended.
struct ProofTests {
    /// A rule for everything, behind which nothing falls through.
    private static let rest = "  - { name: rest, notify: desk, escalate: [{ after: 1m, to: leader@district }] }\n"

    @Test func `what no rule is for falls through, and the example does`() throws {
        let ruleset = try makeRuleset(
            """
              - { name: fires, when: { category: Fire }, notify: fire }
              - name: others
                when:
                  category: [Geo, Met, Safety, Security, Rescue, Health, Env, Transport, Infra, CBRNE]
                  severity: at least Minor
                notify: gas
            """)
        let proof = Proof(of: ruleset, ProofWishes(now: now))
        #expect(
            proof.gapLines == [
                "category Other",
                "category Geo, Met, Safety, Security, Rescue, Health, Env, Transport, Infra, CBRNE; severity Unknown",
            ])
        for gap in proof.gaps {
            let example = try #require(gap.example)
            let report = try ReportDecoder().decode(example.report)
            let routing = ruleset.route(Case(report, at: example.at, body: example.report))
            #expect(routing.addressees.map(\.rule) == [Ruleset.fallbackName])
        }
        #expect(proof.unnamed == ["Update", "Cancel", "System", "Test", "Draft"])
        #expect(proof.extent.isComplete)

        let mended = try prove(
            """
              - { name: fires, when: { category: Fire }, notify: fire }
              - { name: others, when: { not: { category: Fire } }, notify: gas }
            """)
        #expect(mended.gapLines == [])
        #expect(mended.extent.isComplete)
    }

    @Test func `what only informs is not taken for what somebody must act on`() throws {
        let rules = """
              - { name: extreme, when: { severity: Extreme }, inform: gas }
              - { name: fires, when: { category: Fire }, notify: fire }

            """
        let proof = try prove(rules)
        #expect(proof.informed.count == 1)
        #expect(
            proof.informed.first?.properties == [
                .init(
                    name: "category",
                    values: "Geo, Met, Safety, Security, Rescue, Health, Env, Transport, Infra, CBRNE, Other"),
                .init(name: "severity", values: "Extreme"),
            ])
        #expect(proof.informed.first?.example != nil)
        #expect(try prove(rules + Self.rest).informed == [])
    }

    @Test(arguments: [
        "category: Fire, not: { category: [Fire, Met] }", "severity: at least Severe, any: [{ severity: Minor }]",
        "severity: at least Severe, not: { any: [{ severity: Severe }, { severity: Extreme, category: Fire }] }, "
            + "category: Fire", "event: fire, not: { not: { not: { event: [fire, flood] } } }",
        "within: 110101006, not: { within: 110101 }",
        "parameter: { floor: \"3\" }, not: { parameter: { floor: \"3\" } }",
        "sender: desk-1, not: { sender: \"desk-*\" }", "sender: \"a b*\"",
        "during: Mon 08:00-09:00 UTC, not: { during: Mon-Fri UTC }",
        "during: Sun 12:00-13:00 UTC, not: { during: Sat 14:00-13:30 UTC }", "status: Test, not: { status: Test }",
        "event-code: { SAME: FRW }, not: { event: FRW }",
    ])
    func `a rule whose conditions no report meets never matches`(when: String) throws {
        let proof = try prove(Self.rest + "  - { name: never, when: { \(when) }, notify: fire }\n")
        #expect(proof.idleLines == ["never"])
        #expect(proof.idle.first?.rule.line == 4)
    }

    @Test(arguments: [
        "category: Fire, not: { category: [Met] }", "severity: at least Severe, any: [{ severity: Extreme }]",
        "event: fire, not: { not: { event: [fire, flood] } }", "within: 110101, not: { within: 110101006 }",
        "sender: desk-1, not: { sender: \"desk-2*\" }", "during: Mon 08:00-09:00 UTC, not: { during: Tue-Fri UTC }",
        "during: Sun 12:00-14:00 UTC, not: { during: Sat 14:00-13:30 UTC }",
        "event-code: { SAME: FRW }, not: { event-code: { SAME: FRX } }", "event: a, any: [{ event: b }, { event: c }]",
        "event: FRW, event-code: { SAME: XXX }", "text: { contains: gas }, not: { text: { contains: smoke } }",
        "near: { point: [39.9, 116.4], radius: 1km }, not: { near: { point: [39.9, 116.5], radius: 1km } }",
    ])
    func `a rule that some report meets is not idle`(when: String) throws {
        let proof = try prove(Self.rest + "  - { name: sometimes, when: { \(when) }, notify: fire }\n")
        #expect(proof.idleLines == [])
        #expect(proof.extent.isComplete)
    }

    @Test func `a rule that others always end the list before is named with them`() throws {
        let rules = """
              - { name: severe fires, when: { category: Fire, severity: at least Severe }, notify: fire, stop: true }
              - { name: floods, when: { category: Met }, notify: gas, stop: true }
              - { name: other fires, when: { category: Fire, not: { severity: at least Severe } }, notify: fire, stop: true }
              - { name: trapped, when: { category: Fire, parameter: { trapped: "true" } }, notify: fire }

            """
        #expect(try prove(rules).idleLines == ["trapped behind severe fires, other fires"])
        let mended = rules.replacing(
            "other fires, when: { category: Fire,", with: "other fires, when: { category: Geo,")
        #expect(try prove(mended).idleLines == [])
    }

    @Test func `mailboxes that no rule leads to are counted by their role and size of place`() throws {
        let rules = """
              - { name: fires, when: { within: 110101006 }, notify: [fire, police@street], inform: leader@district }
              - { name: gas, when: { event: gas-leak, not: { event: gas-leak } }, notify: gas }

            """
        let proof = try prove(rules)
        #expect(
            proof.unreachedLines == [
                "gas 1 of 1", "police@street 1 of 2", "police@grid 2 of 2", "leader@street 2 of 2",
            ])
        #expect(
            proof.unreached.map { $0.examples[0].name } == [
                "gas", "police@110101005", "police@110101005003001", "leader@110101005",
            ])
        let mended = """
              - { name: all, notify: [fire, gas, police@street], inform: [leader@district, leader@street] }
              - { name: grids, notify: police@grid }

            """
        #expect(try prove(mended).unreachedLines == [])
    }

    @Test func `a supervisor of a link is reached without a rule`() throws {
        let directory = try makeDirectory(
            departments: departmentsYAML.replacing("en: Gas Repair", with: "en: Gas Repair, supervised-by: fire"))
        let rules = "  - { name: a, inform: [gas, police@street, police@grid, leader@street, leader@district] }\n"
        #expect(try prove(rules, directory: directory).unreachedLines == [])
        #expect(try prove(rules).unreachedLines == ["fire 1 of 1"])
    }

    @Test func `an obligation that no step leads to a leader is listed, and one rule leads for others`() throws {
        let rules = """
              - { name: fires, when: { category: Fire }, notify: [fire, police@street], escalate: [{ after: 1m, to: desk }] }
              - { name: severe, when: { severity: Severe }, notify: gas }
              - name: trapped
                when: { parameter: { trapped: "true" } }
                notify: fire
                escalate: [{ after: 1m, to: leader@street }, { after: 2m, to: desk }]

            """
        let proof = try prove(rules)
        #expect(proof.leaderlessLines == ["fires: fire, police@street", "severe: gas"])
        #expect(proof.leaderless.map(\.last?.to.description) == ["desk", nil])
        #expect(proof.leaderless.allSatisfy { $0.example != nil })
        // Whoever is trapped in a fire has a leader behind the fire brigade, but not behind the police.
        let always = rules.replacing("when: { parameter: { trapped: \"true\" } }", with: "when: { category: Fire }")
        #expect(try prove(always).leaderlessLines == ["fires: police@street", "severe: gas"])
        #expect(try prove(rules, ProofWishes(leaders: ["desk", "gas"], now: now)).leaderlessLines == [])
    }

    @Test(arguments: ["notify: fire, escalate: [{ after: 1m, to: leader@street }]", "notify: leader@street"])
    func `where the fallback stands in for a leader, no leader hears, and it is said once for which reports`(
        all: String
    ) throws {
        let rules = "  - { name: fires, when: { category: Fire }, \(all) }\n  - { name: rest, \(all) }\n"
        let proof = try prove(rules)
        #expect(proof.leaderless == [])
        let standIn = try #require(proof.standIns.first)
        #expect(proof.standIns.count == 1)
        #expect(standIn.isWithoutPlace)
        #expect(standIn.levels == [.district])
        #expect(standIn.leaders.map(\.description) == ["leader@street"])
        #expect(standIn.rules.map(\.name) == ["fires", "rest"])
        let report = try ReportDecoder().decode(try #require(standIn.example).report)
        #expect(report.grid?.level != .street && report.grid?.level != .grid)
        #expect(proof.findings == proof.unreached.count + 1)

        let mended = rules.replacing("leader@street", with: "leader@district")
        #expect(try prove(mended).standIns == [])
        // A fallback that is a leader itself hears as one.
        #expect(try prove(rules, ProofWishes(leaders: ["leader", "desk"], now: now)).standIns == [])
    }

    @Test(arguments: [
        ("status: [Test, System]", "Draft"), ("message: Cancel", "Update, System, Test, Draft"),
        ("status: [Actual, Test]", "Update, Cancel, Exercise"),
    ])
    func `of the words that rules do not name each is said that falls through`(when: String, unnamed: String) throws {
        let proof = try prove(Self.rest + "  - { name: a, when: { \(when) }, notify: desk }\n")
        let words = Set(proof.unnamed)
        #expect(Set(unnamed.split(separator: ", ").map(String.init)).subtracting(["Exercise"]).isSubset(of: words))
        #expect(words.isDisjoint(with: ["Alert", "Actual", "Exercise"]))
    }

    @Test func `the alerts of one incident for one mailbox are counted over all rules that match together`() throws {
        let rules = """
              - { name: fires, when: { category: Fire }, notify: fire, inform: leader@district,
                  escalate: [{ after: 1m, to: leader@district }, { after: 2m, to: leader@district }] }
              - { name: severe, when: { severity: Severe }, notify: gas, escalate: [{ after: 1m, to: leader@district }] }
              - { name: flood, when: { category: Met }, notify: gas, escalate: [{ after: 1m, to: leader@110101 }] }

            """
        let wishes = ProofWishes(alerts: 3, now: now)
        let proof = try prove(rules, wishes)
        #expect(proof.mostAlerts == 4)
        #expect(proof.crowds.map { "\($0.recipient) \($0.alerts)" } == ["leader@110101 4", "desk 4"])
        #expect(proof.crowds.first?.rules.map(\.name) == ["fires", "severe"])
        let example = try #require(proof.crowds.first?.example)
        let report = try ReportDecoder().decode(example.report)
        #expect(report.category == .fire)
        #expect(report.severity == .severe)
        // The plans of the example say the same.
        let routing = try makeRuleset(rules).route(Case(report, at: example.at, body: example.report))
        let leader = try #require(Recipient("leader@110101"))
        let steps = routing.plans.flatMap(\.steps).count { $0.to == leader }
        #expect(routing.addressees.count { $0.recipient == leader } + steps == 4)
        #expect(try prove(rules.replacing("severity: Severe", with: "category: Met"), wishes).crowds == [])
    }
}
