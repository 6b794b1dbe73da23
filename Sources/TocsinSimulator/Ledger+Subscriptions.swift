import TocsinJournal
import TocsinModel
import TocsinRouting

/// The subscriptions, by the records on disk alone.
extension Ledger {
    /// A wish that somebody has asked for, or its end.
    enum Wish: Hashable {
        case begin(Subscription)
        case end(Subscription.Key)
    }

    mutating func addSubscription(_ entry: JournalEntry, _ heard: Hearsay, _ observer: inout Observer) {
        switch entry.record {
        case .subscribed(let subscription):
            observer.counts.subscribed += 1
            observer.expect(
                heard.subscriptions.contains { $0.asksTheSame(as: subscription) }, .recorded,
                "Nobody has subscribed to \(subscription.key).")
            observer.expect(
                subscription.since == entry.at, .recorded,
                "\(subscription.key) stands since another time than its record.")
        case .unsubscribed(let unsubscribed):
            observer.counts.unsubscribed += 1
            observer.expect(
                heard.ends.contains(unsubscribed.key) && standing.contains { $0.key == unsubscribed.key }, .recorded,
                "\(unsubscribed.key) ends, and nobody has said so, or there was none.")
        case .incident, .joined, .received, .personal, .escalated, .rung, .stoodDown, .closed, .rules, .rated,
            .silenced,
            .unsilenced, .reopened, .removed:
            break
        }
        noteSubscription(entry)
    }

    /// The subscriptions that stand.
    var standing: [Subscription] { SubscriptionFold(subscriptionRecords).subscriptions }

    /// Returns the subscriptions that stand as rules read them, in a table that has never been anything else.
    func subscriptions(readBy rules: Ruleset) -> SubscriptionTable {
        var table = SubscriptionTable()
        for subscription in standing { table.add(subscription) }
        table.read(by: rules)
        return table
    }

    /// Returns true if what was wished has been so at some time from a position on.
    func hasHappened(_ wish: Wish, since position: Position) -> Bool {
        let (before, later) = (
            subscriptionRecords.last { $0.position <= position && $0.record.key == wish.key },
            subscriptionRecords.filter { $0.position > position && $0.record.key == wish.key }
        )
        switch wish {
        case .begin(let subscription):
            return ([before].compactMap(\.self) + later).contains { entry in
                if case .subscribed(let other) = entry.record { other.asksTheSame(as: subscription) } else { false }
            }
        case .end:
            return later.contains { if case .unsubscribed = $0.record { true } else { false } }
        }
    }
}

extension Ledger.Wish {
    var key: Subscription.Key {
        switch self {
        case .begin(let subscription): subscription.key
        case .end(let key): key
        }
    }
}

extension JournalRecord {
    /// The subscription that the record is about.
    fileprivate var key: Subscription.Key? {
        switch self {
        case .subscribed(let subscription): subscription.key
        case .unsubscribed(let unsubscribed): unsubscribed.key
        case .incident, .joined, .received, .personal, .escalated, .rung, .stoodDown, .closed, .rules, .rated,
            .silenced,
            .unsilenced, .reopened, .removed:
            nil
        }
    }
}
