import Testing
import TocsinModel
import TocsinWire

@testable import TocsinClient

@Suite(.timeLimit(.minutes(5)))
struct TerminalMembershipTests {
    private let fire: Recipient

    init() throws {
        fire = try recipient("fire")
    }

    private func makeTerminal(_ broker: FakeBroker, options: ClientOptions = .test) throws -> Terminal {
        try Terminal(endpoint: broker.endpoint, recipients: [fire], name: "desk-2", options: options)
    }

    @Test func `a terminal joins the broker that comes after, and receives what comes again`() async throws {
        let broker = try await FakeBroker.startReplaceable()
        let terminal = try makeTerminal(broker)
        let before = await broker.letJoin()
        broker.alert(1, to: before)
        broker.alert(2, to: before)
        var alerts = terminal.alerts.makeAsyncIterator()
        _ = try await alerts.next()
        await broker.stop()
        let next = try await FakeBroker.start(at: broker.endpoint)
        let after = await next.letJoin()
        #expect(after.words == before.words)
        next.alert(1, to: after, redelivered: true)
        next.alert(2, to: after, redelivered: true)
        next.alert(3, to: after)
        let numbers = [try await alerts.next()?.number.value, try await alerts.next()?.number.value]
        #expect(numbers == [2, 3])
        var events = terminal.events.makeAsyncIterator()
        let told = [await events.next(), await events.next(), await events.next()]
        #expect(
            told == [.joined(fire, pending: 0, unanswered: 0), .disconnected, .joined(fire, pending: 0, unanswered: 0)])
    }

    @Test func `a JOIN without an answer is said again`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker, options: .impatient)
        let first = await broker.next()
        let second = await broker.next()
        #expect(first == second)
        await terminal.closeAnyhow(broker)
    }

    @Test func `a broker that is silent for three heartbeats is joined again`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let first = await broker.letJoin(#"{"pending":0,"heartbeatMs":5}"#)
        let second = await broker.letJoin()
        #expect(first == second)
        withExtendedLifetime(terminal) {}
    }

    @Test func `a terminal that the broker has lost joins again`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let first = await broker.letJoin()
        broker.say(to: first, "REFUSED fire notJoined", #"{"message":"Join first.","command":"RECEIVED"}"#)
        let second = await broker.letJoin()
        #expect(first == second)
        withExtendedLifetime(terminal) {}
    }

    @Test func `a broker that is busy is joined later`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let first = await broker.next()
        broker.say(to: first, "REFUSED fire busy", #"{"message":"Full.","command":"JOIN","retryAfterMs":1}"#)
        let second = await broker.letJoin()
        #expect(first == second)
        withExtendedLifetime(terminal) {}
    }

    @Test func `a recipient that the broker does not know ends the alerts with its refusal`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let said = await broker.next()
        broker.say(to: said, "REFUSED fire unknownRecipient", #"{"message":"There is no 'fire'.","command":"JOIN"}"#)
        let error = await clientError { for try await _ in terminal.alerts {} }
        #expect(error == .refused(Refusal(.unknownRecipient, "There is no 'fire'.")))
        await terminal.close()
    }

    @Test func `an endpoint that does not know JOIN ends the alerts with its refusal`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let said = await broker.next()
        broker.say(to: said, "REFUSED - unsupported", #"{"message":"JOIN is not taken at this endpoint."}"#)
        let error = await clientError { for try await _ in terminal.alerts {} }
        #expect(error == .refused(Refusal(.unsupported, "JOIN is not taken at this endpoint.")))
        await terminal.close()
    }

    @Test func `a terminal whose name another program has taken gives way`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let said = await broker.letJoin()
        broker.say(to: said, "REFUSED fire notJoined", #"{"message":"Another has joined.","command":"JOIN"}"#)
        let error = await clientError { for try await _ in terminal.alerts {} }
        #expect(error == .refused(Refusal(.notJoined, "Another has joined.")))
        await terminal.close()
    }
}

extension Terminal {
    /// Closes while the broker answers the LEAVE, whatever is said before it.
    func closeAnyhow(_ broker: FakeBroker) async {
        async let close: Void = close()
        let said = await broker.next("LEAVE")
        broker.say(to: said, "OK \(said.subject)")
        await close
    }
}
