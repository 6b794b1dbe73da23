import Synchronization
import Testing
import TocsinModel
import TocsinWire

@testable import TocsinClient

@Suite(.timeLimit(.minutes(5)))
struct PersonalWordTests {
    private let alert: Alert

    init() throws {
        alert = .sample(try recipient("fire"))
    }

    private func makeTerminal(_ broker: FakeBroker, options: ClientOptions = .test) throws -> Terminal {
        try Terminal(endpoint: broker.endpoint, recipients: [alert.recipient], name: "desk-2", options: options)
    }

    @Test func `an acknowledgement waits until it is confirmed`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        await broker.letJoin()
        async let state = terminal.acknowledge(alert, by: "王, desk 2", note: "Two engines")
        let said = await broker.next()
        #expect(said.words == ["ACKNOWLEDGE", "fire", "17"])
        #expect(said.body == #"{"by":"王, desk 2","note":"Two engines"}"#)
        broker.say(to: said, "CONFIRMED fire 17 acknowledged")
        let result = try await state
        #expect(result == .acknowledged)
    }

    @Test func `RECEIVED is said before the acknowledgement of the same alert`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let joined = await broker.letJoin()
        broker.alert(17, to: joined)
        var alerts = terminal.alerts.makeAsyncIterator()
        let taken = try #require(try await alerts.next())
        async let state = terminal.acknowledge(taken, by: "Wang")
        let first = await broker.next()
        #expect(first.words == ["RECEIVED", "fire", "17"])
        let second = await broker.next()
        #expect(second.words == ["ACKNOWLEDGE", "fire", "17"])
        broker.say(to: second, "CONFIRMED fire 17 acknowledged")
        _ = try await state
    }

    @Test func `an acknowledgement of what somebody has taken says how far it is`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        await broker.letJoin()
        async let state = terminal.acknowledge(alert, by: "Wang")
        let said = await broker.next()
        broker.say(to: said, "CONFIRMED fire 17 enRoute")
        let result = try await state
        #expect(result == .enRoute)
    }

    @Test func `declining gives a reason and the work's state is told`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        await broker.letJoin()
        async let declined = terminal.decline(alert, by: "Wang", reason: "No engine")
        let decline = await broker.next()
        #expect(decline.words == ["DECLINE", "fire", "17"])
        #expect(decline.body == #"{"by":"Wang","reason":"No engine"}"#)
        broker.say(to: decline, "CONFIRMED fire 17 declined")
        async let onScene = terminal.status(alert, .onScene, by: "Li")
        let status = await broker.next()
        #expect(status.words == ["STATUS", "fire", "17"])
        #expect(status.body == #"{"state":"onScene","by":"Li"}"#)
        broker.say(to: status, "CONFIRMED fire 17 onScene")
        let states = try await [declined, onScene]
        #expect(states == [.declined, .onScene])
    }

    @Test func `words about one alert are said one after the other`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        await broker.letJoin()
        let first = Mutex<AlertState?>(nil)
        terminal.acknowledge(alert, by: "Wang") { result in first.withLock { $0 = try? result.get() } }
        async let second = terminal.status(alert, .enRoute, by: "Wang")
        let acknowledge = await broker.next()
        #expect(acknowledge.command == "ACKNOWLEDGE")
        await broker.ping(acknowledge)
        // Confirmed twice, as when it was said twice: the second time is not for STATUS.
        broker.say(to: acknowledge, "CONFIRMED fire 17 acknowledged")
        broker.say(to: acknowledge, "CONFIRMED fire 17 acknowledged")
        let status = await broker.next()
        #expect(status.command == "STATUS")
        broker.say(to: status, "CONFIRMED fire 17 enRoute")
        let result = try await second
        #expect(result == .enRoute)
        #expect(first.withLock { $0 } == .acknowledged)
    }

    @Test func `a word about an alert that does not exist throws`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        await broker.letJoin()
        async let error = clientError { try await terminal.acknowledge(alert, by: "Wang") }
        let said = await broker.next()
        let detail = #"{"message":"There is no such alert.","command":"ACKNOWLEDGE","number":17}"#
        broker.say(to: said, "REFUSED fire unknownAlert", detail)
        let result = await error
        #expect(result == .refused(Refusal(.unknownAlert, "There is no such alert.")))
    }

    @Test func `a word that the broker cannot keep now is said again`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        await broker.letJoin()
        async let state = terminal.acknowledge(alert, by: "Wang")
        let first = await broker.next()
        let detail = #"{"message":"The journal.","command":"ACKNOWLEDGE","number":17,"retryAfterMs":1}"#
        broker.say(to: first, "REFUSED fire unavailable", detail)
        let second = await broker.next()
        #expect(first == second)
        broker.say(to: second, "CONFIRMED fire 17 acknowledged")
        _ = try await state
    }

    @Test func `a word without an answer is said again`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker, options: .impatient)
        await broker.letJoin()
        async let state = terminal.acknowledge(alert, by: "Wang")
        // An impatient terminal may also JOIN twice.
        let first = await broker.next("ACKNOWLEDGE")
        let second = await broker.next("ACKNOWLEDGE")
        #expect(first == second)
        broker.say(to: second, "CONFIRMED fire 17 acknowledged")
        _ = try await state
    }

    @Test func `a word of a terminal that the broker has lost is said again after a JOIN`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        await broker.letJoin()
        async let state = terminal.acknowledge(alert, by: "Wang")
        let first = await broker.next()
        let detail = #"{"message":"Join first.","command":"ACKNOWLEDGE","number":17}"#
        broker.say(to: first, "REFUSED fire notJoined", detail)
        await broker.letJoin()
        let second = await broker.next()
        #expect(first == second)
        broker.say(to: second, "CONFIRMED fire 17 acknowledged")
        _ = try await state
    }

    @Test func `a word without an answer is said to the broker that comes after, behind the JOIN`() async throws {
        let broker = try await FakeBroker.startReplaceable()
        let terminal = try makeTerminal(broker)
        await broker.letJoin()
        async let state = terminal.acknowledge(alert, by: "Wang")
        let before = await broker.next()
        await broker.stop()
        let next = try await FakeBroker.start(at: broker.endpoint)
        await next.letJoin()
        let after = await next.next()
        #expect(after.words == before.words)
        #expect(after.bodies == before.bodies)
        next.say(to: after, "CONFIRMED fire 17 acknowledged")
        _ = try await state
    }

    @Test func `a task that is cancelled waits no more, and the next word is said`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        await broker.letJoin()
        let task = Task { [alert] in try await terminal.acknowledge(alert, by: "Wang") }
        _ = await broker.next()
        async let state = terminal.status(alert, .enRoute, by: "Wang")
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let said = await broker.next()
        #expect(said.command == "STATUS")
        broker.say(to: said, "CONFIRMED fire 17 enRoute")
        _ = try await state
    }

    @Test func `a word about somebody else's alert is refused at once`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let other = Alert.sample(try recipient("police"))
        let error = await clientError { try await terminal.acknowledge(other, by: "Wang") }
        #expect(error == .refused(Refusal(.notJoined, "This terminal is not one of 'police'.")))
    }
}
