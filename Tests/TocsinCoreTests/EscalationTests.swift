import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// The rule "structure fire" asks the leader after 60 seconds and the chief after 3 minutes.
struct EscalationTests {
    private let bothSteps = ["leader unanswered", "chief unanswered"]

    @Test func `steps are taken in their time and not before`() throws {
        var harness = try Harness()
        harness.join("leader", as: "l1")
        harness.report("r-1")
        harness.advance(.milliseconds(59_999))
        #expect(harness.escalations.isEmpty)
        harness.handle(.heard(Scene.peer("l1")))
        harness.advance(.milliseconds(1))
        #expect(harness.escalations == ["leader unanswered"])
        harness.advance(.milliseconds(119_999))
        #expect(harness.escalations == ["leader unanswered"])
        harness.advance(.milliseconds(1))
        #expect(harness.escalations == bothSteps)
        harness.advance(.seconds(3600))
        #expect(harness.escalations == bothSteps)
    }

    @Test func `an escalated alert says which step brought it and until when it must be acknowledged`() throws {
        var harness = try Harness()
        harness.report("r-1")
        let storedAt = harness.now.wall
        harness.advance(.seconds(60))
        harness.join("leader", as: "l1")
        let envelope = try #require(harness.alerts.first?.envelope)
        #expect(envelope.escalation == 1)
        #expect(envelope.purpose == .action)
        #expect(envelope.rule == "structure fire")
        #expect(envelope.acknowledgeBy == storedAt + .seconds(120))
        #expect(envelope.storedAt == storedAt)
    }

    @Test(arguments: [AlertState.acknowledged, .enRoute, .onScene, .resolved])
    func `no step is taken once somebody has taken it on`(state: AlertState) throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1")
        if state == .acknowledged {
            harness.acknowledge("fire", 1, by: "f1")
        } else {
            harness.status("fire", 1, state, by: "f1")
        }
        harness.advance(.seconds(3600))
        #expect(harness.escalations.isEmpty)
    }

    @Test func `a machine's RECEIVED is no answer`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1")
        harness.received("fire", 1...1, by: "f1")
        harness.advance(.seconds(3600))
        #expect(harness.escalations == bothSteps)
    }

    @Test func `an acknowledgement between two steps stops the second`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.advance(.seconds(61))
        harness.join("fire", as: "f1")
        harness.acknowledge("fire", 1, by: "f1")
        harness.advance(.seconds(3600))
        #expect(harness.escalations == ["leader unanswered"])
    }

    @Test func `everybody whom a rule notifies must answer`() throws {
        var harness = try Harness()
        harness.join("gas", as: "g1")
        harness.report("r-1", event: "gas-leak")
        harness.acknowledge("gas", 1, by: "g1")
        harness.advance(.seconds(90))
        #expect(harness.escalations == ["leader unanswered"])
    }

    @Test func `a decline takes the next step at once, and the one after it in its own time`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1")
        harness.advance(.seconds(10))
        harness.decline("fire", 1, by: "f1")
        #expect(harness.escalations == ["leader declined"])
        harness.advance(.seconds(169))
        #expect(harness.escalations == ["leader declined"])
        harness.advance(.seconds(1))
        #expect(harness.escalations == ["leader declined", "chief unanswered"])
    }

    @Test func `a decline that is sent again takes no further step`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1")
        harness.decline("fire", 1, by: "f1")
        harness.decline("fire", 1, by: "f1")
        #expect(harness.confirmations == ["fire 1 declined", "fire 1 declined"])
        #expect(harness.escalations == ["leader declined"])
        #expect(harness.recorded == [.incident, .personal, .escalated])
    }

    @Test func `a decline leaves the obligation open, and somebody else may take it on`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1")
        harness.decline("fire", 1, by: "f1")
        #expect(harness.owed.contains("fire 1 open 0 undelivered"))
        harness.acknowledge("fire", 1, by: "f1", person: "Li")
        harness.advance(.seconds(3600))
        #expect(harness.escalations == ["leader declined"])
    }

    @Test func `declining an alert for information escalates nothing`() throws {
        var harness = try Harness()
        harness.join("police", as: "p1")
        harness.report("r-1")
        harness.decline("police", 1, by: "p1")
        #expect(harness.escalations.isEmpty)
        #expect(harness.owed == ["fire 1 open 1 undelivered"])
    }

    @Test func `a restart keeps the times of the steps`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.advance(.seconds(20))
        try harness.restart(after: .seconds(10))
        harness.advance(.milliseconds(29_999))
        #expect(harness.escalations.isEmpty)
        harness.advance(.milliseconds(1))
        #expect(harness.escalations == ["leader unanswered"])
        try harness.restart()
        harness.advance(.milliseconds(119_999))
        #expect(harness.escalations == ["leader unanswered"])
        harness.advance(.milliseconds(1))
        #expect(harness.escalations == bothSteps)
    }

    @Test func `a restart takes the steps that came due meanwhile, in order`() throws {
        var harness = try Harness()
        harness.report("r-1")
        try harness.restart(after: .seconds(3600))
        harness.handle(.tick)
        #expect(harness.escalations == bothSteps)
    }

    @Test func `a restart remembers that somebody had taken it on`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1")
        harness.acknowledge("fire", 1, by: "f1")
        try harness.restart(after: .seconds(3600))
        harness.handle(.tick)
        #expect(harness.escalations.isEmpty)
    }

    @Test func `a civil clock that is set forward takes no step early`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.advance(.seconds(5))
        harness.setWallClock(by: .seconds(7200))
        harness.handle(.tick)
        harness.advance(.milliseconds(54_999))
        #expect(harness.escalations.isEmpty)
        harness.advance(.milliseconds(1))
        #expect(harness.escalations == ["leader unanswered"])
        harness.advance(.milliseconds(119_999))
        #expect(harness.escalations == ["leader unanswered"])
    }

    @Test func `a civil clock that is set back delays no step`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.setWallClock(by: .seconds(-7200))
        harness.advance(.seconds(60))
        #expect(harness.escalations == ["leader unanswered"])
        harness.advance(.seconds(120))
        #expect(harness.escalations == bothSteps)
    }

    @Test func `steps are counted from the report for each incident by itself`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.advance(.seconds(30))
        harness.report("r-2")
        harness.advance(.seconds(30))
        #expect(harness.escalations.count == 1)
        harness.advance(.seconds(30))
        #expect(harness.escalations.count == 2)
        harness.join("leader", as: "l1")
        #expect(harness.alerts.map(\.envelope.incident.value) == [1, 2])
    }

    @Test func `declining the alert that a step brought takes the next step at once`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.advance(.seconds(60))
        harness.join("leader", as: "l1")
        harness.decline("leader", 1, by: "l1")
        #expect(harness.escalations == ["leader unanswered", "chief declined"])
        harness.decline("leader", 1, by: "l1")
        harness.advance(.seconds(3600))
        #expect(harness.escalations == ["leader unanswered", "chief declined"])
    }

    @Test func `declining a step's alert takes no step once those who had to answer have`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.advance(.seconds(60))
        harness.join("fire", as: "f1")
        harness.join("leader", as: "l1")
        harness.acknowledge("fire", 1, by: "f1")
        harness.decline("leader", 1, by: "l1")
        #expect(harness.escalations == ["leader unanswered"])
    }

    @Test func `a step's alert that is declined moves the plan of its rule alone`() throws {
        let rules = """
            fallback: desk
            rules:
              - name: one
                when: { event: both }
                notify: fire
                escalate: [{ after: 60s, to: leader }, { after: 10m, to: chief }]
              - name: two
                when: { event: both }
                notify: gas
                escalate: [{ after: 5m, to: police }]
            """
        var harness = try Harness(rules: rules)
        harness.report("r-1", event: "both")
        harness.advance(.seconds(60))
        harness.join("leader", as: "l1")
        harness.decline("leader", 1, by: "l1")
        #expect(harness.escalations == ["leader unanswered", "chief declined"])
    }

    @Test func `of very many steps that are due a turn takes some, and the next ones the rest`() throws {
        var harness = try Harness()
        let reports = (0..<Limits.stepsPerTurn).map { harness.reportInput("r-\($0)") }
        harness.turn { broker, turn in
            for report in reports { broker.handle(report, into: &turn) }
        }
        try harness.restart(after: .seconds(3600))
        harness.handle(.tick)
        #expect((1...Limits.stepsPerTurn).contains(harness.lastTurn.records.count))
        #expect(harness.broker.nextTick ?? .max <= harness.now.uptime)
        harness.advance(.zero)
        #expect(harness.escalations.count == 2 * Limits.stepsPerTurn)
        #expect(harness.broker.nextTick == nil)
    }
}
