public import TocsinModel

/// One rule: which reports it is for, whom it tells, and what happens when nobody answers.
public struct Rule: Hashable, Sendable {
    /// Whom a rule tells.
    public enum Target: Hashable, Sendable, CustomStringConvertible {
        /// A department, or a role at a place that the rule names: `fire`, `leader@110101005`.
        case mailbox(Recipient)
        /// A role at the place of that size that the report's grid lies in: `police@street`.
        case role(RoleName, PlaceLevel)

        /// The target as the file writes it.
        public var description: String {
            switch self {
            case .mailbox(let recipient): recipient.name
            case .role(let role, let level): "\(role)@\(level.rawValue)"
            }
        }
    }

    /// Who else is told when nobody has acknowledged for so long.
    public struct Step: Hashable, Sendable {
        public var after: Duration
        public var to: Target
    }

    /// How long those notified have to acknowledge where a rule does not say.
    public static let defaultAcknowledgeWithin: Duration = .seconds(300)
    /// The longest time a rule may give: what is open for a week is a matter for people.
    public static let longestDuration: Duration = .seconds(7 * 24 * 3600)
    /// How long a rule's name may be, in characters: it travels with every alert.
    public static let nameCharacters = 128

    /// What people call it; no other rule of the file has the same name.
    public var name: String
    public var conditions: Conditions
    /// Those who must acknowledge.
    public var notify: [Target]
    /// Those who must be told.
    public var inform: [Target]
    public var acknowledgeWithin: Duration
    /// In strictly ascending order of time.
    public var steps: [Step]
    /// Whether no later rule is looked at when this one matches.
    public var stop: Bool
}
