import JournalContract
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// SUBSCRIBE, UNSUBSCRIBE and SUBSCRIPTIONS, and what becomes of subscriptions.
@Suite struct SubscriptionTests {
    private func files(
        _ text: String = "", allowing allowed: [String: String] = ["chief": "action", "police": "information"]
    )
        throws -> RuleFiles
    {
        let names = ["fire", "police", "gas", "leader", "chief", "desk"]
        let lines = names.map { name in
            "  - { name: \(name), zh: \(name), en: \(name)\(allowed[name].map { ", may-subscribe: \($0)" } ?? "") }"
        }
        let texts = RuleTexts(
            rules: Scene.rules + "\n" + text, departments: "departments:\n" + lines.joined(separator: "\n"))
        let directory = try Directory(
            departments: texts.departments, departmentsFile: "departments.yaml", grids: nil, gridsFile: "")
        return RuleFiles(
            rules: try Ruleset(yaml: texts.rules, file: "rules.yaml", directory: directory), directory: directory,
            texts: texts, loadedAt: Timestamp(milliseconds: 0))
    }

    private func key(_ recipient: String, _ name: String) throws -> Subscription.Key {
        Subscription.Key(Scene.recipient(recipient), try #require(SubscriptionName(name)))
    }

    private func subscribe(
        _ recipient: String, _ name: String, when: String = #"{"event":"plain"}"#, purpose: Purpose = .information,
        by: String? = "Li"
    ) throws -> Input {
        .subscribe(
            Scene.peer("\(recipient)-desk"),
            Subscription(
                try key(recipient, name), when: when, purpose: purpose, by: by, since: Timestamp(milliseconds: 0),
                principal: "key"))
    }

    private func unsubscribe(_ recipient: String, _ name: String) throws -> Input {
        .unsubscribe(Scene.peer("\(recipient)-desk"), UnsubscribedRecord(try key(recipient, name), by: "Li"))
    }

    /// Whom the newest incident tells.
    private func told(_ harness: borrowing Harness) -> [String] {
        for entry in harness.store.entries.reversed() {
            guard case .incident(let incident) = entry.record else { continue }
            return incident.alerts.map { "\($0.recipient) \($0.purpose.rawValue)" }
        }
        return []
    }

    @Test func `what is stored after the OK of SUBSCRIBE is told, and after the OK of UNSUBSCRIBE it is not`() throws {
        var harness = Harness(try files())
        harness.report("r-1", event: "plain")
        #expect(told(harness) == ["fire action"])
        harness.commitsAtOnce = false
        harness.handle(try subscribe("chief", "plain", purpose: .action))
        #expect(harness.subscribed.isEmpty)
        harness.commit()
        #expect(harness.subscribed == ["SUBSCRIBE chief"])
        harness.commitsAtOnce = true
        guard case .subscribed(let stored)? = harness.store.entries.last?.record else {
            Issue.record("there is no record")
            return
        }
        #expect(stored.since == harness.now.wall && stored.by == "Li" && stored.principal == "key")
        harness.join("chief", as: "chief-desk")
        harness.report("r-2", event: "plain")
        #expect(told(harness) == ["fire action", "chief action"])
        #expect(harness.alerts.map(\.envelope.rule) == ["subscription: plain"])
        #expect(harness.alerts.first?.envelope.acknowledgeBy == harness.now.wall + .seconds(300))
        harness.handle(try unsubscribe("chief", "plain"))
        #expect(harness.subscribed == ["SUBSCRIBE chief", "UNSUBSCRIBE chief"])
        harness.report("r-3", event: "plain")
        #expect(told(harness) == ["fire action"])
        #expect(harness.refusals.isEmpty)
    }

    @Test func `subscriptions are the fold of the journal, and in its snapshots`() throws {
        var harness = Harness(try files())
        harness.handle(try subscribe("chief", "a"), try subscribe("police", "b"), try subscribe("chief", "c"))
        harness.handle(try subscribe("chief", "a", when: "{}"), try unsubscribe("chief", "c"))
        let known = harness.broker.subscriptions.subscriptions
        #expect(known.map { "\($0.key) \($0.when)" } == ["chief a {}", #"police b {"event":"plain"}"#])
        let snapshot = harness.broker.snapshot()
        var restored = Broker(
            rules: harness.broker.rules, directory: harness.broker.directory, settings: harness.broker.settings)
        try restored.restore(snapshot, now: harness.now)
        #expect(restored.subscriptions.subscriptions == known)
        #expect(restored.difference(from: snapshot, now: harness.now) == nil)
        try harness.restart()
        #expect(harness.broker.subscriptions.subscriptions == known)
        harness.report("r-1", event: "other")
        #expect(told(harness) == ["desk action", "chief information"])
        harness.handle(try unsubscribe("chief", "a"))
        #expect(harness.broker.difference(from: snapshot, now: harness.now) != nil)
    }

    @Test func `one that is sent again stands since its first record, and another one of its name replaces it`() throws
    {
        var harness = Harness(try files())
        harness.handle(try subscribe("chief", "a"))
        let (count, since) = (harness.store.entries.count, harness.now.wall)
        harness.advance(.seconds(5))
        harness.handle(try subscribe("chief", "a"))
        #expect(harness.subscribed == ["SUBSCRIBE chief", "SUBSCRIBE chief"])
        #expect(harness.store.entries.count == count)
        #expect(harness.broker.subscriptions.subscriptions.map(\.since) == [since])
        harness.handle(try subscribe("chief", "a", by: "Wang"))
        #expect(harness.broker.subscriptions.subscriptions.map(\.since) == [since + .seconds(5)])
        #expect(harness.broker.subscriptions.count == 1)
    }

    @Test func `what cannot be is refused, and nothing is recorded`() throws {
        var harness = Harness(try files())
        let count = harness.store.entries.count
        harness.handle(
            try subscribe("gas", "a"), try subscribe("police", "a", purpose: .action),
            try subscribe("police", "a", when: #"{"evnt":"x"}"#), try subscribe("fyre", "a"),
            try unsubscribe("police", "a"), .subscriptions(Scene.peer("x"), Scene.recipient("fyre")))
        #expect(
            harness.refusals == [
                "SUBSCRIBE gas notPermitted", "SUBSCRIBE police notPermitted", "SUBSCRIBE police invalid",
                "SUBSCRIBE fyre unknownRecipient", "UNSUBSCRIBE police invalid", "SUBSCRIPTIONS fyre unknownRecipient",
            ])
        #expect(harness.store.entries.count == count)
    }

    @Test func `a reload that takes the right away takes the subscription out of force until it is there again`() throws
    {
        var harness = Harness(try files())
        harness.handle(try subscribe("chief", "a"), try subscribe("police", "b"))
        for isPrepared in [false, true] {
            var without = try files("# \(isPrepared)\n", allowing: ["police": "information"])
            if isPrepared {
                var table = harness.broker.subscriptions
                table.read(by: without.rules)
                without.subscriptions = table
                // What comes while the files are on their way counts as well.
                harness.handle(try subscribe("police", "c", when: #"{"event":"notice"}"#))
            }
            harness.turn { broker, turn in broker.adopt(without, into: &turn) }
            harness.report("without-\(isPrepared)", event: "plain")
            #expect(told(harness) == ["fire action", "police information"])
            #expect(harness.broker.subscriptions.notInForce().map { "\($0.subscription.key)" } == ["chief a"])
            // It can still be seen, and ended.
            harness.forget()
            harness.handle(.subscriptions(Scene.peer("x"), Scene.recipient("chief")))
            guard case .subscriptions(_, _, let lines)? = harness.committed.last else {
                Issue.record("there is no answer")
                return
            }
            #expect(lines.first?.obstacle?.hasPrefix("chief may not subscribe") ?? false)
            let again = try files("# again \(isPrepared)\n")
            harness.turn { broker, turn in broker.adopt(again, into: &turn) }
            harness.report("again-\(isPrepared)", event: "plain")
            #expect(told(harness) == ["fire action", "chief information", "police information"])
        }
        harness.report("notice", event: "notice")
        #expect(told(harness) == ["fire information", "police information"])
    }

    @Test func `while the journal fails, nobody is told that a subscription stands or has ended`() throws {
        var harness = Harness(try files())
        harness.handle(try subscribe("chief", "a"))
        harness.forget()
        harness.commitsAtOnce = false
        harness.handle(
            try subscribe("chief", "b"), try unsubscribe("chief", "a"),
            .subscriptions(Scene.peer("x"), Scene.recipient("chief")))
        harness.failJournal()
        harness.handle(try subscribe("chief", "c"), try unsubscribe("chief", "a"))
        harness.handle(.subscriptions(Scene.peer("x"), Scene.recipient("chief")))
        #expect(harness.subscribed.isEmpty)
        #expect(
            harness.refusals == [
                "SUBSCRIBE chief unavailable", "UNSUBSCRIBE chief unavailable", "SUBSCRIPTIONS chief unavailable",
                "SUBSCRIBE chief unavailable", "UNSUBSCRIBE chief unavailable", "SUBSCRIPTIONS chief unavailable",
            ])
        harness.commitsAtOnce = true
        try harness.reopenJournal()
        harness.handle(try subscribe("chief", "d"))
        harness.probeJournal()
        #expect(harness.refusals.last == "SUBSCRIBE chief unavailable")
        #expect(harness.broker.subscriptions.subscriptions.map(\.key.name.text) == ["a"])
        harness.report("r", event: "plain")
        #expect(told(harness) == ["fire action", "chief information"])
    }

    @Test func `a full disk takes no new subscription, and lets one end`() throws {
        var harness = Harness(try files())
        harness.handle(try subscribe("chief", "a"))
        harness.noteRoom(isScarce: true)
        harness.handle(try subscribe("chief", "b"), try unsubscribe("chief", "a"))
        #expect(harness.refusals == ["SUBSCRIBE chief unavailable"])
        #expect(harness.subscribed == ["SUBSCRIBE chief", "UNSUBSCRIBE chief"])
        #expect(harness.broker.subscriptions.isEmpty)
    }

    @Test func `who has subscribed to lost links is told of them beside the supervisor`() throws {
        var harness = Harness(try files())
        harness.handle(try subscribe("chief", "links", when: #"{"event":"link-lost"}"#))
        #expect(harness.broker.subscriptions.count == 1)
        let subject = Case(
            Report(
                name: ReportName(sender: "tocsind", identifier: "x"), sent: harness.now.wall, event: "link-lost",
                category: .infra, severity: .severe), at: harness.now.wall, body: [])
        let routing = harness.broker.rules.route(
            subject, to: Scene.recipient("desk"), of: "fire", with: harness.broker.subscriptions)
        #expect(
            routing.addressees.map { "\($0.recipient) \($0.rule)" } == [
                "desk supervised-by: fire", "chief subscription: links",
            ])
    }
}
