import DequeModule
import Dispatch
import Glibc
import Synchronization
import Threads
import TocsinAccess
import TocsinCore
import TocsinModel
import TocsinWire
import ZeroMQ

/// Decides who is let in with a key, on a thread of its own: it answers what libzmq asks of each new connection (ZAP,
/// RFC 27).
///
/// Each connection that is let in gets its identity from here, and not from its peer. So nobody takes another's place
/// by choosing the same identity, and each message says whose it is. Without this thread nobody is let in at all.
///
/// libzmq 4.3.4 takes an identity from the answer and from the peer, and the last one counts: it asks, looks once for
/// the answer, and reads then what the peer says of itself (`curve_server.cpp`, `process_initiate`). So an answer waits
/// until a token has gone round through libzmq's one thread for input and output, which has done all that by then.
final class Gatekeeper: Sendable {
    /// What a socket lets in.
    enum Domain: Hashable {
        /// Whoever has a key of the clients file.
        case keys
        /// One connection to the feed, of whoever has such a key, and may see some of the feed.
        case feed(FeedAdmissions.Serial)

        /// The name that libzmq tells with its request.
        var text: String {
            switch self {
            case .keys: "keys"
            case .feed(let serial): "feed/\(serial)"
            }
        }

        init?(_ text: String) {
            if text == "keys" {
                self = .keys
            } else if text.hasPrefix("feed/"), let serial = FeedAdmissions.Serial(text.dropFirst(5)) {
                self = .feed(serial)
            } else {
                return nil
            }
        }
    }

    private struct State {
        var principals = PrincipalTable()
        var sequence = IdentitySequence()
        /// When each principal was let in last.
        var seen = LastSeen()
        /// The number of connections that were let in, and of those that were refused.
        var admitted = 0, refused = 0
        var failure: ServiceError?
        var isStopped = false
    }

    /// Who has been let in at the feed.
    let feed: FeedAdmissions
    private let state = Mutex(State())
    private let work: WakeUp
    private let done: WakeUp

    /// Makes one that lets nobody in yet.
    ///
    /// - Parameters:
    ///   - clients: Who may come with a key.
    ///   - done: Signalled if the thread ends by itself.
    /// - Throws: If the system gives no pipe.
    init(clients: ClientList, done: WakeUp) throws {
        self.done = done
        work = try WakeUp()
        feed = try FeedAdmissions()
        state.withLock { _ = $0.principals.use(clients) }
    }

    /// Starts the thread. From now on it answers for every socket of the context.
    ///
    /// - Parameters:
    ///   - context: The sockets' context, with one I/O thread.
    ///   - folder: The runtime folder, in which the token's socket file is.
    /// - Throws: If the system has no thread, socket or file to give.
    func open(_ context: Context, folder: String) throws {
        let begun = DispatchSemaphore(value: 0)
        try OwnThread.start("tocsin-gate") { [self] in
            do {
                let door = try Socket(.router, in: context)
                try door.bind(to: "inproc://zeromq.zap.01")
                let token = try GateToken(context, folder: folder)
                defer { token.end() }
                begun.signal()
                try answer(at: door, token)
            } catch {
                state.withLock { $0.failure = .gatekeeper("\(error)") }
                begun.signal()
                done.signal()
            }
        }
        begun.wait()
        if let failure { throw failure }
    }

    /// Ends the thread.
    func stop() {
        state.withLock { $0.isStopped = true }
        work.signal()
    }

    /// The error that ended the thread; nil while it works.
    var failure: ServiceError? { state.withLock { $0.failure } }

    /// Everybody who was ever let in, or may be.
    var principals: PrincipalTable { state.withLock { $0.principals } }

    /// The number of connections that were let in and of those that were refused, since the start.
    var counts: (admitted: Int, refused: Int) { state.withLock { ($0.admitted, $0.refused) } }

    /// When each principal was let in last.
    var seen: LastSeen { state.withLock { $0.seen } }

    /// Takes another list of clients. Whoever is not on it is not let in any more.
    ///
    /// - Returns: The principals who are out, or whose entries have changed: their connections must be closed.
    func use(_ clients: ClientList) -> [PrincipalNumber] {
        state.withLock { $0.principals.use(clients) }
    }

    /// True if a principal's entry is in force, and its time is not over.
    func isIn(_ principal: PrincipalNumber, at time: Timestamp) -> Bool {
        state.withLock { $0.principals[principal]?.isIn(at: time) ?? false }
    }

    /// Returns the number of a user of this machine.
    func number(of user: PrincipalName) -> PrincipalNumber {
        state.withLock { $0.principals.number(of: user) }
    }

    private func answer(at door: borrowing Socket, _ token: borrowing GateToken) throws {
        var poll = PollSet()
        let onRequest = poll.add(door, for: .readable)
        let onToken = poll.add(token.returning, for: .readable)
        _ = poll.add(fileDescriptor: work.fileDescriptor, for: .readable)
        // There is at most one for each connection that shakes hands.
        var replies: Deque<[[UInt8]]> = []
        // The number of replies made, and of those sent.
        var (made, sent): (UInt64, UInt64) = (0, 0)
        while !state.withLock({ $0.isStopped }) {
            _ = try poll.poll(timeout: nil)
            if !poll[onRequest].isEmpty {
                let before = made
                while let request = try door.receiveMultipart(wait: false)?.frames {
                    // The identity and a delimiter come first.
                    guard request.count > 2 else { continue }
                    replies.append(Array(request[..<2]) + reply(to: Array(request[2...])))
                    made += 1
                }
                if made > before { try token.send(made) }
            }
            if !poll[onToken].isEmpty {
                while let back = try token.receive() {
                    while sent < back, let reply = replies.popFirst() {
                        _ = try door.send(multipart: reply, wait: false)
                        sent += 1
                    }
                }
            }
        }
    }

    /// Returns the reply to a request.
    ///
    ///     request   version, number, domain, address, identity, mechanism, credentials …
    ///     reply     version, number, status code, status text, user, properties
    func reply(to request: [[UInt8]]) -> [[UInt8]] {
        let number = request.count > 1 ? request[1] : []
        func reply(_ code: String, _ text: String, user: [UInt8] = [], properties: [UInt8] = []) -> [[UInt8]] {
            [Array("1.0".utf8), number, Array(code.utf8), Array(text.utf8), user, properties]
        }
        guard request.count == 7, request[0] == Array("1.0".utf8), request[5] == Array("CURVE".utf8),
            let domain = Domain(String(decoding: request[2], as: UTF8.self))
        else { return reply("500", "Only CURVE is answered here.") }
        let now = SystemClock.now.wall
        let key = request[6].withUnsafeBytes { PublicKey($0) }
        return state.withLock { state in
            guard let key, let principal = state.principals.number(of: key, at: now),
                isOpen(domain, to: principal, state.principals)
            else {
                state.refused += 1
                return reply("400", "This key may not come in here.")
            }
            state.admitted += 1
            state.seen.note(principal, at: now)
            let identity = ConnectionIdentity(principal, state.sequence.next())
            return reply(
                "200", "OK", user: Array(identity.text.utf8), properties: property("Identity", identity.bytes))
        }
    }

    private func isOpen(_ domain: Domain, to principal: PrincipalNumber, _ principals: PrincipalTable) -> Bool {
        switch domain {
        case .keys: return true
        case .feed(let serial):
            guard principals[principal]?.rights.feed.isEmpty == false else {
                feed.noteRefusal(of: principal, .seesNothing)
                return false
            }
            return feed.admit(serial, principal)
        }
    }

    /// Returns a property in ZMTP's form (RFC 23): the name after its length in one byte, the value after its length in
    /// four.
    private func property(_ name: String, _ value: [UInt8]) -> [UInt8] {
        let length = UInt32(value.count).bigEndian
        return [UInt8(name.utf8.count)] + Array(name.utf8) + withUnsafeBytes(of: length, Array.init) + value
    }
}

/// A message that goes round through libzmq's thread for input and output, and shows that the thread has done what came
/// before. Only that thread writes into a connection, so the way leads over one: a socket file that none but this user
/// may open.
private struct GateToken: ~Copyable {
    private let sending: Socket
    let returning: Socket
    private let path: String

    init(_ context: Context, folder: String) throws {
        let gate = folder + "/gate"
        _ = mkdir(folder, 0o750)
        guard mkdir(gate, 0o700) == 0 || errno == EEXIST, chmod(gate, 0o700) == 0 else {
            throw ServiceError.system(call: "mkdir \(gate)", code: errno)
        }
        let path = gate + "/t"
        let sending = try Socket(.pair, in: context)
        let returning = try Socket(.pair, in: context)
        try sending.setSendHighWaterMark(0)
        try returning.setReceiveHighWaterMark(0)
        try sending.bind(to: "ipc://\(path)")
        try returning.connect(to: "ipc://\(path)")
        self.sending = sending
        self.returning = returning
        self.path = path
    }

    /// Removes the socket file.
    func end() { unlink(path) }

    func send(_ count: UInt64) throws {
        _ = try withUnsafeBytes(of: count) { (bytes) throws(ZeroMQError) in try sending.send(bytes) }
    }

    /// Returns the count of a token that is back; nil while there is none.
    func receive() throws -> UInt64? {
        guard let frame = try returning.receiveMultipart(wait: false)?.frames.first, frame.count == 8 else {
            return nil
        }
        return frame.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }
}

/// The identity of a connection that the gatekeeper has let in: seven bytes, which start with its principal's number.
struct ConnectionIdentity: Hashable {
    static let byteCount = 7
    /// Added to the number, so that no identity begins with a zero, as those of libzmq's own making do.
    private static let base: UInt32 = 0x01_0000

    let bytes: [UInt8]

    init(_ principal: PrincipalNumber, _ sequence: UInt32) {
        let first = principal.value + Self.base
        bytes = [
            UInt8(truncatingIfNeeded: first >> 16), UInt8(truncatingIfNeeded: first >> 8),
            UInt8(truncatingIfNeeded: first),
            UInt8(truncatingIfNeeded: sequence >> 24), UInt8(truncatingIfNeeded: sequence >> 16),
            UInt8(truncatingIfNeeded: sequence >> 8), UInt8(truncatingIfNeeded: sequence),
        ]
    }

    /// The identity in hexadecimal digits, which each message of the connection carries as its user.
    var text: String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    /// Returns the principal of a connection by its identity and its user, as they came with a message; nil if one of
    /// them is not from the gatekeeper.
    static func principal(_ identity: UnsafeRawBufferPointer, user: String?) -> PrincipalNumber? {
        guard identity.count == byteCount, var user else { return nil }
        let isSame = user.withUTF8 { text in
            text.count == 2 * byteCount
                && identity.indices.allSatisfy { digit(text[2 * $0]) << 4 | digit(text[2 * $0 + 1]) == identity[$0] }
        }
        return isSame ? number(in: identity) : nil
    }

    /// Returns the principal of a connection that has been let in with a key; nil for another identity.
    static func principal(_ identity: PeerIdentity) -> PrincipalNumber? {
        identity.withBytes { $0.count == byteCount ? number(in: $0) : nil }
    }

    private static func number(in identity: UnsafeRawBufferPointer) -> PrincipalNumber? {
        let first = UInt32(identity[0]) << 16 | UInt32(identity[1]) << 8 | UInt32(identity[2])
        return first > base ? PrincipalNumber(value: first - base) : nil
    }

    private static func digit(_ character: UInt8) -> UInt8 {
        character <= UInt8(ascii: "9") ? character &- UInt8(ascii: "0") : character &- UInt8(ascii: "a") &+ 10
    }
}

/// Numbers that nobody can guess who has not seen any: each once, in four thousand million.
struct IdentitySequence {
    private var last = UInt32.random(in: .min ... .max)
    /// An odd step meets every number before it meets one again.
    private let step = UInt32.random(in: .min ... .max) | 1

    mutating func next() -> UInt32 {
        last &+= step
        return last
    }
}
