import TocsinModel
import TocsinWire

/// The delivery of alerts to terminals, as far as credit goes, most severe first, and exercises after all others.
extension Broker {
    /// Sends a mailbox's waiting alerts to every terminal that has credit, until none has.
    mutating func dispatch(_ mailbox: MailboxID, into turn: inout Turn) {
        guard !mailboxes[mailbox.index].terminals.isEmpty else { return }
        var considersOverdue = true
        while let (number, isOverdue) = mailboxes[mailbox.index].first(considersOverdue: considersOverdue) {
            let isSettled =
                if let location = waiting(number, in: mailbox) {
                    offer(number, location, in: mailbox, isOverdue: isOverdue, into: &turn)
                } else {
                    true
                }
            if isSettled {
                mailboxes[mailbox.index].removeFirst(isOverdue: isOverdue)
            } else if isOverdue {
                // The terminals that say RECEIVED have no credit now. The others may still get new alerts.
                considersOverdue = false
            } else {
                return
            }
        }
    }

    /// Sends an alert to every terminal that has credit and does not have the alert yet. An overdue alert goes only to
    /// terminals that say RECEIVED. Returns false if none of these terminals has the alert now.
    private mutating func offer(
        _ number: AlertNumber, _ location: AlertLocation, in mailbox: MailboxID, isOverdue: Bool, into turn: inout Turn
    ) -> Bool {
        let bytes = incidents[location.slot].reportBytes
        let isUnderWay = mailboxes[mailbox.index].isUnderWay(number)
        var (hasTaker, isHeld) = (false, false)
        for index in mailboxes[mailbox.index].terminals.indices {
            let id = mailboxes[mailbox.index].terminals[index]
            if isOverdue, !terminals[id].isAnswering { continue }
            if isUnderWay, terminals[id].hasOutstanding(number) {
                isHeld = true
                continue
            }
            guard terminals[id].hasRoom(for: bytes, within: settings.limits.outstandingBytes) else { continue }
            if !hasTaker { noteAttempt(location, in: mailbox, into: &turn) }
            send(location, to: id, into: &turn)
            hasTaker = true
        }
        return hasTaker || isHeld
    }

    /// Sends a terminal that has just joined the alerts that others of its mailbox have had and not RECEIVED.
    mutating func sendOutstanding(to id: TerminalID, into turn: inout Turn) {
        let mailbox = terminals[id].mailbox
        sendAgain(mailboxes[mailbox.index].numbersUnderWay, in: mailbox, to: id, into: &turn)
    }

    /// Sends alerts again that terminals have had for too long without saying RECEIVED.
    ///
    /// An alert goes to the same terminal if that one says RECEIVED of others, or if no other terminal of the recipient
    /// does. Otherwise it goes to those that do, as their credit allows.
    mutating func redeliverOverdue(into turn: inout Turn) {
        var overdue: [(TerminalID, [AlertNumber])] = []
        var answering: Set<MailboxID> = []
        for id in terminals.inUse {
            let numbers = terminals[id].overdue()
            if !numbers.isEmpty { overdue.append((id, numbers)) }
            if terminals[id].isAnswering { answering.insert(terminals[id].mailbox) }
        }
        var (touched, known): ([MailboxID], Set<MailboxID>) = ([], [])
        for (id, numbers) in overdue {
            let mailbox = terminals[id].mailbox
            // Another terminal has the alert, or a person has spoken: this terminal owes nothing for it any more.
            for number in numbers where waiting(number, in: mailbox) == nil { free(number...number, of: id) }
            if terminals[id].isAnswering || !answering.contains(mailbox) {
                sendAgain(numbers, in: mailbox, to: id, into: &turn)
            } else {
                for number in numbers {
                    guard let location = waiting(number, in: mailbox) else { continue }
                    mailboxes[mailbox.index].enqueueOverdue(
                        number, rank: incidents[location.slot].rank(of: location.index))
                }
            }
            if known.insert(mailbox).inserted { touched.append(mailbox) }
        }
        for mailbox in touched { dispatch(mailbox, into: &turn) }
    }

    /// Sends a terminal waiting alerts that have been sent before, in the mailbox's order, as far as its credit goes.
    private mutating func sendAgain(
        _ numbers: [AlertNumber], in mailbox: MailboxID, to id: TerminalID, into turn: inout Turn
    ) {
        let candidates = numbers.compactMap { number in
            waiting(number, in: mailbox).map { (number, $0, incidents[$0.slot].rank(of: $0.index)) }
        }
        let ordered = candidates.sorted { ($0.2.value, $0.0) < ($1.2.value, $1.0) }
        for (number, location, _) in ordered {
            let bytes = incidents[location.slot].reportBytes
            guard
                terminals[id].hasOutstanding(number)
                    || terminals[id].hasRoom(for: bytes, within: settings.limits.outstandingBytes)
            else { continue }
            noteAttempt(location, in: mailbox, into: &turn)
            send(location, to: id, into: &turn)
        }
    }

    /// Puts back the alerts that a removed terminal had not RECEIVED, unless another terminal still has them.
    mutating func requeue(_ terminal: Terminal) {
        let mailbox = terminal.mailbox
        for number in terminal.outstanding.numbers {
            mailboxes[mailbox.index].noteFreed(number)
            guard !mailboxes[mailbox.index].isUnderWay(number), let location = waiting(number, in: mailbox) else {
                continue
            }
            enqueue(location)
        }
    }

    /// Puts an alert where its rank has it among those that wait in its mailbox.
    mutating func enqueue(_ location: AlertLocation) {
        let alert = incidents[location.slot].alerts[location.index]
        mailboxes[alert.mailbox.index].enqueue(alert.number, rank: incidents[location.slot].rank(of: location.index))
    }

    /// Notes that a terminal owes nothing more for these numbers.
    mutating func free(_ numbers: ClosedRange<AlertNumber>, of id: TerminalID) {
        let mailbox = terminals[id].mailbox.index
        for range in terminals[id].noteFreed(numbers) {
            for number in range { mailboxes[mailbox].noteFreed(number) }
        }
    }

    /// Returns the location of an alert, as long as no terminal has RECEIVED it and no person has spoken.
    private func waiting(_ number: AlertNumber, in mailbox: MailboxID) -> AlertLocation? {
        guard let location = mailboxes[mailbox.index].location(of: number),
            incidents[location.slot].alerts[location.index].state.awaitsDelivery
        else { return nil }
        // An alert that was sent before may have been RECEIVED a moment ago, without a record so far.
        if incidents[location.slot].alerts[location.index].attempts > 0, gathered.has(number, of: mailbox) {
            return nil
        }
        return location
    }

    private mutating func noteAttempt(_ location: AlertLocation, in mailbox: MailboxID, into turn: inout Turn) {
        if incidents[location.slot].alerts[location.index].attempts < .max {
            incidents[location.slot].alerts[location.index].attempts += 1
        }
        let old = incidents[location.slot].alerts[location.index].state
        let new = old.after(.sent, for: incidents[location.slot].alerts[location.index].purpose)
        guard new != old else { return }
        incidents[location.slot].alerts[location.index].state = new
        let incident = incidents[location.slot].number
        guard isObserved(incident, in: turn) else { return }
        let progress = Progress(
            event: .alert(.sent), at: turn.now.wall, recipient: mailboxes[mailbox.index].recipient,
            number: incidents[location.slot].alerts[location.index].number)
        announce(incident, progress, into: &turn)
    }

    private mutating func send(_ location: AlertLocation, to id: TerminalID, into turn: inout Turn) {
        var alert = incidents[location.slot].outgoing(location.index)
        if !duty.isEmpty {
            alert.onDuty = duty.persons(of: alert.recipient, terminals[id].mailbox, at: turn.now.wall)
        }
        turn.send(.alert(terminals[id].peer, alert))
        if terminals[id].noteSent(alert.number, reportBytes: incidents[location.slot].reportBytes) {
            mailboxes[terminals[id].mailbox.index].noteSent(alert.number)
        }
    }
}
