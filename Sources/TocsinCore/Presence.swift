import TocsinModel
import TocsinWire

/// The part of a broker's state that is not in the journal, kept when the broker is dropped and built anew.
///
/// It holds the joins, the follows, and how long each incident has waited. The civil clock would give a wrong age if it
/// was set meanwhile.
public struct Presence: Sendable {
    struct Join: Sendable {
        let peer: Peer
        let recipient: Recipient
        let terminal: String
        let credit: Int
        let principal: String?
    }

    /// Joins and follows by connection. While the state is unknown everybody may join again, and each join must cost
    /// the same.
    private var joinsByPeer: [PeerIdentity: [(order: Int, join: Join)]] = [:]
    private(set) var joinCount = 0
    private var joinedSoFar = 0
    private var followsByPeer: [PeerIdentity: [IncidentNumber: (order: Int, peer: Peer)]] = [:]
    private(set) var followCount = 0
    private var followedSoFar = 0
    var ages: [IncidentAge] = []
    /// When silences, and what they keep still, are over in the time that passes.
    var silenceEnds = SilenceEnds()
    var hushed = HushedIncidents()
    /// Answers on the alerts endpoint that are sent when the state is known. PONG and OK say that all earlier messages
    /// have been dealt with.
    var answers: [CommittedOutput] = []

    public init() {}

    /// The joins in the order in which they came.
    var joins: [Join] { joinsByPeer.values.joined().sorted { $0.order < $1.order }.map(\.join) }

    /// The follows in the order in which they came.
    var follows: [(incident: IncidentNumber, peer: Peer)] {
        followsByPeer.values.joined().sorted { $0.value.order < $1.value.order }.map { ($0.key, $0.value.peer) }
    }

    /// The connections that have joined a recipient or follow an incident.
    var connections: [PeerIdentity] { Array(joinsByPeer.keys) + followsByPeer.keys }

    /// Adds a join of a connection, in place of an earlier one to the same recipient.
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

    /// Removes a connection's join to a recipient, or all its joins. Returns false if there was none.
    @discardableResult
    mutating func remove(_ identity: PeerIdentity, from recipient: Recipient? = nil) -> Bool {
        guard var joins = joinsByPeer.removeValue(forKey: identity) else { return false }
        let before = joins.count
        joins.removeAll { recipient == nil || recipient == $0.join.recipient }
        joinCount -= before - joins.count
        if !joins.isEmpty { joinsByPeer[identity] = joins }
        return joins.count < before
    }

    /// Removes everything that a connection follows.
    mutating func removeFollows(of identity: PeerIdentity) {
        followCount -= followsByPeer.removeValue(forKey: identity)?.count ?? 0
    }
}

extension Broker {
    /// The broker's joins, follows and incident ages.
    public var presence: Presence {
        guard standing != .recovering else { return awaited }
        var presence = Presence()
        (presence.silenceEnds, presence.hushed) = (silenceEnds, hushed)
        for terminal in terminals.inUse.map({ terminals[$0] }).sorted(by: { $0.joined < $1.joined }) {
            presence.add(
                Presence.Join(
                    peer: terminal.peer, recipient: mailboxes[terminal.mailbox.index].recipient,
                    terminal: terminal.name, credit: terminal.credit, principal: terminal.principal))
        }
        for (incident, peer) in followers.all { presence.addFollow(incident, peer) }
        presence.ages = ages
        return presence
    }

    /// Joins and follows again on everybody's behalf. Alerts that are not RECEIVED are sent again, marked redelivered.
    /// Then the requests that came meanwhile are answered.
    mutating func attach(_ presence: Presence, into turn: inout Turn) {
        restoreAges(presence.ages)
        silenceEnds.takeEarlier(presence.silenceEnds)
        hushed.takeEarlier(presence.hushed)
        let joins = presence.joins
        var last: [TerminalName: Int] = [:]
        for (index, join) in joins.enumerated() { last[TerminalName(join)] = index }
        for (index, join) in joins.enumerated() {
            if last[TerminalName(join)] == index {
                self.join(
                    join.peer, join.recipient, terminal: join.terminal, credit: join.credit, by: join.principal,
                    into: &turn)
            } else {
                refuseTakenOver(join.peer, join.recipient, join.terminal, into: &turn)
            }
        }
        for (number, peer) in presence.follows {
            if isOpen(number) {
                addFollower(peer, of: number, now: turn.now)
            } else if number.position <= lastPosition {
                // The incident closed in a commit that reached the disk after all.
                turn.send(.progress(peer, number, Progress(event: .closed, at: turn.now.wall)))
            }
            // Otherwise the incident was never stored, and nobody was told that it can be followed.
        }
        for answer in presence.answers { turn.send(answer) }
    }
}

/// The key by which a later terminal replaces an earlier one.
private struct TerminalName: Hashable {
    let recipient: Recipient
    let name: [UInt8]
    let principal: String?

    init(_ join: Presence.Join) {
        recipient = join.recipient
        name = Array(join.terminal.utf8)
        principal = join.principal
    }
}
