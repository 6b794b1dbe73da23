public import TocsinModel

/// All subscriptions: those that are in force, compiled, and those that the directory does not allow now.
///
/// A subscription stays when a reload takes its recipient, its right or a place out of the directory. It is not in
/// force then, and says why; it is in force again when the directory has what was missing.
///
/// A value that any thread may use; a copy shares everything until it changes.
public struct SubscriptionTable: Sendable {
    private struct Entry: Sendable {
        let subscription: Subscription
        let reading: Reading
    }

    private enum Reading: Sendable {
        case inForce(CompiledSubscription)
        case obstacle(String)
        /// No rules have been there yet to read it by.
        case unread
    }

    private static let unread = "The rules have not been read yet."

    private var entries: [Subscription.Key: Entry] = [:]
    private var names: [Recipient: Set<SubscriptionName>] = [:]
    /// Those that the directory does not allow now.
    private var hindered: Set<Subscription.Key> = []
    private var index = SubscriptionIndex()
    /// The rules by whose directory the subscriptions are read; nil before the first ones.
    private var rules: Ruleset?
    /// The conditions read last: those of a subscription that has been checked are taken next.
    private var lastRead: (when: String, conditions: Conditions)?

    /// The bytes of all conditions, as JSON.
    public private(set) var conditionBytes = 0

    /// No subscriptions.
    public init() {}

    public var count: Int { entries.count }

    public var isEmpty: Bool { entries.isEmpty }

    public subscript(key: Subscription.Key) -> Subscription? { entries[key]?.subscription }

    /// Every subscription, by recipient and name.
    public var subscriptions: [Subscription] { entries.values.map(\.subscription).sorted { $0.key < $1.key } }

    /// Adds a subscription, in place of one of the same name.
    public mutating func add(_ subscription: Subscription) {
        remove(subscription.key)
        let entry = Entry(subscription: subscription, reading: read(subscription))
        switch entry.reading {
        case .inForce(let compiled): index.add(compiled)
        case .obstacle: hindered.insert(subscription.key)
        case .unread: break
        }
        entries[subscription.key] = entry
        names[subscription.key.recipient, default: []].insert(subscription.key.name)
        conditionBytes += subscription.when.utf8.count
    }

    /// Removes a subscription, if it is there.
    public mutating func remove(_ key: Subscription.Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        if case .inForce(let compiled) = entry.reading { index.remove(compiled) }
        hindered.remove(key)
        names[key.recipient]?.remove(key.name)
        if names[key.recipient]?.isEmpty ?? false { names[key.recipient] = nil }
        conditionBytes -= entry.subscription.when.utf8.count
    }

    /// Reads every subscription by other rules, some fifty microseconds for each.
    public mutating func read(by rules: Ruleset) {
        (self.rules, lastRead, hindered) = (rules, nil, [])
        var inForce: [CompiledSubscription] = []
        for (key, entry) in entries {
            let reading = read(entry.subscription)
            switch reading {
            case .inForce(let compiled): inForce.append(compiled)
            case .obstacle: hindered.insert(key)
            case .unread: break
            }
            entries[key] = Entry(subscription: entry.subscription, reading: reading)
        }
        index = SubscriptionIndex(inForce)
    }

    /// Returns true if the subscriptions are read by these very rules.
    public func isRead(by rules: Ruleset) -> Bool { self.rules?.isIdentical(to: rules) ?? false }

    /// Returns this table with the subscriptions of another one, read by the rules of this one. What the two have in
    /// common is not read again.
    public func brought(to other: SubscriptionTable) -> SubscriptionTable {
        var result = self
        for key in entries.keys where other.entries[key] == nil { result.remove(key) }
        for (key, entry) in other.entries where entries[key]?.subscription != entry.subscription {
            result.add(entry.subscription)
        }
        return result
    }

    private mutating func read(_ subscription: Subscription) -> Reading {
        guard let rules else { return .unread }
        do throws(Refusal) {
            try rules.directory.allow(subscription)
            return .inForce(CompiledSubscription(subscription, try conditions(of: subscription.when, by: rules)))
        } catch {
            return .obstacle(error.message)
        }
    }

    private mutating func conditions(of when: String, by rules: Ruleset) throws(Refusal) -> Conditions {
        guard isRead(by: rules) else { return try rules.conditions(of: when) }
        if let lastRead, lastRead.when.isIdentical(to: when) { return lastRead.conditions }
        let conditions = try rules.conditions(of: when)
        lastRead = (when, conditions)
        return conditions
    }
}

extension SubscriptionTable {
    /// Refuses a subscription that the directory, the conditions or the bounds do not allow.
    ///
    /// - Throws: a ``TocsinModel/Refusal``: `unknownRecipient`, `notPermitted` for a recipient that may not subscribe,
    ///   or not for this purpose, `tooLarge` and `invalid` for the conditions, `invalid` for one subscription too many.
    public mutating func check(_ subscription: Subscription, by rules: Ruleset) throws(Refusal) {
        let (key, bytes) = (subscription.key, subscription.when.utf8.count)
        try rules.directory.allow(subscription)
        guard bytes <= Limits.conditionBytes else {
            throw Refusal(
                .tooLarge,
                "The conditions have \(bytes) bytes as JSON without spaces; at most \(Limits.conditionBytes) are allowed.",
                field: "when")
        }
        let replaced = entries[key]?.subscription
        let count = names[key.recipient]?.count ?? 0
        guard replaced != nil || count < Limits.subscriptionsPerRecipient else {
            throw Refusal(
                .invalid,
                "\(key.recipient) has \(count) subscriptions, and no recipient has more; UNSUBSCRIBE from one first.",
                field: "name")
        }
        guard replaced != nil || self.count < Limits.subscriptions,
            conditionBytes - (replaced?.when.utf8.count ?? 0) + bytes <= Limits.conditionBytesInAll
        else {
            throw Refusal(
                .invalid,
                "There are \(self.count) subscriptions, and no room for more; at most \(Limits.subscriptions) are allowed, with "
                    + "\(Limits.conditionBytesInAll) bytes of conditions.",
                field: "name")
        }
        _ = try conditions(of: subscription.when, by: rules)
    }

    /// Returns the subscriptions of a recipient, or of all, by recipient and name.
    public func lines(of recipient: Recipient? = nil) -> [SubscriptionLine] {
        guard let recipient else { return entries.keys.sorted().compactMap(line) }
        return (names[recipient] ?? []).sorted().compactMap { line(Subscription.Key(recipient, $0)) }
    }

    /// The number of subscriptions that are not in force.
    public var notInForceCount: Int { hindered.count }

    /// Returns those that are not in force, by recipient and name, at most so many.
    public func notInForce(_ limit: Int = .max) -> [SubscriptionLine] {
        hindered.sorted().prefix(limit).compactMap(line)
    }

    private func line(_ key: Subscription.Key) -> SubscriptionLine? {
        entries[key].map { entry in
            switch entry.reading {
            case .inForce: SubscriptionLine(entry.subscription)
            case .obstacle(let obstacle): SubscriptionLine(entry.subscription, obstacle: obstacle)
            case .unread: SubscriptionLine(entry.subscription, obstacle: Self.unread)
            }
        }
    }

    /// Returns a routing with the recipients of the subscriptions that a report meets.
    func adding(to routing: Routing, for subject: Case) -> Routing {
        let matches = index.matches(subject)
        return matches.isEmpty ? routing : Routing(routing, adding: matches)
    }

    /// Returns the subscriptions that a report meets, the oldest first.
    func matches(_ subject: Case) -> [Subscription] { index.matches(subject).map(\.subscription) }

    /// Returns the verdict of every subscription on a report, by recipient and name.
    func verdicts(on subject: Case) -> [Explanation.SubscriptionVerdict] {
        let subject = subject.reading(index.searched)
        return entries.values.sorted { $0.subscription.key < $1.subscription.key }.map { entry in
            let verdict: Explanation.Verdict =
                switch entry.reading {
                case .inForce(let compiled): compiled.conditions.verdict(on: subject)
                case .obstacle(let obstacle): .notInForce(obstacle)
                case .unread: .notInForce(Self.unread)
                }
            return Explanation.SubscriptionVerdict(subscription: entry.subscription.key, verdict: verdict)
        }
    }
}

extension Directory {
    /// Refuses a subscription whose recipient does not exist, or may not subscribe for its purpose.
    fileprivate func allow(_ subscription: Subscription) throws(Refusal) {
        let recipient = subscription.key.recipient
        guard contains(recipient) else {
            throw unknown(recipient)
        }
        guard let allowed = maySubscribe(recipient) else {
            throw Refusal(
                .notPermitted,
                "\(recipient) may not subscribe: its entry in the directory has no 'may-subscribe', which is information or "
                    + "action.")
        }
        guard allowed == .action || subscription.purpose == .information else {
            throw Refusal(
                .notPermitted,
                "\(recipient) may not subscribe for action: 'may-subscribe' of its entry in the directory is information.",
                field: "purpose", allowed: [Purpose.information.rawValue])
        }
    }
}
