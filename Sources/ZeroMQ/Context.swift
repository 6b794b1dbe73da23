import CZeroMQ
import Synchronization

/// The home of a process's sockets. It owns libzmq's I/O threads and the scope of `inproc` endpoints.
///
/// Sockets keep their context alive. When the last reference is gone, the context is terminated.
///
/// Unlike in libzmq's default, a closed socket drops its unsent messages, unless `Socket.setLinger` gives it time.
/// Ending a context therefore never waits for an absent peer by itself.
///
/// Everything but the context belongs to one thread:
///
///     let context = try Context()
///     Thread.detachNewThread {
///         // The socket is made on the thread that uses it.
///         let reports = try Socket(.router, in: context)
///     }
///
/// `@unchecked Sendable`: `handle` is set once. libzmq documents a context as safe to use from any number of threads
/// without locks (zmq_ctx_new(3), "Thread safety"). The only calls made on it, `zmq_socket` and `zmq_ctx_shutdown`, may
/// run at once. `zmq_ctx_term` runs in `deinit`, when no other reference exists.
public final class Context: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer

    /// The counter of monitors, whose `inproc` endpoints must differ within a context.
    private let monitors = Atomic<UInt64>(0)

    /// Creates a context.
    ///
    /// - Parameters:
    ///   - ioThreads: Threads that move bytes for all sockets of the context; one is enough for about a gigabit per
    ///     second. 0 serves `inproc` alone.
    ///   - maxSockets: How many sockets the context may have at a time, monitors counted twice; nil for libzmq's 1,023.
    /// - Throws: `.invalidArgument` for a negative number.
    public init(ioThreads: Int = 1, maxSockets: Int? = nil) throws(ZeroMQError) {
        handle = try checkedPointer(zmq_ctx_new(), "zmq_ctx_new")
        try set(ZMQ_IO_THREADS, ioThreads, "ZMQ_IO_THREADS")
        if let maxSockets {
            try set(ZMQ_MAX_SOCKETS, maxSockets, "ZMQ_MAX_SOCKETS")
        }
        // "Blocky" contexts give sockets an endless linger: one absent peer would hold up deinit for ever.
        try set(ZMQ_BLOCKY, 0, "ZMQ_BLOCKY")
    }

    /// Makes every waiting or later call on a socket of this context, in any thread, throw `.terminated` if it would
    /// wait. The threads must still close their sockets. May be called more than once.
    public func shutdown() throws(ZeroMQError) {
        try check(zmq_ctx_shutdown(handle), "zmq_ctx_shutdown")
    }

    /// Waits until sockets with a linger have sent their messages, or their linger is over.
    deinit {
        // All sockets are closed, for each keeps its context alive. A signal interrupts the wait but does not end it.
        while zmq_ctx_term(handle) == -1, ZeroMQError.Code.last == .interrupted {}
    }

    func nextMonitorNumber() -> UInt64 {
        monitors.add(1, ordering: .relaxed).newValue
    }

    private func set(_ option: CInt, _ value: Int, _ name: StaticString) throws(ZeroMQError) {
        try check(zmq_ctx_set(handle, option, CInt(clamping: value)), "zmq_ctx_set", on: name.description)
    }
}
