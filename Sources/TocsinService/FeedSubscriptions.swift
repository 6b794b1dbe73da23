import TocsinModel

/// What one subscriber of the feed is subscribed to, held to a bound.
///
/// libzmq 4.3.4 tells also of ends of subscriptions that never began; they make no room for others.
struct FeedSubscriptions {
    private var topics: Set<[UInt8]> = []
    /// The bytes of all, each counted ``TocsinModel/Limits/feedSubscriptionCost`` more.
    private(set) var bytes = 0

    /// Takes a message of the subscriber: a byte, 1 for a subscription and 0 for its end, and the topic.
    ///
    /// - Returns: False where there are too many now, or it is no such message.
    mutating func take(_ message: UnsafeRawBufferPointer) -> Bool {
        let cost = message.count + Limits.feedSubscriptionCost
        switch message.first {
        case 1: if topics.insert(Array(message.dropFirst())).inserted { bytes += cost }
        case 0: if topics.remove(Array(message.dropFirst())) != nil { bytes -= cost }
        default: return false
        }
        return bytes <= Limits.feedSubscriptionBytes
    }
}
