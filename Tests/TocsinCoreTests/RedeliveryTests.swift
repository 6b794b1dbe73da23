import Testing
import TocsinCore
import TocsinModel
import TocsinWire

/// What has been sent once and not RECEIVED is sent again, and says so.
struct RedeliveryTests {
    /// One alert that `f1` has been sent and has not RECEIVED.
    private func outstanding() throws -> Harness {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1", event: "plain")
        harness.forget()
        return harness
    }

    private func expectSentAgain(_ harness: borrowing Harness, to terminal: String) {
        #expect(harness.alerts.map(\.terminal) == [terminal])
        #expect(harness.alerts.map(\.number.value) == [1])
        #expect(harness.alerts.allSatisfy { $0.envelope.isRedelivered })
        #expect(harness.alerts.allSatisfy { $0.envelope.attempt == 2 })
    }

    @Test func `after its terminal has left, the next one that joins gets it`() throws {
        var harness = try outstanding()
        harness.leave("fire", "f1")
        #expect(harness.alerts.isEmpty)
        harness.join("fire", as: "f2")
        expectSentAgain(harness, to: "f2")
    }

    @Test func `after its terminal's connection is gone, another one with credit gets it at once`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1", credit: 1)
        harness.join("fire", as: "f2", credit: 1)
        harness.report("r-0", event: "plain", severity: .extreme)
        harness.received("fire", 1...1, by: "f1")
        harness.report("r-1", event: "plain")
        harness.forget()
        // Number 2 is outstanding at f1 only: f2 has no credit left.
        harness.received("fire", 1...1, by: "f2")
        #expect(harness.alerts.isEmpty)
        harness.handle(.unreachable(PeerIdentity(Array("f1".utf8))))
        #expect(harness.alerts.map(\.terminal) == ["f2"])
        #expect(harness.alerts.map(\.envelope.isRedelivered) == [true])
    }

    @Test func `after its terminal has died of silence, the next one that joins gets it`() throws {
        var harness = try outstanding()
        harness.advance(.seconds(20))
        #expect(harness.broker.overview.terminals == 0)
        harness.join("fire", as: "f2")
        expectSentAgain(harness, to: "f2")
    }

    @Test func `after a restart it goes to whoever joins`() throws {
        var harness = try outstanding()
        try harness.restart()
        harness.join("fire", as: "f1")
        expectSentAgain(harness, to: "f1")
    }

    @Test func `after the stated time it goes to the same terminal again`() throws {
        var harness = try outstanding()
        for _ in 1...70 {
            harness.advance(.seconds(1))
            harness.handle(.heard(Scene.peer("f1")))
        }
        #expect(harness.alerts.map(\.terminal) == ["f1"])
        #expect(harness.alerts.allSatisfy { $0.envelope.isRedelivered })
        harness.received("fire", 1...1, by: "f1")
        harness.forget()
        for _ in 1...100 {
            harness.advance(.seconds(1))
            harness.handle(.heard(Scene.peer("f1")))
        }
        #expect(harness.alerts.isEmpty)
    }

    @Test func `a terminal that joins gets what another one has and has not RECEIVED`() throws {
        var harness = try outstanding()
        harness.join("fire", as: "f2")
        expectSentAgain(harness, to: "f2")
    }

    @Test func `what was never sent is not marked`() throws {
        var harness = try Harness()
        harness.report("r-1", event: "plain")
        harness.join("fire", as: "f1")
        #expect(harness.alerts.map(\.envelope.isRedelivered) == [false])
    }

    @Test func `joining again starts anew: credit is whole, what was outstanding comes again`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1", credit: 1)
        harness.report("r-1", event: "plain")
        harness.report("r-2", event: "plain")
        harness.join("fire", as: "f1", credit: 2)
        #expect(harness.alerts.map(\.number.value) == [1, 1, 2])
        #expect(harness.alerts.map(\.envelope.isRedelivered) == [false, true, false])
        #expect(harness.broker.overview.terminals == 1)
        #expect(harness.refusals.isEmpty)
    }

    @Test func `a terminal whose name has other bytes takes nobody's place`() throws {
        var harness = try Harness()
        harness.join("fire", as: "caf\u{e9}", over: "one")
        harness.join("fire", as: "cafe\u{301}", over: "two")
        #expect(harness.refusals == [])
        #expect(harness.broker.overview.terminals == 2)
    }

    @Test func `a terminal of the same name on a new connection takes the old one's place`() throws {
        var harness = try outstanding()
        harness.join("fire", as: "f1", over: "new connection")
        #expect(harness.alerts.map(\.terminal) == ["new connection"])
        #expect(harness.refusals == ["JOIN fire notJoined"])
        #expect(harness.broker.overview.terminals == 1)
        harness.received("fire", 1...1, by: "f1")
        #expect(harness.refusals.last == "RECEIVED fire notJoined")
    }

    @Test func `a rebuilt broker joins everybody again and sends again what was not RECEIVED`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1")
        harness.report("r-2")
        harness.follow(1, by: "phone")
        harness.received("fire", 1...1, by: "f1")
        harness.forget()
        try harness.rebuild()
        #expect(harness.numbers(at: "f1") == [2])
        #expect(harness.alerts.allSatisfy { $0.envelope.isRedelivered })
        #expect(harness.broker.overview.terminals == 1)
        #expect(harness.broker.overview.followers == 1)
        harness.acknowledge("fire", 1, by: "f1")
        #expect(harness.confirmations == ["fire 1 acknowledged"])
        #expect(harness.progress == ["1 acknowledged fire 1"])
    }
}

struct HeartbeatTests {
    @Test func `a silent terminal is pinged after one heartbeat and has left after three`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.advance(.milliseconds(4999))
        #expect(harness.pinged.isEmpty)
        // Heartbeats are looked at four times in each.
        harness.advance(.milliseconds(1251))
        #expect(harness.pinged == ["f1"])
        harness.advance(.milliseconds(8749))
        #expect(harness.broker.overview.terminals == 1)
        harness.advance(.milliseconds(1251))
        #expect(harness.broker.overview.terminals == 0)
        #expect(harness.pinged == ["f1", "f1"])
        // If it only slept, it learns that it must join again.
        #expect(harness.refusals == ["PING fire notJoined"])
        #expect(harness.broker.nextTick == nil)
    }

    @Test func `after a pause of the broker a terminal is asked, not given up`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.join("fire", as: "f2")
        // The machine stands still for a minute: nobody is pinged, and no tick comes.
        harness.now = Moment(wall: harness.now.wall + .seconds(60), uptime: harness.now.uptime + 60_000)
        harness.handle(.tick)
        harness.advance(.milliseconds(1250))
        #expect(harness.pinged.sorted() == ["f1", "f2"])
        harness.handle(.heard(Scene.peer("f1")))
        #expect(harness.broker.overview.terminals == 2)
        // Whoever does not answer has left two heartbeats later.
        harness.advance(.seconds(10))
        #expect(harness.broker.overview.terminals == 1)
        #expect(harness.refusals == ["PING fire notJoined"])
    }

    @Test func `whatever a terminal sends is a sign of life`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1", event: "plain")
        let signs: [Input] = [
            .heard(Scene.peer("f1")), .ping(.alerts, Scene.peer("f1"), "x"),
            .received(Scene.peer("f1"), Scene.recipient("fire"), NumberList([AlertNumber(1)...AlertNumber(1)])),
            .acknowledge(Scene.peer("f1"), Scene.recipient("fire"), AlertNumber(1), Person(by: "Wang")),
            .status(Scene.peer("f1"), Scene.recipient("fire"), AlertNumber(1), .enRoute, Person(by: "Wang")),
            .join(Scene.peer("f1"), Scene.recipient("gas"), terminal: "f1", credit: 1),
            .leave(Scene.peer("f1"), Scene.recipient("gas")),
            .received(Scene.peer("f1"), Scene.recipient("desk"), NumberList()),
        ]
        for sign in signs {
            harness.advance(.seconds(14))
            harness.handle(sign)
        }
        #expect(harness.broker.overview.terminals == 1)
    }

    @Test func `a setback of the civil clock ends nobody`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.setWallClock(by: .seconds(3600))
        harness.advance(.seconds(2))
        harness.setWallClock(by: .seconds(-7200))
        harness.advance(.seconds(2))
        #expect(harness.broker.overview.terminals == 1)
        #expect(harness.pinged.isEmpty)
    }

    @Test func `pings go out in the order of joining`() throws {
        var harness = try Harness()
        let names = (1...40).map { "t\($0)" }
        for name in names { harness.join("fire", as: name) }
        harness.advance(.milliseconds(6250))
        #expect(harness.pinged == names)
    }

    @Test(arguments: Endpoint.allCases)
    func `a ping is answered in order with what came before`(endpoint: Endpoint) throws {
        var harness = try Harness()
        harness.commitsAtOnce = false
        harness.report("r-1")
        harness.handle(.ping(endpoint, Scene.peer("phone"), "p"))
        #expect(harness.pongs.isEmpty)
        harness.commit()
        #expect(harness.pongs == ["p"])
        guard case .receipt? = harness.committed.first else {
            Issue.record("The receipt comes first.")
            return
        }
    }
}
