import TocsinModel
import TocsinWire

/// Who follows which incident: by incident, for telling of a change, and by connection, so that one that is gone costs
/// what it followed and not what everybody follows.
struct FollowerTable {
    /// What one connection follows, and its index in each incident's list.
    private struct Connection {
        var peer: Peer
        /// Its index in ``connections``.
        var index: Int
        var indices: [IncidentNumber: Int] = [:]
    }

    private var byIncident: [IncidentNumber: [PeerIdentity]] = [:]
    private var byConnection: [PeerIdentity: Connection] = [:]
    /// Every connection that follows something, each at its index, and where the next look at them begins.
    private var connections: [PeerIdentity] = []
    private var nextConnection = 0
    /// Incidents that are followed, each by each of its followers.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    var connectionCount: Int { connections.count }

    func isFollowed(_ incident: IncidentNumber) -> Bool { byIncident[incident] != nil }

    func isFollowing(_ peer: Peer, _ incident: IncidentNumber) -> Bool {
        byConnection[peer.identity]?.indices[incident] != nil
    }

    /// How many incidents a connection follows.
    func count(of identity: PeerIdentity) -> Int { byConnection[identity]?.indices.count ?? 0 }

    /// Every follower of an incident.
    func peers(of incident: IncidentNumber) -> [Peer] {
        (byIncident[incident] ?? []).compactMap { byConnection[$0]?.peer }
    }

    /// Everything that is followed, connection by connection.
    var all: [(IncidentNumber, Peer)] {
        connections.flatMap { identity -> [(IncidentNumber, Peer)] in
            guard let connection = byConnection[identity] else { return [] }
            return connection.indices.keys.sorted().map { ($0, connection.peer) }
        }
    }

    /// From now on a connection follows an incident; it is spoken to as it spoke last.
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

    /// Forgets a connection and all that it followed.
    mutating func remove(_ identity: PeerIdentity) {
        guard let indices = byConnection[identity]?.indices else { return }
        for (incident, index) in indices {
            leave(incident, at: index)
            count -= 1
        }
        forget(identity)
    }

    /// Forgets an incident and who followed it.
    mutating func remove(_ incident: IncidentNumber) {
        for identity in byIncident.removeValue(forKey: incident) ?? [] {
            byConnection[identity]?.indices[incident] = nil
            count -= 1
            if byConnection[identity]?.indices.isEmpty ?? false { forget(identity) }
        }
    }

    /// The next connections to be looked at, up to so many; after the last comes the first again.
    mutating func next(_ limit: Int) -> [Peer] {
        (0..<min(limit, connections.count)).compactMap { _ in
            if nextConnection >= connections.count { nextConnection = 0 }
            defer { nextConnection += 1 }
            return byConnection[connections[nextConnection]]?.peer
        }
    }

    /// Takes whoever stands at an index out of an incident's list; the last one moves to where it stood.
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
