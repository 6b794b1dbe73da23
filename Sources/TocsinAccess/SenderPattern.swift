/// The senders as whom a client may report: a name, in which `*` stands for any characters (`grid-officer-*`).
public struct SenderPattern: Hashable, Sendable, CustomStringConvertible {
    public let text: String
    /// The bytes between the asterisks. One part means that there is no asterisk.
    private let parts: [[UInt8]]

    public init(_ text: String) {
        self.text = text
        parts = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// True if the pattern matches the whole sender. The time is proportional to the sender's length for each part.
    public func matches(_ sender: String) -> Bool {
        var rest = Array(sender.utf8)[...]
        guard rest.starts(with: parts[0]) else { return false }
        guard parts.count > 1 else { return rest.count == parts[0].count }
        rest = rest.dropFirst(parts[0].count)
        // The first place for each part leaves the most for those after it.
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let place = rest.firstRange(of: part) else { return false }
            rest = rest[place.upperBound...]
        }
        let last = parts[parts.count - 1]
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }

    public var description: String { text }
}
