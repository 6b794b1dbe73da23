/// The senders that are meant: a name, in which `*` stands for any characters (`grid-officer-*`).
public struct SenderPattern: Hashable, Sendable, CustomStringConvertible {
    public let text: String
    /// The bytes between the asterisks. One part means that there is no asterisk.
    private let parts: [[UInt8]]

    public init(_ text: String) {
        self.text = text
        parts = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// The whole sender, where no other is meant.
    package var exact: String? { parts.count == 1 ? text : nil }

    /// The longest text between asterisks, which each sender has that is meant; nil where there is none.
    var longestPart: [UInt8]? {
        parts.max { $0.count < $1.count }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// True if the pattern matches the whole sender. The time is proportional to the sender's length for each part.
    public func matches(_ sender: String) -> Bool {
        var sender = sender
        return sender.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
    }

    private func matches(_ sender: UnsafeRawBufferPointer) -> Bool {
        let (first, last) = (parts[0], parts[parts.count - 1])
        guard parts.count > 1 else { return sender.elementsEqual(first) }
        guard sender.count >= first.count + last.count, sender.starts(with: first),
            sender.suffix(last.count).elementsEqual(last)
        else { return false }
        var rest = sender[first.count..<(sender.count - last.count)]
        // The first place for each part leaves the most for those after it.
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let place = rest.firstRange(of: part) else { return false }
            rest = rest[place.upperBound...]
        }
        return true
    }

    public var description: String { text }
}
