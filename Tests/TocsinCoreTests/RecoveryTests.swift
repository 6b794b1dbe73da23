import JournalContract
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// State is the fold of the journal's records: what is rebuilt equals what lived.
struct RecoveryTests {
    @Test(arguments: 0..<60)
    func `a broker rebuilt from the journal equals the one that wrote it`(seed: UInt64) throws {
        var harness = try Harness()
        var day = RandomDay(seed: seed)
        for _ in 0..<120 { day.happen(in: &harness) }
        harness.commit()

        var rebuilt = try harness.rebuilt()
        #expect(rebuilt.owed == harness.owed)
        #expect(rebuilt.broker.lastPosition == harness.broker.lastPosition)
        #expect(rebuilt.broker.overview.openIncidents == harness.broker.overview.openIncidents)
        #expect(rebuilt.broker.overview.undeliveredAlerts == harness.broker.overview.undeliveredAlerts)

        // Both have the same future: the same steps at the same times.
        #expect(future(of: &rebuilt) == future(of: &harness))
    }

    @Test(arguments: 0..<60)
    func `an incident's own timeline says of every alert what the broker says`(seed: UInt64) throws {
        var harness = try Harness()
        var day = RandomDay(seed: seed)
        for _ in 0..<120 { day.happen(in: &harness) }
        harness.commit()
        harness.commitsAtOnce = true
        let reader = try harness.store.open().index()
        for entry in harness.store.entries {
            guard var life = IncidentLife(entry) else { continue }
            for next in try reader.timeline(of: life.number).dropFirst() { life.apply(next) }
            #expect(harness.broker.isOpen(life.number) == life.isOpen)
            guard life.isOpen else { continue }
            harness.forget()
            harness.follow(life.number.value, by: "follower")
            // That an alert has been sent is no record.
            let said = harness.progress.map { $0.replacing(" sent ", with: " queued ") }
            let told = life.alerts.map { "\(life.number) \($0.state.rawValue) \($0.recipient) \($0.number)" }
            #expect(said == told)
        }
    }

    /// The records that an hour of silence brings. The journal is left alone.
    private func future(of harness: inout Harness) -> [JournalEntry] {
        harness.commitsAtOnce = false
        harness.advance(.seconds(3600))
        return harness.uncommitted
    }

    @Test(arguments: 0..<60)
    func `a snapshot that is made while everything changes says what was when it was begun`(seed: UInt64) throws {
        var harness = try Harness()
        var day = RandomDay(seed: seed)
        for _ in 0..<60 { day.happen(in: &harness) }
        let begun = harness.broker
        harness.broker.beginSnapshot()
        var made: JournalSnapshot?
        for event in 0..<60 {
            day.happen(in: &harness)
            if made == nil { made = harness.broker.proceedWithSnapshot(event % 4 == 0 ? 1 : 0) }
        }
        while made == nil { made = harness.broker.proceedWithSnapshot(1) }
        harness.commit()

        let snapshot = try #require(made)
        #expect(snapshot.position == begun.lastPosition)
        var restored = Broker(
            rules: harness.broker.rules, directory: harness.broker.directory, settings: harness.broker.settings)
        try restored.restore(snapshot, now: harness.now)
        #expect(restored.snapshot() == begun.snapshot())
        for entry in try harness.store.open().allEntries(after: snapshot.position) {
            restored.apply(entry, now: harness.now)
        }
        #expect(restored.snapshot() == harness.broker.snapshot())
    }

    @Test func `a snapshot knows the rule file without having it`() throws {
        let text = Scene.rules + "\n# " + String(repeating: "长", count: 300_000)
        let (rules, directory) = (try Scene.ruleset(text), try Scene.directory())
        var harness = try Harness()
        harness.turn { broker, turn in broker.adopt(rules: rules, text: text, directory: directory, into: &turn) }
        #expect(harness.lastTurn.records.count > 10)
        let snapshot = harness.broker.snapshot()
        #expect(snapshot.pieces.reduce(0) { $0 + $1.count } < 1000)

        /// The records that adopting a text brings, after a start from the snapshot.
        func records(adopting text: String) throws -> Int {
            var broker = Broker(rules: rules, directory: directory, settings: BrokerSettings())
            try broker.restore(snapshot, now: harness.now)
            var turn = Turn(now: harness.now)
            broker.adopt(rules: rules, text: text, directory: directory, into: &turn)
            return turn.records.count
        }
        #expect(try records(adopting: text) == 0)
        #expect(try records(adopting: text.dropLast() + "短") > 10)
        #expect(try records(adopting: text + " ") > 10)
    }

    @Test func `recovery says nothing and needs no connection`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1")
        harness.forget()
        try harness.restart()
        #expect(harness.committed.isEmpty && harness.immediate.isEmpty)
        #expect(harness.broker.overview.terminals == 0)
        #expect(harness.owed == ["fire 1 open 1 undelivered", "police 1 open 1 undelivered"])
    }

    @Test func `numbers go on where they were`() throws {
        var harness = try Harness()
        harness.report("r-1", event: "plain")
        harness.close(1)
        try harness.restart()
        harness.report("r-2", event: "plain")
        harness.join("fire", as: "f1")
        #expect(harness.numbers(at: "f1") == [2])
        #expect(harness.receipts.last?.incident == IncidentNumber(3))
    }

    @Test func `a record with more alerts and steps than any rule may name is folded`() throws {
        var harness = try Harness()
        let count = 70_000
        let alerts = (1...count).map { index in
            IncidentRecord.Alert(
                Addressee(
                    recipient: Scene.recipient("d\(index)"), purpose: .action, rule: "all",
                    acknowledgeWithinMilliseconds: 60_000), number: AlertNumber(1), terminals: 0)
        }
        let steps = (1...count).map { Plan.Step(afterMilliseconds: Int64($0), to: Scene.recipient("leader")) }
        let plan = Plan(rule: "all", acknowledgeWithin: .seconds(60), watched: [count - 1], steps: steps)
        let record = IncidentRecord(
            name: ReportName(sender: "phone", identifier: "r-1"), event: "e", category: .fire, severity: .severe,
            status: .actual, grid: nil, alerts: alerts, plans: [plan], rules: .zero, report: [])
        let entry = JournalEntry(position: Position(1), at: harness.now.wall, record: .incident(record))
        try harness.store.open().append([entry])
        harness.broker.apply(entry, now: harness.now)
        #expect(harness.broker.overview.undeliveredAlerts == count)

        var restored = Broker(
            rules: harness.broker.rules, directory: harness.broker.directory, settings: BrokerSettings())
        try restored.restore(harness.broker.snapshot(), now: harness.now)
        harness.broker = restored
        harness.join("d\(count)", as: "last")
        harness.acknowledge("d\(count)", 1, by: "last")
        #expect(harness.confirmations == ["d\(count) 1 acknowledged"])
    }
}
