import Synchronization
import Threads
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
                    var turns = try FeedTurns(endpoint, prefixes, options, sink)
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
    fileprivate final class Ending: Sendable {
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

/// The turns of a feed's thread.
private struct FeedTurns: ~Copyable {
    /// Messages read in one turn, so that a flood does not hide the end.
    private static var messagesPerTurn: Int { 1000 }

    private var sink: FeedSink
    /// Before the socket, for it must end before.
    private let monitor: SocketMonitor
    private let socket: Socket
    private var contact: FirstContact?
    private var isUp = false

    init(
        _ endpoint: String, _ prefixes: [String], _ options: ClientOptions,
        _ sink: AsyncThrowingStream<Feed.Event, any Error>.Continuation
    ) throws(ZeroMQError) {
        let socket = try Socket(.sub, in: Context())
        try socket.setReceiveHighWaterMark(100_000)
        try socket.setReconnectInterval(options.reconnect.minimum, maximum: options.reconnect.maximum)
        try socket.setHeartbeat(interval: .seconds(5), timeout: .seconds(15))
        try socket.setIPv6(endpoint.contains("["))
        try options.keys?.set(on: socket, for: endpoint)
        for prefix in prefixes.isEmpty ? [""] : prefixes { try socket.subscribe(to: Array(prefix.utf8)) }
        let monitor = try SocketMonitor(
            of: socket, kinds: [.handshakeSucceeded, .disconnected, .connectRetried] + FirstContact.handshakeFailures)
        try socket.connect(to: endpoint)
        contact = options.absenceTimeout.map {
            FirstContact(
                with: endpoint, hasKeys: options.keys != nil, timeout: $0, now: .now)
        }
        self.sink = FeedSink(sink)
        self.monitor = monitor
        self.socket = socket
    }

    /// - Returns: Why it ended; nil: it was told to.
    mutating func run(until ending: Feed.Ending) -> ClientError? {
        do throws(ZeroMQError) {
            var pollSet = PollSet()
            let messages = pollSet.add(socket, for: .readable)
            let news = pollSet.add(monitor)
            _ = pollSet.add(fileDescriptor: ending.waker.descriptor, for: .readable)
            while !ending.isDue {
                let now = Instant.now
                if let absence = contact?.absence(at: now) { return .unreachable(absence) }
                _ = try pollSet.poll(timeout: contact.map { $0.nextLook - now })
                if pollSet[news].contains(.readable) { try readNews() }
                if pollSet[messages].contains(.readable) { try readMessages() }
            }
            return nil
        } catch {
            return .connection("\(error)")
        }
    }

    private mutating func readNews() throws(ZeroMQError) {
        while let event = try monitor.receive(wait: false) {
            switch event.kind {
            case .handshakeSucceeded:
                contact = nil
                isUp = true
                sink.yield(.connected)
            case .disconnected where isUp:
                isUp = false
                sink.yield(.disconnected)
            default: contact?.note(event)
            }
        }
    }

    private mutating func readMessages() throws(ZeroMQError) {
        for _ in 0..<Self.messagesPerTurn {
            guard let message = try socket.receiveMultipart(wait: false) else { return }
            guard message.frames.count >= 2 else { continue }
            sink.yield(.item(topic: String(decoding: message.frames[0], as: UTF8.self), json: message.frames[1]))
        }
    }
}

/// Hands events to a consumer that may lag behind.
struct FeedSink {
    private let continuation: AsyncThrowingStream<Feed.Event, any Error>.Continuation
    private var dropped = 0

    init(_ continuation: AsyncThrowingStream<Feed.Event, any Error>.Continuation) {
        self.continuation = continuation
    }

    /// Hands an event on. If there is no room it is dropped, and the next that finds room tells how many were.
    mutating func yield(_ event: Feed.Event) {
        if dropped > 0, case .enqueued = continuation.yield(.dropped(dropped)) { dropped = 0 }
        if dropped == 0, case .enqueued = continuation.yield(event) { return }
        dropped += 1
    }
}
