import Glibc
import TocsinCore
import TocsinModel
import ZeroMQ

/// The four bound sockets. They belong to the broker's loop.
struct Endpoints: ~Copyable {
    let reports: Socket
    let alerts: Socket
    let control: Socket
    let feed: Socket
    /// Those of them that are files are locked.
    private let locks: [EndpointLock]

    /// Binds all four.
    ///
    /// - Throws: ``ServiceError/endpoint(_:)`` naming the endpoint that cannot be bound and what to do.
    init(_ configuration: ServiceConfiguration, context: Context) throws {
        let all = [configuration.reports, configuration.alerts, configuration.control, configuration.feed]
        let locks = try all.compactMap { endpoint in try Self.lock(endpoint) }
        let reports = try Self.router(context, configuration.reports)
        let alerts = try Self.router(context, configuration.alerts)
        let control = try Self.router(context, configuration.control)
        let feed = try Self.publisher(context, configuration.feed)
        self.reports = reports
        self.alerts = alerts
        self.control = control
        self.feed = feed
        self.locks = locks
    }

    /// Where it was bound: the port that the system chose, where the configuration left it open.
    borrowing func bound() throws -> (reports: String, alerts: String, feed: String, control: String) {
        (
            try reports.lastEndpoint, try alerts.lastEndpoint, try feed.lastEndpoint, try control.lastEndpoint
        )
    }

    private static func router(_ context: Context, _ endpoint: String) throws -> Socket {
        let socket = try Socket(.router, in: context)
        try socket.setLinger(.seconds(2))
        try socket.setRouterMandatory(true)
        try socket.setRouterHandover(true)
        try socket.setMaxMessageSize(Int(Limits.frameBytes))
        try socket.setSendHighWaterMark(Int(Limits.sendQueueMessages))
        try socket.setReceiveHighWaterMark(Int(Limits.receiveQueueMessages))
        try socket.setBacklog(4096)
        try bind(socket, endpoint)
        return socket
    }

    private static func publisher(_ context: Context, _ endpoint: String) throws -> Socket {
        let socket = try Socket(.xpub, in: context)
        try socket.setLinger(.seconds(1))
        try socket.setSendHighWaterMark(Int(Limits.receiveQueueMessages))
        try socket.setMaxMessageSize(Limits.subscriptionBytes)
        try bind(socket, endpoint)
        return socket
    }

    /// Makes the folder of an ipc endpoint and locks the endpoint; nil for another kind.
    private static func lock(_ endpoint: String) throws(ServiceError) -> EndpointLock? {
        guard endpoint.hasPrefix("ipc://") else { return nil }
        let path = String(endpoint.dropFirst(6))
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if !folder.isEmpty { _ = mkdir(folder, 0o750) }
        return try EndpointLock(path: path)
    }

    static func inUse(_ endpoint: String) -> String {
        "The endpoint \(endpoint) is in use by another program. Stop that one, or give tocsind another endpoint in its "
            + "configuration ('ss -ltnpx' shows who listens where)."
    }

    private static func bind(_ socket: borrowing Socket, _ endpoint: String) throws {
        // An IPv6 address is bound only by a socket that has been told so.
        try socket.setIPv6(endpoint.contains("["))
        do {
            try socket.bind(to: endpoint)
        } catch {
            guard error.code == .addressInUse else {
                throw ServiceError.endpoint("The endpoint \(endpoint) cannot be bound: \(error.text).")
            }
            throw ServiceError.endpoint(inUse(endpoint))
        }
    }
}
