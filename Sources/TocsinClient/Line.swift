import TocsinModel
import TocsinWire
import ZeroMQ

/// The sending half of a connection. Messages that the socket does not take at once wait here, in order.
///
/// While the transport is down, messages are dropped: a conversation sends everything that matters again when it is up.
struct Line: ~Copyable {
    /// The header to send next: begin it, add to it, and call `send`.
    var header = HeaderLine()
    /// True if the broker can be reached, as far as is known.
    private(set) var isUp = false

    /// True if something has been sent since this was last set to false.
    var hasSent = false

    private(set) var socket: Socket
    private var backlog: [(header: [UInt8], bodies: [[UInt8]])] = []
    private var sent = 0

    init(socket: consuming Socket) {
        self.socket = socket
    }

    /// True while messages wait for room in the socket.
    var isBlocked: Bool { sent < backlog.count }

    /// Sends `header`, and a body if there is one.
    mutating func send(_ body: [UInt8]? = nil) throws(ZeroMQError) {
        try send(bodies: body.map { [$0] } ?? [])
    }

    /// Sends `header` and these bodies.
    mutating func send(bodies: [[UInt8]]) throws(ZeroMQError) {
        guard isUp else { return }
        hasSent = true
        if isBlocked {
            backlog.append((header.bytes, bodies))
        } else if try !transmit(header.bytes, bodies) {
            backlog.append((header.bytes, bodies))
        }
    }

    /// Shows that this client lives.
    mutating func sendPing() throws(ZeroMQError) {
        header.begin(.ping)
        try send()
    }

    /// Answers a PING.
    mutating func sendPong(_ payload: String) throws(ZeroMQError) {
        // A peer that pings without reading the answers could fill the backlog. Everything else in it is bounded.
        guard !isBlocked else { return }
        header.begin(.pong)
        if !payload.isEmpty { header.add(payload) }
        try send()
    }

    /// Sends the waiting messages, as far as the socket takes them.
    mutating func flush() throws(ZeroMQError) {
        while isBlocked {
            guard try transmit(backlog[sent].header, backlog[sent].bodies) else { return }
            sent += 1
        }
        backlog.removeAll(keepingCapacity: backlog.capacity <= 4096)
        sent = 0
    }

    mutating func setUp(_ isUp: Bool) {
        self.isUp = isUp
        // The waiting messages were for the old connection. The new one gets everything again.
        backlog.removeAll()
        sent = 0
    }

    /// Continues with another socket. Messages that the old one has not sent are dropped with it.
    mutating func replaceSocket(with other: consuming Socket) throws(ZeroMQError) {
        setUp(false)
        try socket.setLinger(.zero)
        socket = other
    }

    /// - Returns: False if the socket took nothing.
    private func transmit(_ header: [UInt8], _ bodies: [[UInt8]]) throws(ZeroMQError) -> Bool {
        guard try socket.send(header, more: !bodies.isEmpty, wait: false) == .sent else { return false }
        // A connection that ends within a message loses it. Its frames must still be sent to the end; the message is
        // sent again when the line is up.
        for (index, body) in bodies.enumerated() {
            _ = try socket.send(body, more: index < bodies.count - 1, wait: false)
        }
        return true
    }
}

/// A message from the broker: the header and up to two bodies. Its frames are reused for the next message.
struct Incoming: ~Copyable {
    var header = Message()
    var first = Message()
    var second = Message()
    /// The number of bodies, including those beyond the second.
    private(set) var bodies = 0

    /// Receives the next message. Returns false if there is none.
    mutating func receive(from socket: borrowing Socket) throws(ZeroMQError) -> Bool {
        guard try socket.receive(into: &header, wait: false) else { return false }
        bodies = 0
        var isMore = header.isMore
        while isMore {
            bodies += 1
            switch bodies {
            case 1:
                _ = try socket.receive(into: &first)
                isMore = first.isMore
            case 2:
                _ = try socket.receive(into: &second)
                isMore = second.isMore
            default:
                var surplus = Message()
                _ = try socket.receive(into: &surplus)
                isMore = surplus.isMore
            }
        }
        return true
    }
}
