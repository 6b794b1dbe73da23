import JournalContract
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// What a rule asks beyond the first alert: repetitions, one answer for all, recipients that nobody has joined,
/// acknowledgements that lapse, and two rules that ask the same recipient.
struct ObligationTests {
    private static let rules = """
        fallback: desk
        rules:
          - name: repeated
            when: { event: repeated }
            notify: fire
            acknowledge-within: 60s
            escalate: [{ after: 60s, to: leader, repeat: 30s, raise: Extreme }]
          - name: any
            when: { event: any }
            notify: [fire, police, gas]
            require: any
            acknowledge-within: 60s
            escalate: [{ after: 60s, to: leader }]
          - { name: any of two, when: { event: any-twice }, notify: [fire, police], require: any }
          - { name: any of the same, when: { event: any-twice }, notify: [police, fire], require: any }
          - { name: any and each, when: { event: both }, notify: [fire, police], require: any }
          - { name: each, when: { event: both }, notify: [police, gas], acknowledge-within: 30s }
          - name: unattended
            when: { event: unattended }
            notify: fire
            unattended-after: 0s
            escalate: [{ after: 1m, to: leader }, { after: 5m, to: chief }]
          - name: patient
            when: { event: patient }
            notify: fire
            unattended-after: 20s
            escalate: [{ after: 1m, to: leader }]
          - name: lapsing
            when: { event: lapsing }
            notify: fire
            acknowledge-within: 60s
            reopen-after: 15m
            escalate: [{ after: 60s, to: leader }]
          - name: first
            when: { event: twice }
            notify: fire
            acknowledge-within: 5m
            escalate: [{ after: 60s, to: leader }]
          - name: second
            when: { event: twice }
            notify: [fire, gas]
            acknowledge-within: 90s
            escalate: [{ after: 60s, to: leader }]
          - name: plain
            when: { event: plain }
            notify: fire
            acknowledge-within: 60s
          - name: slow
            when: { event: slow }
            notify: fire
            acknowledge-within: 2h
        """

    private func harness() throws -> Harness {
        var harness = try Harness(rules: Self.rules)
        harness.adoptFiles()
        return harness
    }

    // MARK: - Repetitions

    @Test func `after its last step a rule rings again whoever has not answered, raised, until somebody does`() throws {
        var harness = try harness()
        harness.stay("fire", "leader")
        harness.report("r-1", event: "repeated", severity: .moderate)
        harness.receivedAll("fire")
        harness.stayAwake(.seconds(60))
        harness.receivedAll("leader")
        #expect(harness.alerts.map(\.envelope.severity) == [.moderate, .extreme])
        harness.forget()
        harness.stayAwake(.seconds(29))
        #expect(harness.alerts.isEmpty)
        harness.stayAwake(.seconds(3))
        #expect(harness.rung == ["fire 1 unanswered", "leader 1 unanswered"])
        let envelopes = harness.alerts.map(\.envelope).filter { !$0.isRedelivered }
        #expect(envelopes.map(\.rings) == [1, 1])
        #expect(envelopes.map(\.severity) == [.extreme, .extreme])
        harness.receivedAll("fire")
        harness.receivedAll("leader")
        harness.stayAwake(.seconds(31))
        #expect(harness.rung.count == 4)
        harness.receivedAll("fire")
        harness.acknowledge("fire", 1, by: "fire")
        harness.stayAwake(.seconds(120))
        #expect(harness.rung.count == 4)
    }

    @Test func `nobody is rung who is away, and whoever comes back is`() throws {
        var harness = try harness()
        harness.stay("fire")
        harness.report("r-1", event: "repeated")
        harness.receivedAll("fire")
        harness.leave("fire", "fire")
        harness.advance(.seconds(600))
        #expect(harness.rung.isEmpty)
        harness.stay("fire")
        harness.stayAwake(.seconds(32))
        #expect(harness.rung == ["fire 1 unanswered"])
        #expect(harness.alerts.last?.envelope.rings == 1)
    }

    @Test func `what no rule repeats rings again after a quarter of an hour, or when its time is over`() throws {
        var harness = try harness()
        harness.stay("fire")
        harness.report("r-1", event: "plain")
        harness.report("r-2", event: "slow")
        harness.receivedAll("fire")
        harness.stayAwake(.seconds(14 * 60 + 55))
        #expect(harness.rung.isEmpty)
        harness.stayAwake(.seconds(70))
        #expect(harness.rung == ["fire 1 unanswered"])
        harness.stayAwake(.seconds(2 * 3600 - 17 * 60))
        #expect(!harness.rung.contains("fire 2 unanswered"))
        harness.stayAwake(.seconds(180))
        #expect(harness.rung.contains("fire 2 unanswered"))
    }

    @Test func `whoever has declined is rung again only if nobody has taken it`() throws {
        var harness = try harness()
        harness.stay("fire")
        harness.report("r-1", event: "plain")
        harness.receivedAll("fire")
        harness.decline("fire", 1, by: "fire")
        harness.stayAwake(.seconds(16 * 60 + 1))
        #expect(harness.rung == ["fire 1 unanswered"])
        #expect(harness.broker.forgotten.isEmpty)
    }

    // MARK: - One answer for all

    @Test func `where one answer is enough the others are stood down, and released at the end`() throws {
        var harness = try harness()
        harness.stay("fire", "police")
        harness.report("r-1", event: "any")
        harness.receivedAll("fire")
        harness.acknowledge("fire", 1, by: "fire")
        #expect(harness.states == ["acknowledged", "silenced", "silenced"])
        #expect(harness.takers == ["police 1 Wang fire"])
        harness.stayAwake(.seconds(120))
        #expect(harness.escalations.isEmpty && harness.rung.isEmpty)
        #expect(harness.broker.overdueAlerts(at: harness.now).count == 0)
        harness.status("fire", 1, .resolved, by: "fire")
        #expect(harness.states == ["resolved", "cancelled", "cancelled"])
        #expect(!harness.broker.isOpen(harness.last))
    }

    @Test func `where two rules ask the same for one answer, the end of the only incident is the end`() throws {
        var harness = try harness()
        harness.stay("fire", "police")
        harness.report("r-1", event: "any-twice")
        harness.acknowledge("fire", 1, by: "fire")
        #expect(harness.states == ["acknowledged", "silenced"])
        harness.status("fire", 1, .resolved, by: "fire")
        #expect(harness.states == ["resolved", "cancelled"])
        #expect(!harness.broker.isOpen(harness.last))
    }

    @Test func `if the one who has it declines, the others ring again, and the next step is taken at once`() throws {
        var harness = try harness()
        harness.stay("fire", "police", "gas")
        harness.report("r-1", event: "any")
        for recipient in ["fire", "police", "gas"] { harness.receivedAll(recipient) }
        harness.acknowledge("fire", 1, by: "fire")
        harness.forget()
        harness.decline("fire", 1, by: "fire")
        #expect(harness.rung == ["police 1 declined", "gas 1 declined"])
        #expect(harness.alerts.map(\.recipient) == ["police", "gas"])
        #expect(harness.escalations == ["leader declined"])
        #expect(harness.broker.forgotten.isEmpty)
    }

    @Test func `nobody is stood down whom another rule asks for an answer`() throws {
        var harness = try harness()
        harness.stay("fire", "police", "gas")
        harness.report("r-1", event: "both")
        harness.acknowledge("fire", 1, by: "fire")
        #expect(harness.states == ["acknowledged", "queued", "queued"])
        harness.acknowledge("police", 1, by: "police")
        #expect(harness.states == ["acknowledged", "acknowledged", "queued"])
    }

    @Test func `somebody who is stood down may still take it on`() throws {
        var harness = try harness()
        harness.stay("fire", "police")
        harness.report("r-1", event: "any")
        harness.acknowledge("fire", 1, by: "fire")
        harness.acknowledge("police", 1, by: "police")
        #expect(harness.states == ["acknowledged", "acknowledged", "silenced"])
        harness.status("fire", 1, .resolved, by: "fire")
        #expect(harness.states == ["resolved", "acknowledged", "silenced"])
        harness.status("police", 1, .resolved, by: "police")
        #expect(harness.states == ["resolved", "resolved", "cancelled"])
    }

    // MARK: - Recipients that nobody has joined

    @Test func `where nobody has joined the next step is taken at once, and so on`() throws {
        var harness = try harness()
        harness.advance(.seconds(20))
        harness.stay("chief")
        harness.report("r-1", event: "unattended")
        harness.stayAwake(.seconds(2))
        #expect(harness.escalations == ["leader unattended", "chief unattended"])
    }

    @Test func `after a start everybody has time to join again`() throws {
        var harness = try harness()
        harness.report("r-1", event: "unattended")
        harness.advance(.seconds(14))
        #expect(harness.escalations.isEmpty)
        harness.stay("fire")
        harness.stayAwake(.seconds(30))
        #expect(harness.escalations.isEmpty)
    }

    @Test func `a recipient whose last terminal leaves is unattended from then on`() throws {
        var harness = try harness()
        harness.advance(.seconds(20))
        harness.stay("fire")
        harness.report("r-1", event: "patient")
        harness.stayAwake(.seconds(10))
        harness.leave("fire", "fire")
        harness.advance(.milliseconds(19_999))
        #expect(harness.escalations.isEmpty)
        harness.advance(.milliseconds(1))
        #expect(harness.escalations == ["leader unattended"])
        harness.advance(.seconds(60))
        #expect(harness.escalations.count == 1)
    }

    // MARK: - Acknowledgements that lapse

    @Test func `an acknowledgement that nothing follows lapses: it rings, and the rule begins anew`() throws {
        var harness = try harness()
        harness.stay("fire")
        harness.report("r-1", event: "lapsing")
        harness.receivedAll("fire")
        harness.stayAwake(.seconds(10))
        harness.acknowledge("fire", 1, by: "fire")
        harness.stayAwake(.seconds(14 * 60))
        harness.status("fire", 1, .enRoute, by: "fire")
        harness.stayAwake(.seconds(14 * 60))
        #expect(harness.rung.isEmpty)
        harness.forget()
        harness.stayAwake(.seconds(62))
        #expect(harness.rung == ["fire 1 silent"])
        let envelope = try #require(harness.alerts.first?.envelope)
        #expect(envelope.rings == 1)
        #expect(try #require(envelope.acknowledgeBy) > harness.now.wall + .seconds(50))
        #expect(harness.escalations.isEmpty)
        harness.receivedAll("fire")
        harness.stayAwake(.seconds(62))
        #expect(harness.escalations == ["leader unanswered"])
    }

    @Test func `an acknowledgement lapses after a restart too, and late is said to be late`() throws {
        var harness = try harness()
        harness.stay("fire")
        harness.report("r-1", event: "lapsing")
        harness.acknowledge("fire", 1, by: "fire")
        try harness.restart(after: .seconds(20 * 60))
        harness.adoptFiles()
        harness.advance(.seconds(1))
        #expect(harness.rung == ["fire 1 silent"])
        let late = harness.store.entries.compactMap { entry -> Int64? in
            if case .rung(let ring) = entry.record { ring.lateMilliseconds } else { nil }
        }
        #expect(late.count == 1 && late[0] >= 299_000)
    }

    // MARK: - Two rules, one recipient

    @Test func `whoever is asked by two rules rings once, for both reasons, with the earlier time`() throws {
        var harness = try harness()
        harness.stay("fire", "leader")
        harness.report("r-1", event: "twice")
        let fire = try #require(harness.alerts.first { $0.recipient == "fire" }?.envelope)
        #expect(fire.rule == "first" && fire.otherRules == ["second"])
        #expect(fire.acknowledgeBy == harness.now.wall + .seconds(90))
        harness.forget()
        let told = harness.now.wall
        harness.stayAwake(.seconds(60))
        let leader = harness.alerts.filter { $0.recipient == "leader" }.map(\.envelope)
        #expect(leader.count == 1)
        #expect(leader.first?.otherRules == ["second"])
        #expect(leader.first?.acknowledgeBy == told + .seconds(150))
        #expect(harness.escalations == ["leader unanswered"] && harness.rung == ["leader 1 unanswered"])
    }

    @Test func `a late step says how late it is, and one in time does not`() throws {
        var harness = try harness()
        harness.report("r-1", event: "repeated")
        harness.advance(.seconds(60))
        harness.report("r-2", event: "repeated")
        try harness.restart(after: .seconds(90))
        harness.handle(.tick)
        let late = harness.store.entries.compactMap { entry -> Int64?? in
            if case .escalated(let step) = entry.record { step.lateMilliseconds } else { nil }
        }
        #expect(late == [nil, 30_000])
    }

    // MARK: - The fold

    @Test(arguments: ["repeated", "any", "both", "unattended", "lapsing", "twice"])
    func `a broker rebuilt from the journal, or from a snapshot, has the same obligations`(event: String) throws {
        var harness = try harness()
        harness.stay("fire", "police", "leader")
        harness.report("r-1", event: event)
        harness.receivedAll("fire")
        harness.acknowledge("fire", 1, by: "fire")
        harness.stayAwake(.seconds(70))
        harness.report("r-2", event: event)
        harness.stayAwake(.seconds(100))
        let rebuilt = try harness.rebuilt()
        #expect(rebuilt.broker.difference(from: harness.broker.snapshot(), now: harness.now) == nil)
        let snapshot = harness.broker.snapshot()
        var restored = Broker(
            rules: harness.broker.rules, directory: harness.broker.directory, settings: harness.broker.settings)
        try restored.restore(snapshot, now: harness.now)
        #expect(restored.difference(from: rebuilt.broker.snapshot(), now: harness.now) == nil)
        #expect(restored.forgotten.isEmpty && rebuilt.broker.forgotten.isEmpty)
    }

    @Test func `what a step has raised goes before what is less severe after a snapshot, too`() throws {
        var harness = try harness()
        harness.report("r-1", event: "repeated", severity: .moderate)
        harness.report("r-2", event: "any", severity: .severe)
        harness.advance(.seconds(60))
        var restored = Broker(
            rules: harness.broker.rules, directory: harness.broker.directory, settings: harness.broker.settings)
        try restored.restore(harness.broker.snapshot(), now: harness.now)
        harness.broker = restored
        harness.join("leader", as: "l", credit: 2)
        #expect(harness.alerts.map(\.envelope.severity) == [.extreme, .severe])
    }
}
