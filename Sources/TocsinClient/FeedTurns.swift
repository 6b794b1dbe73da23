import TocsinModel
import TocsinWire
import ZeroMQ

/// The turns of a feed's thread.
///
/// As in ``Turns`` a socket is used for one connection. libzmq 4.3.4 never connects again where a handshake was refused
/// (`session_base.cpp`, `engine_error`), so one socket for all of them would stay away for ever.
struct FeedTurns: ~Copyable {
    /// Messages read in one turn, so that a flood does not hide the end.
    private static var messagesPerTurn: Int { 1000 }

    private let endpoint: String
    private let prefixes: [String]
    private let options: ClientOptions
    private let context: Context
    private let waker: Waker
    private var sink: FeedSink
    /// Before the socket, for it must end before.
    private var monitor: SocketMonitor
    private var socket: Socket
    private var pollSet: Members
    /// When the new socket connects; nil after it has been told to.
    private var connectAt: Instant?
    /// The number of connections lost since the last handshake.
    private var losses = 0
    private var contact: FirstContact?
    private var shutOut: ShutOut
    private var isUp = false
    private let parser = JSONParser(maximumBytes: Int(Limits.frameBytes))

    init(
        _ endpoint: String, _ prefixes: [String], _ options: ClientOptions, _ waker: Waker,
        _ sink: AsyncThrowingStream<Feed.Event, any Error>.Continuation
    ) throws(ZeroMQError) {
        let context = try Context()
        let socket = try Self.makeSocket(in: context, for: endpoint, prefixes, options)
        let monitor = try SocketMonitor(of: socket, kinds: Self.news)
        try socket.connect(to: endpoint)
        contact = options.absenceTimeout.map {
            FirstContact(
                with: endpoint, hasKeys: options.keys != nil, timeout: $0, now: .now)
        }
        shutOut = ShutOut(from: endpoint, hasKeys: options.keys != nil)
        pollSet = Members(socket, monitor, waker)
        self.endpoint = endpoint
        self.prefixes = prefixes
        self.options = options
        self.context = context
        self.waker = waker
        self.sink = FeedSink(sink)
        self.monitor = monitor
        self.socket = socket
    }

    private static var news: [SocketEvent.Kind] {
        [.handshakeSucceeded, .disconnected, .connectRetried] + FirstContact.handshakeFailures
    }

    private static func makeSocket(
        in context: Context, for endpoint: String, _ prefixes: [String], _ options: ClientOptions
    ) throws(ZeroMQError) -> Socket {
        let socket = try Socket(.sub, in: context)
        try socket.setReceiveHighWaterMark(100_000)
        try socket.setReconnectInterval(options.reconnect.minimum, maximum: options.reconnect.maximum)
        try socket.setHeartbeat(interval: .seconds(5), timeout: .seconds(15))
        try socket.setIPv6(endpoint.contains("["))
        try options.keys?.set(on: socket, for: endpoint)
        // A broker with keys tells of what is never to be seen.
        let refusals = options.keys == nil ? [] : [FeedTopic.refused]
        for prefix in (prefixes.isEmpty ? [""] : prefixes) + refusals { try socket.subscribe(to: Array(prefix.utf8)) }
        return socket
    }

    /// - Returns: Why it ended; nil: it was told to.
    mutating func run(until ending: Feed.Ending) -> ClientError? {
        do throws(ZeroMQError) {
            while !ending.isDue {
                let now = Instant.now
                if let absence = contact?.absence(at: now) { return .unreachable(absence) }
                if let absence = shutOut.absence(at: now) { sink.yield(.shutOut(absence)) }
                try connectIfDue(now)
                let next = earliest(earliest(contact?.nextLook, shutOut.nextLook), connectAt)
                guard try pollSet.poll(timeout: next.map { $0 - now }) > 0 else { continue }
                if pollSet.hasNews { try readNews() }
                if pollSet.hasMessages { try readMessages(atMost: Self.messagesPerTurn) }
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
                shutOut.end()
                losses = 0
                isUp = true
                sink.yield(.connected)
            case .disconnected:
                contact?.note(event)
                return try lost(.now)
            default:
                contact?.note(event)
                shutOut.note(event, now: .now)
            }
        }
    }

    /// Handles the loss of the connection: reads what had come, and starts again with another socket.
    private mutating func lost(_ now: Instant) throws(ZeroMQError) {
        try readMessages()
        if isUp { sink.yield(.disconnected) }
        isUp = false
        let other = try Self.makeSocket(in: context, for: endpoint, prefixes, options)
        // The old monitor ends before its socket.
        monitor = try SocketMonitor(of: other, kinds: Self.news)
        pollSet = Members(other, monitor, waker)
        socket = other
        losses += 1
        connectAt = now + options.reconnect.wait(attempt: losses)
    }

    private mutating func connectIfDue(_ now: Instant) throws(ZeroMQError) {
        guard let time = connectAt, time <= now else { return }
        connectAt = nil
        try socket.connect(to: endpoint)
    }

    private mutating func readMessages(atMost count: Int = .max) throws(ZeroMQError) {
        for _ in 0..<count {
            guard let message = try socket.receiveMultipart(wait: false) else { return }
            guard message.frames.count >= 2 else { continue }
            let topic = String(decoding: message.frames[0], as: UTF8.self)
            sink.yield(refusal(topic, message.frames[1]) ?? .item(topic: topic, json: message.frames[1]))
        }
    }

    private func refusal(_ topic: String, _ json: [UInt8]) -> Feed.Event? {
        guard options.keys != nil, topic.hasPrefix(FeedTopic.refused) else { return nil }
        let refusal = try? parser.parse(json) { (node: JSONNode) throws(Refusal) in
            try Refusal(code: node.member("code"), detail: node)
        }
        return .refused(
            prefix: String(topic.dropFirst(FeedTopic.refused.count)), refusal ?? Refusal(.notPermitted, ""))
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
