import CZeroMQ

/// The operations that a socket or descriptor can do without waiting.
public struct PollEvents: OptionSet, Hashable, Sendable {
    public let rawValue: Int16

    public init(rawValue: Int16) {
        self.rawValue = rawValue
    }

    /// There is something to receive.
    public static let readable = PollEvents(rawValue: Int16(ZMQ_POLLIN))
    /// There is room to send. A ROUTER always reports this; only a send tells whether its peer has room.
    public static let writable = PollEvents(rawValue: Int16(ZMQ_POLLOUT))
    /// The descriptor failed or was closed at its other end. It is reported whether asked for or not, and never for
    /// sockets.
    public static let failed = PollEvents(rawValue: Int16(ZMQ_POLLERR))
}

/// The sockets and descriptors that one thread waits for.
///
/// Build the set once and poll it for ever: polling allocates nothing for up to 16 members.
///
///     var set = PollSet()
///     let reports = set.add(socket, for: .readable)
///     while try set.poll(timeout: .seconds(1)) > 0 {
///         if set[reports].contains(.readable) { … }
///     }
///
/// The set holds the sockets' handles, not the sockets. They must outlive its last `poll`, and belong to the thread
/// that calls it.
public struct PollSet: ~Copyable {
    private var items: [zmq_pollitem_t] = []

    public init() {}

    /// The index of a member.
    public struct Index: Hashable, Sendable {
        fileprivate let position: Int
    }

    /// Adds a socket, which must outlive the set.
    public mutating func add(_ socket: borrowing Socket, for events: PollEvents) -> Index {
        add(zmq_pollitem_t(socket: socket.handle, fd: -1, events: events.rawValue, revents: 0))
    }

    /// Adds a monitor, which must outlive the set. The set reports when it has events.
    public mutating func add(_ monitor: borrowing SocketMonitor) -> Index {
        add(monitor.receiver, for: .readable)
    }

    /// Adds a descriptor of the system, such as a pipe or an eventfd, which must stay open.
    public mutating func add(fileDescriptor: CInt, for events: PollEvents) -> Index {
        add(zmq_pollitem_t(socket: nil, fd: fileDescriptor, events: events.rawValue, revents: 0))
    }

    /// Changes the events to wait for. With none, the set does not wait for this member.
    public mutating func setEvents(_ events: PollEvents, at index: Index) {
        items[index.position].events = events.rawValue
        items[index.position].revents = 0
    }

    /// Waits until a member is ready.
    ///
    /// - Parameter timeout: The longest wait, in whole milliseconds, rounded up; zero only looks; nil waits for ever.
    /// - Returns: The number of ready members. It is 0 when the time is over or a signal came, so that the caller looks
    ///   at its clock and flags and polls again.
    /// - Throws: `.terminated` after the context's shutdown.
    public mutating func poll(timeout: Duration?) throws(ZeroMQError) -> Int {
        precondition(!items.isEmpty, "a poll set needs a member to wait for")
        let count = CInt(items.count)
        let ready = zmq_poll(&items, count, CLong(timeout.map { Swift.max(.zero, $0).milliseconds } ?? -1))
        if ready == -1, ZeroMQError.Code.last == .interrupted {
            // libzmq leaves the last poll's answers in place, and they must not be taken for this poll's.
            for position in items.indices { items[position].revents = 0 }
            return 0
        }
        return Int(try check(ready, "zmq_poll"))
    }

    /// The events for which the member was ready when `poll` last returned.
    public subscript(index: Index) -> PollEvents {
        PollEvents(rawValue: items[index.position].revents)
    }

    private mutating func add(_ item: zmq_pollitem_t) -> Index {
        items.append(item)
        return Index(position: items.count - 1)
    }
}

@available(*, unavailable, message: "a poll set belongs to the thread of its sockets")
extension PollSet: Sendable {}
