import TocsinAccess
import TocsinCore
import TocsinModel
import TocsinWire
import ZeroMQ

/// One connection to a feed with keys, and the XPUB that serves it alone.
///
/// libzmq applies what its peer subscribes to. This holds it to what its peer may see, and the peer's subscriptions to a
/// bound.
final class FeedSubscriber {
    let serial: FeedAdmissions.Serial
    /// The uptime in milliseconds at which the connection was accepted.
    private(set) var acceptedAt: Int64 = 0

    // The entrance is released before the socket, which owns its descriptor.
    private var entrance: Entrance?
    private let socket: Socket
    private var connection: HandedConnection?
    /// The topics that its client may see; nil until it has been let in.
    private var filter: TopicFilter?
    /// Whose rights those are.
    private var client: (name: PrincipalName, rights: Rights)?
    private var message = Message()
    private var subscriptions = FeedSubscriptions()
    private var sends = 0
    /// Whose it is; nil until it has been let in.
    private(set) var principal: PrincipalNumber?
    /// True if it has been cut for what it subscribed to.
    private(set) var isCut = false

    /// Makes one that waits for its connection.
    ///
    /// - Parameters:
    ///   - serial: The number by which the gatekeeper is asked for the connection.
    ///   - context: The context of the daemon's sockets.
    ///   - key: The broker's key.
    ///   - settings: The bounds of its connection.
    /// - Throws: Where there are no descriptors or sockets left.
    init(
        _ serial: FeedAdmissions.Serial, in context: Context, key: CurveSecretKey, settings: BrokerSettings
    ) throws(ZeroMQError) {
        self.serial = serial
        socket = try Socket(.xpub, in: context)
        try socket.setSendHighWaterMark(Int(Limits.feedQueueMessages))
        try socket.setReceiveHighWaterMark(Limits.feedSubscriptionsAtOnce / 4)
        // The same bound holds for subscriptions and for what the handshake takes.
        try socket.setMaxMessageSize(Limits.handshakeBytes)
        try socket.lookAfterPeers(settings)
        try socket.setCurveServer(key)
        try socket.setZAPDomain(Gatekeeper.Domain.feed(serial).text)
        entrance = try Entrance(to: socket)
    }

    deinit { entrance = nil }

    /// True if it has been let in.
    var isIn: Bool { filter != nil }

    /// False when the connection has been closed.
    var isOpen: Bool { connection?.isOpen ?? true }

    /// Takes the connection that it is for.
    func take(_ connection: HandedConnection, at uptime: Int64) {
        self.connection = connection
        acceptedAt = uptime
        // Nobody was handed to it before.
        _ = entrance?.hand(connection)
    }

    /// Lets in what its client may see, from now on.
    func admit(_ principal: PrincipalNumber, _ name: PrincipalName, _ rights: Rights) {
        self.principal = principal
        connection?.note(owner: principal.value)
        filter = TopicFilter(rights.feed)
        client = (name, rights)
    }

    /// Sends a message if its client may see it. libzmq drops it where it is not subscribed to, or too much waits.
    func send(_ topic: inout Message, _ body: inout Message) throws(ZeroMQError) {
        guard let filter, topic.withUnsafeBytes({ filter.allows($0) }) else { return }
        _ = try socket.send(sharing: &topic, more: true, wait: false)
        _ = try socket.send(sharing: &body, more: false, wait: false)
        // While it sends, libzmq takes subscriptions in.
        sends &+= 1
        if sends % 16 == 0 { try readSubscriptions() }
    }

    /// Reads what it has subscribed to, and cuts a peer that subscribes to more than a bound, or does not stop to speak.
    func readSubscriptions() throws(ZeroMQError) {
        for _ in 0..<Limits.feedSubscriptionsAtOnce {
            guard try socket.receive(into: &message, wait: false) else { return try tellRefusals() }
            guard message.withUnsafeBytes({ subscriptions.take($0) }) else { break }
        }
        isCut = true
        connection?.cut()
    }

    /// Tells a subscriber who asks for it what it subscribes to and will never see.
    private func tellRefusals() throws(ZeroMQError) {
        guard let client else { return }
        let topic = Array(FeedTopic.refused.utf8)
        for beginning in subscriptions.takeRecent(ifSubscribedTo: topic) {
            guard let refusal = client.rights.refusal(ofSubscription: beginning, by: client.name) else { continue }
            var json = JSONWriter()
            json.object { json in
                json.member("code", refusal.code)
                json.member("message", refusal.message)
            }
            guard try socket.send(topic + beginning, more: true, wait: false) == .sent else { return }
            _ = try socket.send(json.bytes, more: false, wait: false)
        }
    }

    /// Ends the connection at once.
    func end() {
        connection?.end()
        entrance = nil
    }

    /// Lets what waits go out, within a time, after the subscriber has been released.
    func linger(_ time: Duration) throws(ZeroMQError) {
        try socket.setLinger(time)
        entrance = nil
    }
}
