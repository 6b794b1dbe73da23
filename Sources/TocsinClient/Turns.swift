import ZeroMQ

/// What a connection's thread does: waits, hears, says, again and again.
struct Turns<Talk: Conversation>: ~Copyable {
    /// Messages read in one turn, so that a flood does not keep requests waiting; at full speed that is 10 ms.
    private static var messagesPerTurn: Int { 1000 }

    private let connection: Connection<Talk>
    private let monitor: SocketMonitor
    private var line: Line
    private var talk: Talk
    private var pollSet = PollSet()
    private let socketIndex: PollSet.Index
    private let monitorIndex: PollSet.Index
    private let wakerIndex: PollSet.Index
    private var incoming = Incoming()
    private var posted: [Talk.Request] = []
    /// When to end whether or not the conversation is finished; nil while nobody has asked to close.
    private var endBy: Instant?

    /// The thread's whole life.
    static func run(
        for connection: Connection<Talk>, at endpoint: String, _ start: Start, _ makeTalk: () -> Talk
    ) {
        do throws(ZeroMQError) {
            let context = try Context()
            let socket = try Socket(.dealer, in: context)
            try prepare(socket, for: endpoint, connection.options)
            let monitor = try SocketMonitor(of: socket, kinds: [.handshakeSucceeded, .disconnected])
            try socket.connect(to: endpoint)
            var turns = Turns(connection, socket: socket, monitor: monitor, talk: makeTalk())
            start.succeed()
            turns.runToEnd()
        } catch {
            start.fail(.connection("\(error)"))
        }
    }

    private static func prepare(
        _ socket: borrowing Socket, for endpoint: String, _ options: ClientOptions
    ) throws(ZeroMQError) {
        // Messages must not pile up toward a broker that is away: everything without an answer is said again when it
        // is back, after a JOIN where one is needed.
        try socket.setImmediate(true)
        // Room for what a busy client has under way, so that the socket's queue is the only one it stands in.
        try socket.setSendHighWaterMark(10_000)
        try socket.setReconnectInterval(options.reconnect.minimum, maximum: options.reconnect.maximum)
        try socket.setLinger(options.closeTimeout)
        // Finds connections that ended without a word; long enough for a broker that waits for its disk.
        try socket.setHeartbeat(interval: .seconds(5), timeout: .seconds(15))
        // Only where it is asked for: with it libzmq takes `localhost` for ::1, where a broker may not be listening.
        try socket.setIPv6(endpoint.contains("["))
    }

    private init(
        _ connection: Connection<Talk>, socket: consuming Socket, monitor: consuming SocketMonitor, talk: Talk
    ) {
        self.connection = connection
        self.monitor = monitor
        line = Line(socket: socket)
        self.talk = talk
        socketIndex = pollSet.add(line.socket, for: .readable)
        monitorIndex = pollSet.add(self.monitor)
        wakerIndex = pollSet.add(fileDescriptor: connection.waker.descriptor, for: .readable)
    }

    private mutating func runToEnd() {
        var reason = ClientError.closed
        do throws(ZeroMQError) {
            while true {
                let now = Instant.now
                let due = try endTurn(now)
                if isOver(now) { break }
                try turn(waitingFor: due.map { $0 - now })
            }
        } catch {
            // No message of a peer leads here: the system has run out of something, and this connection is over.
            reason = .connection("\(error)")
        }
        connection.beginClosing()
        _ = connection.takePosted(into: &posted)
        // These come too late to be said; the conversation takes them to answer them.
        line.setUp(false)
        for request in posted { try? talk.take(request, &line, now: .now) }
        talk.end(reason)
    }

    /// Does what is due, and tells when the next thing is; nil: nothing is, for ever.
    private mutating func endTurn(_ now: Instant) throws(ZeroMQError) -> Instant? {
        let due = try talk.endTurn(&line, now: now)
        if talk.hasFailed { try beginToEnd(now) }
        guard let endBy else { return due }
        return min(due ?? endBy, endBy)
    }

    private func isOver(_ now: Instant) -> Bool {
        guard let endBy else { return false }
        return now >= endBy || talk.isFinished(line) && !line.isBlocked
    }

    private mutating func turn(waitingFor timeout: Duration?) throws(ZeroMQError) {
        pollSet.setEvents(line.isBlocked ? [.readable, .writable] : .readable, at: socketIndex)
        guard try pollSet.poll(timeout: timeout) > 0 else { return }
        let now = Instant.now
        // News of the connection comes before the requests that must know of it.
        if pollSet[monitorIndex].contains(.readable) { try readMonitor(now) }
        if pollSet[socketIndex].contains(.readable) { try readMessages(now) }
        if pollSet[wakerIndex].contains(.readable) { try readPosted(now) }
        try line.flush()
    }

    private mutating func readMonitor(_ now: Instant) throws(ZeroMQError) {
        while let event = try monitor.receive(wait: false) {
            switch event.kind {
            case .handshakeSucceeded:
                line.setUp(true)
                try talk.connected(&line, now: now)
            case .disconnected where line.isUp:
                line.setUp(false)
                talk.disconnected()
            default: break
            }
        }
    }

    private mutating func readMessages(_ now: Instant) throws(ZeroMQError) {
        for _ in 0..<Self.messagesPerTurn {
            guard try incoming.receive(from: line.socket) else { return }
            try talk.read(incoming, &line, now: now)
        }
    }

    private mutating func readPosted(_ now: Instant) throws(ZeroMQError) {
        connection.waker.clear()
        let isClosing = connection.takePosted(into: &posted)
        for request in posted { try talk.take(request, &line, now: now) }
        posted.removeAll(keepingCapacity: true)
        if isClosing { try beginToEnd(now) }
    }

    private mutating func beginToEnd(_ now: Instant) throws(ZeroMQError) {
        guard endBy == nil else { return }
        endBy = now + connection.options.closeTimeout
        connection.beginClosing()
        try talk.leave(&line, now: now)
    }
}
