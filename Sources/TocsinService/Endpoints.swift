import Glibc
import TocsinCore
import TocsinModel
import ZeroMQ

/// The four bound endpoints. They belong to the broker's loop.
struct Endpoints: ~Copyable {
    let reports: Socket
    let alerts: Socket
    let control: Socket
    let feed: Feed
    /// How each of the others learns who has come.
    let entries: [Endpoint: FrontDoor.Entry]
    /// Who receives newcomers at the endpoints that demand keys; nil where none does.
    private let porter: Porter?
    /// The bound endpoints, with the port that the system chose if the configuration left it open.
    let bound: (reports: String, alerts: String, feed: String, control: String)
    /// The locks of the endpoints that are files.
    private let locks: [EndpointLock]

    /// Binds all four. With a key every TCP endpoint demands it.
    ///
    /// - Parameters:
    ///   - configuration: The endpoints and the bounds.
    ///   - context: The sockets' context, whose ``Gatekeeper`` is there already.
    ///   - key: The broker's key; nil for TCP endpoints without keys.
    ///   - gatekeeper: Who lets in whoever has a key.
    ///   - done: Signalled if a thread behind them ends by itself.
    /// - Throws: ``ServiceError/endpoint(_:)`` naming the endpoint that cannot be bound and what to do.
    init(
        _ configuration: ServiceConfiguration, context: Context, key: CurveSecretKey?, gatekeeper: Gatekeeper,
        done: WakeUp
    ) throws {
        let all = [configuration.reports, configuration.alerts, configuration.control, configuration.feed]
        let locks = try all.compactMap { endpoint in try Self.lock(endpoint) }
        var doors: [Porter.Endpoint] = []
        let reports = try Self.router(context, configuration.broker)
        let alerts = try Self.router(context, configuration.broker)
        let control = try Self.router(context, configuration.broker)
        let addresses = (
            try Self.bind(reports, configuration.reports, context, key, &doors),
            try Self.bind(alerts, configuration.alerts, context, key, &doors),
            try Self.bind(control, configuration.control, context, key, &doors)
        )
        let feed = try Self.feed(configuration, context, key, gatekeeper, done, &doors)
        let porter = doors.isEmpty ? nil : try Porter(at: doors, gatekeeper, done: done)
        let routers = [
            (Endpoint.reports, configuration.reports), (.alerts, configuration.alerts),
            (.control, configuration.control),
        ]
        entries = Dictionary(
            uniqueKeysWithValues: routers.map { ($0, Self.isFile($1) ? .file : key == nil ? .open : .keys) })
        self.porter = porter
        bound = (addresses.0, addresses.1, feed.endpoint, addresses.2)
        self.reports = reports
        self.alerts = alerts
        self.control = control
        self.feed = feed
        self.locks = locks
    }

    // The doors are closed before the sockets behind them.
    deinit { porter?.stop() }

    /// The error that ended a thread behind the endpoints; nil while all work.
    var failure: ServiceError? { porter?.failure ?? feed.server?.failure }

    /// Connections that may wait to be accepted. All may come at once, after a restart.
    static let backlog = 4096

    private static func router(_ context: Context, _ settings: BrokerSettings) throws -> Socket {
        let socket = try Socket(.router, in: context)
        try socket.setLinger(.seconds(2))
        try socket.setRouterMandatory(true)
        try socket.setRouterHandover(true)
        try socket.setMaxMessageSize(settings.limits.receivedFrameBytes)
        try socket.setSendHighWaterMark(Int(Limits.sendQueueMessages))
        try socket.setReceiveHighWaterMark(Int(Limits.receiveQueueMessages))
        try socket.lookAfterPeers(settings)
        return socket
    }

    /// Binds a router and returns its endpoint. Where it demands keys, its door is added instead: the porter listens.
    private static func bind(
        _ socket: borrowing Socket, _ endpoint: String, _ context: Context, _ key: CurveSecretKey?,
        _ doors: inout [Porter.Endpoint]
    ) throws -> String {
        guard let key, !isFile(endpoint) else {
            try bind(socket, endpoint)
            return try socket.lastEndpoint
        }
        try socket.setCurveServer(key)
        try socket.setZAPDomain(Gatekeeper.Domain.keys.text)
        let listener = try listener(endpoint, context)
        doors.append(Porter.Endpoint(listener: listener, door: try SocketDoor(to: socket)))
        return listener.endpoint
    }

    private static func feed(
        _ configuration: ServiceConfiguration, _ context: Context, _ key: CurveSecretKey?, _ gatekeeper: Gatekeeper,
        _ done: WakeUp, _ doors: inout [Porter.Endpoint]
    ) throws -> Feed {
        let (endpoint, settings) = (configuration.feed, configuration.broker)
        guard let key, !isFile(endpoint) else { return try Feed(open: endpoint, context: context, settings: settings) }
        let listener = try listener(endpoint, context)
        doors.append(Porter.Endpoint(listener: listener, door: gatekeeper.feed))
        return try Feed(
            keyed: listener.endpoint, context: context, key: key, gatekeeper: gatekeeper, settings: settings, done: done
        )
    }

    private static func listener(_ endpoint: String, _ context: Context) throws -> Listener {
        do {
            return try Listener(at: endpoint, in: context, backlog: backlog)
        } catch {
            throw problem(error, endpoint)
        }
    }

    private static func isFile(_ endpoint: String) -> Bool { endpoint.hasPrefix("ipc://") }

    /// Makes the folder of an ipc endpoint and locks the endpoint. Nil for another kind of endpoint.
    private static func lock(_ endpoint: String) throws(ServiceError) -> EndpointLock? {
        guard isFile(endpoint) else { return nil }
        let path = String(endpoint.dropFirst(6))
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if !folder.isEmpty { _ = mkdir(folder, 0o750) }
        return try EndpointLock(path: path)
    }

    static func inUse(_ endpoint: String) -> String {
        "The endpoint \(endpoint) is in use by another program. Stop that one, or give tocsind another endpoint in its "
            + "configuration ('ss -ltnpx' shows who listens where)."
    }

    static func bind(_ socket: borrowing Socket, _ endpoint: String) throws {
        // A socket binds an IPv6 address only with this option.
        try socket.setIPv6(endpoint.contains("["))
        do {
            try socket.bind(to: endpoint)
        } catch {
            throw problem(error, endpoint)
        }
    }

    /// Returns the error for an endpoint that cannot be bound.
    static func problem(_ error: ZeroMQError, _ endpoint: String) -> ServiceError {
        guard error.code == .addressInUse else {
            return .endpoint("The endpoint \(endpoint) cannot be bound: \(error.text).")
        }
        return .endpoint(inUse(endpoint))
    }
}

extension Socket {
    /// Makes libzmq take many peers at once, and notice silent ones. A peer that vanishes without a word must not keep
    /// its descriptor for ever. TCP finds a host that is gone. ZMTP's heartbeat finds a program that hangs. The time limit
    /// of the handshake ends a peer that never introduces itself.
    func lookAfterPeers(_ settings: BrokerSettings) throws(ZeroMQError) {
        let silence = settings.heartbeat * Limits.silentHeartbeats
        // All that have connected together are asked together: rarely, for alerts wait meanwhile.
        try setHeartbeat(interval: settings.heartbeat * Limits.heartbeatsBetweenChecks, timeout: silence)
        // The system takes times of at most some hours.
        try setTCPKeepalive(
            idle: min(silence, .seconds(3600)), interval: min(settings.heartbeat, .seconds(60)),
            count: Limits.silentHeartbeats)
        try setBacklog(Endpoints.backlog)
        try setHandshakeInterval(.seconds(Limits.handshakeSeconds))
    }
}
