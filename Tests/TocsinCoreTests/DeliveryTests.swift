import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

struct DeliveryTests {
    @Test func `the most severe comes first, the oldest first within a severity`() throws {
        var harness = try Harness()
        let severities: [Severity] = [.minor, .unknown, .severe, .extreme, .moderate, .severe, .extreme]
        for (index, severity) in severities.enumerated() {
            harness.report("r-\(index)", event: "plain", severity: severity)
        }
        harness.join("fire", as: "f1")
        #expect(harness.numbers(at: "f1") == [4, 7, 3, 6, 5, 1, 2])
        #expect(harness.joined.map(\.pending) == [7])
    }

    @Test func `exercises and tests come after all that are none, however severe they are`() throws {
        var harness = try Harness()
        harness.report("r-1", event: "plain", severity: .extreme, status: .exercise)
        harness.report("r-2", event: "plain", severity: .unknown)
        harness.report("r-3", event: "plain", severity: .severe, status: .exercise)
        harness.report("r-4", event: "plain", severity: .minor)
        harness.join("fire", as: "f1", credit: 3)
        #expect(harness.numbers(at: "f1") == [4, 2, 1])
        // What is real and comes later goes first as well, also after a restart.
        harness.report("r-5", event: "plain", severity: .minor)
        try harness.restart()
        harness.join("fire", as: "f2", credit: 1)
        harness.received("fire", 4...4, by: "f2")
        #expect(harness.numbers(at: "f2") == [4, 5])
    }

    @Test func `an envelope says what the alert is`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.join("police", as: "p1")
        harness.report("r-1", severity: .extreme)
        let storedAt = harness.now.wall
        #expect(
            harness.alerts.map(\.envelope) == [
                Envelope(
                    incident: IncidentNumber(1), purpose: .action, rule: "structure fire", severity: .extreme,
                    acknowledgeBy: storedAt + .seconds(60), attempt: 1, isRedelivered: false, escalation: 0,
                    status: .actual, storedAt: storedAt),
                Envelope(
                    incident: IncidentNumber(1), purpose: .information, rule: "structure fire", severity: .extreme,
                    acknowledgeBy: nil, attempt: 1, isRedelivered: false, escalation: 0, status: .actual,
                    storedAt: storedAt),
            ])
    }

    @Test func `numbers ascend for each recipient by itself`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.join("gas", as: "g1")
        for (index, event) in ["plain", "gas-leak", "plain", "gas-leak"].enumerated() {
            harness.report("r-\(index)", event: event)
        }
        #expect(harness.numbers(at: "f1") == [1, 2, 3, 4])
        #expect(harness.numbers(at: "g1") == [1, 2])
    }

    @Test func `no more is outstanding than the credit, and RECEIVED frees it`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1", credit: 3)
        for index in 1...10 { harness.report("r-\(index)", event: "plain") }
        #expect(harness.numbers(at: "f1") == [1, 2, 3])
        harness.received("fire", 1...2, by: "f1")
        #expect(harness.numbers(at: "f1") == [1, 2, 3, 4, 5])
        harness.received("fire", 3...3, 5...5, by: "f1")
        #expect(harness.numbers(at: "f1") == [1, 2, 3, 4, 5, 6, 7])
        // What was received already frees nothing.
        harness.received("fire", 1...3, by: "f1")
        #expect(harness.numbers(at: "f1").count == 7)
    }

    @Test func `what waits for credit leaves by severity`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1", credit: 1)
        harness.report("r-1", event: "plain", severity: .minor)
        harness.report("r-2", event: "plain", severity: .minor)
        harness.report("r-3", event: "plain", severity: .extreme)
        harness.received("fire", 1...1, by: "f1")
        harness.received("fire", 3...3, by: "f1")
        #expect(harness.numbers(at: "f1") == [1, 3, 2])
    }

    @Test func `large reports are bounded by their bytes, but an idle terminal takes any`() throws {
        var settings = BrokerSettings()
        settings.limits.outstandingBytes = 10_000
        var harness = try Harness(settings: settings)
        harness.join("fire", as: "f1")
        harness.report("r-1", event: "plain", bytes: 50_000)
        harness.report("r-2", event: "plain", bytes: 6000)
        harness.report("r-3", event: "plain", bytes: 4096)
        #expect(harness.numbers(at: "f1") == [1])
        harness.received("fire", 1...1, by: "f1")
        #expect(harness.numbers(at: "f1") == [1, 2])
        harness.received("fire", 2...2, by: "f1")
        #expect(harness.numbers(at: "f1") == [1, 2, 3])
    }

    @Test func `every terminal that has credit gets an alert, and one that has none does not hold it up`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1", credit: 1)
        harness.join("fire", as: "f2")
        harness.report("r-1", event: "plain")
        harness.report("r-2", event: "plain")
        #expect(harness.numbers(at: "f1") == [1])
        #expect(harness.numbers(at: "f2") == [1, 2])
        #expect(harness.alerts.allSatisfy { !$0.envelope.isRedelivered })
    }

    @Test func `one terminal's RECEIVED settles delivery for all`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.join("fire", as: "f2")
        harness.report("r-1", event: "plain")
        harness.received("fire", 1...1, by: "f2")
        harness.forget()
        harness.leave("fire", "f2")
        harness.advance(.seconds(4))
        harness.join("fire", as: "f3")
        #expect(harness.alerts.isEmpty)
        #expect(harness.joined.map(\.pending) == [0])
    }

    @Test func `an alert for information needs no more than RECEIVED`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1", event: "notice")
        #expect(harness.owed == ["fire 1 open 1 undelivered"])
        harness.received("fire", 1...1, by: "f1")
        #expect(harness.owed.isEmpty)
        #expect(!harness.broker.isOpen(IncidentNumber(1)))
    }

    @Test func `one connection may join several recipients`() throws {
        var harness = try Harness()
        harness.join("fire", as: "t", over: "c")
        harness.join("gas", as: "t", over: "c")
        harness.report("r-1", event: "gas-leak")
        #expect(harness.alerts.map(\.recipient) == ["gas", "fire"])
        harness.leave("gas", "c")
        harness.report("r-2", event: "gas-leak")
        #expect(harness.alerts.map(\.recipient) == ["gas", "fire", "fire"])
    }

    @Test func `whoever joins is told how many alerts others have had that nobody has taken, also after a rebuild`()
        throws
    {
        var harness = try Harness()
        harness.join("fire", as: "desk-1")
        for index in 1...5 { harness.report("r-\(index)", event: "plain") }
        harness.report("r-6", event: "notice")
        harness.received("fire", 1...4, 6...6, by: "desk-1")
        harness.acknowledge("fire", 1, by: "desk-1")
        harness.decline("fire", 2, by: "desk-1")
        harness.status("fire", 3, .resolved, by: "desk-1")
        harness.join("fire", as: "desk-2")
        try harness.rebuild()
        #expect(harness.joined.map(\.unanswered) == [0, 2, 2, 2])
        #expect(harness.joined.map(\.pending) == [0, 1, 1, 1])
        harness.forget()
        harness.acknowledge("fire", 2, by: "desk-2")
        harness.close(5)
        harness.join("fire", as: "desk-3")
        #expect(harness.joined.map(\.unanswered) == [1])
    }

    @Test func `a connection that has not joined is told so`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1")
        harness.received("fire", 1...1, by: "stranger")
        harness.acknowledge("fire", 1, by: "stranger")
        harness.leave("fire", "stranger")
        harness.received("police", 1...1, by: "f1")
        #expect(
            harness.refusals == [
                "RECEIVED fire notJoined", "ACKNOWLEDGE fire notJoined 1", "LEAVE fire notJoined",
                "RECEIVED police notJoined",
            ])
        #expect(harness.recorded == [.incident])
    }

    @Test func `a recipient that nobody knows cannot be joined`() throws {
        var harness = try Harness()
        harness.join("nobody", as: "t")
        #expect(harness.refusals == ["JOIN nobody unknownRecipient"])
        #expect(harness.joined.isEmpty)
    }

    @Test func `a recipient that left the directory can be joined while it is owed something`() throws {
        var harness = try Harness()
        harness.report("r-1", event: "notice")
        let rules = try Scene.ruleset("fallback: desk\nrules: []")
        let directory = try Scene.directory(without: "fire")
        harness.turn { broker, turn in broker.adopt(rules: rules, text: "new", directory: directory, into: &turn) }
        harness.join("fire", as: "f1")
        #expect(harness.numbers(at: "f1") == [1])
        harness.received("fire", 1...1, by: "f1")
        harness.leave("fire", "f1")
        harness.join("fire", as: "f1")
        #expect(harness.refusals == ["JOIN fire unknownRecipient"])
    }

    @Test func `terminals above the limit are refused busy`() throws {
        var settings = BrokerSettings()
        settings.limits.terminals = 1
        var harness = try Harness(settings: settings)
        harness.join("fire", as: "f1")
        harness.join("fire", as: "f2")
        #expect(harness.refusals == ["JOIN fire busy"])
        harness.leave("fire", "f1")
        harness.join("fire", as: "f2")
        #expect(harness.joined.count == 2)
    }

    @Test(arguments: [false, true]) func `nobody takes over the terminal of another client by its name`(
        afterFailure: Bool
    ) throws {
        var harness = try Harness()
        for client in ["fire-desk", "gas-desk", "fire-desk"] {
            harness.handle(
                .join(
                    Scene.peer("\(client) \(harness.joined.count)"), Scene.recipient("fire"), terminal: "desk-1",
                    credit: 1,
                    by: client))
        }
        // The third is the first one's own, over a new connection.
        #expect(harness.refusals == ["JOIN fire notJoined"])
        #expect(harness.broker.overview.terminals == 2)
        guard afterFailure else { return }
        harness.failJournal()
        harness.forget()
        try harness.reopenJournal()
        #expect(harness.refusals.isEmpty && harness.broker.overview.terminals == 2)
    }

    @Test func `whoever joins again at the limit, or takes over, needs no more room`() throws {
        var settings = BrokerSettings()
        settings.limits.terminals = 1
        var harness = try Harness(settings: settings)
        harness.join("fire", as: "f1")
        harness.join("fire", as: "f1")
        #expect(harness.refusals == [])
        #expect(harness.joined.count == 2)
    }
}
