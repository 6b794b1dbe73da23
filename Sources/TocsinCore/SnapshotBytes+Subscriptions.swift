import TocsinModel

// The subscriptions in a snapshot: see the extension of ``Broker`` that makes them.

extension ByteBuffer {
    mutating func append(_ subscriptions: [Subscription]) {
        appendNumber(UInt64(subscriptions.count))
        for subscription in subscriptions {
            appendText(subscription.key.recipient.name)
            appendText(subscription.key.name.text)
            appendText(subscription.when)
            append(subscription.purpose == .action ? 1 : 0)
            append(ifPresent: subscription.by)
            appendSigned(subscription.since.milliseconds)
            append(ifPresent: subscription.principal)
        }
    }

    mutating func append(ifPresent text: String?) {
        append(text == nil ? 0 : 1)
        if let text { appendText(text) }
    }
}

extension SnapshotReader {
    mutating func subscription() throws(SnapshotDamage) -> Subscription {
        guard let recipient = Recipient(try text()), let name = SubscriptionName(try text()) else {
            throw SnapshotDamage()
        }
        let when = try text()
        let purpose: Purpose = try byte() == 1 ? .action : .information
        let by = try textIfPresent()
        let since = Timestamp(milliseconds: try signed())
        return Subscription(
            Subscription.Key(recipient, name), when: when, purpose: purpose, by: by, since: since,
            principal: try textIfPresent())
    }

    mutating func textIfPresent() throws(SnapshotDamage) -> String? {
        try byte() == 0 ? nil : try text()
    }
}
