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

    /// Joins and follows by connection: while the state is unknown everybody may join again, and each must cost the same.
    private var joinsByPeer: [PeerIdentity: [(order: Int, join: Join)]] = [:]
    private(set) var joinCount = 0
    private var joinedSoFar = 0
    private var followsByPeer: [PeerIdentity: [IncidentNumber: (order: Int, peer: Peer)]] = [:]
    private(set) var followCount = 0
    private var followedSoFar = 0
    var ages: [IncidentAge] = []
    /// What has been asked on the alerts endpoint and is answered when the state is known: PONG and OK say that what came
    /// before them has been dealt with.
    var answers: [CommittedOutput] = []

    public init() {}

    /// In the order in which they joined.
    var joins: [Join] { joinsByPeer.values.joined().sorted { $0.order < $1.order }.map(\.join) }

    /// In the order in which they followed.
    var follows: [(incident: IncidentNumber, peer: Peer)] {
        followsByPeer.values.joined().sorted { $0.value.order < $1.value.order }.map { ($0.key, $0.value.peer) }
    }

    /// A connection has joined, perhaps again.
    mutating func add(_ join: Join) {
        remove(join.peer.identity, from: join.recipient)
        joinsByPeer[join.peer.identity, default: []].append((joinedSoFar, join))
        joinedSoFar += 1
        joinCount += 1
    }

    mutating func addFollow(_ incident: IncidentNumber, _ peer: Peer) {
        let known = followsByPeer[peer.identity, default: [:]].updateValue((followedSoFar, peer), forKey: incident)
        followedSoFar += 1
        if known == nil { followCount += 1 }
    }

    /// A connection is gone, or has left a recipient; false where it had not joined.
    @discardableResult
    mutating func remove(_ identity: PeerIdentity, from recipient: Recipient? = nil) -> Bool {
        guard var joins = joinsByPeer.removeValue(forKey: identity) else { return false }
        let before = joins.count
        joins.removeAll { recipient == nil || recipient == $0.join.recipient }
        joinCount -= before - joins.count
        if !joins.isEmpty { joinsByPeer[identity] = joins }
        return joins.count < before
    }

    /// A connection follows nothing more.
    mutating func removeFollows(of identity: PeerIdentity) {
        followCount -= followsByPeer.removeValue(forKey: identity)?.count ?? 0
    }
}

extension Broker {
    /// Who is joined and who follows what.
    public var presence: Presence {
        guard standing != .recovering else { return awaited }
        var presence = Presence()
        for terminal in terminals.inUse.map({ terminals[$0] }).sorted(by: { $0.joined < $1.joined }) {
            presence.add(
                Presence.Join(
                    peer: terminal.peer, recipient: mailboxes[terminal.mailbox.index].recipient,
                    terminal: terminal.name, credit: terminal.credit))
        }
        for (incident, peer) in followers.all { presence.addFollow(incident, peer) }
        presence.ages = ages
        return presence
    }

    /// Joins and follows again on everybody's behalf; what is not RECEIVED is sent again, marked redelivered. Then those are
    /// answered who have asked meanwhile.
    mutating func attach(_ presence: Presence, into turn: inout Turn) {
        restoreAges(presence.ages)
        let joins = presence.joins
        var last: [TerminalName: Int] = [:]
        for (index, join) in joins.enumerated() { last[TerminalName(join)] = index }
        for (index, join) in joins.enumerated() {
            if last[TerminalName(join)] == index {
                self.join(join.peer, join.recipient, terminal: join.terminal, credit: join.credit, into: &turn)
            } else {
                refuseTakenOver(join.peer, join.recipient, join.terminal, into: &turn)
            }
        }
        for (number, peer) in presence.follows {
            if isOpen(number) {
                addFollower(peer, of: number, now: turn.now)
            } else if number.position <= lastPosition {
                // It closed in a commit that reached the disk after all.
                turn.send(.progress(peer, number, Progress(event: .closed, at: turn.now.wall)))
            }
            // Otherwise it was never stored, and nobody was told that it can be followed.
        }
        for answer in presence.answers { turn.send(answer) }
    }
}

/// By what a later terminal replaces an earlier one.
private struct TerminalName: Hashable {
    let recipient: Recipient
    let name: [UInt8]

    init(_ join: Presence.Join) {
        recipient = join.recipient
        name = Array(join.terminal.utf8)
    }
}
