import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// Standing subscriptions of recipients.
extension Broker {
    /// SUBSCRIBE: from its record on, the recipient is told of every report that meets the conditions.
    mutating func subscribe(_ peer: Peer, _ subscription: Subscription, into turn: inout Turn) {
        heard(peer, now: turn.now)
        let recipient = subscription.key.recipient
        guard isJournalAvailable else {
            return refuse(peer, .alerts, recipient.name, .journalUnavailable, .subscribe, into: &turn)
        }
        guard standing != .sparing else {
            return refuse(peer, .alerts, recipient.name, .noRoomForSubscriptions, .subscribe, into: &turn)
        }
        do throws(Refusal) {
            try subscriptions.check(subscription, by: rules)
        } catch {
            return refuse(peer, .alerts, recipient.name, error, .subscribe, into: &turn)
        }
        // One that is sent again because its answer was lost stands already, since its first record.
        if !(subscriptions[subscription.key]?.asksTheSame(as: subscription) ?? false) {
            var subscription = subscription
            subscription.since = turn.now.wall
            record(.subscribed(subscription), into: &turn)
        }
        turn.send(.subscribed(peer, recipient, by: .subscribe))
    }

    /// UNSUBSCRIBE: from its record on, the subscription tells the recipient of nothing more. The alerts that it has
    /// brought stay.
    mutating func unsubscribe(_ peer: Peer, _ unsubscribed: UnsubscribedRecord, into turn: inout Turn) {
        heard(peer, now: turn.now)
        let key = unsubscribed.key
        guard isJournalAvailable else {
            return refuse(peer, .alerts, key.recipient.name, .journalUnavailable, .unsubscribe, into: &turn)
        }
        guard subscriptions[key] != nil else {
            return refuse(peer, .alerts, key.recipient.name, unknown(key), .unsubscribe, into: &turn)
        }
        record(.unsubscribed(unsubscribed), into: &turn)
        turn.send(.subscribed(peer, key.recipient, by: .unsubscribe))
    }

    /// SUBSCRIPTIONS: what a recipient has subscribed to, also what is not in force.
    mutating func listSubscriptions(_ peer: Peer, _ recipient: Recipient, into turn: inout Turn) {
        heard(peer, now: turn.now)
        let lines = subscriptions.lines(of: recipient)
        guard !lines.isEmpty || directory.contains(recipient) else {
            return refuse(peer, .alerts, recipient.name, directory.unknown(recipient), .subscriptions, into: &turn)
        }
        turn.send(.subscriptions(peer, recipient, lines))
    }

    private func unknown(_ key: Subscription.Key) -> Refusal {
        let names = subscriptions.lines(of: key.recipient).map(\.subscription.key.name.text)
        guard !names.isEmpty || directory.contains(key.recipient) else { return directory.unknown(key.recipient) }
        // A list of all names could be long. Whoever wants it asks for it.
        let nearest = Suggestion.nearest(to: key.name.text, among: names)
        return Refusal(
            .invalid,
            "\(key.recipient) has no subscription '\(key.name)'"
                + (nearest.map { "; did you mean '\($0)'?" } ?? "; SUBSCRIPTIONS says what it has."), field: "name")
    }
}
