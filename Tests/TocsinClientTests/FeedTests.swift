import Testing
import ZeroMQ

@testable import TocsinClient

@Suite(.timeLimit(.minutes(5)))
struct FeedTests {
    /// A broker's feed, as far as a watcher sees it.
    private struct Publisher: ~Copyable {
        let socket: Socket
        let endpoint: String

        init(at endpoint: String = "tcp://127.0.0.1:*") throws {
            let socket = try Socket(.xpub, in: Context())
            try socket.bind(to: endpoint)
            self.endpoint = try socket.lastEndpoint
            self.socket = socket
        }

        /// Waits until a watcher has subscribed; each prefix is a message.
        func takeSubscription() throws -> String? {
            try socket.receiveMultipart().map { String(decoding: $0.frames[0].dropFirst(), as: UTF8.self) }
        }

        func publish(_ topic: String, _ json: String) throws {
            _ = try socket.send(multipart: [Array(topic.utf8), Array(json.utf8)])
        }
    }

    @Test func `what is published under a prefix comes, and nothing else`() async throws {
        let publisher = try Publisher()
        let feed = try Feed(endpoint: publisher.endpoint, prefixes: ["alert/fire/"], options: .test)
        #expect(try publisher.takeSubscription() == "alert/fire/")
        try publisher.publish("alert/fire-prevention/Severe/-", "{}")
        try publisher.publish("alert/fire/Severe/-", #"{"incident":7}"#)
        var events = feed.events.makeAsyncIterator()
        #expect(try await events.next() == .connected)
        #expect(try await events.next() == .item(topic: "alert/fire/Severe/-", json: Array(#"{"incident":7}"#.utf8)))
        feed.close()
        #expect(try await events.next() == nil)
    }

    @Test func `a broker that goes and comes is told of`() async throws {
        let endpoint: String
        let feed: Feed
        var events: AsyncThrowingStream<Feed.Event, any Error>.Iterator
        do {
            let publisher = try Publisher(at: FakeBroker.replaceableEndpoint())
            endpoint = publisher.endpoint
            feed = try Feed(endpoint: endpoint, options: .test)
            events = feed.events.makeAsyncIterator()
            #expect(try await events.next() == .connected)
            _ = consume publisher
        }
        #expect(try await events.next() == .disconnected)
        let publisher = try Publisher(at: endpoint)
        #expect(try await events.next() == .connected)
        #expect(try publisher.takeSubscription() == "")
        feed.close()
    }

    @Test func `who lags behind hears of the gap where it is`() async throws {
        let (events, continuation) = AsyncThrowingStream.makeStream(
            of: Feed.Event.self, throwing: (any Error).self, bufferingPolicy: .bufferingOldest(2))
        var sink = FeedSink(continuation)
        func item(_ number: Int) -> Feed.Event { .item(topic: "state/\(number)", json: []) }
        for number in 1...5 { sink.yield(item(number)) }
        var taken = events.makeAsyncIterator()
        for number in 1...2 { #expect(try await taken.next() == item(number)) }
        sink.yield(item(6))
        #expect(try await taken.next() == .dropped(3))
        #expect(try await taken.next() == item(6))
    }

    @Test func `an absent broker is an error where the feed is not to wait`() async throws {
        let endpoint = "ipc://@tocsin-no-feed-\(Int.random(in: 0...Int.max))"
        let feed = try Feed(endpoint: endpoint, options: ClientOptions(absenceTimeout: .milliseconds(1)))
        var events = feed.events.makeAsyncIterator()
        let error = await clientError { try await events.next() }
        #expect(error == .unreachable(Absence(endpoint: endpoint, reason: .notListening)))
    }
}
