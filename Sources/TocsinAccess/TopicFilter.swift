/// Tells the topics of the feed that a client may see from those that it may not.
public struct TopicFilter: Hashable, Sendable {
    /// The beginnings of topics that may be seen; nil for all topics.
    private let beginnings: [[UInt8]]?

    public init(_ feed: Rights.Choice<String>) {
        beginnings =
            switch feed {
            case .all: nil
            case .only(let beginnings): beginnings.map { Array($0.utf8) }
            }
    }

    /// True if a topic may be seen, or every topic that begins so.
    public func allows(_ topic: UnsafeRawBufferPointer) -> Bool {
        guard let beginnings else { return true }
        return beginnings.contains { topic.starts(with: $0) }
    }

    /// True if no topic that begins so may be seen.
    public func excludes(_ beginning: [UInt8]) -> Bool {
        guard let beginnings else { return false }
        return !beginnings.contains { $0.starts(with: beginning) || beginning.starts(with: $0) }
    }

    /// True if a topic may be seen, or every topic that begins so.
    public func allows(_ topic: String) -> Bool {
        var topic = topic
        return topic.withUTF8 { allows(UnsafeRawBufferPointer($0)) }
    }
}
