import TocsinModel

/// The name of whoever may do something: a client of the clients file (`handheld-7`) or a user of this machine
/// (`uid:li`).
///
/// It stands in the log, in the journal beside every word, and in refusals.
public struct PrincipalName: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let text: String

    /// Reads a client's name: 1 to 64 letters, digits, dots, hyphens and underscores, a letter or digit first.
    public init?(client text: String) {
        guard let first = text.utf8.first, text.utf8.count <= Limits.principalBytes, first.isLetterOrDigit,
            text.utf8.allSatisfy({
                $0.isLetterOrDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            })
        else { return nil }
        self.text = text
    }

    /// The user of this machine with that name, or that number if it has no name.
    public init(user: String) {
        text = "uid:\(user)"
    }

    /// True if it is a user of this machine.
    public var isUser: Bool { text.hasPrefix("uid:") }

    public static func < (left: PrincipalName, right: PrincipalName) -> Bool { left.text < right.text }

    public var description: String { text }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
