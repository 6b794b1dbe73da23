/// A text of a report in which rules search, by its name in the report.
public enum TextField: String, CaseIterable, Hashable, Sendable {
    case event, headline, description, instruction, contact
    /// The place in words, a member of `area`.
    case areaDesc

    /// The bit that stands for the field.
    var bit: UInt8 {
        switch self {
        case .event: 1 << 0
        case .headline: 1 << 1
        case .description: 1 << 2
        case .instruction: 1 << 3
        case .contact: 1 << 4
        case .areaDesc: 1 << 5
        }
    }
}

extension Condition {
    /// The fields in which the condition searches, as bits.
    var searched: UInt8 {
        switch self {
        case .text(let search): search.fields.reduce(0) { $0 | $1.bit }
        case .matches(let field, _): field.bit
        case .any(let branches): branches.reduce(0) { $0 | $1.searched }
        case .not(let conditions): conditions.searched
        case .category, .event, .eventCode, .severity, .urgency, .certainty, .within, .near, .parameter, .sender,
            .during, .message,
            .status:
            0
        }
    }
}

extension [Condition] {
    /// The fields in which the conditions search, as bits.
    var searched: UInt8 { reduce(0) { $0 | $1.searched } }
}
