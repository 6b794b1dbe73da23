import TocsinModel

extension Ruleset {
    /// The marks of Chinese text that are written where YAML wants its own: `[毒气，煤气]` is one text.
    private static let fullWidthMarks: Set<Character> = ["，", "、", "；", "：", "“", "”", "‘", "’", "［", "］"]
    /// The warnings that are given.
    private static let listed = 12

    /// Texts of conditions with marks in them that may have been meant for YAML's.
    var fullWidthWarnings: [String] {
        var warnings: [String] = []
        for rule in rules {
            for text in rule.conditions.asked.flatMap(\.freeTexts)
            where text.contains(where: Self.fullWidthMarks.contains) {
                guard warnings.count < Self.listed else { return warnings }
                let place = rule.line.map { ", line \($0)" } ?? ""
                warnings.append(
                    "\(Suggestion.quoted(rule.name))\(place): \(Suggestion.quoted(text)) is one text with a full-width mark in "
                        + "it; values of a list are parted by ',' and quoted with '\"'")
            }
        }
        return warnings
    }
}

extension Condition {
    /// The texts that the condition compares, as the file has them.
    fileprivate var freeTexts: [String] {
        switch self {
        case .event(let events): events
        case .eventCode(_, let values), .parameter(_, let values): values
        case .sender(let patterns): patterns.map(\.text)
        case .text(let search): search.words
        case .any(let branches): branches.flatMap { $0.flatMap(\.freeTexts) }
        case .not(let conditions): conditions.flatMap(\.freeTexts)
        case .category, .severity, .urgency, .certainty, .within, .near, .matches, .during, .message, .status: []
        }
    }
}
