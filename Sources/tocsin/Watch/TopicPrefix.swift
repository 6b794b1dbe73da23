import ArgumentParser
import TocsinModel
import TocsinRouting

/// The beginning of a feed's topics: `incident/CATEGORY/SEVERITY/GRID`, `alert/RECIPIENT/SEVERITY/GRID` or
/// `state/INCIDENT`.
struct TopicPrefix: Hashable, Sendable {
    let text: String
    /// The incident of `state/12`, which as a beginning is also that of 123.
    let incident: Int64?

    /// Reads the beginning of a topic.
    ///
    /// - Throws: A `ValidationError` that says what is valid where no topic begins so.
    init(argument text: String) throws {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let kinds = ["incident", "alert", "state"]
        try Self.check(parts[0], in: kinds, "the beginning of a topic", isLast: parts.count == 1)
        let rest = Array(parts.dropFirst())
        switch parts[0] {
        case "state": try Self.checkIncident(rest, text)
        case "incident": try Self.check(rest, first: TocsinModel.Category.allCases.map(\.rawValue), text)
        default: try Self.check(rest, first: nil, text)
        }
        self.text = text
        incident = parts[0] == "state" && rest.count == 1 ? Int64(rest[0]) : nil
    }

    /// Checks the parts after `incident` or `alert`: the category or the recipient, the severity, and the grid.
    private static func check(_ parts: [String], first: [String]?, _ text: String) throws {
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            switch index {
            case 0:
                if let first {
                    try check(part, in: first, "a category", isLast: isLast)
                } else if Recipient(part) == nil, !isLast {
                    throw ValidationError("'\(part.shortened)' is not a recipient; those look like 'fire'.")
                }
            case 1: try check(part, in: Severity.allCases.map(\.rawValue), "a severity", isLast: isLast)
            case 2 where part == "-" || part.allSatisfy { $0.isASCII && $0.isNumber } && part.count <= 15: break
            default:
                throw ValidationError("'\(text.shortened)': a topic ends with a grid code of up to 15 digits, or -.")
            }
        }
    }

    private static func checkIncident(_ parts: [String], _ text: String) throws {
        guard parts.count <= 1, parts.allSatisfy({ $0.isEmpty || Int64($0).map { $0 > 0 } ?? false }) else {
            throw ValidationError("'\(text.shortened)': 'state/' is followed by the number of an incident.")
        }
    }

    private static func check(_ part: String, in valid: [String], _ kind: String, isLast: Bool) throws {
        guard !(isLast ? valid.contains { $0.hasPrefix(part) } : valid.contains(part)) else { return }
        throw ValidationError(Suggestion.sentence(part.shortened, isNot: kind, valid: valid))
    }
}
