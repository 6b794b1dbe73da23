import Glibc
import TocsinAccess
import TocsinCore
import TocsinModel
import TocsinWire
import ZeroMQ

/// A message that has come in at a ROUTER: its sender, its command, and its body.
struct Arrival<Command> {
    let peer: Peer
    /// Whose connection it came through.
    let principal: PrincipalNumber
    let command: Result<Command, CommandFailure>
    /// The number of frames after the header.
    let bodies: Int
}

/// Takes messages apart as they come in: identity, perhaps a delimiter, header, and at most two bodies that are kept.
///
/// The frames stay in the door's buffers. ``body`` and ``second`` are the last arrival's, and are overwritten by the next one.
struct FrontDoor: ~Copyable {
    /// How it is known who has sent a message.
    enum Entry {
        /// It is not known, and whoever can reach the endpoint may do everything.
        case open
        /// It is a user of this machine, who may open the socket file and do everything.
        case file
        /// It is a client that the ``Gatekeeper`` has let in by its key.
        case keys
    }

    private let gatekeeper: Gatekeeper
    /// The most connections of one client with a key.
    let connectionsPerClient: Int
    /// The numbers of the users who have come, by the system's number.
    private var users: [UInt32: PrincipalNumber] = [:]
    private var frame = Message()
    private var rest = Message()
    /// The frame after the header. It is meaningful only if the arrival has one.
    private(set) var body = Message()
    /// The frame after ``body``. It is meaningful only if the arrival has one.
    private(set) var second = Message()
    /// The connections that were one too many of their client's.
    private(set) var surplus = SurplusConnections()
    /// When each principal has said something last, and which supervised clients have.
    var heard = HeardPrincipals()
    /// The time at which whoever says something now is heard: the turn's.
    var now: Moment
    /// The amount taken in since the last ``UnreadBound/endTurn(_:readable:)``.
    var taken = Taken()

    init(_ gatekeeper: Gatekeeper, connectionsPerClient: Int, now: Moment) {
        self.now = now
        self.gatekeeper = gatekeeper
        self.connectionsPerClient = connectionsPerClient
    }

    /// The amount taken in, and the number of sockets that are empty.
    struct Taken {
        /// The bytes of frames, counted as libzmq's side counts them.
        var bytes: Int64 = 0
        /// The number of sockets at which nothing more was found.
        var emptied = 0

        mutating func add(_ frame: borrowing Message) {
            bytes += Int64(frame.count + ConnectionBounds.frameCost)
        }
    }

    /// Returns the next message at `socket`, its header read by `read`, or nil if there is none.
    ///
    /// - Parameters:
    ///   - socket: A ROUTER.
    ///   - entry: How it is known who has sent the message.
    ///   - read: Reads a header.
    mutating func next<Command>(
        at socket: borrowing Socket, _ entry: Entry,
        _ read: (UnsafeRawBufferPointer) throws(CommandFailure) -> Command
    ) throws(ZeroMQError) -> Arrival<Command>? {
        var message: Arrival<Command>?
        repeat {
            guard try socket.receive(into: &frame, wait: false) else {
                taken.emptied += 1
                return nil
            }
            message = try take(at: socket, entry, read)
        } while message == nil
        return message
    }

    /// Takes the rest of a message whose identity has been received. Nil for one that nobody may have sent.
    private mutating func take<Command>(
        at socket: borrowing Socket, _ entry: Entry,
        _ read: (UnsafeRawBufferPointer) throws(CommandFailure) -> Command
    ) throws(ZeroMQError) -> Arrival<Command>? {
        var peer = Peer(identity: frame.withUnsafeBytes { PeerIdentity($0) })
        // libzmq 4.3.4 loses the identity frame's properties where a socket is polled; the next frame has them.
        var principal: PrincipalNumber? = .anybody
        var isMore = frame.isMore
        if isMore {
            _ = try socket.receive(into: &frame, wait: false)
            taken.add(frame)
            isMore = frame.isMore
            switch entry {
            case .open: break
            case .file:
                let user = user(at: frame.property(.peerAddress))
                _ = ConnectionBounds.note(frame, isOf: user.value, atMost: .max)
                principal = user
            case .keys:
                principal = peer.identity.withBytes { ConnectionIdentity.principal($0, user: frame.property(.userID)) }
                if let client = principal {
                    switch ConnectionBounds.note(frame, isOf: client.value, atMost: connectionsPerClient) {
                    case .known: break
                    case .ended:
                        surplus.note(client)
                        principal = nil
                    case .new where !gatekeeper.isIn(client, at: now.wall):
                        // It was let in before its client's entry changed, and had said nothing by which it could be found
                        // then. It comes again as what it is now, and says it again.
                        ConnectionBounds.endConnection(of: frame)
                        principal = nil
                    case .new: break
                    }
                } else {
                    // Its identity is its own: the token has been in vain. It comes again.
                    ConnectionBounds.endConnection(of: frame)
                }
            }
            if frame.isEmpty, isMore {
                peer.isDelimited = true
                _ = try socket.receive(into: &frame, wait: false)
                taken.add(frame)
                isMore = frame.isMore
            }
        }
        let command = frame.withUnsafeBytes { header in Result { () throws(CommandFailure) in try read(header) } }
        var bodies = 0
        if isMore {
            _ = try socket.receive(into: &body, wait: false)
            taken.add(body)
            bodies = 1
            isMore = body.isMore
        }
        if isMore {
            _ = try socket.receive(into: &second, wait: false)
            taken.add(second)
            bodies = 2
            isMore = second.isMore
        }
        while isMore {
            // Frames that no command has are taken off the socket and dropped.
            _ = try socket.receive(into: &rest, wait: false)
            taken.add(rest)
            isMore = rest.isMore
            bodies += 1
        }
        guard let principal else { return nil }
        heard.note(principal, at: now)
        return Arrival(peer: peer, principal: principal, command: command, bodies: bodies)
    }
}

/// The connections that were ended because their client had as many as it may have.
struct SurplusConnections {
    private(set) var count: Int64 = 0
    /// Whose the latest was.
    private(set) var latest: PrincipalNumber?

    mutating func note(_ principal: PrincipalNumber) {
        count += 1
        latest = principal
    }
}

extension FrontDoor {
    /// Returns the user who opened a socket file.
    ///
    /// - Parameter address: as libzmq tells it: `localhost:1000:1000:4711`, with user, group and process.
    private mutating func user(at address: String?) -> PrincipalNumber {
        let parts = (address ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 4, let number = UInt32(parts[1]) else {
            return gatekeeper.number(of: PrincipalName(user: "unknown"))
        }
        if let known = users[number] { return known }
        let principal = gatekeeper.number(of: PrincipalName(user: Self.name(ofUser: number)))
        users[number] = principal
        return principal
    }

    /// Returns the name of a user, or its number if it has no name.
    private static func name(ofUser number: UInt32) -> String {
        var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 * 1024) { buffer in
            guard let start = buffer.baseAddress,
                getpwuid_r(number, &entry, start, buffer.count, &found) == 0, found != nil
            else { return String(number) }
            return entry.pw_name.map { String(cString: $0) } ?? String(number)
        }
    }
}

extension Arrival {
    /// Refuses a message with other than `wanted` frames after its header.
    func expectBodies(_ wanted: ClosedRange<Int>, _ what: String) throws(Refusal) {
        guard bodies < wanted.lowerBound || bodies > wanted.upperBound else { return }
        let message =
            bodies < wanted.lowerBound
            ? "The frame with \(what) is missing."
            : "There are \(bodies) frames after the header; \(what) is all it takes."
        throw Refusal(.malformed, message)
    }
}
