import TocsinJournal
import TocsinModel
import TocsinWire

/// Alerts that are RECEIVED by terminals, but in no record yet.
///
/// RECEIVED is the most frequent message, and nobody waits for it. The messages of a few milliseconds become one record
/// for each recipient. Until then the alerts count as sent. While the journal takes no records, the numbers wait here.
struct GatheredReceived {
    /// The number of alerts at which they are recorded without waiting longer.
    static let limit = 4096
    /// The most ranges of numbers in one record. Very many may have waited for a full disk.
    static let rangesPerRecord = 4096
    /// How long they wait while the broker is sparing, in milliseconds. Each commit takes a block of the reserve.
    static let sparingPatience: Int64 = 1000

    /// The mailboxes with gathered numbers, in the order of their first ones.
    private(set) var mailboxes: [MailboxID] = []
    /// The gathered numbers, by the mailboxes' indices.
    private var numbers: [NumberSet] = []
    private(set) var count = 0
    /// The uptime at which the first of them came.
    private(set) var since: Int64 = 0

    var isEmpty: Bool { mailboxes.isEmpty }

    /// Adds a number of a mailbox.
    mutating func add(_ number: AlertNumber, of mailbox: MailboxID, now: Int64) {
        while numbers.count <= mailbox.index { numbers.append(NumberSet()) }
        if numbers[mailbox.index].isEmpty {
            if isEmpty { since = now }
            mailboxes.append(mailbox)
        }
        if numbers[mailbox.index].insert(number) { count += 1 }
    }

    /// Returns true if a number of a mailbox is gathered.
    func has(_ number: AlertNumber, of mailbox: MailboxID) -> Bool {
        mailbox.index < numbers.count && numbers[mailbox.index].contains(number)
    }

    /// Takes out the numbers of a mailbox.
    mutating func take(_ mailbox: MailboxID) -> [ClosedRange<AlertNumber>] {
        guard let place = mailboxes.firstIndex(of: mailbox) else { return [] }
        mailboxes.remove(at: place)
        return takeNumbers(of: mailbox)
    }

    /// Takes out all numbers, mailbox by mailbox.
    mutating func takeAll() -> [(mailbox: MailboxID, numbers: [ClosedRange<AlertNumber>])] {
        let taken = mailboxes
        mailboxes.removeAll(keepingCapacity: true)
        return taken.map { ($0, takeNumbers(of: $0)) }
    }

    private mutating func takeNumbers(of mailbox: MailboxID) -> [ClosedRange<AlertNumber>] {
        let ranges = numbers[mailbox.index].allRanges
        numbers[mailbox.index] = NumberSet()
        count -= ranges.reduce(0) { $0 + $1.count }
        return ranges
    }
}

extension Broker {
    /// RECEIVED: the terminal has these alerts safely. Its credit for them is free again, also while the journal takes no
    /// records, so that stored alerts go on going out. Then the records follow later.
    mutating func received(_ peer: Peer, _ recipient: Recipient, _ numbers: NumberList, into turn: inout Turn) {
        heard(peer, now: turn.now)
        guard let (id, mailbox) = terminal(of: peer, recipient) else {
            return refuseNotJoined(peer, recipient, .received, into: &turn)
        }
        guard isJournalAvailable || gathered.count < Limits.receivedAwaitingRoom else {
            return refuse(peer, .alerts, recipient.name, .journalUnavailable, .received, into: &turn)
        }
        terminals[id].noteAnswer()
        var unknown: AlertNumber?
        for range in numbers.ranges {
            unknown = unknown ?? mailboxes[mailbox.index].firstNotGiven(of: range)
            guard let given = mailboxes[mailbox.index].given(of: range) else { continue }
            free(given, of: id)
            for number in given {
                switch delivery(of: number, in: mailbox) {
                case .awaited: gathered.add(number, of: mailbox, now: turn.now.uptime)
                case .settled: break
                case .neverSent: unknown = min(unknown ?? number, number)
                }
            }
        }
        if settings.gatherReceived == .zero || gathered.count >= GatheredReceived.limit { recordReceived(into: &turn) }
        if let unknown { refuseUnknownAlert(peer, recipient, unknown, .received, into: &turn) }
        dispatch(mailbox, into: &turn)
    }

    /// Records all gathered alerts that terminals have RECEIVED. Does nothing while the journal takes no records.
    public mutating func recordReceived(into turn: inout Turn) {
        guard isJournalAvailable else { return }
        for (mailbox, numbers) in gathered.takeAll() { recordReceived(numbers, of: mailbox, into: &turn) }
    }

    /// Records the gathered alerts of one mailbox.
    mutating func recordReceived(of mailbox: MailboxID, into turn: inout Turn) {
        guard isJournalAvailable else { return }
        recordReceived(gathered.take(mailbox), of: mailbox, into: &turn)
    }

    private mutating func recordReceived(
        _ numbers: [ClosedRange<AlertNumber>], of mailbox: MailboxID, into turn: inout Turn
    ) {
        for start in stride(from: 0, to: numbers.count, by: GatheredReceived.rangesPerRecord) {
            let part = numbers[start..<min(start + GatheredReceived.rangesPerRecord, numbers.count)]
            let record = ReceivedRecord(recipient: mailboxes[mailbox.index].recipient, numbers: Array(part))
            let observed = observedPlaces(record, in: mailbox, turn)
            self.record(.received(record), into: &turn)
            turn.endPersonal(mailbox)
            for (incident, number) in observed {
                announce(incident, number, .received, nil, in: mailbox, into: &turn)
            }
            announceClosed(into: &turn)
        }
    }

    /// The uptime in milliseconds at which the gathered alerts must become records. Nil while there are none, and while
    /// the journal takes no records.
    var nextReceivedRecord: Int64? {
        guard isJournalAvailable, !gathered.isEmpty else { return nil }
        let patience =
            standing == .sparing ? GatheredReceived.sparingPatience : settings.gatherReceived.wholeMilliseconds
        return gathered.since + patience
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
