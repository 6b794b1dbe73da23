import TocsinCore
import TocsinModel
import ZeroMQ

/// The feed as the broker's loop sees it: a PUB for everybody or, with keys, the way to the ``FeedServer``.
struct Feed: ~Copyable {
    /// A PUB, or the loop's end of a PAIR.
    let socket: Socket
    /// The monitor of a PUB's connections. A PAIR's has no events.
    let monitor: SocketMonitor
    /// The bound endpoint, with the port that the system chose if the configuration left it open.
    let endpoint: String
    /// Who serves the subscribers; nil where there is one PUB for all.
    let server: FeedServer?

    /// The time for which the end waits for messages that subscribers have not taken.
    static let linger = Duration.seconds(1)

    /// Binds a PUB that everybody may subscribe to. A PUB keeps subscriptions to itself: no message of a subscriber
    /// reaches the loop.
    ///
    /// - Throws: ``ServiceError/endpoint(_:)``.
    init(open endpoint: String, context: Context, settings: BrokerSettings) throws {
        let socket = try Socket(.pub, in: context)
        let monitor = try SocketMonitor(of: socket, kinds: [.accepted, .disconnected])
        try socket.setLinger(Self.linger)
        try socket.setSendHighWaterMark(Int(Limits.feedQueueMessages))
        try socket.setMaxMessageSize(Limits.subscriptionBytes)
        try socket.lookAfterPeers(settings)
        try Endpoints.bind(socket, endpoint)
        self.endpoint = try socket.lastEndpoint
        self.socket = socket
        self.monitor = monitor
        server = nil
    }

    /// Starts a server for clients with keys, whom the ``Porter`` brings to the gatekeeper's ``FeedAdmissions``.
    ///
    /// - Throws: If the system has no thread or descriptor to give.
    init(
        keyed endpoint: String, context: Context, key: CurveSecretKey, gatekeeper: Gatekeeper,
        settings: BrokerSettings, done: WakeUp
    ) throws {
        let socket = try Socket(.pair, in: context)
        let monitor = try SocketMonitor(of: socket, kinds: [.disconnected])
        // Both ends' marks add up.
        try socket.setSendHighWaterMark(Int(Limits.feedQueueMessages) / 2)
        try socket.bind(to: FeedServer.items)
        let server = FeedServer(gatekeeper, settings: settings, done: done)
        try server.open(context: context, key: key)
        self.endpoint = endpoint
        self.socket = socket
        self.monitor = monitor
        self.server = server
    }

    /// Publishes a message, without waiting. False if the server has not kept up with the loop, and it is lost.
    func publish(_ topic: [UInt8], _ body: UnsafeRawBufferPointer) throws(ZeroMQError) -> Bool {
        guard try socket.send(topic, more: true, wait: false) == .sent else { return false }
        return try socket.send(body, more: false, wait: false) == .sent
    }
}
