import Testing
import TocsinModel
import TocsinProof
import TocsinRouting

@Suite struct RehearsalTests {
    private static let fires = "  - { name: fires, when: { category: Fire }, notify: fire }\n"

    @Test func `whoever is told by one file alone is told in addition or no longer`() throws {
        let former = try Town.rules("  - { name: fires, when: { category: Fire }, notify: fire, inform: gas }")
        let new = try Town.rules("  - { name: fires, when: { category: Fire }, notify: [fire, police@street] }")
        #expect(changes(from: former, to: new) == ["police@110101005 added →0!", "gas dropped 0→"])
        #expect(changes(from: former, to: former) == [])
    }

    @Test func `what no rule matches is told to the fallback, which changes with the rules`() throws {
        let former = try Town.rules(Self.fires)
        let new = try Town.rules(Self.fires, fallback: "gas")
        #expect(changes(from: former, to: new, Town.incident("flood")) == [])
        let narrow = try Town.rules("  - { name: fires, when: { event: bin-fire }, notify: fire }")
        #expect(changes(from: former, to: narrow) == ["desk added →0!", "fire dropped 0!→"])
        let none = try Town.rules("  []")
        let other = try Town.rules("  []", fallback: "gas")
        #expect(changes(from: none, to: other) == ["gas added →0!", "desk dropped 0!→"])
        #expect(
            changes(from: none, to: other, Town.incident(status: .test)) == ["gas added →0", "desk dropped 0→"])
    }

    @Test func `a step is a moment at which somebody is told, and the earliest counts`() throws {
        func rules(_ steps: String, inform: String = "") throws -> RulesOnTrial {
            try Town.rules("  - { name: a, when: { category: Fire }, notify: fire, \(inform)escalate: [\(steps)] }")
        }
        let late = try rules("{ after: 3m, to: leader@district }")
        let soon = try rules("{ after: 60s, to: leader@district }, { after: 3m, to: leader@district }")
        let atOnce = try Town.rules("  - { name: a, when: { category: Fire }, notify: [fire, leader@district] }")
        #expect(changes(from: late, to: soon) == ["leader@110101 sooner 180000!→60000!"])
        #expect(changes(from: soon, to: late) == ["leader@110101 later 60000!→180000!"])
        #expect(changes(from: late, to: atOnce) == ["leader@110101 sooner 180000!→0!"])
        #expect(changes(from: try Town.rules(Self.fires), to: soon) == ["leader@110101 added →60000!"])
        // Who is informed at once is not told sooner by a step, and must acknowledge sooner.
        let informed = try rules("{ after: 3m, to: leader@district }", inform: "inform: leader@district, ")
        let informedSoon = try rules("{ after: 60s, to: leader@district }", inform: "inform: leader@district, ")
        #expect(changes(from: informed, to: informedSoon) == ["leader@110101 sooner 0,180000!→0,60000!"])
        #expect(changes(from: late, to: informed) == ["leader@110101 sooner 180000!→0,180000!"])
    }

    @Test func `who had to acknowledge and is only informed is told otherwise, and so the other way round`() throws {
        let acts = try Town.rules("  - { name: a, when: { category: Fire }, notify: [fire, gas] }")
        let isInformed = try Town.rules("  - { name: a, when: { category: Fire }, notify: fire, inform: gas }")
        #expect(changes(from: acts, to: isInformed) == ["gas onlyInformed 0!→0"])
        #expect(changes(from: isInformed, to: acts) == ["gas mustAcknowledge 0→0!"])
        let step = try Town.rules(
            "  - { name: a, when: { category: Fire }, notify: fire, escalate: [{ after: 60s, to: gas }] }")
        #expect(changes(from: step, to: isInformed) == ["gas sooner,onlyInformed 60000!→0"])
    }

    @Test func `a rule's other name and a shorter time to acknowledge tell nobody otherwise`() throws {
        let renamed = try Town.rules(
            "  - { name: 火警, when: { category: Fire }, notify: fire, acknowledge-within: 5s }")
        #expect(changes(from: try Town.rules(Self.fires), to: renamed) == [])
    }

    @Test func `a rule with stop takes away whom later rules tell`() throws {
        func rules(_ stop: String) throws -> RulesOnTrial {
            try Town.rules(Self.fires.replacing(" }\n", with: stop + " }\n") + "  - { name: b, notify: gas }")
        }
        #expect(changes(from: try rules(""), to: try rules(", stop: true")) == ["gas dropped 0!→"])
    }

    @Test func `subscriptions are read by either rules, and one that is not in force tells nobody`() throws {
        let fire = try #require(Recipient("fire"))
        let gas = try #require(Recipient("gas"))
        func subscription(_ recipient: Recipient, _ when: String, _ purpose: Purpose) throws -> Subscription {
            Subscription(
                Subscription.Key(recipient, try #require(SubscriptionName("mine"))), when: when, purpose: purpose,
                since: Town.start)
        }
        let wishes = [
            try subscription(gas, #"{"category":"Fire","within":"110101005"}"#, .information),
            try subscription(fire, #"{"category":"Fire"}"#, .action),
        ]
        let former = try Town.rules("  []", subscriptions: wishes)
        let new = try Town.rules(
            "  - { name: b, when: { category: Fire }, notify: desk, escalate: [{ after: 60s, to: gas }] }",
            subscriptions: wishes)
        // The step comes later than what the subscription brings.
        #expect(changes(from: former, to: new) == ["gas mustAcknowledge 0→0,60000!"])
        #expect(changes(from: try Town.rules("  []"), to: former) == ["fire added →0!", "gas added →0"])

        let departments = Town.departments.replacing("may-subscribe: information", with: "")
            .replacing("en: Gas, }", with: "en: Gas }")
        let without = try Town.rules("  []", departments: departments, subscriptions: wishes)
        #expect(without.subscriptionsNotInForce.map(\.subscription.key.recipient) == [gas])
        #expect(changes(from: former, to: without) == ["gas dropped 0→"])
        let smaller = Town.grids.replacing("  \"110101005\": 北新桥街道\n", with: "")
        let elsewhere = try Town.rules("  []", grids: smaller, subscriptions: wishes)
        #expect(elsewhere.subscriptionsNotInForce.map(\.subscription.key.recipient) == [gas])
    }

    @Test func `exercises and tests are counted apart`() throws {
        let (former, new) = (try Town.rules(Self.fires), try Town.rules("  []", fallback: "gas"))
        var rehearsal = Rehearsal()
        for status in [ReportStatus.actual, .actual, .exercise, .test, .system, .draft] {
            _ = changes(&rehearsal, from: former, to: new, Town.incident(status: status))
        }
        let (real, exercises) = (rehearsal.real, rehearsal.exercises)
        #expect((real.incidents, real.changed, exercises.incidents, exercises.changed) == (2, 2, 4, 4))
        #expect(real.recipients.map(\.recipient.name) == ["fire", "gas"])
        #expect(real.recipients.map { $0.counts[.dropped] } == [2, 0])
        // The tests were told to the former fallback for information.
        let counts = Dictionary(uniqueKeysWithValues: exercises.recipients.map { ($0.recipient.name, $0.counts) })
        #expect(counts["gas"]?[.added] == 4)
        #expect(counts["fire"]?[.dropped] == 1)
        #expect(counts["desk"]?[.dropped] == 3)
        #expect(exercises.recipients.map(\.recipient.name) == ["gas", "desk", "fire"])
    }
}
