import JournalContract
import Testing
import TocsinAccess
import TocsinJournal
import TocsinModel
import TocsinWire

@testable import TocsinCore

/// Links that come and go, clients with a heartbeat, restarts, and a journal that takes nothing.
struct LinkFlappingTests {
    private func manned(clients: String = "clients: []") throws -> Harness {
        var harness = Harness(try LinkScene.files(clients: clients))
        harness.join("fire", as: "engine-1")
        harness.join("gas", as: "gas-1")
        return harness
    }

    /// Fire is gone for some time, and then there for some time.
    private func flap(_ harness: inout Harness, gone: Duration, there: Duration) {
        harness.leave("fire", "engine-1")
        harness.advance(gone, answering: "gas-1")
        harness.join("fire", as: "engine-1")
        harness.advance(there, answering: "engine-1", "gas-1")
    }

    // MARK: - Flapping

    @Test func `what is lost again before it has held is one loss with a count`() throws {
        var harness = try manned()
        for _ in 1...5 { flap(&harness, gone: .seconds(20), there: .seconds(20)) }
        #expect(harness.linkIncidents == ["link-lost fire → desk"])
        #expect(harness.broker.linkOverview(at: harness.now).lost.map(\.losses) == [5])
        harness.advance(.seconds(600), answering: "engine-1", "gas-1")
        #expect(harness.linkIncidents.count == 2)
        #expect(harness.linkReports.last?.parameters.contains(.init(name: "losses", value: "5")) == true)
        #expect(harness.broker.linkOverview(at: harness.now).lost.isEmpty)
    }

    @Test(arguments: [20, 65, 300])
    func `a link that comes and goes for a day is some few incidents`(_ there: Int) throws {
        var harness = try manned()
        while harness.now.uptime < 86_400_000 {
            flap(&harness, gone: .seconds(20), there: .seconds(there))
        }
        #expect(
            harness.linkIncidents.count(where: { $0.hasPrefix("link-lost") }) <= 5, "\(harness.linkIncidents.count)")
        #expect(harness.broker.linkOverview(at: harness.now).lost.count == 1)
    }

    @Test func `after ten good minutes a loss is a first one again`() throws {
        var harness = try manned()
        for _ in 1...3 {
            flap(&harness, gone: .seconds(20), there: .seconds(35))
            harness.advance(.seconds(660), answering: "engine-1", "gas-1")
        }
        #expect(
            harness.linkIncidents.map { $0.split(separator: " ")[0] }
                == ["link-lost", "link-restored", "link-lost", "link-restored", "link-lost", "link-restored"])
    }

    // MARK: - Restarts

    @Test func `a restart does not ring for who joins again`() throws {
        var harness = try manned()
        try harness.restart(after: .seconds(30))
        harness.adoptFiles()
        harness.advance(.seconds(20))
        harness.join("fire", as: "engine-1")
        harness.join("gas", as: "gas-1")
        harness.advance(.seconds(60), answering: "engine-1", "gas-1")
        #expect(harness.linkIncidents == [])
    }

    @Test func `who is not there 30 s after a start is lost, once, however often there is a start`() throws {
        var harness = Harness(try LinkScene.files())
        harness.join("gas", as: "gas-1")
        harness.advance(.seconds(29), answering: "gas-1")
        #expect(harness.linkIncidents == [])
        harness.advance(.seconds(3), answering: "gas-1")
        #expect(harness.linkIncidents == ["link-lost fire → desk"])
        #expect(harness.linkReports[0].parameters.map(\.name) == ["link", "supervisor"])
        for _ in 1...3 {
            try harness.restart(after: .seconds(5))
            harness.adoptFiles()
            harness.join("gas", as: "gas-1")
            harness.advance(.seconds(100), answering: "gas-1")
        }
        #expect(harness.linkIncidents == ["link-lost fire → desk"])
        harness.join("fire", as: "engine-1")
        harness.advance(.seconds(40), answering: "gas-1", "engine-1")
        // Nobody had answered for five minutes.
        #expect(harness.linkIncidents.last == "link-restored fire → desk (information), chief (information)")
        #expect(harness.store.entries.last?.record.kind == .closed)
    }

    @Test func `a loss goes on after the journal has failed, and what was not written is told again`() throws {
        var harness = try manned()
        harness.leave("fire", "engine-1")
        harness.advance(.seconds(18), answering: "gas-1")
        harness.leave("gas", "gas-1")
        harness.commitsAtOnce = false
        harness.advance(.seconds(18))
        #expect(harness.uncommitted.count == 1)
        harness.commitsAtOnce = true
        try harness.rebuild()
        #expect(harness.linkIncidents == ["link-lost fire → desk"])
        harness.advance(.seconds(35))
        #expect(harness.linkIncidents == ["link-lost fire → desk", "link-lost gas → desk, police"])
    }

    @Test func `what is lost while the journal takes nothing is told when it does`() throws {
        var harness = try manned()
        harness.failJournal()
        try harness.reopenJournal()
        harness.leave("fire", "engine-1")
        harness.advance(.seconds(60), answering: "gas-1")
        #expect(harness.linkIncidents == [])
        harness.probeJournal()
        harness.advance(.seconds(35), answering: "gas-1")
        #expect(harness.linkIncidents == ["link-lost fire → desk"])
    }

    @Test func `a loss is told while new reports have no room`() throws {
        var harness = try manned()
        harness.noteRoom(isScarce: true)
        harness.leave("fire", "engine-1")
        harness.advance(.seconds(18), answering: "gas-1")
        #expect(harness.linkIncidents == ["link-lost fire → desk"])
    }

    // MARK: - Reload

    @Test func `a reload that adds a supervisor finds out who is there`() throws {
        var harness = Harness(try LinkScene.files(withoutSupervisorOf: "fire"))
        harness.join("gas", as: "gas-1")
        harness.advance(.seconds(100), answering: "gas-1")
        #expect(harness.linkIncidents == [])
        harness.reload(try LinkScene.files())
        harness.advance(.seconds(29), answering: "gas-1")
        #expect(harness.linkIncidents == [])
        harness.advance(.seconds(3), answering: "gas-1")
        #expect(harness.linkIncidents == ["link-lost fire → desk"])
    }

    @Test func `a reload that takes the supervisor away closes the loss`() throws {
        var harness = try manned()
        harness.leave("fire", "engine-1")
        harness.advance(.seconds(18), answering: "gas-1")
        harness.reload(try LinkScene.files(withoutSupervisorOf: "fire"))
        guard case .closed(let closed)? = harness.store.entries.last?.record else {
            Issue.record("The loss is not closed.")
            return
        }
        #expect(closed.person == Person(by: "tocsind", note: "fire is no longer supervised."))
        harness.advance(.seconds(100), answering: "gas-1")
        #expect(harness.linkIncidents == ["link-lost fire → desk"])
    }

    @Test func `a reload in between changes nothing for a link`() throws {
        var harness = try manned()
        harness.leave("fire", "engine-1")
        harness.advance(.seconds(10), answering: "gas-1")
        harness.reload(try LinkScene.files())
        harness.advance(.seconds(8), answering: "gas-1")
        harness.reload(try LinkScene.files())
        harness.advance(.seconds(30), answering: "gas-1")
        #expect(harness.linkIncidents == ["link-lost fire → desk"])
    }

    // MARK: - Clients

    @Test func `a client that is not heard for its heartbeat and a quarter is lost`() throws {
        var harness = try manned(clients: LinkScene.clients)
        let handheld = try #require(PrincipalName(client: "handheld-7"))
        for _ in 1...5 {
            harness.handle(.clientHeard(handheld))
            harness.advance(.seconds(70), answering: "engine-1", "gas-1")
        }
        #expect(harness.linkIncidents == [])
        harness.advance(.seconds(7), answering: "engine-1", "gas-1")
        #expect(harness.linkIncidents == ["link-lost client:handheld-7 → desk"])
        #expect(harness.linkReports[0].headline == "客户端 handheld-7 链路中断 The link to client handheld-7 is lost")
        for _ in 1...3 {
            harness.handle(.clientHeard(handheld))
            harness.advance(.seconds(60), answering: "engine-1", "gas-1")
        }
        #expect(harness.linkIncidents.last == "link-restored client:handheld-7 → desk (information)")
    }

    @Test func `a client whose time is over may be silent, also when it is found so at a start`() throws {
        var harness = try manned(clients: LinkScene.clients + "\n    until: 2026-11-23T00:11:00Z")
        #expect(harness.now.wall.description == "2026-11-23T00:10:00.000Z")
        harness.advance(.seconds(200), answering: "engine-1", "gas-1")
        harness.reload(harness.pipeline.files)
        harness.advance(.seconds(200), answering: "engine-1", "gas-1")
        #expect(harness.linkIncidents == [])
    }

    @Test func `the loss of a client ends with its time, without a reload, and is told no more`() throws {
        var harness = try manned(clients: LinkScene.clients + "\n    until: 2026-11-23T00:20:00Z")
        harness.advance(.seconds(200), answering: "engine-1", "gas-1")
        #expect(harness.linkIncidents == ["link-lost client:handheld-7 → desk"])
        harness.advance(.seconds(410), answering: "engine-1", "gas-1")
        guard case .closed(let closed)? = harness.store.entries.last?.record else {
            Issue.record("The loss is not closed.")
            return
        }
        let note = "The time of client:handheld-7 is over; nobody waits for it any more."
        #expect(closed.person == Person(by: "tocsind", note: note))
        #expect(harness.broker.linkOverview(at: harness.now).lost.isEmpty)
        harness.advance(.seconds(200), answering: "engine-1", "gas-1")
        #expect(harness.linkIncidents == ["link-lost client:handheld-7 → desk"])
    }

    @Test func `a lost link that is heard again says since when, until it has held`() throws {
        var harness = try manned()
        harness.leave("fire", "engine-1")
        harness.advance(.seconds(18), answering: "gas-1")
        #expect(harness.broker.linkOverview(at: harness.now).lost.map(\.backSince) == [nil])
        harness.join("fire", as: "engine-1")
        let back = harness.now.wall
        harness.advance(.seconds(5), answering: "engine-1", "gas-1")
        let since = try #require(harness.broker.linkOverview(at: harness.now).lost.first?.backSince)
        #expect(since >= back && since < back + .seconds(2))
        harness.advance(.seconds(60), answering: "engine-1", "gas-1")
        #expect(harness.broker.linkOverview(at: harness.now).lost.isEmpty)
    }

    @Test func `a client that nobody supervises may be as silent as it likes`() throws {
        var harness = try manned(clients: LinkScene.clients)
        harness.handle(.clientHeard(try #require(PrincipalName(client: "stranger"))))
        #expect(harness.linkIncidents == [])
    }
}
