import TocsinModel

/// What one subscriber of the feed is subscribed to, held to a bound.
///
/// libzmq 4.3.4 tells also of ends of subscriptions that never began; they make no room for others.
struct FeedSubscriptions {
    private var topics: Set<[UInt8]> = []
    /// Those that have begun since they were taken last.
    private var recent: Set<[UInt8]> = []
    /// The bytes of all, each counted ``TocsinModel/Limits/feedSubscriptionCost`` more.
    private(set) var bytes = 0

    /// Takes a message of the subscriber: a byte, 1 for a subscription and 0 for its end, and the topic.
    ///
    /// - Returns: False where there are too many now, or it is no such message.
    mutating func take(_ message: UnsafeRawBufferPointer) -> Bool {
        let cost = message.count + Limits.feedSubscriptionCost
        switch message.first {
        case 1:
            let topic = Array(message.dropFirst())
            guard topics.insert(topic).inserted else { break }
            bytes += cost
            recent.insert(topic)
        case 0:
            let topic = Array(message.dropFirst())
            guard topics.remove(topic) != nil else { break }
            bytes -= cost
            recent.remove(topic)
        default: return false
        }
        return bytes <= Limits.feedSubscriptionBytes
    }

    /// Returns the subscriptions that have begun since the last call, once the subscriber asks for refusals, too.
    mutating func takeRecent(ifSubscribedTo topic: [UInt8]) -> Set<[UInt8]> {
        guard !recent.isEmpty, topics.contains(topic) else { return [] }
        defer { recent.removeAll() }
        return recent.subtracting([topic])
    }
}
