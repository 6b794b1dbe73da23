import TocsinModel
import TocsinWire

/// What outlives a broker that is dropped and built anew from the journal, because it is not in there: who has joined what,
/// who follows what, and how long each incident has waited, which the civil clock would say wrongly where it was set
/// meanwhile.
public struct Presence: Sendable {
    struct Join: Sendable {
        let peer: Peer
        let recipient: Recipient
        let terminal: String
        let credit: Int
    }

    var joins: [Join] = []
    var followers: [(IncidentNumber, Peer)] = []
    var ages: [IncidentAge] = []

    public init() {}

    /// A connection has joined, perhaps again.
    mutating func add(_ join: Join) {
        remove(join.peer.identity, from: join.recipient)
        joins.append(join)
    }

    /// A connection is gone, or has left a recipient; false where it had not joined.
    @discardableResult
    mutating func remove(_ identity: PeerIdentity, from recipient: Recipient? = nil) -> Bool {
        let before = joins.count
        joins.removeAll { $0.peer.identity == identity && (recipient == nil || recipient == $0.recipient) }
        return joins.count < before
    }

    /// A connection follows nothing more.
    mutating func removeFollower(_ identity: PeerIdentity) {
        followers.removeAll { $0.1.identity == identity }
    }
}

extension Broker {
    /// Who is joined and who follows what.
    public var presence: Presence {
        guard standing != .recovering else { return awaited }
        var presence = Presence()
        for terminal in terminals.inUse.map({ terminals[$0] }).sorted(by: { $0.joined < $1.joined }) {
            presence.joins.append(
                Presence.Join(
                    peer: terminal.peer, recipient: mailboxes[terminal.mailbox.index].recipient,
                    terminal: terminal.name, credit: terminal.credit))
        }
        presence.followers = followers.all
        presence.ages = ages
        return presence
    }

    /// Joins and follows again on everybody's behalf; what is not RECEIVED is sent again, marked redelivered.
    mutating func attach(_ presence: Presence, into turn: inout Turn) {
        restoreAges(presence.ages)
        for join in presence.joins {
            self.join(join.peer, join.recipient, terminal: join.terminal, credit: join.credit, into: &turn)
        }
        for (number, peer) in presence.followers {
            guard isOpen(number) else {
                // It closed in a commit that reached the disk after all, or was never stored: nothing more will come.
                turn.send(.progress(peer, number, Progress(event: .closed, at: turn.now.wall)))
                continue
            }
            addFollower(peer, of: number, now: turn.now)
        }
    }
}
