import CZeroMQ

/// A ZeroMQ socket: one handle to queues to and from any number of peers.
///
/// A socket has one owner, and is closed when the owner releases it. It belongs to the thread that made it, as libzmq
/// sockets have no locks. Only the `Context` crosses threads; make the socket where you use it.
///
///     let context = try Context()
///     let reports = try Socket(.router, in: context)
///     try reports.setRouterMandatory(true)
///     try reports.bind(to: "tcp://127.0.0.1:*")
///     print(try reports.lastEndpoint)
///
/// Options take effect for the endpoints bound and connected afterwards. `setLinger`, `subscribe` and the timeouts take
/// effect at once.
public struct Socket: ~Copyable {
    @usableFromInline
    let handle: UnsafeMutableRawPointer

    let life: SocketLife

    /// Creates a socket that is not bound or connected yet.
    ///
    /// - Throws: `.terminated` after the context's shutdown, `.tooManyOpen` beyond its `maxSockets`.
    public init(_ kind: Kind, in context: Context) throws(ZeroMQError) {
        handle = try checkedPointer(zmq_socket(context.handle, kind.type), "zmq_socket", on: kind.rawValue)
        life = SocketLife(context: context)
    }

    deinit {
        // A remaining monitor must not touch the socket any more. Closing ends the monitoring too.
        life.monitor = nil
        let result = zmq_close(handle)
        assert(result == 0, "zmq_close: not a socket")
    }

    /// Accepts connections at an endpoint.
    ///
    /// - Parameter endpoint: Such as `tcp://127.0.0.1:7701`, `tcp://127.0.0.1:*` (any free port, see `lastEndpoint`),
    ///   `ipc:///run/tocsin/control` or `inproc://name`.
    /// - Throws: An error that names the endpoint: `.addressInUse`, `.addressNotAvailable`, `.permissionDenied`, ….
    public func bind(to endpoint: String) throws(ZeroMQError) {
        try check(zmq_bind(handle, endpoint), "zmq_bind", on: endpoint)
    }

    /// Stops accepting connections at an endpoint, which must be spelled as in `lastEndpoint`. Existing `tcp` and `ipc`
    /// connections are closed.
    ///
    /// - Throws: `.noSuchEntry` if the socket is not bound to the endpoint.
    public func unbind(from endpoint: String) throws(ZeroMQError) {
        try check(zmq_unbind(handle, endpoint), "zmq_unbind", on: endpoint)
    }

    /// Connects to an endpoint in the background, and again whenever the connection is lost.
    ///
    /// - Throws: An error that names the endpoint, if it is malformed. The absence of a peer is no error.
    public func connect(to endpoint: String) throws(ZeroMQError) {
        try check(zmq_connect(handle, endpoint), "zmq_connect", on: endpoint)
    }

    /// Ends the connection to an endpoint, which must be spelled as in `connect(to:)`.
    ///
    /// - Throws: `.noSuchEntry` if the socket is not connected to the endpoint.
    public func disconnect(from endpoint: String) throws(ZeroMQError) {
        try check(zmq_disconnect(handle, endpoint), "zmq_disconnect", on: endpoint)
    }

    /// The kinds of sockets, each with its own way to choose the peers that a message goes to (zmq_socket(3)).
    public enum Kind: String, CaseIterable, Sendable {
        case router, dealer
        case req, rep
        case pub, sub, xpub, xsub
        case push, pull
        case pair

        var type: CInt {
            switch self {
            case .router: ZMQ_ROUTER
            case .dealer: ZMQ_DEALER
            case .req: ZMQ_REQ
            case .rep: ZMQ_REP
            case .pub: ZMQ_PUB
            case .sub: ZMQ_SUB
            case .xpub: ZMQ_XPUB
            case .xsub: ZMQ_XSUB
            case .push: ZMQ_PUSH
            case .pull: ZMQ_PULL
            case .pair: ZMQ_PAIR
            }
        }
    }
}

@available(*, unavailable, message: "a socket belongs to the thread that made it; pass the context instead")
extension Socket: Sendable {}

/// The part of a socket that outlives it: the context, and the note to its monitor that the socket is closed.
final class SocketLife {
    let context: Context

    /// The number of the monitor that the socket reports to; nil if it has none or is closed.
    var monitor: UInt64?

    init(context: Context) {
        self.context = context
    }
}
