import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// The requests of department terminals.
extension Broker {
    /// JOIN: the terminal gets this recipient's alerts from now on. Joining again starts anew.
    mutating func join(
        _ peer: Peer, _ recipient: Recipient, terminal name: String, credit: Int, by principal: String?,
        into turn: inout Turn
    ) {
        heard(peer, now: turn.now)
        guard directory.contains(recipient) || mailboxIDs[recipient].map({ !mailboxes[$0.index].isEmpty }) ?? false
        else {
            return refuse(peer, .alerts, recipient.name, directory.unknown(recipient), .join, into: &turn)
        }
        let mailbox = mailboxID(recipient)
        // Whoever joins again, or takes over, needs no more room.
        replace(peer, name, by: principal, in: mailbox, into: &turn)
        guard terminals.count < settings.limits.terminals else {
            let refusal = Refusal(.busy, "Too many terminals have joined.", retryAfterMilliseconds: 1000)
            return refuse(peer, .alerts, recipient.name, refusal, .join, into: &turn)
        }
        joinedSoFar += 1
        let terminal = Terminal(
            peer: peer, joined: joinedSoFar, name: name, mailbox: mailbox, credit: credit, principal: principal)
        let id = add(terminal, now: turn.now)
        let joined = Joined(
            pending: mailboxes[mailbox.index].undelivered, unanswered: mailboxes[mailbox.index].unanswered,
            heartbeatMilliseconds: Int(heartbeat))
        turn.send(.joined(peer, recipient, joined))
        sendOutstanding(to: id, into: &turn)
        dispatch(mailbox, into: &turn)
    }

    /// LEAVE: the terminal gets no more alerts of this recipient.
    mutating func leave(_ peer: Peer, _ recipient: Recipient, into turn: inout Turn) {
        heard(peer, now: turn.now)
        guard let (id, _) = terminal(of: peer, recipient) else {
            return refuseNotJoined(peer, recipient, .leave, into: &turn)
        }
        remove(id, into: &turn)
        turn.send(.ok(.alerts, peer, subject: recipient.name))
    }

    /// ACKNOWLEDGE, DECLINE and STATUS: a person's word about an alert.
    mutating func personal(
        _ peer: Peer, _ command: CommandWord, _ recipient: Recipient, _ number: AlertNumber, _ state: AlertState,
        _ person: Person, into turn: inout Turn
    ) {
        heard(peer, now: turn.now)
        guard let (id, mailbox) = terminal(of: peer, recipient) else {
            return refuseNotJoined(peer, recipient, command, number: number, into: &turn)
        }
        terminals[id].noteAnswer()
        guard isJournalAvailable else {
            return refuse(peer, .alerts, recipient.name, .journalUnavailable, command, number: number, into: &turn)
        }
        // The terminal's RECEIVED came before the person's word, and is recorded first.
        recordReceived(of: mailbox, into: &turn)
        let location = mailboxes[mailbox.index].location(of: number)
        let alert = location.map { incidents[$0.slot].alerts[$0.index] }
        let incident = location.map { incidents[$0.slot].number }
        guard mailboxes[mailbox.index].hasGiven(number), alert.map({ $0.hasBeenSent }) ?? true else {
            return refuseUnknownAlert(peer, recipient, number, command, into: &turn)
        }
        if let alert, command == .acknowledge, alert.state.isTaken {
            // Somebody has taken the alert already: say so, and keep the first word.
            return turn.send(.confirmed(peer, recipient, number, alert.state, to: command))
        }
        if let alert, command == .decline, alert.state == .declined {
            // A word that is sent again because its answer was lost must not take one more step.
            return turn.send(.confirmed(peer, recipient, number, alert.state, to: command))
        }
        recordPersonal(mailbox, number, state, person, into: &turn)
        turn.send(.confirmed(peer, recipient, number, state, to: command))
        // A finished alert stays finished, whatever is said later.
        if let location, let alert, let incident, !alert.state.isFinished {
            if state.isTaken, !alert.state.isTaken { tellOthers(peer, mailbox, number, person, into: &turn) }
            announce(incident, number, state, person, in: mailbox, into: &turn)
            if alert.purpose == .action {
                standDownOthers(after: state, of: location.index, in: incident, person, into: &turn)
            }
            if state == .declined, alert.purpose == .action {
                escalateDeclined(location, into: &turn)
            }
        }
        announceClosed(into: &turn)
    }

    /// Records a person's word. Consecutive words of one person share a record, so a desk that takes a hundred alerts
    /// writes one.
    private mutating func recordPersonal(
        _ mailbox: MailboxID, _ number: AlertNumber, _ state: AlertState, _ person: Person, into turn: inout Turn
    ) {
        let location = mailboxes[mailbox.index].location(of: number)
        let isEscalation = location.map { incidents[$0.slot].alerts[$0.index].escalation > 0 } ?? false
        if !isEscalation,
            turn.extendPersonal(
                mailbox, number, openedBy: location.map { incidents[$0.slot].openedBy },
                isEnd: location.map { ends($0, state) } ?? false, state, person)
        {
            setPersonal(state, of: number, in: mailbox, at: turn.now.uptime, into: &turn)
        } else {
            let recipient = mailboxes[mailbox.index].recipient
            record(
                .personal(
                    PersonalRecord(recipient: recipient, numbers: [number...number], state: state, person: person)),
                into: &turn)
            turn.notePersonal(mailbox)
        }
    }

    /// True if an alert is the last one of its incident to which something is owed, and a word settles it.
    private func ends(_ location: AlertLocation, _ state: AlertState) -> Bool {
        let alert = incidents[location.slot].alerts[location.index]
        return incidents[location.slot].owed == 1 && !alert.isSettled
            && alert.state.after(state, for: alert.purpose).isSettled(for: alert.purpose)
    }

    /// Tells a mailbox's terminals who has taken an alert, or has ended its incident.
    ///
    /// - Parameters:
    ///   - peer: The terminal that said so, which is not told; nil for a word from elsewhere.
    ///   - mailbox: The mailbox.
    ///   - number: The alert's number in it.
    ///   - person: Who has it, or has ended it.
    ///   - state: `cancelled` if nobody has to act any more; nil where somebody has it.
    ///   - turn: Where it goes.
    func tellOthers(
        _ peer: Peer?, _ mailbox: MailboxID, _ number: AlertNumber, _ person: Person, state: AlertState? = nil,
        into turn: inout Turn
    ) {
        guard mailboxes[mailbox.index].terminals.count > (peer == nil ? 0 : 1) else { return }
        let word = PersonalWord(person: person, state: state, at: turn.now.wall)
        for id in mailboxes[mailbox.index].terminals {
            guard terminals[id].peer.identity != peer?.identity else { continue }
            turn.send(.taken(terminals[id].peer, mailboxes[mailbox.index].recipient, number, word))
        }
    }

    func announce(
        _ incident: IncidentNumber, _ number: AlertNumber, _ state: AlertState, _ person: Person?,
        in mailbox: MailboxID, into turn: inout Turn
    ) {
        guard isObserved(incident, in: turn) else { return }
        let progress = Progress(
            event: .alert(state), at: turn.now.wall, recipient: mailboxes[mailbox.index].recipient, number: number,
            person: person)
        announce(incident, progress, into: &turn)
    }

    func refuseNotJoined(
        _ peer: Peer, _ recipient: Recipient, _ command: CommandWord, number: AlertNumber? = nil, into turn: inout Turn
    ) {
        let refusal = Refusal(.notJoined, "This connection has not joined '\(recipient)'; send JOIN first.")
        refuse(peer, .alerts, recipient.name, refusal, command, number: number, into: &turn)
    }

    func refuseUnknownAlert(
        _ peer: Peer, _ recipient: Recipient, _ number: AlertNumber, _ command: CommandWord, into turn: inout Turn
    ) {
        let refusal = Refusal(.unknownAlert, "No alert \(number) has been sent to '\(recipient)'.")
        refuse(peer, .alerts, recipient.name, refusal, command, number: number, into: &turn)
    }
}
