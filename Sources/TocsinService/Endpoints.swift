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

    /// Binds all four.
    ///
    /// - Throws: ``ServiceError/endpoint(_:)`` naming the endpoint that cannot be bound and what to do.
    init(_ configuration: ServiceConfiguration, context: Context) throws {
        let reports = try Self.router(context, configuration.reports)
        let alerts = try Self.router(context, configuration.alerts)
        let control = try Self.router(context, configuration.control)
        let feed = try Self.publisher(context, configuration.feed)
        self.reports = reports
        self.alerts = alerts
        self.control = control
        self.feed = feed
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

    private static func bind(_ socket: borrowing Socket, _ endpoint: String) throws {
        if endpoint.hasPrefix("ipc://") {
            let folder = endpoint.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false).dropLast()
            let path = folder.joined(separator: "/")
            if !path.isEmpty { _ = mkdir(path, 0o750) }
        }
        do {
            try socket.bind(to: endpoint)
        } catch {
            guard error.code == .addressInUse else {
                throw ServiceError.endpoint("The endpoint \(endpoint) cannot be bound: \(error.text).")
            }
            throw ServiceError.endpoint(
                "The endpoint \(endpoint) is in use by another program. Stop that one, or give tocsind another "
                    + "endpoint in its configuration ('ss -ltnp' shows who listens where).")
        }
    }
}
