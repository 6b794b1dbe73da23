import TocsinModel
import TocsinWire

/// How alerts reach terminals: as far as credit goes, most severe first.
extension Broker {
    /// Sends what waits in a mailbox to every terminal that has credit, until none has.
    mutating func dispatch(_ mailbox: MailboxID, into turn: inout Turn) {
        guard !mailboxes[mailbox.index].terminals.isEmpty else { return }
        while let number = mailboxes[mailbox.index].first {
            guard let place = waiting(number, in: mailbox) else {
                mailboxes[mailbox.index].removeFirst()
                continue
            }
            let bytes = incidents[place.slot].reportBytes
            var takers = 0
            for index in mailboxes[mailbox.index].terminals.indices {
                let id = mailboxes[mailbox.index].terminals[index]
                guard terminals[id]?.hasRoom(for: bytes, within: settings.limits.outstandingBytes) ?? false
                else { continue }
                if takers == 0 { noteAttempt(place, in: mailbox, into: &turn) }
                send(place, number, in: mailbox, to: id, into: &turn)
                takers += 1
            }
            guard takers > 0 else { return }
            mailboxes[mailbox.index].removeFirst()
        }
    }

    /// Sends a terminal that has just joined what others of its mailbox have had and not RECEIVED.
    mutating func sendOutstanding(to id: TerminalID, into turn: inout Turn) {
        guard let terminal = terminals[id] else { return }
        var numbers: Set<AlertNumber> = []
        for other in mailboxes[terminal.mailbox.index].terminals where other != id {
            guard let outstanding = terminals[other]?.outstanding else { continue }
            numbers.formUnion(outstanding.numbers)
        }
        sendAgain(Array(numbers), in: terminal.mailbox, to: id, into: &turn)
    }

    /// Sends terminals again what they have had for too long without saying RECEIVED.
    mutating func redeliverOverdue(into turn: inout Turn) {
        for id in terminals.keys.sorted(by: { $0.value < $1.value }) {
            guard let mailbox = terminals[id]?.mailbox, let overdue = terminals[id]?.overdue(), !overdue.isEmpty
            else { continue }
            for number in overdue where waiting(number, in: mailbox) == nil {
                // Another terminal has it: this one owes nothing for it any more.
                terminals[id]?.noteReceived(number...number)
            }
            sendAgain(overdue, in: mailbox, to: id, into: &turn)
            dispatch(mailbox, into: &turn)
        }
    }

    /// Sends a terminal alerts that wait and have been sent before, in the mailbox's order, as far as its credit goes.
    private mutating func sendAgain(
        _ numbers: [AlertNumber], in mailbox: MailboxID, to id: TerminalID, into turn: inout Turn
    ) {
        let candidates = numbers.compactMap { number in
            waiting(number, in: mailbox).map { (number, $0, incidents[$0.slot].severity) }
        }
        let ordered = candidates.sorted {
            QueueKey(severity: $0.2, number: $0.0) < QueueKey(severity: $1.2, number: $1.0)
        }
        for (number, place, _) in ordered {
            let bytes = incidents[place.slot].reportBytes
            guard let terminal = terminals[id],
                terminal.hasOutstanding(number)
                    || terminal.hasRoom(for: bytes, within: settings.limits.outstandingBytes)
            else { continue }
            noteAttempt(place, in: mailbox, into: &turn)
            send(place, number, in: mailbox, to: id, into: &turn)
        }
    }

    /// Puts back what a terminal that is gone had not RECEIVED, unless another still has it.
    mutating func requeue(_ terminal: Terminal) {
        let mailbox = terminal.mailbox
        for number in terminal.outstanding.numbers {
            guard let place = waiting(number, in: mailbox),
                !mailboxes[mailbox.index].terminals.contains(where: {
                    terminals[$0]?.hasOutstanding(number) ?? false
                })
            else { continue }
            mailboxes[mailbox.index].enqueue(number, severity: incidents[place.slot].severity)
        }
    }

    /// Where an alert is, while no terminal has RECEIVED it and no person has spoken.
    private func waiting(_ number: AlertNumber, in mailbox: MailboxID) -> AlertPlace? {
        guard let place = mailboxes[mailbox.index].place(of: number),
            !incidents[place.slot].alerts[place.index].state.isDelivered
        else { return nil }
        return place
    }

    private mutating func noteAttempt(_ place: AlertPlace, in mailbox: MailboxID, into turn: inout Turn) {
        let alert = incidents[place.slot].alerts[place.index]
        if alert.attempts < .max { incidents[place.slot].alerts[place.index].attempts += 1 }
        guard alert.state == .queued else { return }
        incidents[place.slot].alerts[place.index].state = .sent
        let incident = incidents[place.slot].number
        guard isObserved(incident, in: turn) else { return }
        let progress = Progress(
            event: .alert(.sent), at: turn.now.wall, recipient: mailboxes[mailbox.index].recipient, number: alert.number
        )
        announce(incident, progress, into: &turn)
    }

    private mutating func send(
        _ place: AlertPlace, _ number: AlertNumber, in mailbox: MailboxID, to id: TerminalID, into turn: inout Turn
    ) {
        guard let peer = terminals[id]?.peer else { return }
        let envelope = envelope(of: place)
        turn.send(.alert(peer, mailboxes[mailbox.index].recipient, number, envelope))
        terminals[id]?.noteSent(number, reportBytes: incidents[place.slot].reportBytes)
    }

    private func envelope(of place: AlertPlace) -> Envelope {
        let alert = incidents[place.slot].alerts[place.index]
        let incident = incidents[place.slot]
        return Envelope(
            incident: incident.number, purpose: alert.purpose, rule: ruleNames[alert.rule], severity: incident.severity,
            acknowledgeBy: alert.acknowledgeBy.map { incident.storedAt + .milliseconds($0) },
            attempt: Int(alert.attempts), isRedelivered: alert.attempts > 1, escalation: Int(alert.escalation),
            status: incident.status, storedAt: incident.storedAt)
    }
}
