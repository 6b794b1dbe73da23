/// Why the broker did not do what it was asked: the closed list of TIP/1.
public enum RefusalCode: String, ReportWord, Error {
    public static let table = WordTable(RefusalCode.self)

    case malformed
    case unsupported
    case invalid
    case tooLarge
    case notPermitted
    case busy
    case unavailable
    case unknownRecipient
    case unknownIncident
    case unknownAlert
    case notJoined
}

/// A coded answer to something that could not be accepted, with what would be right.
public struct Refusal: Error, Hashable, Sendable {
    /// The stable code, for programs.
    public var code: RefusalCode
    /// What is wrong and what would be right, for people.
    public var message: String
    /// Which member of the body is at fault, as a path: `area.grid`.
    public var field: String?
    /// The words that would have been allowed, where the list is closed.
    public var allowed: [String]
    /// When it is worth trying again, in milliseconds, where that is known.
    public var retryAfterMilliseconds: Int?

    public init(
        _ code: RefusalCode, _ message: String, field: String? = nil, allowed: [String] = [],
        retryAfterMilliseconds: Int? = nil
    ) {
        self.code = code
        self.message = message
        self.field = field
        self.allowed = allowed
        self.retryAfterMilliseconds = retryAfterMilliseconds
    }
}
