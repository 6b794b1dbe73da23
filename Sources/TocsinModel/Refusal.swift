/// The reason for a refusal, from the closed list of TIP/1.
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

/// A coded answer to a request that could not be accepted. It says what would be right.
public struct Refusal: Error, Hashable, Sendable {
    /// The stable code, for programs.
    public var code: RefusalCode
    /// The fault and what would be right, for people.
    public var message: String
    /// The path of the body's member that is at fault: `area.grid`.
    public var field: String?
    /// The allowed words, if the list is closed.
    public var allowed: [String]
    /// Milliseconds after which it is worth trying again, if that is known.
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
