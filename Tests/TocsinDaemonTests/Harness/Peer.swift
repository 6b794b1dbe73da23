import ZeroMQ

/// A client in its rawest form: one socket that sends frames and receives frames. Its receive timeout only bounds
/// how long a failing test hangs.
final class Peer {
    private let socket: Socket
    private let monitor: SocketMonitor
    /// Whether a PING of the broker is answered and not shown, as a living client would.
    var answersPings = true
    private var lastBarrier = 0
    /// Whoever only keeps a peer keeps its daemon running too.
    private let daemon: Daemon

    init(
        _ kind: Socket.Kind, to endpoint: String, of daemon: Daemon, in context: Context, queue: Int?,
        subscriptions: [String]
    ) throws {
        self.daemon = daemon
        socket = try Socket(kind, in: context)
        try socket.setReceiveTimeout(.milliseconds(Patience.milliseconds))
        try socket.setSendTimeout(.milliseconds(Patience.milliseconds))
        if let queue {
            try socket.setSendHighWaterMark(queue)
            try socket.setReceiveHighWaterMark(queue)
        }
        for prefix in subscriptions { try socket.subscribe(to: prefix.utf8) }
        monitor = try SocketMonitor(of: socket, kinds: [.disconnected])
        try monitor.setReceiveTimeout(.milliseconds(Patience.milliseconds))
        try socket.connect(to: endpoint)
    }

    /// Sends a header and its bodies.
    func send(_ header: String, _ bodies: String...) throws {
        try send(frames: ([header] + bodies).map { [UInt8]($0.utf8) })
    }

    /// Sends frames as they are.
    func send(frames: [[UInt8]]) throws {
        guard try socket.send(multipart: frames) == .sent else { throw TestFailure("A message could not be sent.") }
    }

    /// The next message, which must come.
    func receive() throws -> Answer {
        guard let answer = try next(wait: true) else { throw TestFailure("A message was to come and did not.") }
        return answer
    }

    /// What has come until now; nothing is waited for.
    func receiveWhatIsThere() throws -> [Answer] {
        var answers: [Answer] = []
        while let answer = try next(wait: false) { answers.append(answer) }
        return answers
    }

    /// Sends, and receives the next message.
    func ask(_ header: String, _ bodies: String...) throws -> Answer {
        try send(frames: ([header] + bodies).map { [UInt8]($0.utf8) })
        return try receive()
    }

    /// What the broker has said up to now: everything before the PONG to a PING sent here.
    func settle() throws -> [Answer] {
        lastBarrier += 1
        try send("TIP1 PING barrier-\(lastBarrier)")
        var answers: [Answer] = []
        while true {
            let answer = try receive()
            if answer.header == "TIP1 PONG barrier-\(lastBarrier)" { return answers }
            answers.append(answer)
        }
    }

    /// Waits until the other side has ended the connection.
    func waitForDisconnect() throws {
        guard try monitor.receive() != nil else { throw TestFailure("The connection was to end and did not.") }
    }

    private func next(wait: Bool) throws -> Answer? {
        while let message = try socket.receiveMultipart(wait: wait) {
            let answer = Answer(frames: message.frames)
            guard answersPings, answer.words.starts(with: ["TIP1", "PING"]) else { return answer }
            try send(answer.header.replacing("PING", with: "PONG"))
        }
        return nil
    }
}

/// A message that the broker sent.
struct Answer: CustomStringConvertible {
    let frames: [[UInt8]]

    /// Frame 0: the header, or the topic of a feed message.
    var header: String { String(decoding: frames.first ?? [], as: UTF8.self) }

    var words: [String] { header.split(separator: " ").map(String.init) }

    /// The first body, as bytes and as JSON.
    var bodies: [[UInt8]] { Array(frames.dropFirst()) }

    var body: JSON {
        get throws { try JSON(frames.count > 1 ? frames[1] : []) }
    }

    /// A refusal's code; nil for any other message.
    var refusal: String? { words.dropFirst().first == "REFUSED" ? words.last : nil }

    var description: String {
        frames.map { String(decoding: $0.prefix(500), as: UTF8.self) }.joined(separator: " | ")
    }
}
