import TocsinModel
import TocsinRouting

/// The reasons for a report's routing, for people.
enum ExplanationView {
    /// Returns the lines of an explanation. At most `limit` of the unmatched rules are shown, the nearest to matching,
    /// in the order of the file; nil shows all.
    static func lines(_ explanation: Explanation, style: Style, unmatched limit: Int?) -> [String] {
        var lines = [style.bold("Told" + (explanation.at.map { " at \(Clock.date($0))" } ?? ""))]
        lines += addressees(explanation.routing, style)
        lines += explanation.routing.plans.compactMap { requirement($0, of: explanation.routing) }
        lines += OutlookView.lines(explanation, style: style)
        lines += TimetableView.lines(explanation, style: style)
        lines += ["", style.bold("Rules that matched")]
        lines += matched(explanation, style)
        lines += unmatched(explanation, style, limit)
        lines += subscriptions(explanation, style, all: limit == nil)
        return lines
    }

    private static func addressees(_ routing: Routing, _ style: Style) -> [String] {
        var table = Table()
        for addressee in routing.addressees {
            let purpose =
                addressee.purpose == .action ? style.accent("must acknowledge") : "is informed"
            let note = addressee.note.map { " – \($0.printable)" } ?? ""
            let isSubscribed = Ruleset.subscription(of: addressee.rule) != nil
            let rule = isSubscribed ? addressee.rule : "rule \(addressee.rule)"
            table.add(addressee.recipient.name, purpose, rule.printable + note)
        }
        return table.lines(indent: 2)
    }

    /// Says where one answer is enough.
    private static func requirement(_ plan: Plan, of routing: Routing) -> String? {
        guard plan.requirement == .any, plan.watched.count > 1 else { return nil }
        let names = TimetableView.names(plan.watched.map { routing.addressees[$0].recipient })
        return "  rule \(plan.rule.printable) requires any: one answer is enough of \(names)"
    }

    private static func matched(_ explanation: Explanation, _ style: Style) -> [String] {
        var lines: [String] = []
        for verdict in explanation.verdicts {
            guard verdict.verdict.isMatch else { continue }
            lines.append("  \(style.good("✓")) \(name(verdict, style))")
            lines.append("      " + style.dim(verdict.verdict.reason))
        }
        guard lines.isEmpty else { return lines }
        guard explanation.routing.addressees.contains(where: { $0.rule == Ruleset.fallbackName }) else {
            return ["  none"]
        }
        let mustAct = explanation.routing.addressees.contains { $0.purpose == .action }
        return ["  none: the fallback is \(mustAct ? "told" : "informed")"]
    }

    private static func unmatched(_ explanation: Explanation, _ style: Style, _ limit: Int?) -> [String] {
        let others = explanation.verdicts.enumerated().filter { !$0.element.verdict.isMatch }
        let shown = others.sorted {
            ($0.element.verdict.distance, $0.offset) < ($1.element.verdict.distance, $1.offset)
        }.prefix(limit ?? others.count).sorted { $0.offset < $1.offset }
        guard !shown.isEmpty else { return [] }
        let rest = others.count - shown.count
        let title = "Rules that did not match" + (rest > 0 ? ", the nearest \(shown.count) of \(others.count)" : "")
        var lines = ["", style.bold(title)]
        for verdict in shown.map(\.element) {
            lines.append("  \(style.dim("✗")) \(name(verdict, style))")
            lines.append("      " + style.dim(verdict.verdict.reason))
        }
        if rest > 0 { lines.append("  " + style.dim("--all shows all of them")) }
        return lines
    }

    /// A rule's name, and its line in the file.
    private static func name(_ verdict: Explanation.RuleVerdict, _ style: Style) -> String {
        verdict.rule.printable + (verdict.line.map { style.dim(", line \($0)") } ?? "")
    }
}

extension ExplanationView {
    /// Returns the subscriptions that matched, those not in force and, if all are wanted, those that did not match.
    private static func subscriptions(_ explanation: Explanation, _ style: Style, all: Bool) -> [String] {
        let shown = explanation.subscriptions.filter { all || $0.verdict.isMatch || $0.verdict.isNotInForce }
        guard !shown.isEmpty else { return [] }
        var lines = ["", style.bold("Subscriptions" + (all ? "" : " that matched or are not in force"))]
        for verdict in shown {
            let sign = verdict.verdict.isMatch ? style.good("✓") : style.dim("✗")
            lines.append("  \(sign) \(verdict.subscription.recipient) \(verdict.subscription.name.text.printable)")
            lines.append("      " + style.dim(verdict.verdict.reason))
        }
        return lines
    }
}

extension Explanation.Verdict {
    /// The reason in words.
    fileprivate var reason: String {
        switch self {
        case .matched(let conditions):
            (conditions.isEmpty ? "it asks for nothing" : conditions.joined(separator: "; ")).printable
        case .failed(let condition, let wanted, let found):
            "\(condition): wants \(wanted), found \(found)".printable
        case .notReached(let rule): "not looked at: \(rule.printable) ends the list"
        case .notInForce(let reason): "not in force: \(reason.printable)"
        }
    }

    fileprivate var isNotInForce: Bool {
        if case .notInForce = self { return true }
        return false
    }

    fileprivate var isMatch: Bool {
        if case .matched = self { return true }
        return false
    }

    /// The distance of a rule from matching. Conditions are checked in one order, so the later the first one fails, the
    /// more of them held.
    fileprivate var distance: Int {
        switch self {
        case .matched: return 0
        case .notReached, .notInForce: return 1
        case .failed(let condition, _, _):
            let keys = Condition.Key.allCases
            let place = Condition.Key(name: condition).flatMap { keys.firstIndex(of: $0) }
            // A condition that this version does not know is as near as the last.
            return 1 + keys.count - (place ?? keys.count - 1)
        }
    }
}
