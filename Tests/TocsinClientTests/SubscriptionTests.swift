import Testing
import TocsinModel
import TocsinWire

@testable import TocsinClient

/// Subscriptions, as a terminal asks for them.
@Suite(.timeLimit(.minutes(5)))
struct SubscriptionTests {
    private let fire: Recipient
    private let fires: SubscriptionName

    init() throws {
        fire = try recipient("fire")
        fires = try #require(SubscriptionName("fires"))
    }

    private func makeTerminal(_ broker: FakeBroker, options: ClientOptions = .test) throws -> Terminal {
        try Terminal(endpoint: broker.endpoint, recipients: [], name: "desk-2", options: options)
    }

    @Test func `a terminal that has joined nobody subscribes, asks and unsubscribes`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let (fire, fires) = (fire, fires)
        async let subscribed: Void = terminal.subscribe(
            fire, fires, when: #"{"category":"Fire"}"#, purpose: .action, by: "Li")
        let first = await broker.next()
        #expect(first.words == ["SUBSCRIBE", "fire", "fires"])
        #expect(first.body == #"{"when":{"category":"Fire"},"purpose":"action","by":"Li"}"#)
        broker.say(to: first, "OK fire")
        try await subscribed
        async let listed = terminal.subscriptions(of: fire)
        let second = await broker.next()
        #expect(second.words == ["SUBSCRIPTIONS", "fire"] && second.bodies.isEmpty)
        broker.say(
            to: second, "OK fire",
            #"{"subscriptions":[{"name":"fires","when":{"category": "Fire"},"purpose":"action","by":"Li","#
                + #""since":"2026-11-23T08:10:00.000Z","notInForce":"fire may not"}]}"#)
        let lines = try await listed
        #expect(lines.map { "\($0.subscription.key) \($0.subscription.when)" } == [#"fire fires {"category":"Fire"}"#])
        #expect(lines.first?.obstacle == "fire may not")
        async let ended: Void = terminal.unsubscribe(fire, fires, by: "Li")
        let third = await broker.next()
        #expect(third.words == ["UNSUBSCRIBE", "fire", "fires"] && third.body == #"{"by":"Li"}"#)
        broker.say(to: third, "OK fire")
        try await ended
        await terminal.close()
    }

    @Test func `one question of a recipient is under way at a time, and a refusal is its caller's`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let (fire, fires) = (fire, fires)
        async let first = clientError { try await terminal.subscribe(fire, fires, when: "{}") }
        let said = await broker.next()
        async let second: Void = terminal.unsubscribe(fire, fires)
        broker.say(
            to: said, "REFUSED fire notPermitted", #"{"message":"fire may not subscribe.","command":"SUBSCRIBE"}"#)
        guard case .refused(let refusal)? = await first else {
            Issue.record("it is not refused")
            return
        }
        #expect(refusal.code == .notPermitted)
        let next = await broker.next()
        #expect(next.command == "UNSUBSCRIBE")
        broker.say(to: next, "OK fire")
        try await second
        await terminal.close()
    }

    @Test func `what the broker puts off is said again`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let (fire, fires) = (fire, fires)
        async let subscribed: Void = terminal.subscribe(fire, fires, when: "{}")
        let first = await broker.next()
        broker.say(
            to: first, "REFUSED fire unavailable", #"{"message":"x","command":"SUBSCRIBE","retryAfterMs":1}"#)
        let second = await broker.next()
        #expect(first.words == second.words && first.bodies == second.bodies)
        broker.say(to: second, "OK fire")
        try await subscribed
        await terminal.close()
    }

    @Test func `an end whose answer was lost is asked for again, and that there is none by then is no failure`()
        async throws
    {
        let broker = try await FakeBroker.startReplaceable()
        let terminal = try makeTerminal(broker)
        let (fire, fires) = (fire, fires)
        async let ended: Void = terminal.unsubscribe(fire, fires)
        _ = await broker.next()
        await broker.stop()
        let next = try await FakeBroker.start(at: broker.endpoint)
        let again = await next.next()
        #expect(again.command == "UNSUBSCRIBE")
        next.say(
            to: again, "REFUSED fire invalid", #"{"message":"none","command":"UNSUBSCRIBE","field":"name"}"#)
        try await ended
        await terminal.close()
    }

    @Test func `a broker that does not know the command refuses it, and one that is silent is given up`() async throws {
        let broker = try await FakeBroker.start()
        let terminal = try makeTerminal(broker)
        let (fire, fires) = (fire, fires)
        async let unknown = clientError { try await terminal.subscribe(fire, fires, when: "{}") }
        let said = await broker.next()
        broker.say(to: said, "REFUSED - unsupported", #"{"message":"The command 'SUBSCRIBE' is not known."}"#)
        guard case .refused(let refusal)? = await unknown else {
            Issue.record("it is not refused")
            return
        }
        #expect(refusal.code == .unsupported)
        let silence = await clientError {
            try await terminal.subscribe(fire, fires, when: "{}", within: .milliseconds(1))
        }
        #expect(silence == .timedOut)
        await terminal.close()
    }
}
