/// A recipient's standing wish to be told of every report that meets its conditions, as a rule would tell it.
///
/// It adds its recipient to whomever the rules tell, and takes nobody away.
public struct Subscription: Hashable, Sendable {
    /// Whose subscription it is, and what it is called there. A recipient has one of a name.
    public struct Key: Hashable, Comparable, Sendable, CustomStringConvertible {
        public let recipient: Recipient
        public let name: SubscriptionName

        public init(_ recipient: Recipient, _ name: SubscriptionName) {
            self.recipient = recipient
            self.name = name
        }

        public static func < (left: Key, right: Key) -> Bool {
            (left.recipient, left.name) < (right.recipient, right.name)
        }

        public var description: String { "\(recipient) \(name)" }
    }

    public var key: Key
    /// The conditions, as JSON without spaces: an object like the `when` of a rule.
    public var when: String
    public var purpose: Purpose
    /// Whoever asked for it, as the terminal gave the name, at most ``Limits/personNameBytes`` bytes; nil for nobody
    /// named.
    public var by: String?
    /// The time since when it stands. A subscription that replaces another of its name stands since then.
    public var since: Timestamp
    /// The name under which the broker let the connection in that brought it; nil where it asked for no key.
    public var principal: String?

    public init(
        _ key: Key, when: String, purpose: Purpose, by: String? = nil, since: Timestamp, principal: String? = nil
    ) {
        self.key = key
        self.when = when
        self.purpose = purpose
        self.by = by
        self.since = since
        self.principal = principal
    }

    /// Returns true if both ask for the same, whenever that was.
    public func asksTheSame(as other: Subscription) -> Bool {
        key == other.key && when.isIdentical(to: other.when) && purpose == other.purpose
            && by.isIdentical(to: other.by) && principal.isIdentical(to: other.principal)
    }

    public static func == (left: Subscription, right: Subscription) -> Bool {
        left.asksTheSame(as: right) && left.since == right.since
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(key)
    }
}

/// A subscription, and how it stands.
public struct SubscriptionLine: Hashable, Sendable {
    public let subscription: Subscription
    /// Why the directory does not allow it now, so that it tells nobody of anything; nil where it is in force.
    public let obstacle: String?

    public init(_ subscription: Subscription, obstacle: String? = nil) {
        self.subscription = subscription
        self.obstacle = obstacle
    }
}

/// The name of a subscription: 1 to ``Limits/subscriptionNameCharacters`` characters, none of them a space or a control
/// character, for it is an argument on the wire.
public struct SubscriptionName: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String

    /// Reads a name; nil for a text that is none.
    public init?(_ text: String) {
        let scalars = text.unicodeScalars
        guard (1...Limits.subscriptionNameCharacters).contains(scalars.count),
            scalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7f })
        else { return nil }
        self.text = text
    }

    /// What is valid, for people.
    public static let expectation =
        "1 to \(Limits.subscriptionNameCharacters) characters without spaces and control characters"

    public static func == (left: SubscriptionName, right: SubscriptionName) -> Bool {
        left.text.isIdentical(to: right.text)
    }

    public static func < (left: SubscriptionName, right: SubscriptionName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(bytesOf: text)
    }

    public var description: String { text }
}

extension SubscriptionName: JSONReadable {
    public init?(json: JSONNode) {
        guard let text = json.string else { return nil }
        self.init(text)
    }
}
