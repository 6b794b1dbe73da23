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
                guard terminals[id].hasRoom(for: bytes, within: settings.limits.outstandingBytes) else { continue }
                if takers == 0 { noteAttempt(place, in: mailbox, into: &turn) }
                send(place, to: id, into: &turn)
                takers += 1
            }
            guard takers > 0 else { return }
            mailboxes[mailbox.index].removeFirst()
        }
    }

    /// Sends a terminal that has just joined what others of its mailbox have had and not RECEIVED.
    mutating func sendOutstanding(to id: TerminalID, into turn: inout Turn) {
        let mailbox = terminals[id].mailbox
        var numbers: Set<AlertNumber> = []
        for other in mailboxes[mailbox.index].terminals where other != id {
            numbers.formUnion(terminals[other].outstanding.numbers)
        }
        sendAgain(Array(numbers), in: mailbox, to: id, into: &turn)
    }

    /// Sends terminals again what they have had for too long without saying RECEIVED.
    mutating func redeliverOverdue(into turn: inout Turn) {
        for id in terminals.inUse {
            let mailbox = terminals[id].mailbox
            let overdue = terminals[id].overdue()
            guard !overdue.isEmpty else { continue }
            for number in overdue where waiting(number, in: mailbox) == nil {
                // Another terminal has it: this one owes nothing for it any more.
                terminals[id].noteReceived(number...number)
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
        let ordered = candidates.sorted { ($0.2.rank, $0.0) < ($1.2.rank, $1.0) }
        for (number, place, _) in ordered {
            let bytes = incidents[place.slot].reportBytes
            guard
                terminals[id].hasOutstanding(number)
                    || terminals[id].hasRoom(for: bytes, within: settings.limits.outstandingBytes)
            else { continue }
            noteAttempt(place, in: mailbox, into: &turn)
            send(place, to: id, into: &turn)
        }
    }

    /// Puts back what a terminal that is gone had not RECEIVED, unless another still has it.
    mutating func requeue(_ terminal: Terminal) {
        let mailbox = terminal.mailbox
        for number in terminal.outstanding.numbers {
            guard let place = waiting(number, in: mailbox),
                !mailboxes[mailbox.index].terminals.contains(where: { terminals[$0].hasOutstanding(number) })
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
        if incidents[place.slot].alerts[place.index].attempts < .max {
            incidents[place.slot].alerts[place.index].attempts += 1
        }
        let old = incidents[place.slot].alerts[place.index].state
        let new = old.after(.sent, for: incidents[place.slot].alerts[place.index].purpose)
        guard new != old else { return }
        incidents[place.slot].alerts[place.index].state = new
        let incident = incidents[place.slot].number
        guard isObserved(incident, in: turn) else { return }
        let progress = Progress(
            event: .alert(.sent), at: turn.now.wall, recipient: mailboxes[mailbox.index].recipient,
            number: incidents[place.slot].alerts[place.index].number)
        announce(incident, progress, into: &turn)
    }

    private mutating func send(_ place: AlertPlace, to id: TerminalID, into turn: inout Turn) {
        let alert = incidents[place.slot].outgoing(place.index)
        turn.send(.alert(terminals[id].peer, alert))
        terminals[id].noteSent(alert.number, reportBytes: incidents[place.slot].reportBytes)
    }
}
