import ZeroMQ

/// The loop of a connection's thread: it waits, reads and sends, again and again.
///
/// A socket is used for one connection. Until the first connection, libzmq keeps trying to connect. When a connection
/// is lost, its socket is closed with all that waits in it, and after a while a new socket connects. No message for the
/// old broker can then reach the new one, ahead of the JOIN or a second time. The conversation repeats the messages
/// that matter.
///
/// ZMQ_IMMEDIATE is not the way. With it libzmq 4.3.4 takes a lost connection's messages back while they are being
/// read. If that happens between two frames, it ends the process.
struct Turns<Talk: Conversation>: ~Copyable {
    /// The messages read in one turn, bounded so that a flood does not keep requests waiting. At full speed they take
    /// 10 ms.
    private static var messagesPerTurn: Int { 1000 }

    private let connection: Connection<Talk>
    private let context: Context
    private let endpoint: String
    /// The monitor is declared before the line, as it must end before the line's socket.
    private var monitor: SocketMonitor
    private var line: Line
    private var talk: Talk
    private var pollSet: Members
    /// The time at which the new socket connects; nil after it has been told to.
    private var connectAt: Instant?
    /// The number of connections lost since the broker's last message.
    private var losses = 0
    /// When something was sent last, or the connection was made.
    private var lastSent = Instant.now
    private var incoming = Incoming()
    private var posted: [Talk.Request] = []
    /// Until the first connection, where the broker may not be absent for ever.
    private var contact: FirstContact?
    private var shutOut: ShutOut
    /// When to end whether or not the conversation is finished; nil while nobody has asked to close.
    private var endBy: Instant?

    /// Runs the thread from start to end.
    static func run(
        for connection: Connection<Talk>, at endpoint: String, _ start: Start, _ makeTalk: () -> Talk
    ) {
        do throws(ZeroMQError) {
            var turns = try Turns(connection, at: endpoint, makeTalk())
            start.succeed()
            turns.runToEnd()
        } catch {
            start.fail(.connection("\(error)"))
        }
    }

    private init(_ connection: Connection<Talk>, at endpoint: String, _ talk: Talk) throws(ZeroMQError) {
        let context = try Context()
        let socket = try Self.makeSocket(in: context, for: endpoint, connection.options)
        let monitor = try SocketMonitor(of: socket, kinds: Self.news)
        try socket.connect(to: endpoint)
        contact = connection.options.absenceTimeout.map {
            FirstContact(
                with: endpoint, hasKeys: connection.options.keys != nil, timeout: $0, now: .now)
        }
        shutOut = ShutOut(from: endpoint, hasKeys: connection.options.keys != nil)
        pollSet = Members(socket, monitor, connection.waker)
        line = Line(socket: socket)
        self.connection = connection
        self.context = context
        self.endpoint = endpoint
        self.monitor = monitor
        self.talk = talk
    }

    private static var news: [SocketEvent.Kind] {
        [.handshakeSucceeded, .disconnected, .connectRetried] + FirstContact.handshakeFailures
    }

    private static func makeSocket(
        in context: Context, for endpoint: String, _ options: ClientOptions
    ) throws(ZeroMQError) -> Socket {
        let socket = try Socket(.dealer, in: context)
        // The socket's queue has room for all that a busy client has under way, so that messages wait in no other
        // queue.
        try socket.setSendHighWaterMark(10_000)
        try socket.setReconnectInterval(options.reconnect.minimum, maximum: options.reconnect.maximum)
        try socket.setLinger(options.closeTimeout)
        // Heartbeats find connections that ended silently. The timeout is long enough for a broker that waits for its
        // disk.
        try socket.setHeartbeat(interval: .seconds(5), timeout: .seconds(15))
        // IPv6 is only set where it is asked for. With it libzmq takes `localhost` for ::1, where a broker may not be
        // listening.
        try socket.setIPv6(endpoint.contains("["))
        try options.keys?.set(on: socket, for: endpoint)
        return socket
    }

    private mutating func runToEnd() {
        var reason = ClientError.closed
        do throws(ZeroMQError) {
            while true {
                let now = Instant.now
                let due = try endTurn(now)
                if let absence = contact?.absence(at: now) {
                    reason = .unreachable(absence)
                    break
                }
                if isOver(now) { break }
                try turn(waitingFor: due.map { $0 - now })
            }
        } catch {
            // No message of a peer leads here. The system has run out of a resource, and this connection is over.
            reason = .connection("\(error)")
        }
        connection.beginClosing(because: reason)
        _ = connection.takePosted(into: &posted)
        // These requests come too late to be sent. The conversation takes them to answer them.
        line.setUp(false)
        for request in posted { try? talk.take(request, &line, now: .now) }
        talk.end(reason)
    }

    /// Does everything that is due. Returns the time of the next task; nil for never.
    private mutating func endTurn(_ now: Instant) throws(ZeroMQError) -> Instant? {
        try connectIfDue(now)
        if let absence = shutOut.absence(at: now) { talk.shutOut(absence) }
        let due = try talk.endTurn(&line, now: now)
        if talk.hasFailed { try beginToEnd(now) }
        let times = [due, try pingIfDue(now), connectAt, endBy, contact?.nextLook, shutOut.nextLook]
        return times.reduce(nil, earliest)
    }

    /// Shows that the client lives where it has said nothing for a while. Returns the time of the next PING; nil for never.
    private mutating func pingIfDue(_ now: Instant) throws(ZeroMQError) -> Instant? {
        guard Talk.showsLife, line.isUp, connection.options.keys != nil, let interval = connection.options.pingInterval
        else { return nil }
        if !line.hasSent, !line.isBlocked, now >= lastSent + interval { try line.sendPing() }
        if line.hasSent { lastSent = now }
        line.hasSent = false
        return lastSent + interval
    }

    private func isOver(_ now: Instant) -> Bool {
        guard let endBy else { return false }
        return now >= endBy || talk.isFinished(line) && !line.isBlocked
    }

    private mutating func turn(waitingFor timeout: Duration?) throws(ZeroMQError) {
        pollSet.wantsRoom(line.isBlocked)
        guard try pollSet.poll(timeout: timeout) > 0 else { return }
        let now = Instant.now
        // News of the connection is read before the requests, which must know of it.
        if pollSet.hasNews { try readMonitor(now) }
        if pollSet.hasMessages { try readMessages(now) }
        if pollSet.isWoken { try readPosted(now) }
        try line.flush()
    }

    private mutating func readMonitor(_ now: Instant) throws(ZeroMQError) {
        while let event = try monitor.receive(wait: false) {
            switch event.kind {
            case .handshakeSucceeded:
                contact = nil
                shutOut.end()
                connection.noteReached()
                line.setUp(true)
                lastSent = now
                try talk.connected(&line, now: now)
            case .disconnected:
                contact?.note(event)
                return try lost(now)
            default:
                contact?.note(event)
                shutOut.note(event, now: now)
            }
        }
    }

    /// Handles the loss of the connection: reads the messages that had come, and starts again with another socket.
    private mutating func lost(_ now: Instant) throws(ZeroMQError) {
        let wasUp = line.isUp
        line.setUp(false)
        // Messages that had come whole are there, at most as many as the socket's queue holds, and answers in them
        // count. (If this thread is late, libzmq has connected the old socket anew. It then sends only what the old
        // socket still held.)
        while try incoming.receive(from: line.socket) { try talk.read(incoming, &line, now: now) }
        if wasUp { talk.disconnected() }
        let socket = try Self.makeSocket(in: context, for: endpoint, connection.options)
        // The old monitor ends before its socket: closing goes on in the background, and libzmq would wait for ever to
        // tell a monitor that is gone.
        monitor = try SocketMonitor(of: socket, kinds: Self.news)
        pollSet = Members(socket, monitor, connection.waker)
        try line.replaceSocket(with: socket)
        losses += 1
        connectAt = now + connection.options.reconnect.wait(attempt: losses)
    }

    private mutating func connectIfDue(_ now: Instant) throws(ZeroMQError) {
        guard let time = connectAt, time <= now else { return }
        connectAt = nil
        try line.socket.connect(to: endpoint)
    }

    private mutating func readMessages(_ now: Instant) throws(ZeroMQError) {
        for _ in 0..<Self.messagesPerTurn {
            guard try incoming.receive(from: line.socket) else { return }
            losses = 0
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
