import TocsinCore
import TocsinModel
import TocsinWire
import ZeroMQ

/// A message that has come in at a ROUTER: its sender, its command, and its body.
struct Arrival<Command> {
    let peer: Peer
    let command: Result<Command, CommandFailure>
    /// The number of frames after the header.
    let bodies: Int
}

/// Takes messages apart as they come in: identity, perhaps a delimiter, header, and at most one body that is kept.
///
/// The frames stay in the door's buffers. ``body`` is the last arrival's, and is overwritten by the next one.
struct FrontDoor: ~Copyable {
    private var frame = Message()
    private var rest = Message()
    /// The frame after the header. It is meaningful only if the arrival has one.
    private(set) var body = Message()
    /// The amount taken in since the last ``UnreadBound/endTurn(_:readable:)``.
    var taken = Taken()

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
    mutating func next<Command>(
        at socket: borrowing Socket,
        _ read: (UnsafeRawBufferPointer) throws(CommandFailure) -> Command
    ) throws(ZeroMQError) -> Arrival<Command>? {
        guard try socket.receive(into: &frame, wait: false) else {
            taken.emptied += 1
            return nil
        }
        var peer = Peer(identity: frame.withUnsafeBytes { PeerIdentity($0) })
        var isMore = frame.isMore
        if isMore {
            _ = try socket.receive(into: &frame, wait: false)
            taken.add(frame)
            isMore = frame.isMore
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
        while isMore {
            // Frames that no command has are taken off the socket and dropped.
            _ = try socket.receive(into: &rest, wait: false)
            taken.add(rest)
            isMore = rest.isMore
            bodies += 1
        }
        return Arrival(peer: peer, command: command, bodies: bodies)
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
