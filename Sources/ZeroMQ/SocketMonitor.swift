import CZeroMQ

/// Something that happened to a connection of a monitored socket (zmq_socket_monitor(3)).
public struct SocketEvent: Hashable, Sendable {
    public let kind: Kind

    /// The descriptor for connected, listening, accepted, closed and disconnected; an `errno` for what failed; the wait
    /// in milliseconds for connectRetried; for a failed handshake the protocol's error, or the ZAP status code.
    public let value: Int32

    /// Of which endpoint, as libzmq spells it.
    public let endpoint: String

    /// What happened. The numbers are libzmq's.
    public enum Kind: UInt16, CaseIterable, Sendable {
        case connected = 0x0001
        case connectDelayed = 0x0002
        case connectRetried = 0x0004
        case listening = 0x0008
        /// While a monitor asks for this, libzmq spoils the code of the error that `bind` throws; `value` is right.
        case bindFailed = 0x0010
        case accepted = 0x0020
        case acceptFailed = 0x0040
        case closed = 0x0080
        case closeFailed = 0x0100
        case disconnected = 0x0200
        /// The socket was closed: the last event there is.
        case monitorStopped = 0x0400
        case handshakeFailed = 0x0800
        /// The peer may now send and be sent to.
        case handshakeSucceeded = 0x1000
        case handshakeFailedByProtocol = 0x2000
        /// A ZAP handler did not let the peer in.
        case handshakeFailedByAuthentication = 0x4000

        /// All kinds but bindFailed, which `bind` reports better.
        public static let usual = allCases.filter { $0 != .bindFailed }
    }
}

/// Tells what happens to a socket's connections, from the moment it is made.
///
/// A socket has one monitor at a time: a new one ends the old one's events. It must be used by the socket's thread, and
/// may end before the socket or after it.
///
/// Read it as long as it exists. Its queue has no bound, on purpose: libzmq waits for room in it, inside the I/O thread
/// and inside `bind`, so a bound would let an unread monitor stop every connection. Ask for the kinds you need alone.
public struct SocketMonitor: ~Copyable {
    let receiver: Socket

    private let handle: UnsafeMutableRawPointer
    private let life: SocketLife
    private let number: UInt64

    /// Starts to monitor a socket; do so before it is bound or connected to miss nothing.
    ///
    /// - Throws: `.terminated` after the context's shutdown, `.tooManyOpen` beyond its `maxSockets`.
    public init(of socket: borrowing Socket, kinds: [SocketEvent.Kind] = SocketEvent.Kind.usual) throws(ZeroMQError) {
        let number = socket.life.context.nextMonitorNumber()
        let endpoint = "inproc://socket-monitor-\(number)"
        let mask = kinds.reduce(0) { $0 | CInt($1.rawValue) }

        let receiver = try Socket(.pair, in: socket.life.context)
        try receiver.setReceiveHighWaterMark(0)
        // Connected first, so that no event is ever without a queue: libzmq would wait for one.
        try receiver.connect(to: endpoint)
        try check(zmq_socket_monitor(socket.handle, endpoint, mask), "zmq_socket_monitor", on: endpoint)
        socket.life.monitor = number

        self.receiver = receiver
        self.handle = socket.handle
        self.life = socket.life
        self.number = number
    }

    deinit {
        // The socket must stop before the receiver closes: libzmq would wait for ever to send the next event. Unless
        // it is closed, or reports to another monitor by now.
        guard life.monitor == number else { return }
        life.monitor = nil
        let result = zmq_socket_monitor(handle, nil, 0)
        assert(result == 0 || ZeroMQError.Code.last == .terminated, "zmq_socket_monitor: not a socket")
    }

    /// The next event.
    ///
    /// - Parameter wait: Whether to wait for one, at most for the timeout, if one is set.
    /// - Returns: nil where none is there.
    /// - Throws: `.terminated` after the context's shutdown.
    public func receive(wait: Bool = true) throws(ZeroMQError) -> SocketEvent? {
        guard let message = try receiver.receiveMultipart(wait: wait) else { return nil }
        guard let event = SocketEvent(frames: message.frames) else {
            throw ZeroMQError(code: .malformed, call: "zmq_msg_recv", subject: "monitor")
        }
        return event
    }

    /// How long `receive` may wait; nil, as at first: for ever.
    public func setReceiveTimeout(_ timeout: Duration?) throws(ZeroMQError) {
        try receiver.setReceiveTimeout(timeout)
    }
}

extension SocketEvent {
    //  frame 0   ┌──────────┬────────────────────┐
    //            │ kind  2  │ value  4           │   in the machine's byte order
    //            └──────────┴────────────────────┘
    //  frame 1   endpoint, text
    init?(frames: [[UInt8]]) {
        guard frames.count == 2, frames[0].count == 6 else { return nil }
        let (number, value) = frames[0].withUnsafeBytes {
            ($0.loadUnaligned(as: UInt16.self), $0.loadUnaligned(fromByteOffset: 2, as: Int32.self))
        }
        guard let kind = Kind(rawValue: number) else { return nil }
        self.init(kind: kind, value: value, endpoint: String(decoding: frames[1], as: UTF8.self))
    }
}
