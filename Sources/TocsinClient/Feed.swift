import Synchronization
import Threads
public import TocsinModel
import ZeroMQ

/// Watches a broker's feed: what happens, as it happens, without a promise that everything arrives.
///
///     let feed = try Feed(endpoint: "tcp://127.0.0.1:7703", prefixes: ["alert/fire/"])
///     for try await event in feed.events { print(event) }
///
/// A lost connection comes back by itself. What happened meanwhile is missed. A feed that nobody holds is closed.
public final class Feed: Sendable {
    /// Something that a watcher sees.
    public enum Event: Hashable, Sendable {
        /// The broker can be reached, for the first time or again.
        case connected
        /// The connection is lost; what happens now is missed.
        case disconnected
        /// The broker is there and does not let this client in; said once. It is tried on.
        case shutOut(Absence)
        /// The broker shows this client's key nothing under one of the prefixes. With keys alone; said after each connection.
        case refused(prefix: String, Refusal)
        /// Something happened: its topic, and JSON.
        case item(topic: String, json: [UInt8])
        /// So many items came faster than they were taken, and were dropped.
        case dropped(Int)
    }

    /// Events that wait for a consumer that lags behind; beyond that items are dropped, and counted.
    private static let buffered = 10_000

    /// The events, for one consumer. The stream throws ``ClientError/unreachable(_:)`` after ``ClientOptions/absenceTimeout``, and
    /// ends when the feed is closed.
    public let events: AsyncThrowingStream<Event, any Error>

    private let ending: Ending

    /// Connects in the background.
    ///
    /// - Parameters:
    ///   - endpoint: The broker's feed endpoint, such as `tcp://127.0.0.1:7703`.
    ///   - prefixes: The beginnings of the topics to watch; none: all.
    ///   - options: How long to wait for a broker that is not there.
    /// - Throws: ``ClientError/connection(_:)`` for what is no endpoint; never because nobody is there.
    public init(endpoint: String, prefixes: [String] = [], options: ClientOptions = .init()) throws(ClientError) {
        let (events, sink) = AsyncThrowingStream.makeStream(
            of: Event.self, throwing: (any Error).self, bufferingPolicy: .bufferingOldest(Self.buffered))
        self.events = events
        let ending = Ending(waker: try Waker())
        self.ending = ending
        let start = Start()
        do {
            try OwnThread.start("tocsin-feed") {
                do throws(ZeroMQError) {
                    var turns = try FeedTurns(endpoint, prefixes, options, ending.waker, sink)
                    start.succeed()
                    sink.finish(throwing: turns.run(until: ending))
                } catch {
                    start.fail(.connection("\(error)"))
                    sink.finish(throwing: ClientError.connection("\(error)"))
                }
            }
        } catch {
            throw .connection("\(error)")
        }
        if let failure = start.wait() { throw failure }
    }

    deinit {
        ending.begin()
    }

    /// Ends the events. May be called any number of times.
    public func close() {
        ending.begin()
    }

    /// Tells the thread to end.
    final class Ending: Sendable {
        let waker: Waker
        private let isBegun = Atomic(false)

        init(waker: Waker) {
            self.waker = waker
        }

        var isDue: Bool { isBegun.load(ordering: .acquiring) }

        func begin() {
            isBegun.store(true, ordering: .releasing)
            waker.wake()
        }
    }
}
