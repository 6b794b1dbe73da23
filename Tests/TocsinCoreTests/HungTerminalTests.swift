import Testing
import TocsinCore
import TocsinModel

/// Terminals that are connected, answer PING, and never say RECEIVED.
struct HungTerminalTests {
    private func harness() throws -> Harness {
        var settings = BrokerSettings()
        settings.redeliverAfter = .seconds(1)
        settings.heartbeat = .seconds(3600)
        return try Harness(settings: settings)
    }

    /// A hung terminal that has ten alerts, and a sound one that had credit for the first alone.
    private func hungAndSound() throws -> Harness {
        var harness = try self.harness()
        harness.join("fire", as: "hung")
        harness.join("fire", as: "good", credit: 1)
        for index in 1...10 { harness.report("r-\(index)", event: "plain") }
        return harness
    }

    /// Says RECEIVED of everything that a terminal is sent, until it is sent nothing more.
    private func receiveAll(_ harness: inout Harness, by terminal: String, from first: Int = 0) -> Int {
        var done = first
        while done < harness.numbers(at: terminal).count {
            let number = harness.numbers(at: terminal)[done]
            harness.received("fire", number...number, by: terminal)
            done += 1
        }
        return done
    }

    @Test func `what a hung terminal has goes to one that says RECEIVED, one after the other`() throws {
        var harness = try hungAndSound()
        var done = receiveAll(&harness, by: "good")
        #expect(harness.numbers(at: "good") == [1])
        for _ in 1...3 {
            harness.advance(.seconds(1))
            done = receiveAll(&harness, by: "good", from: done)
        }
        #expect(harness.numbers(at: "good") == Array(1...10))
        #expect(harness.numbers(at: "hung") == Array(1...10))
        #expect(harness.owed == ["fire 10 open 0 undelivered"])
    }

    @Test func `a hung terminal is counted until it says RECEIVED`() throws {
        var harness = try hungAndSound()
        #expect(harness.broker.overview.terminalsNotReceiving == 0)
        harness.received("fire", 1...1, by: "good")
        harness.advance(.seconds(2))
        #expect(harness.broker.overview.terminalsNotReceiving == 1)
        #expect(harness.broker.mailboxLines.map(\.terminalsNotReceiving) == [1])
        harness.received("fire", 9...9, by: "hung")
        #expect(harness.broker.overview.terminalsNotReceiving == 0)
    }

    @Test func `what is new reaches a hung terminal that has credit while the sound one has none`() throws {
        var harness = try hungAndSound()
        harness.received("fire", 1...1, by: "good")
        harness.advance(.seconds(2))
        #expect(harness.numbers(at: "good") == [1, 2])
        harness.report("r-11", event: "plain")
        #expect(harness.numbers(at: "hung").last == 11)
    }

    @Test func `a hung terminal that is alone is sent everything again`() throws {
        var harness = try hungAndSound()
        harness.leave("fire", "good")
        harness.forget()
        harness.advance(.seconds(3))
        #expect(harness.numbers(at: "hung").starts(with: 1...10))
    }

    @Test func `many terminals that join while many alerts are under way cost what they are sent`() throws {
        var harness = try self.harness()
        let reports = (0..<300).map { harness.reportInput("r-\($0)", event: "plain") }
        harness.turn { broker, turn in
            for report in reports { broker.handle(report, into: &turn) }
        }
        let terminals = (0..<300).map { "t-\($0)" }
        harness.commitsAtOnce = false
        let took = ContinuousClock().measure {
            harness.join("fire", as: "first", credit: 300)
            for terminal in terminals { harness.join("fire", as: terminal, credit: 300) }
            for terminal in terminals { harness.leave("fire", terminal) }
            harness.leave("fire", "first")
        }
        #expect(harness.owed == ["fire 300 open 300 undelivered"])
        #expect(took < .seconds(10))
    }
}
