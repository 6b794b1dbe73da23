import TocsinModel
public import TocsinWire

/// Connected terminals, and checks that they are alive.
extension Broker {
    /// Notes a sign of life from a connection on the alerts endpoint.
    mutating func heard(_ peer: Peer, now: Moment) {
        sessions[peer.identity]?.lastHeard = now.uptime
        sessions[peer.identity]?.unansweredPings = 0
    }

    /// Returns the terminal as which a connection has joined a recipient.
    func terminal(of peer: Peer, _ recipient: Recipient) -> (TerminalID, MailboxID)? {
        guard let session = sessions[peer.identity] else { return nil }
        if session.terminals.count == 1 {
            // A usual connection has joined one recipient, and comparing a name is cheaper than looking it up.
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
        if !links.isEmpty { links.joined(mailboxes[terminal.mailbox.index].recipient, now: now.uptime) }
        return id
    }

    private mutating func forget(_ identity: PeerIdentity) {
        guard let session = sessions.removeValue(forKey: identity), let last = sessionList.popLast() else { return }
        // The last connection moves to the removed one's index.
        guard last != identity else { return }
        sessionList[session.index] = last
        sessions[last]?.index = session.index
    }

    /// Removes a terminal. Alerts that it had not RECEIVED go to the other terminals of its mailbox, or wait.
    mutating func remove(_ id: TerminalID, into turn: inout Turn) {
        let terminal = terminals.remove(id)
        let lastHeard = sessions[terminal.peer.identity]?.lastHeard ?? turn.now.uptime
        mailboxes[terminal.mailbox.index].terminals.removeAll { $0 == id }
        sessions[terminal.peer.identity]?.terminals.removeAll { $0 == id }
        if sessions[terminal.peer.identity]?.terminals.isEmpty ?? false { forget(terminal.peer.identity) }
        if mailboxes[terminal.mailbox.index].terminals.isEmpty { noteUnattended(terminal.mailbox, now: turn.now) }
        if !links.isEmpty, mailboxes[terminal.mailbox.index].terminals.isEmpty {
            links.left(mailboxes[terminal.mailbox.index].recipient, lastHeard: lastHeard)
        }
        requeue(terminal)
        dispatch(terminal.mailbox, into: &turn)
    }

    /// Removes the terminals that the new one replaces: that of the same connection, and older ones of the same name. Each
    /// client has names of its own.
    mutating func replace(
        _ peer: Peer, _ name: String, by principal: String?, in mailbox: MailboxID, into turn: inout Turn
    ) {
        for id in mailboxes[mailbox.index].terminals {
            let old = terminals[id].peer
            let hasName = terminals[id].name.isIdentical(to: name) && terminals[id].principal == principal
            guard old.identity == peer.identity || hasName else { continue }
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

    /// The connections that have joined a recipient or follow an incident.
    public var connections: [PeerIdentity] {
        standing == .recovering ? awaited.connections : sessionList + followers.identities
    }

    /// Ends a connection that is gone or silent.
    mutating func end(_ identity: PeerIdentity, into turn: inout Turn) {
        for id in sessions[identity]?.terminals ?? [] { remove(id, into: &turn) }
    }

    /// The number of connections that are checked together. An incident that comes while they are pinged, and answer,
    /// waits for all of them: with 10,000 terminals joined and 32 at a time p99 is half as long again.
    private static let sessionsTogether = 8

    /// The number of parts in which all connections are checked, four times in a heartbeat. Pinging ten thousand
    /// connections at once would keep everybody waiting.
    private var heartbeatParts: Int {
        max(1, min(Int(heartbeat / 4), sessions.count / Self.sessionsTogether))
    }

    /// The time between checking one part and the next, in milliseconds.
    var heartbeatCheckInterval: Int64 { max(1, heartbeat / 4 / Int64(heartbeatParts)) }

    /// The number of PINGs that a terminal has left unanswered when it has been silent for three heartbeats. Without
    /// them it is the broker that was silent, as after a pause of the machine.
    private static let unansweredPings = 2

    /// Checks the next part of the connections. It pings those that have been silent for one heartbeat, and ends those
    /// that have been silent for three and were asked.
    mutating func checkHeartbeats(into turn: inout Turn) {
        let now = turn.now.uptime
        let heartbeat = heartbeat
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

    /// Tells a connection that its silence has ended its joins. If it only slept, it joins again.
    private func refuseSilent(_ session: Session, into turn: inout Turn) {
        for id in session.terminals {
            let recipient = mailboxes[terminals[id].mailbox.index].recipient.name
            let refusal = Refusal(.notJoined, "Nothing was heard for three heartbeats; join '\(recipient)' again.")
            // The refused command is the PING, which had no answer. JOIN would say that another program has taken the
            // name.
            refuse(session.peer, .alerts, recipient, refusal, .ping, into: &turn)
        }
    }
}
