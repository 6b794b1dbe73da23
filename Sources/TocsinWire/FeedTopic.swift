/// A topic of the feed that is about its subscriber, and not about an incident.
public enum FeedTopic {
    /// The beginning of the topics by which a subscriber with a key hears what it will never see: `refused/alert/fire/` for
    /// a subscription to `alert/fire/`. Whoever does not subscribe to this gets none.
    public static let refused = "refused/"
}
