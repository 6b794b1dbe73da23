import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// Standing subscriptions: what terminals ask for, and whether they get it.
extension World {
    /// Lets a terminal subscribe, unsubscribe, or ask what its recipient has subscribed to. It waits for each answer.
    mutating func subscribe(_ index: Int) {
        guard !isCalm, terminals[index].wish == nil else { return }
        let recipient = terminals[index].recipient
        guard let name = SubscriptionName("s-\(random.pick(0...2))") else { return }
        let key = Subscription.Key(recipient, name)
        if random.chance(20) {
            return say(index) { .subscriptions($0.connection.peer, recipient) }
        }
        guard random.chance(65) else {
            note("\(terminals[index].name) ends \(key)")
            terminals[index].wish = (.end(key), nil)
            return say(index) { .unsubscribe($0.connection.peer, UnsubscribedRecord(key, by: $0.name)) }
        }
        let when = Town.conditions[Int(random.pick(0...Int64(Town.conditions.count - 1)))]
        let subscription = Subscription(
            key, when: when, purpose: random.chance(40) ? .action : .information, by: "somebody", since: wall)
        note("\(terminals[index].name) subscribes to \(key): \(when), \(subscription.purpose.rawValue)")
        terminals[index].wish = (.begin(subscription), nil)
        say(index) { .subscribe($0.connection.peer, subscription) }
    }

    /// Notes that the broker hears of a wish.
    mutating func hearWish(of peer: Peer) {
        guard let index = terminal(of: peer) else { return }
        terminals[index].wish?.heardAt = ledger.lastPosition
    }

    mutating func hearSubscriptionRefused(_ index: Int, _ refusal: Refusal) {
        note("\(terminals[index].name) is refused \(refusal.code.rawValue)")
        terminals[index].wish = nil
        switch refusal.code {
        case .invalid, .notPermitted, .unknownRecipient: observer.counts.refusedSubscriptions += 1
        case .unavailable: observer.counts.refusedUnavailable += 1
        default:
            observer.violate(.answered, "\(terminals[index].name) is refused \(refusal.code.rawValue).")
        }
    }

    /// Checks an OK: what it promises is on disk.
    mutating func checkSubscribed(_ peer: Peer, _ recipient: Recipient) {
        guard let index = terminal(of: peer), let (wish, heardAt) = terminals[index].wish else { return }
        observer.expect(
            ledger.hasHappened(wish, since: heardAt ?? .zero), .subscribed,
            "\(terminals[index].name) is answered OK, and \(wish) is not on disk.")
    }

    /// Checks the list of a recipient's subscriptions: each has been on disk.
    mutating func check(_ lines: [SubscriptionLine], of recipient: Recipient) {
        for line in lines {
            observer.expect(
                line.subscription.key.recipient == recipient
                    && ledger.hasHappened(.begin(line.subscription), since: .zero), .subscribed,
                "\(line.subscription.key) is listed, and has never been on disk.")
        }
    }

    /// Checks that the broker has the subscriptions of the journal.
    mutating func checkSubscriptions(_ broker: Broker) {
        let (own, known) = (broker.subscriptions.subscriptions, ledger.standing.sorted { $0.key < $1.key })
        observer.expect(
            own == known, .agreed,
            "The broker has the subscriptions \(own.map(\.key)), the journal \(known.map(\.key)).")
    }

    /// Returns the terminal whose connection this is, unless it has another one by now.
    private func terminal(of peer: Peer) -> Int? {
        guard case .terminal(let index) = Connection(peer).actor, terminals[index].connection == Connection(peer) else {
            return nil
        }
        return index
    }
}
