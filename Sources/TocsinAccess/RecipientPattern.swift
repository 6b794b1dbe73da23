public import TocsinModel

/// The recipients that a client may join: one mailbox (`fire`, `police@110101005`), or a role at every place
/// (`firefighter@*`).
public enum RecipientPattern: Hashable, Sendable, CustomStringConvertible {
    case mailbox(Recipient)
    case role(RoleName)

    /// Reads a pattern; nil for anything else.
    public init?(_ text: String) {
        if text.hasSuffix("@*") {
            guard let role = RoleName(String(text.dropLast(2))) else { return nil }
            self = .role(role)
        } else {
            guard let recipient = Recipient(text) else { return nil }
            self = .mailbox(recipient)
        }
    }

    /// True if the mailbox is meant.
    public func matches(_ recipient: Recipient) -> Bool {
        switch self {
        case .mailbox(let mailbox): mailbox == recipient
        case .role(let role): recipient.place != nil && recipient.word == role.name
        }
    }

    public var description: String {
        switch self {
        case .mailbox(let recipient): recipient.name
        case .role(let role): "\(role)@*"
        }
    }
}
