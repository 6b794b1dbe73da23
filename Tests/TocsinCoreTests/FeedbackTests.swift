import JournalContract
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// An answer that a rule promises whoever reported is owed until the incident is resolved or closed.
struct FeedbackTests {
    private static let rules = """
        fallback: desk
        rules:
          - name: petition
            when: { event: petition }
            notify: fire
            acknowledge-within: 60s
            feedback-within: 10m
            escalate: [{ after: 1h, to: leader }, { after: 2h, to: chief }]
          - name: long
            when: { event: long }
            notify: fire
            feedback-within: 7d
          - name: any
            when: { event: any }
            notify: [fire, police]
            require: any
            feedback-within: 10m
          - name: both
            when: { event: both }
            notify: [fire, police]
            feedback-within: 10m
        """

    private func harness() throws -> Harness {
        var harness = try Harness(rules: Self.rules)
        harness.adoptFiles()
        return harness
    }

    private func lateness(_ harness: borrowing Harness) -> [Int64?] {
        harness.store.entries.compactMap { entry -> Int64?? in
            if case .rung(let ring) = entry.record { ring.lateMilliseconds } else { nil }
        }
    }

    @Test func `an answer whose asking was lost with the journal is asked for at once`() throws {
        var harness = try harness()
        harness.stay("fire")
        harness.report("r-1", event: "petition")
        harness.receivedAll("fire")
        harness.acknowledge("fire", 1, by: "fire")
        harness.stayAwake(.seconds(9 * 60 + 58))
        harness.commitsAtOnce = false
        harness.stayAwake(.seconds(4))
        #expect(harness.rung.isEmpty)
        try harness.rebuild()
        harness.commitsAtOnce = true
        harness.stayAwake(.seconds(2))
        #expect(harness.rung == ["fire 1 feedback"])
    }

    @Test func `an answer that is not given in time is asked for, the first step is taken, and so again`() throws {
        var harness = try harness()
        harness.stay("fire", "leader")
        harness.report("r-1", event: "petition")
        harness.receivedAll("fire")
        harness.acknowledge("fire", 1, by: "fire")
        harness.stayAwake(.seconds(9 * 60 + 58))
        #expect(harness.rung.isEmpty)
        harness.forget()
        harness.stayAwake(.seconds(4))
        #expect(harness.rung == ["fire 1 feedback"])
        #expect(harness.escalations == ["leader feedback"])
        let envelope = try #require(harness.alerts.first { $0.recipient == "fire" }?.envelope)
        #expect(envelope.rings == 1)
        #expect(try #require(envelope.acknowledgeBy) > harness.now.wall + .seconds(50))
        harness.receivedAll("fire")
        harness.receivedAll("leader")
        // An acknowledgement is no answer.
        harness.acknowledge("fire", 1, by: "fire")
        harness.stayAwake(.seconds(10 * 60))
        #expect(harness.rung == ["fire 1 feedback", "fire 1 feedback", "leader 1 feedback"])
        #expect(harness.escalations == ["leader feedback"])
        harness.receivedAll("fire")
        harness.receivedAll("leader")
        harness.status("fire", 1, .resolved, by: "fire")
        harness.stayAwake(.seconds(11 * 60))
        #expect(harness.rung.suffix(1) == ["leader 1 feedback"] && harness.rung.count == 4)
        harness.status("leader", 1, .resolved, by: "leader")
        #expect(!harness.broker.isOpen(harness.last))
    }

    @Test func `nobody is asked for an answer that was given, by a word or by closing`() throws {
        var harness = try harness()
        harness.stay("fire")
        harness.report("r-1", event: "petition")
        harness.report("r-2", event: "petition")
        harness.receivedAll("fire")
        harness.acknowledge("fire", 1, by: "fire")
        harness.acknowledge("fire", 2, by: "fire")
        harness.status("fire", 1, .resolved, by: "fire")
        harness.close(harness.last.value)
        harness.stayAwake(.seconds(11 * 60))
        #expect(harness.rung.isEmpty && harness.escalations.isEmpty)
    }

    @Test func `a promise of days is asked for each day, also where nobody has joined`() throws {
        var harness = try harness()
        harness.report("r-1", event: "long")
        harness.advance(.seconds(7 * 86_400 - 1))
        #expect(harness.rung.isEmpty)
        harness.advance(.seconds(1))
        #expect(harness.rung == ["fire 1 feedback"])
        harness.advance(.seconds(3 * 86_400))
        #expect(harness.rung.count == 4)
    }

    @Test func `a promise is kept over a restart, late is said to be late, and it is asked for once`() throws {
        var harness = try harness()
        harness.stay("fire")
        harness.report("r-1", event: "petition")
        harness.acknowledge("fire", 1, by: "fire")
        try harness.restart(after: .seconds(15 * 60))
        harness.adoptFiles()
        harness.advance(.seconds(1))
        #expect(harness.rung == ["fire 1 feedback"])
        #expect(lateness(harness).allSatisfy { $0 ?? 0 >= 299_000 })
        try harness.restart(after: .seconds(5 * 60))
        harness.adoptFiles()
        harness.advance(.seconds(60))
        #expect(harness.rung.count == 1)
        harness.advance(.seconds(5 * 60))
        // The leader, too, is asked for it by now.
        #expect(harness.rung == ["fire 1 feedback", "fire 1 feedback", "leader 1 feedback"])
    }

    @Test func `a snapshot has what was asked`() throws {
        var harness = try harness()
        harness.stay("fire")
        harness.report("r-1", event: "petition")
        harness.acknowledge("fire", 1, by: "fire")
        harness.stayAwake(.seconds(15 * 60))
        #expect(harness.rung == ["fire 1 feedback"])
        let snapshot = harness.broker.snapshot()
        var restored = Broker(
            rules: harness.broker.rules, directory: harness.broker.directory, settings: harness.broker.settings)
        try restored.restore(snapshot, now: harness.now)
        #expect(restored.difference(from: try harness.rebuilt().broker.snapshot(), now: harness.now) == nil)
        harness.broker = restored
        harness.advance(.seconds(4 * 60))
        #expect(harness.rung.count == 1)
        harness.advance(.seconds(2 * 60))
        #expect(harness.rung.count == 3)
    }

    @Test func `where one answer is enough those who were stood down ring as well`() throws {
        var harness = try harness()
        harness.stay("fire", "police")
        harness.report("r-1", event: "any")
        harness.receivedAll("fire")
        harness.receivedAll("police")
        harness.acknowledge("fire", 1, by: "fire")
        harness.stayAwake(.seconds(10 * 60 + 2))
        #expect(harness.rung == ["fire 1 feedback", "police 1 feedback"])
        harness.acknowledge("fire", 1, by: "fire")
        #expect(harness.states == ["acknowledged", "silenced"])
    }

    @Test func `whoever has resolved it is left in peace, and who declined rings only if nobody else owes it`() throws {
        var harness = try harness()
        harness.stay("fire", "police")
        harness.report("r-1", event: "both")
        harness.receivedAll("fire")
        harness.receivedAll("police")
        harness.acknowledge("fire", 1, by: "fire")
        harness.decline("police", 1, by: "police")
        harness.stayAwake(.seconds(10 * 60 + 2))
        #expect(harness.rung == ["fire 1 feedback"])
        harness.status("fire", 1, .resolved, by: "fire")
        harness.stayAwake(.seconds(10 * 60 + 2))
        #expect(harness.rung == ["fire 1 feedback", "police 1 feedback"])
    }
}
