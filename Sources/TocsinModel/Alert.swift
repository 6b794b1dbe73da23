/// The reason for which a recipient is told.
public enum Purpose: String, ReportWord {
    public static let table = WordTable(Purpose.self)

    /// Somebody must acknowledge.
    case action
    /// The recipient must be told; nobody need answer.
    case information
}

/// The state of an alert. The raw value is the word on the wire and in the journal.
///
///     queued → sent → received → acknowledged → enRoute → onScene → resolved
///        any open state → declined | cancelled | silenced
///        received, declined, silenced, taken and forgotten → queued, when it rings again
public enum AlertState: String, ReportWord {
    public static let table = WordTable(AlertState.self)

    case queued
    case sent
    case received
    case acknowledged
    case enRoute
    case onScene
    case resolved
    case declined
    case cancelled
    /// It rings no more for now, and may ring again: somebody else has taken it on.
    case silenced

    /// True if somebody has taken the alert on. No step escalates it any more.
    public var isTaken: Bool {
        switch self {
        case .acknowledged, .enRoute, .onScene, .resolved, .cancelled: true
        case .queued, .sent, .received, .declined, .silenced: false
        }
    }

    /// True while somebody has taken the alert on and the work is not done.
    public var isInHand: Bool {
        switch self {
        case .acknowledged, .enRoute, .onScene: true
        case .queued, .sent, .received, .resolved, .declined, .cancelled, .silenced: false
        }
    }

    /// True while the alert waits to be sent, or for a terminal to say RECEIVED.
    public var awaitsDelivery: Bool { self == .queued || self == .sent }

    /// True if nothing more is owed.
    public var isFinished: Bool {
        switch self {
        case .resolved, .cancelled: true
        case .queued, .sent, .received, .acknowledged, .enRoute, .onScene, .declined, .silenced: false
        }
    }

    /// True if a terminal has the alert safely, or a person has spoken.
    public var isDelivered: Bool {
        switch self {
        case .queued, .sent, .silenced: false
        case .received, .acknowledged, .enRoute, .onScene, .resolved, .declined, .cancelled: true
        }
    }

    /// True if the state is a person's word, which ACKNOWLEDGE, DECLINE and STATUS may set.
    public var isPersonal: Bool {
        switch self {
        case .acknowledged, .enRoute, .onScene, .resolved, .declined: true
        case .queued, .sent, .received, .cancelled, .silenced: false
        }
    }
}

/// A person's name and what they added. Equality compares bytes.
public struct Person: Hashable, Sendable {
    /// The name as the terminal gave it, 1 to ``Limits/personNameBytes`` bytes.
    public var by: String
    /// A note, or the reason for declining.
    public var note: String?
    /// The name under which the broker let the connection in that brought the word; nil where it asked for no key.
    public var principal: String?

    public init(by: String, note: String? = nil, principal: String? = nil) {
        self.by = by
        self.note = note
        self.principal = principal
    }

    public static func == (left: Person, right: Person) -> Bool {
        left.by.isIdentical(to: right.by) && left.note.isIdentical(to: right.note)
            && left.principal.isIdentical(to: right.principal)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(bytesOf: by)
    }
}
