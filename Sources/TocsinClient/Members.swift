import ZeroMQ

/// The members of a connection's poll set: its socket, the news of it, and the waker of its thread.
struct Members: ~Copyable {
    private var pollSet = PollSet()
    private let socket: PollSet.Index
    private let monitor: PollSet.Index
    private let waker: PollSet.Index

    init(_ socket: borrowing Socket, _ monitor: borrowing SocketMonitor, _ waker: Waker) {
        self.socket = pollSet.add(socket, for: .readable)
        self.monitor = pollSet.add(monitor)
        self.waker = pollSet.add(fileDescriptor: waker.descriptor, for: .readable)
    }

    var hasMessages: Bool { pollSet[socket].contains(.readable) }
    var hasNews: Bool { pollSet[monitor].contains(.readable) }
    var isWoken: Bool { pollSet[waker].contains(.readable) }

    /// Sets whether the set also waits for room to send.
    mutating func wantsRoom(_ isBlocked: Bool) {
        pollSet.setEvents(isBlocked ? [.readable, .writable] : .readable, at: socket)
    }

    mutating func poll(timeout: Duration?) throws(ZeroMQError) -> Int { try pollSet.poll(timeout: timeout) }
}
