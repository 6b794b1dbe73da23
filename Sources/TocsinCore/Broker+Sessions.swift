import TocsinModel
import TocsinWire

/// Who is connected, and whether they still live.
extension Broker {
    /// A sign of life from a connection on the alerts endpoint.
    mutating func heard(_ peer: Peer, now: Moment) {
        sessions[peer.identity]?.lastHeard = now.uptime
        sessions[peer.identity]?.unansweredPings = 0
    }

    /// The terminal as which a connection has joined a recipient.
    func terminal(of peer: Peer, _ recipient: Recipient) -> (TerminalID, MailboxID)? {
        guard let session = sessions[peer.identity] else { return nil }
        if session.terminals.count == 1 {
            // The usual one has joined one recipient, and comparing a name is cheaper than looking it up.
            let (id, mailbox) = (session.terminals[0], terminals[session.terminals[0]].mailbox)
            return mailboxes[mailbox.index].recipient == recipient ? (id, mailbox) : nil
        }
        guard let mailbox = mailboxIDs[recipient] else { return nil }
        for id in session.terminals where terminals[id].mailbox == mailbox { return (id, mailbox) }
        return nil
    }

    mutating func add(_ terminal: Terminal, now: Moment) -> TerminalID {
        let id = terminals.add(terminal)
        if sessions.isEmpty {
            nextHeartbeatCheck = now.uptime + heartbeatCheckInterval
            nextRedeliveryCheck = now.uptime + settings.redeliverAfterMilliseconds
        }
        mailboxes[terminal.mailbox.index].terminals.append(id)
        let identity = terminal.peer.identity
        if sessions[identity] == nil {
            sessions[identity] = Session(
                peer: terminal.peer, index: sessionList.count, lastHeard: now.uptime, lastPinged: now.uptime)
            sessionList.append(identity)
        }
        sessions[identity]?.terminals.append(id)
        return id
    }

    private mutating func forget(_ identity: PeerIdentity) {
        guard let session = sessions.removeValue(forKey: identity), let last = sessionList.popLast() else { return }
        // The last one moves to where it stood.
        guard last != identity else { return }
        sessionList[session.index] = last
        sessions[last]?.index = session.index
    }

    /// Takes a terminal out; what it had not RECEIVED goes to the others of its mailbox, or waits.
    mutating func remove(_ id: TerminalID, into turn: inout Turn) {
        let terminal = terminals.remove(id)
        mailboxes[terminal.mailbox.index].terminals.removeAll { $0 == id }
        sessions[terminal.peer.identity]?.terminals.removeAll { $0 == id }
        if sessions[terminal.peer.identity]?.terminals.isEmpty ?? false { forget(terminal.peer.identity) }
        requeue(terminal)
        dispatch(terminal.mailbox, into: &turn)
    }

    /// Takes out whatever the new terminal stands for: the same connection's, or an older one of the same name.
    mutating func replace(_ peer: Peer, _ name: String, in mailbox: MailboxID, into turn: inout Turn) {
        for id in mailboxes[mailbox.index].terminals {
            let old = terminals[id].peer
            guard old.identity == peer.identity || terminals[id].name.isIdentical(to: name) else { continue }
            remove(id, into: &turn)
            guard old.identity != peer.identity else { continue }
            refuseTakenOver(old, mailboxes[mailbox.index].recipient, name, into: &turn)
        }
    }

    /// Tells a terminal that another connection has taken its name.
    func refuseTakenOver(_ peer: Peer, _ recipient: Recipient, _ name: String, into turn: inout Turn) {
        let refusal = Refusal(.notJoined, "Another connection has joined '\(recipient)' as '\(name)'.")
        refuse(peer, .alerts, recipient.name, refusal, .join, into: &turn)
    }

    /// A connection has left, by its own account or by its silence.
    mutating func end(_ identity: PeerIdentity, into turn: inout Turn) {
        for id in sessions[identity]?.terminals ?? [] { remove(id, into: &turn) }
    }

    /// Connections that are looked at together. An incident that comes while they are pinged, and answer, waits for all
    /// of them: with 10,000 terminals joined and 32 at a time p99 is half as long again.
    private static let sessionsTogether = 8

    /// All are looked at four times in a heartbeat, in parts, so that ten thousand that have joined together do not keep
    /// everybody waiting while they are pinged together.
    private var heartbeatParts: Int {
        max(1, min(Int(settings.heartbeatMilliseconds / 4), sessions.count / Self.sessionsTogether))
    }

    /// Between looking at one part and the next, in milliseconds.
    var heartbeatCheckInterval: Int64 { max(1, settings.heartbeatMilliseconds / 4 / Int64(heartbeatParts)) }

    /// The PINGs that a terminal has not answered when it has been silent for three heartbeats. Without them it is the
    /// broker that was silent, as after a pause of the machine.
    private static let unansweredPings = 2

    /// Looks at the next part of the connections: pings those that have been silent for one heartbeat, and ends those
    /// that have been for three and were asked.
    mutating func checkHeartbeats(into turn: inout Turn) {
        let now = turn.now.uptime
        let heartbeat = settings.heartbeatMilliseconds
        let count = (sessionList.count + heartbeatParts - 1) / heartbeatParts
        var silent: [Session] = []
        for _ in 0..<count {
            if nextSession >= sessionList.count { nextSession = 0 }
            defer { nextSession += 1 }
            guard let session = sessions[sessionList[nextSession]] else { continue }
            if now - session.lastHeard >= 3 * heartbeat, session.unansweredPings >= Self.unansweredPings {
                silent.append(session)
            } else if now - max(session.lastHeard, session.lastPinged) >= heartbeat {
                sessions[session.peer.identity]?.lastPinged = now
                sessions[session.peer.identity]?.unansweredPings += 1
                turn.send(now: .ping(.alerts, session.peer))
            }
        }
        for session in silent {
            refuseSilent(session, into: &turn)
            end(session.peer.identity, into: &turn)
        }
    }

    /// Tells a connection that it has left by its silence: if it only slept, it learns so and joins again.
    private func refuseSilent(_ session: Session, into turn: inout Turn) {
        for id in session.terminals {
            let recipient = mailboxes[terminals[id].mailbox.index].recipient.name
            let refusal = Refusal(.notJoined, "Nothing was heard for three heartbeats; join '\(recipient)' again.")
            // It is the PING that had no answer. JOIN would say that another program has taken the name.
            refuse(session.peer, .alerts, recipient, refusal, .ping, into: &turn)
        }
    }
}
