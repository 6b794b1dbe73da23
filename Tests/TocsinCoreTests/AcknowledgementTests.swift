import JournalContract
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

struct AcknowledgementTests {
    /// `f1` and `f2` have RECEIVED alert 1 of fire.
    private func twoDesks() throws -> Harness {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.join("fire", as: "f2")
        harness.report("r-1")
        harness.received("fire", 1...1, by: "f1")
        harness.forget()
        return harness
    }

    @Test func `it is confirmed once durable, and the recipient's other terminals learn who has it`() throws {
        var harness = try twoDesks()
        harness.commitsAtOnce = false
        harness.acknowledge("fire", 1, by: "f1")
        #expect(harness.committed.isEmpty && harness.immediate.isEmpty)
        harness.commit()
        #expect(harness.confirmations == ["fire 1 acknowledged"])
        #expect(harness.taken == ["f2: fire 1 by Wang"])
    }

    @Test func `the first word counts, and saying it again changes nothing`() throws {
        var harness = try twoDesks()
        harness.acknowledge("fire", 1, by: "f1", person: "Wang")
        harness.acknowledge("fire", 1, by: "f1", person: "Wang")
        harness.acknowledge("fire", 1, by: "f2", person: "Li")
        #expect(harness.confirmations == Array(repeating: "fire 1 acknowledged", count: 3))
        #expect(harness.taken == ["f2: fire 1 by Wang"])
        #expect(harness.recorded == [.incident, .received, .personal])
    }

    @Test func `acknowledging what is under way already says how it stands`() throws {
        var harness = try twoDesks()
        harness.status("fire", 1, .onScene, by: "f1")
        harness.acknowledge("fire", 1, by: "f2")
        #expect(harness.confirmations == ["fire 1 onScene", "fire 1 onScene"])
    }

    @Test func `an alert that was never sent is unknown`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1", credit: 1)
        harness.report("r-1", event: "plain")
        harness.report("r-2", event: "plain")
        harness.acknowledge("fire", 2, by: "f1")
        harness.acknowledge("fire", 3, by: "f1")
        harness.received("fire", 1...3, by: "f1")
        #expect(
            harness.refusals == [
                "ACKNOWLEDGE fire unknownAlert 2", "ACKNOWLEDGE fire unknownAlert 3", "RECEIVED fire unknownAlert 2",
            ])
        // What was sent is settled all the same.
        #expect(harness.owed == ["fire 2 open 1 undelivered"])
    }

    @Test func `it may come without RECEIVED, and settles delivery too`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1")
        harness.acknowledge("fire", 1, by: "f1")
        #expect(harness.owed == ["fire 1 open 0 undelivered", "police 1 open 1 undelivered"])
        harness.received("fire", 1...1, by: "f1")
        // The machine's word is kept as well, once, and takes nothing back.
        harness.received("fire", 1...1, by: "f1")
        #expect(harness.recorded == [.incident, .personal, .received])
    }

    @Test func `in the journal a word follows what came before it, also where both came in one turn`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1")
        harness.report("r-2")
        let (desk, fire, wang) = (Scene.peer("f1"), Scene.recipient("fire"), Person(by: "Wang"))
        harness.handle(
            .acknowledge(desk, fire, AlertNumber(1), wang),
            .received(desk, fire, NumberList([AlertNumber(2)...AlertNumber(2)])),
            .acknowledge(desk, fire, AlertNumber(2), wang))
        #expect(harness.recorded.suffix(3) == [.personal, .received, .personal])
    }

    @Test func `an obligation ends when the work is resolved`() throws {
        var harness = try twoDesks()
        harness.join("police", as: "p1")
        harness.received("police", 1...1, by: "p1")
        harness.acknowledge("fire", 1, by: "f1")
        harness.status("fire", 1, .enRoute, by: "f1")
        harness.status("fire", 1, .onScene, by: "f1")
        #expect(harness.broker.isOpen(IncidentNumber(1)))
        harness.status("fire", 1, .resolved, by: "f1")
        #expect(!harness.broker.isOpen(IncidentNumber(1)))
        #expect(harness.owed.isEmpty)
        #expect(
            harness.confirmations == [
                "fire 1 acknowledged", "fire 1 enRoute", "fire 1 onScene", "fire 1 resolved",
            ])
    }

    @Test func `it may be said again after everything is over`() throws {
        var harness = try twoDesks()
        harness.status("fire", 1, .resolved, by: "f1")
        harness.acknowledge("fire", 1, by: "f2")
        #expect(harness.refusals.isEmpty)
        #expect(harness.confirmations.count == 2)
        #expect(harness.owed == ["police 1 open 1 undelivered"])
    }

    @Test(arguments: [AlertState.sent, .received])
    func `it works after a restart for what was sent before`(state: AlertState) throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1")
        if state == .received { harness.received("fire", 1...1, by: "f1") }
        try harness.restart()
        harness.join("fire", as: "f1")
        harness.acknowledge("fire", 1, by: "f1")
        #expect(harness.refusals.isEmpty)
        #expect(harness.confirmations == ["fire 1 acknowledged"])
    }

    @Test func `one person's words about many alerts in one turn are one record`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        for index in 1...5 { harness.report("r-\(index)", event: "plain") }
        harness.turn { broker, turn in
            for number: Int64 in [1, 2, 3, 5] {
                broker.handle(
                    .acknowledge(
                        Scene.peer("f1"), Scene.recipient("fire"), AlertNumber(number), Person(by: "Wang")), into: &turn
                )
            }
        }
        guard case .personal(let record)? = harness.store.entries.last?.record else {
            Issue.record("The last record is not a person's word.")
            return
        }
        #expect(record.numbers == [AlertNumber(1)...AlertNumber(3), AlertNumber(5)...AlertNumber(5)])
        #expect(harness.recorded.filter { $0 == .personal }.count == 1)
        #expect(harness.confirmations.count == 4)

        let owed = harness.owed
        try harness.restart()
        #expect(harness.owed == owed)
        harness.join("fire", as: "f1")
        harness.forget()
        harness.acknowledge("fire", 2, by: "f1")
        #expect(harness.recorded.filter { $0 == .personal }.count == 1)
    }

    @Test func `a person is named by bytes`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1", event: "plain")
        harness.report("r-2", event: "plain")
        let names = ["caf\u{e9}", "cafe\u{301}"]
        let peer = Scene.peer("f1")
        harness.handle(
            .acknowledge(peer, Scene.recipient("fire"), AlertNumber(1), Person(by: names[0])),
            .acknowledge(peer, Scene.recipient("fire"), AlertNumber(2), Person(by: names[1])))
        let stored = harness.store.entries.compactMap { entry -> [UInt8]? in
            guard case .personal(let personal) = entry.record else { return nil }
            return Array(personal.person.by.utf8)
        }
        #expect(stored == names.map { Array($0.utf8) })
    }

    @Test func `another person, another state or an older number begins a new record`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        for index in 1...4 { harness.report("r-\(index)", event: "plain") }
        let peer = Scene.peer("f1")
        let fire = Scene.recipient("fire")
        harness.handle(
            .acknowledge(peer, fire, AlertNumber(2), Person(by: "Wang")),
            .acknowledge(peer, fire, AlertNumber(1), Person(by: "Wang")),
            .acknowledge(peer, fire, AlertNumber(3), Person(by: "Li")),
            .status(peer, fire, AlertNumber(4), .enRoute, Person(by: "Li")))
        #expect(harness.recorded.filter { $0 == .personal }.count == 4)
    }

    @Test func `a word about an incident that has closed stands after its end`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1", event: "plain")
        harness.report("r-2", event: "plain")
        let (fire, person) = (Scene.recipient("fire"), Person(by: "Wang"))
        harness.handle(
            .status(Scene.peer("f1"), fire, AlertNumber(1), .resolved, person),
            .close(Scene.peer("operator"), Scene.reference("c"), IncidentNumber(2), person),
            .status(Scene.peer("f1"), fire, AlertNumber(2), .resolved, person))
        #expect(harness.recorded.suffix(3) == [.personal, .closed, .personal])
    }

    @Test func `a word that ends an incident stands after what others have said of it`() throws {
        var harness = try Harness()
        for recipient in ["fire", "police"] { harness.join(recipient, as: recipient) }
        harness.report("r-1", event: "plain")
        harness.report("r-2")
        let (fire, police) = (Scene.recipient("fire"), Scene.recipient("police"))
        harness.handle(
            .status(Scene.peer("fire"), fire, AlertNumber(1), .resolved, Person(by: "Wang")),
            .status(Scene.peer("police"), police, AlertNumber(1), .resolved, Person(by: "Li")),
            .status(Scene.peer("fire"), fire, AlertNumber(2), .resolved, Person(by: "Wang")))
        let words = harness.store.entries.compactMap { entry -> String? in
            guard case .personal(let word) = entry.record else { return nil }
            return "\(word.recipient) \(word.numbers.map { "\($0.lowerBound)-\($0.upperBound)" })"
        }
        #expect(words == ["fire [\"1-1\"]", "police [\"1-1\"]", "fire [\"2-2\"]"])
        #expect(!harness.broker.isOpen(IncidentNumber(2)))
    }

    @Test func `a word never stands before the record of its alert`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1", event: "plain")
        let peer = Scene.peer("f1")
        let fire = Scene.recipient("fire")
        harness.handle(
            .acknowledge(peer, fire, AlertNumber(1), Person(by: "Wang")), harness.reportInput("r-2", event: "plain"),
            .acknowledge(peer, fire, AlertNumber(2), Person(by: "Wang")))
        #expect(harness.recorded == [.incident, .personal, .incident, .personal])
        try harness.restart()
        #expect(harness.owed == ["fire 2 open 0 undelivered"])
    }
}
