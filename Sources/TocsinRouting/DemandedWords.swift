extension Condition {
    /// Folded words of which a report has one at least, in a text or in the sender, if it meets the condition. Nil where
    /// none are demanded, and for senders without an asterisk, which are found as a whole.
    var demandedWords: [[UInt8]]? {
        switch self {
        case .text(let search): search.folded
        case .matches(_, let expression):
            // RE2's atoms are in small letters, and where its table differs from ours, folding makes them equal.
            expression.demanded.map { $0.map { CaseFolding.fold($0) } }
        case .sender(let patterns):
            patterns.allSatisfy { $0.exact != nil }
                ? nil
                : patterns.reduce([]) { words, pattern in
                    guard let words, let part = pattern.longestPart else { return nil }
                    return words + [part.withUnsafeBytes { CaseFolding.fold($0) }]
                }
        case .category, .event, .eventCode, .severity, .urgency, .certainty, .within, .near, .parameter, .during, .any,
            .not, .message,
            .status:
            nil
        }
    }

    /// The words of this condition, and of those inside it, that rules may be found by.
    var allDemandedWords: [[UInt8]] {
        switch self {
        case .any(let branches): branches.flatMap { $0.flatMap(\.allDemandedWords) }
        case .category, .event, .eventCode, .severity, .urgency, .certainty, .within, .near, .parameter, .sender, .text,
            .during,
            .matches, .not, .message, .status:
            demandedWords ?? []
        }
    }
}
