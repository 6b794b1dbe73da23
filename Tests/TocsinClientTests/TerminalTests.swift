import Testing
import TocsinModel
import TocsinWire

@testable import TocsinClient

@Suite(.timeLimit(.minutes(5)))
struct TerminalTests {
    private let fire: Recipient
    private let police: Recipient

    init() throws {
        fire = try recipient("fire")
        police = try recipient("police@110101005")
    }

    private func makeTerminal(
        _ broker: FakeBroker, credit: Int = 64, options: ClientOptions = .test
    ) throws -> Terminal {
        try Terminal(
            endpoint: broker.endpoint, recipients: [fire], name: "desk-2", credit: credit, options: options)
    }

    @Test func `a terminal joins each of its recipients once and tells`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try Terminal(
            endpoint: broker.endpoint, recipients: [fire, police, fire], name: "desk-2", credit: 17, options: .test)
        let first = await broker.letJoin(#"{"pending":3,"unanswered":2,"heartbeatMs":3600000}"#)
        let second = await broker.letJoin()
        #expect(first.words == ["JOIN", "fire", "desk-2", "17"])
        #expect(second.words == ["JOIN", "police@110101005", "desk-2", "17"])
        var events = terminal.events.makeAsyncIterator()
        let told = [await events.next(), await events.next()]
        #expect(told == [.joined(fire, pending: 3, unanswered: 2), .joined(police, pending: 0, unanswered: 0)])
        await broker.ping(first)
    }

    @Test func `an alert is RECEIVED when the consumer has said so and not before`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let said = await broker.letJoin()
        broker.alert(17, to: said)
        await broker.ping(said)
        var alerts = terminal.alerts.makeAsyncIterator()
        let alert = try #require(try await alerts.next())
        #expect(alert.recipient == fire)
        #expect(alert.number == AlertNumber(17))
        #expect(alert.envelope.incident == IncidentNumber(7))
        #expect(alert.report == Array(#"{"identifier":"17"}"#.utf8))
        await broker.ping(said)
        terminal.received(alert)
        terminal.received(alert)
        try await broker.hearReceived(17...17)
    }

    @Test func `what the consumer was given is RECEIVED when it comes for the next`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker, credit: 4)
        let said = await broker.letJoin()
        for number in 1...4 { broker.alert(number, to: said) }
        var alerts = terminal.alerts.makeAsyncIterator()
        for _ in 1...4 { _ = try await alerts.next() }
        try await broker.hearReceived(1...3)
        await broker.ping(said)
    }

    @Test func `batches bring what is there, in order`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let said = await broker.letJoin()
        for number in 1...10 { broker.alert(number, to: said) }
        await broker.ping(said)
        var batches = terminal.batches.makeAsyncIterator()
        let batch = try await batches.next()
        #expect(batch?.map(\.number.value) == Array(1...10))
        await broker.ping(said)
        broker.alert(11, to: said)
        let next = try await batches.next()
        #expect(next?.map(\.number.value) == [11])
        try await broker.hearReceived(1...10)
    }

    @Test func `an alert that was received and comes again is RECEIVED again and not delivered`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let said = await broker.letJoin()
        broker.alert(1, to: said)
        var alerts = terminal.alerts.makeAsyncIterator()
        terminal.received(try #require(try await alerts.next()))
        try await broker.hearReceived(1...1)
        broker.alert(1, to: said, redelivered: true)
        try await broker.hearReceived(1...1)
        broker.alert(2, to: said)
        let next = try await alerts.next()
        #expect(next?.number == AlertNumber(2))
    }

    @Test func `an alert that comes again before it is taken is delivered once`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let said = await broker.letJoin()
        broker.alert(1, to: said)
        broker.alert(1, to: said, redelivered: true)
        broker.alert(2, to: said)
        var alerts = terminal.alerts.makeAsyncIterator()
        let numbers = [try await alerts.next()?.number.value, try await alerts.next()?.number.value]
        #expect(numbers == [1, 2])
    }

    @Test func `a broker that counts from 1 again is not taken for one that repeats itself`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let said = await broker.letJoin()
        var alerts = terminal.alerts.makeAsyncIterator()
        broker.alert(1, to: said)
        terminal.received(try #require(try await alerts.next()))
        try await broker.hearReceived(1...1)
        let later = Text.envelope(incident: 1).replacing("08:10:00.123Z", with: "08:10:00.124Z")
        broker.say(to: said, "ALERT fire 1", later, "{}")
        let alert = try await alerts.next()
        #expect(alert?.envelope.incident == IncidentNumber(1))
    }

    @Test func `after a restored backup an alert of a known number is new, and nothing old is said of it`() async throws
    {
        let broker = try await FakeBroker.startReplaceable()
        let terminal = try makeTerminal(broker)
        let said = await broker.letJoin(#"{"pending":0,"heartbeatMs":3600000,"epoch":"a"}"#)
        for number in 1...3 { broker.alert(number, to: said) }
        var alerts = terminal.alerts.makeAsyncIterator()
        let first = try #require(try await alerts.next())
        for _ in 2...3 { _ = try await alerts.next() }
        await broker.stop()
        // Somebody speaks while the broker is away.
        let word = Task { try await terminal.acknowledge(first, by: "Wang") }

        let restored = try await FakeBroker.start(at: broker.endpoint)
        let again = await restored.letJoin(#"{"pending":2,"heartbeatMs":3600000,"epoch":"b"}"#)
        await #expect(throws: ClientError.self) { _ = try await word.value }
        // Older than what came last in the other epoch, and of a number that came in it.
        let older = Text.envelope(incident: 1).replacing("08:10:00.123Z", with: "08:10:00.122Z")
        restored.say(to: again, "ALERT fire 2", older, "{}")
        let alert = try #require(try await alerts.next())
        #expect(alert.number == AlertNumber(2))
        // The same number means another alert by now. Nothing is said of it.
        await #expect(throws: ClientError.restored) { _ = try await terminal.acknowledge(first, by: "Wang") }
        terminal.received(alert)
        #expect(
            await restored.next() == FakeBroker.Said(peer: again.peer, words: ["RECEIVED", "fire", "2"], bodies: []))
    }

    @Test func `a ping is answered`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let said = await broker.letJoin()
        await broker.ping(said, "17")
        await terminal.closeAfterLeave(broker)
    }

    @Test func `what others have taken is told`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let said = await broker.letJoin()
        broker.say(to: said, "TAKEN fire 17", #"{"by":"Wang, desk 1","at":"2026-11-23T08:10:00.000Z"}"#)
        var events = terminal.events.makeAsyncIterator()
        _ = await events.next()
        let told = await events.next()
        let word = PersonalWord(person: Person(by: "Wang, desk 1"), at: Timestamp("2026-11-23T08:10:00.000Z"))
        #expect(told == .taken(fire, AlertNumber(17), word))
    }

    @Test func `an alert that cannot be read is told and the next one is delivered`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let said = await broker.letJoin()
        broker.sayRaw(to: said, "")
        broker.say(to: said, "ALERT fire 1", "{}", "{}")
        broker.say(to: said, "ALERT fire 1", Text.envelope())
        broker.say(to: said, "ALERT nobody 1", Text.envelope(), "{}")
        broker.say(to: said, "JOINED nobody", "{}")
        broker.say(to: said, "TAKEN fire 3")
        broker.say(to: said, "CONFIRMED fire 3 acknowledged")
        broker.say(to: said, "CONFIRMED fire 3 dancing")
        broker.say(to: said, "REFUSED - malformed", "no JSON")
        broker.say(to: said, "REFUSED fire tooLarge")
        broker.alert(2, to: said)
        var alerts = terminal.alerts.makeAsyncIterator()
        let alert = try await alerts.next()
        #expect(alert?.number == AlertNumber(2))
        terminal.received(try #require(alert))
        try await broker.hearReceived(2...2)
        await terminal.closeAfterLeave(broker)
        var kinds: [String] = []
        for await event in terminal.events {
            switch event {
            case .joined: kinds.append("joined")
            case .malformed: kinds.append("malformed")
            case .refused(let recipient, let refusal):
                kinds.append("\(recipient?.name ?? "-") \(refusal.code.rawValue)")
            case .taken, .disconnected, .shutOut, .newEpoch: kinds.append("other")
            }
        }
        let malformed = Array(repeating: "malformed", count: 5)
        #expect(kinds == ["joined"] + malformed + ["- malformed", "fire tooLarge"])
    }

    @Test func `a consumer whose task is cancelled gets no more, and the alerts wait for another`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let said = await broker.letJoin()
        let task = Task {
            var count = 0
            for try await _ in terminal.alerts { count += 1 }
            return count
        }
        broker.alert(1, to: said)
        try await broker.hearReceived(1...1)
        task.cancel()
        let count = try await task.value
        #expect(count == 1)
        broker.alert(2, to: said)
        var alerts = terminal.alerts.makeAsyncIterator()
        let alert = try await alerts.next()
        #expect(alert?.number == AlertNumber(2))
    }

    @Test func `closing says what was received, leaves, and ends the alerts`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let said = await broker.letJoin()
        broker.alert(1, to: said)
        broker.alert(2, to: said)
        await broker.ping(said)
        var alerts = terminal.alerts.makeAsyncIterator()
        _ = try await alerts.next()
        // The second is with the consumer, which has not said that it is safe there.
        _ = try await alerts.next()
        async let close: Void = terminal.close()
        try await broker.hearReceived(1...1)
        let leave = await broker.next()
        #expect(leave.words == ["LEAVE", "fire"])
        broker.say(to: leave, "OK fire")
        await close
        await terminal.close()
        let end = try await alerts.next()
        #expect(end == nil)
        let error = await clientError { try await terminal.acknowledge(.sample(fire), by: "Wang") }
        #expect(error == .closed)
    }

    @Test func `closing does not wait for a broker that is not there`() async throws {
        let broker = try await FakeBroker.startReplaceable()
        await broker.stop()
        let terminal = try makeTerminal(broker)
        await terminal.close()
    }
}

extension Alert {
    /// An alert that the broker is supposed to have sent.
    static func sample(_ recipient: Recipient, number: Int64 = 17) -> Alert {
        let envelope = Envelope(
            incident: IncidentNumber(7), purpose: .action, rule: "structure fire", severity: .severe,
            acknowledgeBy: nil, attempt: 1, isRedelivered: false, escalation: 0, status: .actual,
            storedAt: Timestamp(milliseconds: 0))
        return Alert(recipient: recipient, number: AlertNumber(number), envelope: envelope, report: [])
    }
}

extension Terminal {
    /// Closes while the broker answers the LEAVE.
    func closeAfterLeave(_ broker: FakeBroker) async {
        async let close: Void = close()
        let leave = await broker.next()
        #expect(leave.command == "LEAVE")
        broker.say(to: leave, "OK \(leave.subject)")
        await close
    }
}
