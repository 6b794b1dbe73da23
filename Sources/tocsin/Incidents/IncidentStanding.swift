import TocsinModel
import TocsinWire

/// Who was told of an incident, and whether those who must act have, as its own page says.
struct IncidentStanding: Sendable {
    /// Those who must act and those who are informed, each once, in the order in which they were told. Who must act is not
    /// among the informed.
    let (acting, informed): ([String], [String])
    /// Those who must act and have not taken the incident on.
    let unanswered: Set<String>
    let action: Action

    /// The state of the alerts for action.
    enum Action: Hashable, Sendable {
        case nobodyMust
        case unanswered(Int)
        /// A silence keeps the alerts still, and nobody has taken any.
        case keptStill

        /// `2 unanswered`, `all taken`, `kept still` or `for information`
        var words: String {
            switch self {
            case .nobodyMust: "for information"
            case .keptStill: "kept still"
            case .unanswered(let count): count > 0 ? "\(count) unanswered" : "all taken"
            }
        }
    }

    /// Reads the answer to INCIDENT. A recipient has several alerts of an incident that was opened again, and of one whose
    /// steps lead to it.
    init(_ page: JSONNode) throws(Refusal) {
        var (open, isTaken, isKeptStill) = (0, false, false)
        var (acting, informed, unanswered) = ([String](), [String](), Set<String>())
        let hushed = try Self.hushed(page)
        try page.forEachElement(of: "alerts") { (node) throws(Refusal) in
            let (purpose, state): (Purpose, AlertState) = (try node.member("purpose"), try node.member("state"))
            let recipient: Recipient = try node.member("recipient")
            if state == .silenced, hushed.contains(recipient.name) { isKeptStill = true }
            switch purpose {
            case .action:
                acting.append(recipient.name)
                if state.isTaken { isTaken = true }
                if state.isUnanswered(for: purpose) {
                    open += 1
                    unanswered.insert(recipient.name)
                }
            case .information: informed.append(recipient.name)
            }
        }
        (self.acting, self.informed) = (acting.eachOnce, informed.eachOnce.filter { !acting.contains($0) })
        self.unanswered = unanswered
        if open == 0, isKeptStill, !isTaken {
            action = .keptStill
        } else {
            action = acting.isEmpty ? .nobodyMust : .unanswered(open)
        }
    }

    /// Returns those whose alerts a silence has kept still, and not somebody else's answer, as the timeline says last.
    private static func hushed(_ page: JSONNode) throws(Refusal) -> Set<String> {
        var hushed: Set<String> = []
        try page.forEachElement(of: "timeline") { (node) throws(Refusal) in
            let (state, recipient): (String, Recipient?) = (
                try node.member("state"), try node.member(ifPresent: "recipient")
            )
            guard state == AlertState.silenced.rawValue, let recipient else { return }
            if try Silencing(ifIn: node) != nil {
                hushed.insert(recipient.name)
            } else {
                hushed.remove(recipient.name)
            }
        }
        return hushed
    }
}

extension Array where Element: Hashable {
    /// The elements in their order, each where it comes first.
    var eachOnce: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
