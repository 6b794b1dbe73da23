import Logging
import TocsinAccess
import TocsinCore
import TocsinModel
import TocsinWire
import ZeroMQ

/// Who may no longer do what it did: its connections are closed, its terminals leave, and it follows nothing.
extension BrokerLoop {
    /// Closes the connections of principals who are out, or may do something else from now on. Those who are still
    /// clients come again.
    ///
    /// Whose a connection is is known from its first message. So those through which nobody has spoken yet are closed, too:
    /// one of these principals may hold any of them. An operator who waits for the answer to a reload keeps its connections
    /// for a moment: nothing is taken from them any more, and the answer is sent.
    ///
    /// - Returns: The number of connections that are closed and known to be these principals'.
    mutating func closeConnections(of principals: [PrincipalNumber], into turn: inout Turn) -> Int {
        permissions.update()
        guard !principals.isEmpty else { return 0 }
        let asking = Set(pipeline.reloadAskers.compactMap { ConnectionIdentity.principal($0.identity) })
        let later = principals.filter(asking.contains).map(\.value)
        var closed = ConnectionBounds.endConnections(of: principals.filter { !asking.contains($0) }.map(\.value))
        if let last = later.max() {
            let open = ConnectionBounds.connections(ofOwnersUpTo: last)
            for owner in later where open[Int(owner)] > 0 { closed[owner] = Int(open[Int(owner)]) }
            leaving = ((leaving?.owners ?? []) + later, leaving?.at ?? turn.now.uptime + Self.timeForAnAnswer)
        }
        let silent = ConnectionBounds.endSilentConnections()
        for principal in principals {
            guard let ended = closed[principal.value] else { continue }
            logger.notice(
                "a client's connections are closed, because its entry has changed or its time is over",
                metadata: ["principal": "\(permissions.name(of: principal) ?? "")", "connections": "\(ended)"])
        }
        if silent > 0 {
            logger.notice(
                "connections through which nobody had spoken are closed, too: whoever belongs comes again",
                metadata: ["connections": "\(silent)"])
        }
        // libzmq tells of a closed connection when something is sent to it. The broker learns of it now.
        let out = Set(principals)
        for identity in pipeline.broker.connections
        where ConnectionIdentity.principal(identity).map(out.contains) ?? false {
            pipeline.handle(.unreachable(identity), into: &turn)
            pipeline.handle(.reporterGone(identity), into: &turn)
        }
        return closed.values.reduce(0, +)
    }

    /// How long the connections of an operator that is out stay for the answer to its reload, in milliseconds. Whoever is
    /// out is so within a second.
    private static let timeForAnAnswer: Int64 = 500

    /// Closes the connections that were left for the answer to a reload.
    mutating func closeLeaving(now: Moment) {
        guard let (owners, time) = leaving, now.uptime >= time else { return }
        _ = ConnectionBounds.endConnections(of: owners)
        leaving = nil
    }

    /// Closes the connections of clients whose time has come to an end since the last call.
    mutating func closeEnded(into turn: inout Turn) {
        // The clock may have been set back: what ended then ends again.
        if turn.now.wall < lookedForEndsAt { nextEndOfAClient = gatekeeper.principals.nextEnd(after: turn.now.wall) }
        lookedForEndsAt = turn.now.wall
        guard let end = nextEndOfAClient, turn.now.wall >= end else { return }
        let ended = gatekeeper.principals.ended(after: end + .milliseconds(-1), upTo: turn.now.wall)
        _ = closeConnections(of: ended, into: &turn)
        nextEndOfAClient = gatekeeper.principals.nextEnd(after: turn.now.wall)
    }

    /// Watches from now on for messages of the clients that somebody supervises.
    mutating func watchClients(now: Timestamp) {
        let principals = gatekeeper.principals
        door.heard.watch(
            pipeline.files.clients.principals.compactMap { client in
                client.supervision == nil ? nil : principals.number(of: client.key, at: now)
            })
    }

    /// Tells the broker which supervised clients have been heard in this turn.
    mutating func noteHeardClients(into turn: inout Turn) {
        for number in door.heard.takeHeard() {
            guard let name = permissions.entry(of: number)?.name else { continue }
            pipeline.handle(.clientHeard(name), into: &turn)
        }
    }
}
