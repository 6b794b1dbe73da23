import JournalContract
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// Silences: what they keep still is stored, does not ring, and rings when they are over.
struct SilenceTests {
    private static let rules = """
        fallback: desk
        time-zone: UTC
        rules:
          - name: smoke
            when: { event: smoke }
            notify: fire
            inform: police
            acknowledge-within: 60s
            escalate: [{ after: 60s, to: leader }]
          - name: gas
            when: { event: gas }
            notify: gas
            acknowledge-within: 60s
          - name: hum
            when: { event: hum }
            notify: fire
        silences:
          - name: night works
            when: { event: hum }
            during: 00:00-06:00
            by: Li
            reason: works
        """

    private func harness() throws -> Harness {
        var harness = try Harness(rules: Self.rules)
        harness.adoptFiles()
        harness.stay("fire", "police", "gas", "leader", "desk")
        return harness
    }

    // MARK: - Keeping still

    @Test func `what is silent is stored and tells nobody, and rings with its own time when the silence is over`()
        throws
    {
        var harness = try harness()
        let number = harness.silence(#"{"event":"smoke"}"#, for: .seconds(600))
        harness.report("r-1", event: "smoke")
        harness.report("r-2", event: "gas")
        #expect(harness.alerts.map(\.recipient) == ["gas"])
        #expect(harness.journalStates("r-1") == ["silenced", "silenced"])
        #expect(harness.broker.hushedCounts(at: harness.now.wall) == [.silence(number): 1])
        harness.forget()
        harness.stayAwake(.seconds(599))
        #expect(harness.alerts.filter { $0.recipient != "gas" }.isEmpty && harness.escalations.isEmpty)
        harness.stayAwake(.seconds(3))
        #expect(harness.rung == ["fire 1 lifted", "police 1 lifted"])
        let fire = try #require(harness.alerts.first { $0.recipient == "fire" }?.envelope)
        #expect(fire.rings == 1 && !fire.isRedelivered)
        #expect(try #require(fire.acknowledgeBy) > harness.now.wall + .seconds(50))
        harness.stayAwake(.seconds(62))
        #expect(harness.escalations == ["leader unanswered"])
        #expect(harness.broker.forgotten.isEmpty)
    }

    @Test func `an Update is kept still where the conditions name it, and a Cancel never is`() throws {
        var harness = try harness()
        harness.report("r-1", event: "smoke")
        let incident = harness.last
        _ = harness.silence(#"{"event":"smoke"}"#, for: .seconds(600))
        harness.forget()
        try harness.send(.update, "u-0", of: "phone,r-1", event: "smoke")
        #expect(Set(harness.alerts.map(\.recipient)) == ["fire", "police"])
        harness.forget()
        _ = harness.silence(#"{"event":"smoke","message":["Update","Cancel"]}"#, for: .seconds(600))
        try harness.send(.update, "u-1", of: "phone,r-1", event: "smoke", severity: .severe)
        #expect(harness.alerts.isEmpty && Set(harness.journalStates("u-1")) == ["silenced"])
        try harness.send(.cancel, "c-1", of: "phone,r-1", event: "smoke")
        #expect(Set(harness.alerts.map(\.recipient)) == ["fire", "police"])
        #expect(!harness.broker.isOpen(IncidentNumber(incident.value)))
        harness.forget()
        harness.stayAwake(.seconds(602))
        // The Cancel has ended the Update as well, which was the same sender's.
        #expect(harness.rung.isEmpty)
        #expect(harness.broker.forgotten.isEmpty)
    }

    @Test func `the receipt of what is silent names its incident`() throws {
        var harness = try harness()
        _ = harness.silence(#"{"event":"smoke"}"#, for: .seconds(600))
        harness.report("r-1", event: "smoke")
        let entry = try #require(harness.store.entries.last { $0.record.kind == .incident })
        #expect(harness.receipts.map(\.incident.position) == [entry.position])
    }

    @Test func `ending a silence rings what it has kept still, and what was closed meanwhile does not ring`() throws {
        var harness = try harness()
        let number = harness.silence(#"{"event":"smoke"}"#, for: .seconds(3600))
        harness.report("r-1", event: "smoke")
        harness.report("r-2", event: "smoke")
        harness.close(harness.last.value)
        harness.unsilence(number)
        harness.stayAwake(.seconds(2))
        #expect(harness.rung == ["fire 1 lifted", "police 1 lifted"])
        #expect(harness.broker.standingSilences(at: harness.now.wall).isEmpty)
        harness.forget()
        harness.report("r-3", event: "smoke")
        #expect(harness.alerts.map(\.recipient) == ["fire", "police"])
    }

    @Test(arguments: [false, true])
    func `what a silence kept still that was ended rings, also if the clock is set back behind that`(
        isRestored: Bool
    ) throws {
        var harness = try harness()
        let number = harness.silence(#"{"event":"gas"}"#, for: .seconds(3600))
        harness.report("r-1", event: "gas")
        harness.unsilence(number)
        harness.setWallClock(by: .seconds(-1800))
        if isRestored {
            try harness.restart()
            harness.adoptFiles()
            harness.stay("gas")
        }
        harness.stayAwake(.seconds(3))
        #expect(harness.rung == ["gas 1 lifted"])
    }

    @Test func `a silence lasts no longer than it was to, whatever the clock shows`() throws {
        var harness = try harness()
        _ = harness.silence(#"{"event":"gas"}"#, for: .seconds(60))
        harness.report("r-1", event: "gas")
        harness.setWallClock(by: .seconds(-86_400))
        harness.stayAwake(.seconds(59))
        #expect(harness.rung.isEmpty)
        harness.stayAwake(.seconds(6))
        #expect(harness.rung == ["gas 1 lifted"])
        harness.forget()
        harness.report("r-2", event: "gas")
        #expect(harness.alerts.map(\.recipient) == ["gas"])
        #expect(harness.broker.standingSilences(at: harness.now.wall).isEmpty)
        // One of the rules file as well, and what it began with the clock ahead.
        harness.setWallClock(by: .seconds(86_400))
        harness.forget()
        let midnight = Timestamp(milliseconds: harness.now.wall.milliseconds / 86_400_000 * 86_400_000)
        let ahead = midnight.milliseconds + 86_400_000 + 21_590_000 - harness.now.wall.milliseconds
        harness.setWallClock(by: .milliseconds(ahead))
        harness.report("r-3", event: "hum")
        #expect(harness.alerts.isEmpty)
        harness.setWallClock(by: .seconds(-7 * 86_400))
        harness.stayAwake(.seconds(15))
        #expect(harness.rung.last == "fire 1 lifted")
    }

    @Test func `a silence that is over does not stand again, also if the clock is set back behind its end`() throws {
        var harness = try harness()
        let number = harness.silence(#"{"event":"gas"}"#, for: .seconds(60))
        harness.stayAwake(.seconds(70))
        harness.setWallClock(by: .seconds(-3600))
        harness.report("r-1", event: "gas")
        #expect(harness.alerts.map(\.recipient) == ["gas"])
        #expect(harness.broker.standingSilences(at: harness.now.wall).isEmpty)
        harness.forget()
        harness.unsilence(number)
        #expect(harness.refusedFields == ["silence"])
    }

    @Test func `a silence begins no new time when the journal is read again`() throws {
        var harness = try harness()
        _ = harness.silence(#"{"event":"gas"}"#, for: .seconds(60))
        harness.report("r-1", event: "gas")
        harness.stayAwake(.seconds(10))
        harness.setWallClock(by: .seconds(-86_400))
        harness.stayAwake(.seconds(30))
        try harness.rebuild()
        harness.stayAwake(.seconds(26))
        #expect(harness.rung == ["gas 1 lifted"])
    }

    @Test func `whom a silence keeps still hears nothing of the incident's end`() throws {
        var harness = try harness()
        _ = harness.silence(#"{"event":"smoke"}"#, for: .seconds(600))
        harness.report("r-1", event: "smoke")
        harness.close(harness.last.value)
        #expect(harness.taken.isEmpty)
        harness.report("r-2", event: "gas")
        harness.close(harness.last.value)
        #expect(harness.taken == ["gas: gas 1 by Li"])
    }

    @Test func `an Extreme report rings through, or tells leaders where even it is silent`() throws {
        var harness = try harness()
        _ = harness.silence(#"{"event":["smoke","gas"]}"#, for: .seconds(3600))
        harness.report("r-1", event: "smoke", severity: .extreme)
        #expect(harness.alerts.map(\.recipient) == ["fire", "police"])
        harness.forget()
        _ = harness.silence(#"{"event":["smoke","gas"]}"#, for: .seconds(7200), evenExtreme: true)
        harness.report("r-2", event: "smoke", severity: .extreme)
        #expect(Set(harness.alerts.map(\.recipient)) == ["police", "leader"])
        #expect(harness.alerts.allSatisfy { $0.envelope.purpose == .information })
        harness.forget()
        // Nobody is informed, and there is no step: the fallback is told.
        harness.report("r-3", event: "gas", severity: .extreme)
        #expect(harness.alerts.map(\.recipient) == ["desk"])
        #expect(harness.journalStates("r-3") == ["silenced", "queued"])
    }

    @Test func `a silence stands after a restart, and what was over meanwhile rings at once and says how late`() throws
    {
        var harness = try harness()
        _ = harness.silence(#"{"event":"smoke"}"#, for: .seconds(600))
        harness.report("r-1", event: "smoke")
        try harness.restart(after: .seconds(100))
        harness.adoptFiles()
        harness.stay("fire")
        harness.forget()
        harness.report("r-2", event: "smoke")
        #expect(harness.alerts.isEmpty)
        try harness.restart(after: .seconds(600))
        harness.adoptFiles()
        harness.stay("fire")
        harness.advance(.seconds(1))
        #expect(harness.rung.filter { $0.hasPrefix("fire") } == ["fire 1 lifted", "fire 2 lifted"])
        let late = harness.store.entries.compactMap { entry -> Int64? in
            if case .rung(let ring) = entry.record { ring.lateMilliseconds } else { nil }
        }
        #expect(late.count == 4 && late.allSatisfy { $0 >= 99_000 })
    }

    @Test func `a journal that fails and is read again has its silences, and a snapshot has them`() throws {
        var harness = try harness()
        let number = harness.silence(#"{"event":"smoke"}"#, for: .seconds(600))
        harness.report("r-1", event: "smoke")
        try harness.rebuild()
        harness.forget()
        harness.report("r-2", event: "smoke")
        #expect(harness.alerts.isEmpty)
        var restored = Broker(
            rules: harness.broker.rules, directory: harness.broker.directory, settings: harness.broker.settings)
        try restored.restore(harness.broker.snapshot(), now: harness.now)
        #expect(
            restored.standingSilences(at: harness.now.wall).map(\.silence)
                == harness.broker.standingSilences(at: harness.now.wall).map(\.silence))
        #expect(restored.hushedCounts(at: harness.now.wall) == [.silence(number): 2])
    }

    @Test func `hours of the rules are silent each day, and ring at their end`() throws {
        var harness = try harness()
        // 2026-11-23 in UTC.
        harness.setWallClock(by: .seconds(-harness.now.wall.milliseconds / 1000 % 86_400 + 5 * 3600))
        harness.report("r-1", event: "hum")
        #expect(harness.alerts.isEmpty && harness.journalStates("r-1") == ["silenced"])
        harness.stayAwake(.seconds(3590))
        #expect(harness.rung.isEmpty)
        harness.stayAwake(.seconds(14))
        #expect(harness.rung == ["fire 1 lifted"])
        harness.forget()
        harness.report("r-2", event: "hum")
        #expect(harness.alerts.map(\.recipient) == ["fire"])
    }

    @Test func `what the feed hears of a silent incident is that its alerts are silent`() throws {
        var harness = try harness()
        harness.feedIsWatched = true
        _ = harness.silence(#"{"event":"gas"}"#, for: .seconds(600))
        harness.forget()
        harness.report("r-1", event: "gas")
        let words = harness.committed.compactMap { output -> String? in
            if case .publish(.state(_, let progress), at: _) = output { progress.event.word } else { nil }
        }
        #expect(words == ["silenced"])
    }

    // MARK: - Bad input

    @Test func `a silence that cannot be is refused with what would be right, and what stands stays`() throws {
        var harness = try harness()
        let number = harness.silence(#"{"event":"smoke"}"#, for: .seconds(600))
        // Sent again, as its answer was lost.
        #expect(harness.silence(#"{"event":"smoke"}"#, until: harness.now.wall + .seconds(600)) == number)
        for (when, duration, field) in [
            (#"{"event":"smoke"}"#, -1, "until"), (#"{"event":"smoke"}"#, 32 * 86_400, "until"), ("{}", 600, "when"),
            (#"{"category":"Fyre"}"#, 600, "when.category"),
        ] {
            harness.forget()
            harness.handle(
                .silence(
                    Scene.peer("operator"), Scene.reference("s"),
                    Silence(
                        when: when, until: harness.now.wall + .seconds(duration), person: Person(by: "Li", note: "x"))))
            #expect(harness.refusedFields == [field])
        }
        harness.forget()
        harness.unsilence(Position(4711))
        #expect(harness.refusedFields == ["silence"])
        for index in 0..<Limits.silences - 1 {
            _ = harness.silence(#"{"event":"e-\#(index)"}"#, for: .seconds(600))
        }
        harness.forget()
        _ = harness.silence(#"{"event":"one more"}"#, for: .seconds(600))
        #expect(harness.refusedFields.count == 1)
        harness.stayAwake(.seconds(602))
        harness.forget()
        _ = harness.silence(#"{"event":"one more"}"#, for: .seconds(600))
        #expect(harness.refusedFields.isEmpty)
    }
}

extension Harness {
    /// Asks for silence, and returns its number.
    mutating func silence(_ when: String, for duration: Duration, evenExtreme: Bool = false) -> Position {
        silence(when, until: now.wall + duration, evenExtreme: evenExtreme)
    }

    mutating func silence(_ when: String, until: Timestamp, evenExtreme: Bool = false) -> Position {
        handle(
            .silence(
                Scene.peer("operator"), Scene.reference("s"),
                Silence(when: when, until: until, person: Person(by: "Li", note: "works"), evenExtreme: evenExtreme)))
        return committed.reversed().lazy.compactMap { output -> Position? in
            if case .silenced(_, _, let number) = output { number } else { nil }
        }.first ?? .zero
    }

    mutating func unsilence(_ number: Position) {
        handle(
            .unsilence(
                Scene.peer("operator"), Scene.reference("u"), number, Person(by: "Li", note: "The works are over.")))
    }

    /// The states of an incident's alerts by the journal.
    func journalStates(_ identifier: String) -> [String] {
        var life: IncidentLife?
        for entry in store.entries {
            if let begun = IncidentLife(entry), begun.record.name.identifier == identifier { life = begun }
            life?.apply(entry)
        }
        return life?.alerts.map(\.state.rawValue) ?? []
    }

    /// The fields of what was refused since ``forget()``.
    var refusedFields: [String?] {
        immediate.compactMap { output -> String?? in
            if case .refused(_, _, _, let refusal, _, _) = output { .some(refusal.field) } else { nil }
        }
    }
}
