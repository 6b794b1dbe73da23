import TocsinCore
import TocsinWire

/// A peer of the broker.
enum Actor: Hashable {
    case reporter(Int)
    case terminal(Int)
    case `operator`
}

/// One connection of an actor. When it breaks, the next one has the next number, and messages under way are lost.
struct Connection: Hashable {
    var actor: Actor
    var number = 0

    /// The identity that a ROUTER would give it:
    ///
    ///     byte 0            1                 2 … 3
    ///     kind of actor     actor's index     connection's number
    var peer: Peer {
        let (kind, index) =
            switch actor {
            case .reporter(let index): (UInt8(0), index)
            case .terminal(let index): (UInt8(1), index)
            case .operator: (UInt8(2), 0)
            }
        return Peer(identity: PeerIdentity([kind, UInt8(index), UInt8(number >> 8), UInt8(number & 0xff)]))
    }

    init(actor: Actor, number: Int = 0) {
        self.actor = actor
        self.number = number
    }

    init(_ peer: Peer) {
        self = peer.identity.withBytes { bytes in
            let actor: Actor =
                switch bytes[0] {
                case 0: .reporter(Int(bytes[1]))
                case 1: .terminal(Int(bytes[1]))
                default: .operator
                }
            return Connection(actor: actor, number: Int(bytes[2]) << 8 | Int(bytes[3]))
        }
    }
}

/// A message from the broker to an actor.
enum Message {
    case immediate(ImmediateOutput)
    case committed(CommittedOutput)

    /// The destination; nil for the feed.
    var peer: Peer? {
        switch self {
        case .immediate(.refused(_, let peer, _, _, _, _)), .immediate(.ping(_, let peer)): peer
        case .committed(.publish): nil
        case .committed(.receipt(let peer, _, _)), .committed(.progress(let peer, _, _)),
            .committed(.ok(_, let peer, _)), .committed(.reloaded(let peer, _, _)), .committed(.pong(_, let peer, _)),
            .committed(.joined(let peer, _, _)),
            .committed(.alert(let peer, _)), .committed(.confirmed(let peer, _, _, _, _)),
            .committed(.taken(let peer, _, _, _)), .committed(.subscribed(let peer, _, _)),
            .committed(.subscriptions(let peer, _, _)), .committed(.silenced(let peer, _, _)),
            .committed(.unsilenced(let peer, _)), .committed(.reopened(let peer, _)),
            .committed(.split(let peer, _, _)), .committed(.rated(let peer, _, _)):
            peer
        }
    }
}

/// The arrival times of messages: late, but in order on each connection and each way.
struct SimulatedNetwork {
    private struct Lane: Hashable {
        let connection: Connection
        let isTowardsBroker: Bool
    }

    private var lastArrivals: [Lane: Int64] = [:]

    /// Returns the arrival time of a message that is sent now. It is mostly soon, and sometimes after seconds.
    mutating func arrival(
        _ now: Int64, on connection: Connection, towardsBroker: Bool, _ profile: StormProfile,
        using random: inout SplitMix64
    ) -> Int64 {
        let lane = Lane(connection: connection, isTowardsBroker: towardsBroker)
        let delay =
            profile.happens(.slowNetwork, 6, using: &random) ? random.pick(500...3000) : random.pick(1...20)
        let arrival = max(now + delay, lastArrivals[lane] ?? 0)
        lastArrivals[lane] = arrival
        return arrival
    }
}
