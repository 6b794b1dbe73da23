import TocsinModel
import Yams

/// A test in a rules file: a report, and what the rules must make of it.
///
/// Those whom it names are among those who are told; others may be told, too.
struct Expectation {
    /// One recipient, and what becomes of it.
    struct Wish {
        enum Kind {
            /// It must acknowledge.
            case notify
            /// It is told, if only for information.
            case inform
            case notTold
        }

        let kind: Kind
        let recipient: Recipient
        /// The place in the file.
        let node: Node
    }

    /// The most recipients that a problem lists of those who are told instead.
    private static let listed = 12

    /// The name for people; nil if it has none.
    let name: String?
    /// The report, at the time for which it is judged.
    let subject: Case
    /// True if the file says that time.
    let isTimed: Bool
    let wishes: [Wish]
    /// The expectation's place in the file.
    let node: Node

    /// Returns what is wrong about a wish, whose recipient is told so, or not at all; nil if it holds.
    private func failure(of wish: Wish, _ told: Addressee?, in routing: Routing) -> String? {
        switch (wish.kind, told?.purpose) {
        case (.notify, .action?), (.inform, _?), (.notTold, nil): return nil
        case (.notify, nil):
            return "expected that \(wish.recipient) must acknowledge; it is not told. \(Self.summary(of: routing))"
        case (.inform, nil):
            return "expected that \(wish.recipient) is told; it is not. \(Self.summary(of: routing))"
        case (.notify, .information?):
            return "expected that \(wish.recipient) must acknowledge; it \(told?.reason ?? "is informed")"
        case (.notTold, _?):
            return "expected that \(wish.recipient) is not told; it \(told?.reason ?? "is told")"
        }
    }

    /// Calls `note` with the place and the words of each wish that does not hold by these rules.
    func judge(by rules: Ruleset, _ note: (Node, String) -> Void) {
        let routing = rules.routeOnce(subject)
        let wished = Set(wishes.map(\.recipient))
        var told: [Recipient: Addressee] = [:]
        for addressee in routing.addressees where wished.contains(addressee.recipient) {
            told[addressee.recipient] = addressee
        }
        for wish in wishes {
            guard let failure = failure(of: wish, told[wish.recipient], in: routing) else { continue }
            note(wish.node, (name.map { "\(Suggestion.quoted($0)): " } ?? "") + failure)
        }
    }

    private static func summary(of routing: Routing) -> String {
        let told = routing.addressees.map { "\($0.recipient) \($0.reason)" }
        return "Instead " + Suggestion.list(told, limit: listed)
    }
}

extension Addressee {
    /// "must acknowledge, by the rule 'structure fire'"
    fileprivate var reason: String {
        let word = purpose == .action ? "must acknowledge" : "is informed"
        let by = rule == Ruleset.fallbackName ? "as no rule matches" : "by the rule \(Suggestion.quoted(rule))"
        return "\(word), \(by)" + (note.map { " (\($0))" } ?? "")
    }
}

extension Ruleset {
    /// Runs the expectations of the file. Each wish that does not hold is a problem at its place.
    func test(_ expectations: [Expectation], _ file: inout FileReader) {
        let timed = rules.filter { $0.conditions.asked.contains(where: \.asksTime) }
        var candidates = 0
        for expectation in expectations {
            // Nobody mends more at once.
            guard file.problems.count < FileProblems.limit else { return }
            candidates += candidateCount(for: expectation.subject)
            guard candidates <= Limits.expectationCandidates else {
                return file.note(
                    expectation.node,
                    "up to this expectation \(candidates) rules come into question for all reports together; at most "
                        + "\(Limits.expectationCandidates) are allowed, so that a reading ends soon")
            }
            if !expectation.isTimed,
                let rule = timed.first(where: { $0.conditions.mayHold(for: expectation.subject) })
            {
                file.note(
                    expectation.node,
                    "the expectation needs 'at', such as at: 2026-11-28T03:00:00+08:00, as the rule "
                        + "\(Suggestion.quoted(rule.name)) looks at the time of its report")
                continue
            }
            expectation.judge(by: self) { file.note($0, $1) }
        }
    }
}

extension Condition {
    /// True if the condition, or one inside it, looks at the time.
    fileprivate var asksTime: Bool {
        switch self {
        case .during: true
        case .any(let branches): branches.contains { $0.contains(where: \.asksTime) }
        case .not(let conditions): conditions.contains(where: \.asksTime)
        case .category, .event, .eventCode, .severity, .urgency, .certainty, .within, .near, .parameter, .sender, .text,
            .matches, .message, .status:
            false
        }
    }
}

extension Conditions {
    /// True if a report meets every condition that does not look at the time, so that the time decides.
    fileprivate func mayHold(for subject: Case) -> Bool {
        holds(for: subject, judgingAsked: { $0.asksTime || $0.holds(for: subject) })
    }
}
