import TocsinJournal
import TocsinModel
import TocsinWire

/// Alerts that are RECEIVED by terminals, but in no record yet.
///
/// RECEIVED is the most frequent message, and nobody waits for it. The messages of a few milliseconds become one record
/// for each recipient. Until then the alerts count as sent. While the journal takes no records, the numbers wait here.
struct GatheredReceived {
    /// The numbers of a mailbox that terminals of one principal have said.
    struct Share {
        var principal: String?
        var numbers = NumberSet()
    }

    /// The number of alerts at which they are recorded without waiting longer.
    static let limit = 4096
    /// The most ranges of numbers in one record. Very many may have waited for a full disk.
    static let rangesPerRecord = 4096
    /// How long they wait while the broker is sparing, in milliseconds. Each commit takes a block of the reserve.
    static let sparingPatience: Int64 = 1000

    /// The mailboxes with gathered numbers, in the order of their first ones.
    private(set) var mailboxes: [MailboxID] = []
    /// The gathered numbers, by the mailboxes' indices, and whose terminals have said so.
    private var shares: [Share] = []
    /// The numbers of mailboxes that terminals of further principals have said. Mostly there are none.
    private var others: [MailboxID: [Share]] = [:]
    private(set) var count = 0
    /// The uptime at which the first of them came.
    private(set) var since: Int64 = 0

    var isEmpty: Bool { mailboxes.isEmpty }

    /// Adds a number of a mailbox, which a terminal of a principal has said first.
    mutating func add(_ number: AlertNumber, of mailbox: MailboxID, by principal: String?, now: Int64) {
        while shares.count <= mailbox.index { shares.append(Share()) }
        if shares[mailbox.index].numbers.isEmpty {
            if isEmpty { since = now }
            mailboxes.append(mailbox)
            shares[mailbox.index].principal = principal
        }
        if shares[mailbox.index].principal.isIdentical(to: principal) {
            guard others.isEmpty || !has(number, of: mailbox) else { return }
            if shares[mailbox.index].numbers.insert(number) { count += 1 }
        } else if !has(number, of: mailbox) {
            addToOthers(number, of: mailbox, by: principal)
        }
    }

    private mutating func addToOthers(_ number: AlertNumber, of mailbox: MailboxID, by principal: String?) {
        var shares = others.removeValue(forKey: mailbox) ?? []
        if let index = shares.firstIndex(where: { $0.principal.isIdentical(to: principal) }) {
            shares[index].numbers.insert(number)
        } else {
            shares.append(Share(principal: principal))
            shares[shares.count - 1].numbers.insert(number)
        }
        others[mailbox] = shares
        count += 1
    }

    /// Returns true if a number of a mailbox is gathered.
    func has(_ number: AlertNumber, of mailbox: MailboxID) -> Bool {
        guard mailbox.index < shares.count else { return false }
        return shares[mailbox.index].numbers.contains(number)
            || !others.isEmpty && others[mailbox]?.contains { $0.numbers.contains(number) } ?? false
    }

    /// Takes out the numbers of a mailbox.
    mutating func take(_ mailbox: MailboxID) -> [Share] {
        guard let place = mailboxes.firstIndex(of: mailbox) else { return [] }
        mailboxes.remove(at: place)
        return takeShares(of: mailbox)
    }

    /// Takes out all numbers, mailbox by mailbox.
    mutating func takeAll() -> [(mailbox: MailboxID, shares: [Share])] {
        let taken = mailboxes
        mailboxes.removeAll(keepingCapacity: true)
        return taken.map { ($0, takeShares(of: $0)) }
    }

    private mutating func takeShares(of mailbox: MailboxID) -> [Share] {
        var taken = [shares[mailbox.index]]
        shares[mailbox.index] = Share()
        if !others.isEmpty, let further = others.removeValue(forKey: mailbox) { taken += further }
        for share in taken { count -= share.numbers.allRanges.reduce(0) { $0 + $1.count } }
        return taken
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
        let principal = terminals[id].principal
        var unknown: AlertNumber?
        for range in numbers.ranges {
            unknown = unknown ?? mailboxes[mailbox.index].firstNotGiven(of: range)
            guard let given = mailboxes[mailbox.index].given(of: range) else { continue }
            free(given, of: id)
            for number in given {
                switch delivery(of: number, in: mailbox) {
                case .awaited: gathered.add(number, of: mailbox, by: principal, now: turn.now.uptime)
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
        for (mailbox, shares) in gathered.takeAll() {
            for share in shares { recordReceived(share, of: mailbox, into: &turn) }
        }
    }

    /// Records the gathered alerts of one mailbox.
    mutating func recordReceived(of mailbox: MailboxID, into turn: inout Turn) {
        guard isJournalAvailable else { return }
        for share in gathered.take(mailbox) { recordReceived(share, of: mailbox, into: &turn) }
    }

    private mutating func recordReceived(
        _ share: GatheredReceived.Share, of mailbox: MailboxID, into turn: inout Turn
    ) {
        let numbers = share.numbers.allRanges
        for start in stride(from: 0, to: numbers.count, by: GatheredReceived.rangesPerRecord) {
            let part = numbers[start..<min(start + GatheredReceived.rangesPerRecord, numbers.count)]
            let record = ReceivedRecord(
                recipient: mailboxes[mailbox.index].recipient, numbers: Array(part), principal: share.principal)
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
                incidents[location.slot].alerts[location.index].willChangeWhenReceived
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
        guard incidents[location.slot].alerts[location.index].hasBeenSent else { return .neverSent }
        // Of one that has just rung again, and is not sent yet, RECEIVED means the ring before.
        let isSent = incidents[location.slot].alerts[location.index].attempts > 0
        return isSent && !incidents[location.slot].alerts[location.index].isReceived ? .awaited : .settled
    }
}
