public import TocsinModel

/// The subscriptions that stand: the fold of the records of their beginnings and ends.
public struct SubscriptionFold: Sendable {
    private var standing: [Subscription.Key: (subscription: Subscription, position: Position)] = [:]

    /// Folds entries, in order. Those of other kinds change nothing.
    public init(_ entries: some Sequence<JournalEntry>) {
        for entry in entries { apply(entry) }
    }

    public mutating func apply(_ entry: JournalEntry) {
        switch entry.record {
        case .subscribed(let subscription): standing[subscription.key] = (subscription, entry.position)
        case .unsubscribed(let unsubscribed): standing[unsubscribed.key] = nil
        case .incident, .joined, .received, .personal, .escalated, .rung, .stoodDown, .closed, .rules, .rated,
            .silenced,
            .unsilenced, .reopened, .removed:
            break
        }
    }

    /// The subscriptions in the order of their records.
    public var subscriptions: [Subscription] {
        standing.values.sorted { $0.position < $1.position }.map(\.subscription)
    }
}
