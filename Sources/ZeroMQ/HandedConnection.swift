internal import CConnections
import CZeroMQ
import Glibc

/// A TCP endpoint at which this process accepts connections itself, to hand each to a socket of its own choice
/// (``Entrance``).
///
/// The descriptor may be used by one thread, which need not be the one that made it.
public final class Listener: Sendable {
    /// The endpoint as libzmq spells it, with the port chosen for `*`.
    public let endpoint: String
    /// The descriptor to poll.
    public let fileDescriptor: CInt

    /// Listens at an endpoint.
    ///
    /// libzmq binds it, so that it is spelled as everywhere else, and lets go of it before this returns. What has
    /// connected by then may be cut.
    ///
    /// - Throws: As ``Socket/bind(to:)``.
    public init(at endpoint: String, in context: Context, backlog: Int) throws(ZeroMQError) {
        let socket = try Socket(.pub, in: context)
        let monitor = try SocketMonitor(of: socket, kinds: [.listening])
        try socket.setBacklog(backlog)
        try socket.setIPv6(endpoint.contains("["))
        try socket.bind(to: endpoint)
        self.endpoint = try socket.lastEndpoint
        // It is there already: `bind` itself tells of it.
        let bound = HandedConnection(descriptor: try monitor.receive(wait: false)?.value ?? -1)
        fileDescriptor = try check(fcntl(bound.descriptor, F_DUPFD_CLOEXEC, 0), "fcntl", on: endpoint)
        try check(fcntl(fileDescriptor, F_SETFL, O_NONBLOCK), "fcntl", on: endpoint)
        _ = consume monitor
        _ = consume socket
        while bound.isOpen { sched_yield() }
    }

    deinit { close(fileDescriptor) }

    /// The outcome of ``accept()``.
    public enum Outcome: Sendable {
        case connection(HandedConnection)
        /// Nobody waits to be accepted, or who did has gone or been refused (``ConnectionBounds``).
        case nobody
        /// The system accepts none now, although somebody may wait.
        case notNow
    }

    /// Accepts the next connection, within the ``ConnectionBounds``. Does not wait.
    public func accept() -> Outcome {
        let descriptor = connections_accept(fileDescriptor)
        if descriptor >= 0 { return .connection(HandedConnection(descriptor: descriptor)) }
        return [EAGAIN, EINTR, ECONNABORTED].contains(errno) ? .nobody : .notNow
    }
}

/// A connection that this process has accepted itself. Once it is handed to an ``Entrance`` libzmq owns it and closes it.
public struct HandedConnection: Sendable {
    fileprivate let descriptor: CInt
    /// The number that the system gives to the connection and to no other.
    private let number: ino_t?

    fileprivate init(descriptor: CInt) {
        self.descriptor = descriptor
        number = Self.number(of: descriptor)
    }

    /// False when the connection has been closed, although its descriptor may be another's by now.
    public var isOpen: Bool { number != nil && Self.number(of: descriptor) == number }

    /// What its peer has done that nobody has read yet.
    public enum State: Hashable, Sendable {
        case silent
        case speaks
        /// It has gone, perhaps after it said something.
        case gone
    }

    /// What its peer has done, as long as the connection has not been handed over.
    public var state: State {
        switch connections_state(descriptor) {
        case connection_speaks: .speaks
        case connection_gone: .gone
        default: .silent
        }
    }

    /// Where it comes from: a number for each IPv4 address, and for each network of IPv6 (the first 64 bits).
    public var origin: UInt64 { connections_origin(descriptor) }

    /// Closes a connection that has not been handed over.
    public func close() { connections_close(descriptor) }

    /// Notes whose the connection is, for ``ConnectionBounds/endConnections(of:)``. It counts towards no bound there.
    public func note(owner: UInt32) {
        if isOpen { _ = connections_own(descriptor, owner, .max) }
    }

    /// Ends the connection, for both sides. libzmq takes that for a peer that has gone.
    public func end() {
        if isOpen { connections_end(descriptor) }
    }

    /// Ends the connection because of what its peer has sent, and counts it in ``ConnectionBounds/cut``.
    public func cut() {
        if isOpen { connections_cut_off(descriptor) }
    }

    /// Closes a connection that has not been handed over, and counts it in ``ConnectionBounds/refused``.
    public func refuse() { connections_refuse(descriptor) }

    private static func number(of descriptor: CInt) -> ino_t? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
        return status.st_ino
    }
}

/// The way by which connections come to a socket that accepts none itself.
///
/// libzmq listens at a descriptor that it is given (`ZMQ_USE_FD`). This one is readable when a connection has been handed
/// to it, and `accept4`, which libzmq calls then, returns that connection. Any thread may use it.
public struct Entrance: ~Copyable, Sendable {
    private let descriptor: CInt

    /// Binds a socket to a new entrance, with the options it has now. The socket owns the descriptor, and must be closed
    /// after the entrance has been released.
    ///
    /// - Throws: `.tooManyOpen` where the system has no descriptor to give.
    public init(to socket: borrowing Socket) throws(ZeroMQError) {
        let descriptor = try check(connections_entrance(), "eventfd")
        do throws(ZeroMQError) {
            try socket.set(ZMQ_USE_FD, descriptor, "ZMQ_USE_FD")
            // libzmq reads the address, and does not use it.
            try socket.bind(to: "tcp://127.0.0.1:0")
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { connections_leave(descriptor) }

    /// Hands a connection over. False while eight others have not been accepted yet.
    public borrowing func hand(_ connection: HandedConnection) -> Bool {
        connections_hand(descriptor, connection.descriptor)
    }
}
