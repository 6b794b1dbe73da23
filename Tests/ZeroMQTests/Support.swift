import Testing
import ZeroMQ

/// A patience that no test on a working machine uses up: it turns a hang into a failure.
let patience = Duration.seconds(20)

/// A socket that gives up waiting at last.
func makeSocket(_ kind: Socket.Kind, in context: Context) throws -> Socket {
    let socket = try Socket(kind, in: context)
    try socket.setReceiveTimeout(patience)
    try socket.setSendTimeout(patience)
    return socket
}

/// A DEALER with an identity.
func makeDealer(_ identity: String, in context: Context) throws -> Socket {
    let socket = try makeSocket(.dealer, in: context)
    try socket.setRoutingID(identity.bytes)
    return socket
}

func makeMonitor(of socket: borrowing Socket, kinds: [SocketEvent.Kind] = SocketEvent.Kind.usual) throws
    -> SocketMonitor
{
    let monitor = try SocketMonitor(of: socket, kinds: kinds)
    try monitor.setReceiveTimeout(patience)
    return monitor
}

extension Socket {
    /// Sends frames of text, and expects libzmq to take them.
    func sendText(_ frames: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
        let outcome = try send(multipart: frames.map(\.bytes))
        #expect(outcome == .sent, sourceLocation: sourceLocation)
    }

    /// Receives a message as text; nil when patience is over.
    func receiveText() throws -> [String]? {
        try receiveMultipart()?.frames.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Binds to any free port and tells the endpoint.
    func bindLoopback() throws -> String {
        try bind(to: "tcp://127.0.0.1:*")
        return try lastEndpoint
    }
}

extension SocketMonitor {
    /// The next event of the kind; nil when patience is over.
    func next(_ kind: SocketEvent.Kind) throws -> SocketEvent? {
        while let event = try receive() {
            if event.kind == kind { return event }
        }
        return nil
    }
}

extension String {
    var bytes: [UInt8] { [UInt8](utf8) }
}
