/// The bounds of a feed with keys, where each subscriber has a socket of its own.
extension Limits {
    /// Subscribers, all together. Each costs three descriptors, and two sends of each message that it may see.
    public static let feedSubscribers = 1_000
    /// Subscribers with the same key: the screens of a large room.
    public static let feedSubscribersPerClient = 32
    /// Connections to the feed that have not said yet who they are. One more waits until one of them has, or has needed
    /// more than a second: who has a key needs some milliseconds.
    public static let feedHandshakes = 256
    /// Bytes of one subscriber's subscriptions, each counted ``feedSubscriptionCost`` more. libzmq keeps a subscription
    /// letter by letter, and spends some forty times its length.
    public static let feedSubscriptionBytes = 64 * 1024
    /// The bytes that each subscription counts in addition to its text.
    public static let feedSubscriptionCost = 64
    /// Messages of one subscriber that wait to be read, and the most that are read at once. Nobody subscribes so often
    /// who means well.
    public static let feedSubscriptionsAtOnce = 2_000
}
