import CZeroMQ

/// An event of a connection of a monitored socket (zmq_socket_monitor(3)).
public struct SocketEvent: Hashable, Sendable {
    public let kind: Kind

    /// The descriptor for connected, listening, accepted, closed and disconnected; an `errno` for failures; the wait in
    /// milliseconds for connectRetried. For a failed handshake, the protocol's error or the ZAP status code.
    public let value: Int32

    /// The endpoint of the event, as libzmq spells it.
    public let endpoint: String

    /// The kind of event. The numbers are libzmq's.
    public enum Kind: UInt16, CaseIterable, Sendable {
        case connected = 0x0001
        case connectDelayed = 0x0002
        case connectRetried = 0x0004
        case listening = 0x0008
        /// While a monitor asks for this kind, libzmq spoils the code of the error that `bind` throws. `value` is
        /// right.
        case bindFailed = 0x0010
        case accepted = 0x0020
        case acceptFailed = 0x0040
        case closed = 0x0080
        case closeFailed = 0x0100
        case disconnected = 0x0200
        /// The socket was closed. This is the last event.
        case monitorStopped = 0x0400
        case handshakeFailed = 0x0800
        /// The peer may now send and be sent to.
        case handshakeSucceeded = 0x1000
        case handshakeFailedByProtocol = 0x2000
        /// A ZAP handler refused the peer.
        case handshakeFailedByAuthentication = 0x4000

        /// All kinds except bindFailed, which `bind` reports better.
        public static let usual = allCases.filter { $0 != .bindFailed }
    }
}

/// Reports the events of a socket's connections, from the moment the monitor is made.
///
/// A socket has one monitor at a time; a new one ends the old one's events. The monitor must be used by the socket's
/// thread. It may end before the socket or after it.
///
/// Read the monitor as long as it exists. Its queue has no bound, on purpose. libzmq waits for room in it, inside the
/// I/O thread and inside `bind`, so a bound would let an unread monitor stop every connection. Ask only for the kinds
/// you need.
public struct SocketMonitor: ~Copyable {
    let receiver: Socket

    private let handle: UnsafeMutableRawPointer
    private let life: SocketLife
    private let number: UInt64

    /// Starts to monitor a socket. Do so before it is bound or connected to miss nothing.
    ///
    /// - Throws: `.terminated` after the context's shutdown, `.tooManyOpen` beyond its `maxSockets`.
    public init(of socket: borrowing Socket, kinds: [SocketEvent.Kind] = SocketEvent.Kind.usual) throws(ZeroMQError) {
        let number = socket.life.context.nextMonitorNumber()
        let endpoint = "inproc://socket-monitor-\(number)"
        let mask = kinds.reduce(0) { $0 | CInt($1.rawValue) }

        let receiver = try Socket(.pair, in: socket.life.context)
        try receiver.setReceiveHighWaterMark(0)
        // The receiver connects first, so that every event finds a queue: libzmq would wait for one.
        try receiver.connect(to: endpoint)
        try check(zmq_socket_monitor(socket.handle, endpoint, mask), "zmq_socket_monitor", on: endpoint)
        socket.life.monitor = number

        self.receiver = receiver
        self.handle = socket.handle
        self.life = socket.life
        self.number = number
    }

    deinit {
        // The socket must stop before the receiver closes, or libzmq would wait for ever to send the next event. A
        // socket that is closed or reports to another monitor needs nothing.
        guard life.monitor == number else { return }
        life.monitor = nil
        let result = zmq_socket_monitor(handle, nil, 0)
        assert(result == 0 || ZeroMQError.Code.last == .terminated, "zmq_socket_monitor: not a socket")
    }

    /// Receives the next event.
    ///
    /// - Parameter wait: Whether to wait for an event, at most for the timeout if one is set.
    /// - Returns: The event; nil if none is there.
    /// - Throws: `.terminated` after the context's shutdown.
    public func receive(wait: Bool = true) throws(ZeroMQError) -> SocketEvent? {
        guard let message = try receiver.receiveMultipart(wait: wait) else { return nil }
        guard let event = SocketEvent(frames: message.frames) else {
            throw ZeroMQError(code: .malformed, call: "zmq_msg_recv", subject: "monitor")
        }
        return event
    }

    /// Sets the time for which `receive` may wait; nil, the default, is for ever.
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
