import JournalContract
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// RECEIVED becomes a record a little later, and nobody can tell but by looking at the journal.
struct GatheringTests {
    private func harness() throws -> Harness {
        var harness = try Harness(gatherReceived: .milliseconds(20))
        harness.join("fire", as: "f1")
        for number in 1...3 { harness.report("r-\(number)") }
        harness.received("fire", 1...1, by: "f1")
        harness.received("fire", 2...3, by: "f1")
        return harness
    }

    @Test func `what is received within 20 milliseconds becomes one record`() throws {
        var harness = try harness()
        #expect(!harness.recorded.contains(.received))
        harness.advance(.milliseconds(19))
        #expect(!harness.recorded.contains(.received))
        harness.advance(.milliseconds(1))
        #expect(harness.recorded.count { $0 == .received } == 1)
        #expect(harness.owed.first { $0.hasPrefix("fire") } == "fire 3 open 0 undelivered")
    }

    @Test func `credit is free at once`() throws {
        var harness = try Harness(gatherReceived: .milliseconds(20))
        harness.join("fire", as: "f1", credit: 1)
        harness.report("r-1")
        harness.report("r-2")
        #expect(harness.numbers(at: "f1") == [1])
        harness.received("fire", 1...1, by: "f1")
        #expect(harness.numbers(at: "f1") == [1, 2])
    }

    @Test func `a PING has it recorded before its PONG`() throws {
        var harness = try harness()
        harness.handle(.ping(.alerts, Scene.peer("f1"), "now"))
        #expect(harness.recorded.last == .received)
        #expect(harness.pongs == ["now"])
    }

    @Test func `a terminal that leaves at once is not told again of what it has received`() throws {
        var harness = try harness()
        harness.leave("fire", "f1")
        harness.forget()
        harness.join("fire", as: "f2")
        #expect(harness.alerts.isEmpty)
        #expect(harness.joined.map(\.pending) == [0])
    }

    @Test func `a person's word comes after the machine's in the journal`() throws {
        var harness = try harness()
        harness.acknowledge("fire", 2, by: "f1")
        #expect(Array(harness.recorded.suffix(2)) == [.received, .personal])
    }

    @Test func `very many are recorded without waiting`() throws {
        var harness = try Harness(gatherReceived: .seconds(3600))
        harness.join("fire", as: "f1", credit: 10_000)
        for number in 1...4096 { harness.report("r-\(number)", bytes: 2) }
        harness.received("fire", 1...4095, by: "f1")
        #expect(!harness.recorded.contains(.received))
        harness.received("fire", 4096...4096, by: "f1")
        #expect(harness.recorded.last == .received)
    }

    @Test func `terminals that have joined together are pinged in parts`() throws {
        var settings = BrokerSettings()
        settings.heartbeat = .seconds(5)
        var harness = try Harness(settings: settings)
        for number in 1...2048 { harness.join("fire", as: "t-\(number)", over: "peer-\(number)") }
        var most = 0
        var pinged = 0
        for _ in 1...700 {
            harness.forget()
            harness.advance(.milliseconds(10))
            most = max(most, harness.pinged.count)
            pinged += harness.pinged.count
        }
        #expect(pinged == 2048)
        #expect(most <= 2 * 32)
    }

    @Test func `what terminals of several principals have RECEIVED is recorded for each, and each number once`() throws
    {
        var harness = try Harness(gatherReceived: .milliseconds(20))
        let fire = Scene.recipient("fire")
        for (terminal, principal) in [("f1", "fire-desk"), ("f2", "second-desk"), ("f3", "fire-desk")] {
            harness.handle(.join(Scene.peer(terminal), fire, terminal: terminal, credit: 100, by: principal))
        }
        for number in 1...6 { harness.report("r-\(number)", event: "plain") }
        harness.received("fire", 1...2, by: "f1")
        harness.received("fire", 2...3, 5...5, by: "f2")
        harness.received("fire", 3...4, by: "f3")
        harness.advance(.milliseconds(20))
        let records = harness.store.entries.compactMap { entry -> String? in
            guard case .received(let record) = entry.record else { return nil }
            return "\(record.principal ?? "-") \(NumberList(record.numbers))"
        }
        #expect(records == ["fire-desk 1-2,4", "second-desk 3,5"])
        // A terminal that has been joined again after a failure is whose it was.
        try harness.rebuild()
        harness.received("fire", 6...6, by: "f2")
        harness.advance(.milliseconds(20))
        guard case .received(let last)? = harness.store.entries.last?.record else {
            Issue.record("nothing is RECEIVED")
            return
        }
        #expect(last.principal == "second-desk")
    }
}
