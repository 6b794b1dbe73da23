import TocsinModel
import TocsinWire

/// The followers of incidents. They are listed by incident, for telling of a change, and by connection. So the end of a
/// connection costs as much as it followed, and not as much as everybody follows.
struct FollowerTable {
    /// The incidents that one connection follows, and its index in each incident's list.
    private struct Connection {
        var peer: Peer
        /// Its index in ``connections``.
        var index: Int
        var indices: [IncidentNumber: Int] = [:]
    }

    private var byIncident: [IncidentNumber: [PeerIdentity]] = [:]
    private var byConnection: [PeerIdentity: Connection] = [:]
    /// Every connection that follows an incident, each at its index, and the index where the next check begins.
    private var connections: [PeerIdentity] = []
    private var nextConnection = 0
    /// The number of pairs of an incident and a follower.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    var connectionCount: Int { connections.count }

    /// Every connection that follows an incident.
    var identities: [PeerIdentity] { connections }

    func isFollowed(_ incident: IncidentNumber) -> Bool { byIncident[incident] != nil }

    func isFollowing(_ peer: Peer, _ incident: IncidentNumber) -> Bool {
        byConnection[peer.identity]?.indices[incident] != nil
    }

    /// Returns the number of incidents that a connection follows.
    func count(of identity: PeerIdentity) -> Int { byConnection[identity]?.indices.count ?? 0 }

    /// Returns every follower of an incident.
    func peers(of incident: IncidentNumber) -> [Peer] {
        (byIncident[incident] ?? []).compactMap { byConnection[$0]?.peer }
    }

    /// All pairs of an incident and a follower, connection by connection.
    var all: [(IncidentNumber, Peer)] {
        connections.flatMap { identity -> [(IncidentNumber, Peer)] in
            guard let connection = byConnection[identity] else { return [] }
            return connection.indices.keys.sorted().map { ($0, connection.peer) }
        }
    }

    /// Adds a connection as a follower of an incident. Later messages to the connection go to `peer`, as it spoke last.
    mutating func add(_ peer: Peer, _ incident: IncidentNumber) {
        let identity = peer.identity
        if byConnection[identity] == nil {
            byConnection[identity] = Connection(peer: peer, index: connections.count)
            connections.append(identity)
        }
        byConnection[identity]?.peer = peer
        guard byConnection[identity]?.indices[incident] == nil else { return }
        let index = byIncident[incident]?.count ?? 0
        byIncident[incident, default: []].append(identity)
        byConnection[identity]?.indices[incident] = index
        count += 1
    }

    /// Forgets a connection and all incidents that it followed.
    mutating func remove(_ identity: PeerIdentity) {
        guard let indices = byConnection[identity]?.indices else { return }
        for (incident, index) in indices {
            leave(incident, at: index)
            count -= 1
        }
        forget(identity)
    }

    /// Forgets an incident and its followers.
    mutating func remove(_ incident: IncidentNumber) {
        for identity in byIncident.removeValue(forKey: incident) ?? [] {
            byConnection[identity]?.indices[incident] = nil
            count -= 1
            if byConnection[identity]?.indices.isEmpty ?? false { forget(identity) }
        }
    }

    /// Returns up to `limit` connections to check next. The first one follows the last one.
    mutating func next(_ limit: Int) -> [Peer] {
        (0..<min(limit, connections.count)).compactMap { _ in
            if nextConnection >= connections.count { nextConnection = 0 }
            defer { nextConnection += 1 }
            return byConnection[connections[nextConnection]]?.peer
        }
    }

    /// Removes the follower at an index from an incident's list. The last follower moves to that index.
    private mutating func leave(_ incident: IncidentNumber, at index: Int) {
        guard let last = byIncident[incident]?.popLast() else { return }
        guard let count = byIncident[incident]?.count, index < count else {
            if byIncident[incident]?.isEmpty ?? false { byIncident[incident] = nil }
            return
        }
        byIncident[incident]?[index] = last
        byConnection[last]?.indices[incident] = index
    }

    private mutating func forget(_ identity: PeerIdentity) {
        guard let connection = byConnection.removeValue(forKey: identity), let last = connections.popLast(),
            last != identity
        else { return }
        connections[connection.index] = last
        byConnection[last]?.index = connection.index
    }
}
