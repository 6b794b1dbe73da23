import TocsinJournal
import TocsinModel
import TocsinWire

/// Alerts that terminals have said RECEIVED of and that no record says so of yet.
///
/// RECEIVED is the most frequent message, and nobody waits for it. What comes within a few milliseconds becomes one
/// record for each recipient; until then the alerts count as sent.
struct GatheredReceived {
    /// Numbers above which they are recorded without waiting longer.
    static let limit = 4096

    private(set) var mailboxes: [MailboxID] = []
    private var numbers: [MailboxID: NumberSet] = [:]
    private(set) var count = 0
    /// Uptime at which the first of them came.
    private(set) var since: Int64 = 0

    var isEmpty: Bool { mailboxes.isEmpty }

    /// Adds a number; false where it is there already.
    mutating func add(_ number: AlertNumber, of mailbox: MailboxID, now: Int64) -> Bool {
        if isEmpty { since = now }
        if numbers[mailbox] == nil { mailboxes.append(mailbox) }
        guard numbers[mailbox, default: NumberSet()].insert(number) else { return false }
        count += 1
        return true
    }

    /// Takes out what has come for a mailbox.
    mutating func take(_ mailbox: MailboxID) -> NumberSet? {
        guard let taken = numbers.removeValue(forKey: mailbox) else { return nil }
        mailboxes.removeAll { $0 == mailbox }
        count -= taken.numbers.reduce(0) { count, _ in count + 1 }
        return taken
    }
}

extension Broker {
    /// RECEIVED: the terminal has these alerts safely; its credit for them is free again.
    mutating func received(_ peer: Peer, _ recipient: Recipient, _ numbers: NumberList, into turn: inout Turn) {
        heard(peer, now: turn.now)
        guard let (id, mailbox) = terminal(of: peer, recipient) else {
            return refuseNotJoined(peer, recipient, .received, into: &turn)
        }
        guard isJournalAvailable else {
            return refuse(peer, .alerts, recipient.name, .journalUnavailable, .received, into: &turn)
        }
        var unknown: AlertNumber?
        for range in numbers.ranges {
            terminals[id].noteReceived(range)
            for number in range {
                switch delivery(of: number, in: mailbox) {
                case .awaited: _ = gathered.add(number, of: mailbox, now: turn.now.uptime)
                case .settled: break
                case .neverSent: unknown = unknown ?? number
                }
            }
        }
        if settings.gatherReceived == .zero || gathered.count >= GatheredReceived.limit { recordReceived(into: &turn) }
        if let unknown { refuseUnknownAlert(peer, recipient, unknown, .received, into: &turn) }
        dispatch(mailbox, into: &turn)
    }

    /// Makes records of everything that terminals have said RECEIVED of.
    public mutating func recordReceived(into turn: inout Turn) {
        for mailbox in gathered.mailboxes { recordReceived(of: mailbox, into: &turn) }
    }

    /// The same for one mailbox.
    mutating func recordReceived(of mailbox: MailboxID, into turn: inout Turn) {
        guard let numbers = gathered.take(mailbox) else { return }
        let record = ReceivedRecord(recipient: mailboxes[mailbox.index].recipient, numbers: numbers.allRanges)
        let observed = observedPlaces(record, in: mailbox, turn)
        self.record(.received(record), into: &turn)
        for (incident, number) in observed {
            announce(incident, number, .received, nil, in: mailbox, into: &turn)
        }
        announceClosed(into: &turn)
    }

    /// When what has been gathered must become records, in uptime milliseconds.
    var nextReceivedRecord: Int64? {
        gathered.isEmpty ? nil : gathered.since + settings.gatherReceived.wholeMilliseconds
    }

    /// Which of these alerts change their state and belong to incidents that somebody watches; asked before they do.
    private func observedPlaces(
        _ record: ReceivedRecord, in mailbox: MailboxID, _ turn: Turn
    ) -> [(IncidentNumber, AlertNumber)] {
        guard turn.feedIsWatched || !followers.isEmpty else { return [] }
        return record.numbers.joined().compactMap { number in
            guard let place = mailboxes[mailbox.index].place(of: number),
                !incidents[place.slot].alerts[place.index].state.isDelivered
            else { return nil }
            let incident = incidents[place.slot].number
            return isObserved(incident, in: turn) ? (incident, number) : nil
        }
    }

    private enum Delivery {
        case awaited, settled, neverSent
    }

    private func delivery(of number: AlertNumber, in mailbox: MailboxID) -> Delivery {
        guard mailboxes[mailbox.index].hasGiven(number) else { return .neverSent }
        guard let place = mailboxes[mailbox.index].place(of: number) else { return .settled }
        let attempts = incidents[place.slot].alerts[place.index].attempts
        if attempts == 0 { return .neverSent }
        return incidents[place.slot].alerts[place.index].isReceived ? .settled : .awaited
    }
}
