import TocsinJournal
import TocsinModel
import TocsinWire

/// Alerts that are RECEIVED by terminals, but in no record yet.
///
/// RECEIVED is the most frequent message, and nobody waits for it. The messages of a few milliseconds become one record
/// for each recipient. Until then the alerts count as sent.
struct GatheredReceived {
    /// The number of alerts at which they are recorded without waiting longer.
    static let limit = 4096

    private(set) var mailboxes: [MailboxID] = []
    private var numbers: [NumberSet] = []
    private(set) var count = 0
    /// The uptime at which the first of them came.
    private(set) var since: Int64 = 0

    var isEmpty: Bool { mailboxes.isEmpty }

    /// Returns the index at which a mailbox's numbers are gathered. A new mailbox is added.
    mutating func index(of mailbox: MailboxID, now: Int64) -> Int {
        // The list is short: it holds the mailboxes of some milliseconds.
        if let index = mailboxes.firstIndex(of: mailbox) { return index }
        if isEmpty { since = now }
        mailboxes.append(mailbox)
        numbers.append(NumberSet())
        return mailboxes.count - 1
    }

    /// Adds a number at a mailbox's index.
    mutating func add(_ number: AlertNumber, at index: Int) {
        if numbers[index].insert(number) { count += 1 }
    }

    /// Returns true if a number of a mailbox is gathered.
    func has(_ number: AlertNumber, of mailbox: MailboxID) -> Bool {
        mailboxes.firstIndex(of: mailbox).map { numbers[$0].contains(number) } ?? false
    }

    /// Takes out the numbers of a mailbox.
    mutating func take(_ mailbox: MailboxID) -> [ClosedRange<AlertNumber>] {
        guard let index = mailboxes.firstIndex(of: mailbox) else { return [] }
        mailboxes.remove(at: index)
        let ranges = numbers.remove(at: index).allRanges
        count -= ranges.reduce(0) { $0 + $1.count }
        return ranges
    }
}

extension Broker {
    /// RECEIVED: the terminal has these alerts safely. Its credit for them is free again.
    mutating func received(_ peer: Peer, _ recipient: Recipient, _ numbers: NumberList, into turn: inout Turn) {
        heard(peer, now: turn.now)
        guard let (id, mailbox) = terminal(of: peer, recipient) else {
            return refuseNotJoined(peer, recipient, .received, into: &turn)
        }
        guard isJournalAvailable else {
            return refuse(peer, .alerts, recipient.name, .journalUnavailable, .received, into: &turn)
        }
        terminals[id].noteAnswer()
        var unknown: AlertNumber?
        let index = gathered.index(of: mailbox, now: turn.now.uptime)
        for range in numbers.ranges {
            unknown = unknown ?? mailboxes[mailbox.index].firstNotGiven(of: range)
            guard let given = mailboxes[mailbox.index].given(of: range) else { continue }
            free(given, of: id)
            for number in given {
                switch delivery(of: number, in: mailbox) {
                case .awaited: gathered.add(number, at: index)
                case .settled: break
                case .neverSent: unknown = min(unknown ?? number, number)
                }
            }
        }
        if settings.gatherReceived == .zero || gathered.count >= GatheredReceived.limit { recordReceived(into: &turn) }
        if let unknown { refuseUnknownAlert(peer, recipient, unknown, .received, into: &turn) }
        dispatch(mailbox, into: &turn)
    }

    /// Records all gathered alerts that terminals have RECEIVED.
    public mutating func recordReceived(into turn: inout Turn) {
        for mailbox in gathered.mailboxes { recordReceived(of: mailbox, into: &turn) }
    }

    /// Records the gathered alerts of one mailbox.
    mutating func recordReceived(of mailbox: MailboxID, into turn: inout Turn) {
        let numbers = gathered.take(mailbox)
        guard !numbers.isEmpty else { return }
        let record = ReceivedRecord(recipient: mailboxes[mailbox.index].recipient, numbers: numbers)
        let observed = observedPlaces(record, in: mailbox, turn)
        self.record(.received(record), into: &turn)
        for (incident, number) in observed {
            announce(incident, number, .received, nil, in: mailbox, into: &turn)
        }
        announceClosed(into: &turn)
    }

    /// The uptime in milliseconds at which the gathered alerts must become records.
    var nextReceivedRecord: Int64? {
        gathered.isEmpty ? nil : gathered.since + settings.gatherReceived.wholeMilliseconds
    }

    /// Returns those of the alerts that change their state and belong to observed incidents. It is called before they
    /// change.
    private func observedPlaces(
        _ record: ReceivedRecord, in mailbox: MailboxID, _ turn: borrowing Turn
    ) -> [(IncidentNumber, AlertNumber)] {
        guard turn.feedIsWatched || !followers.isEmpty else { return [] }
        return record.numbers.joined().compactMap { number in
            guard let location = mailboxes[mailbox.index].location(of: number),
                !incidents[location.slot].alerts[location.index].state.isDelivered
            else { return nil }
            let incident = incidents[location.slot].number
            return isObserved(incident, in: turn) ? (incident, number) : nil
        }
    }

    private enum Delivery {
        case awaited, settled, neverSent
    }

    private func delivery(of number: AlertNumber, in mailbox: MailboxID) -> Delivery {
        guard let location = mailboxes[mailbox.index].location(of: number) else { return .settled }
        let attempts = incidents[location.slot].alerts[location.index].attempts
        if attempts == 0 { return .neverSent }
        return incidents[location.slot].alerts[location.index].isReceived ? .settled : .awaited
    }
}
