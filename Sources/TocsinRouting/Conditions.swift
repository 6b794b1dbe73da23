import TocsinModel

/// The conditions of a rule; all of them must hold.
public struct Conditions: Hashable, Sendable {
    /// The conditions that the rule states, in the order in which they are checked. Where a branch of an `any` states
    /// what is implied otherwise, the other branches state what is implied.
    public let asked: [Condition]
    /// The conditions that hold for the rule without being stated.
    private let implied: [Condition]

    public init(_ asked: [Condition] = []) {
        var asked = asked
        var isSaid = false
        for condition in Condition.implied where asked.state(condition.key) {
            asked = asked.completed(with: condition)
            isSaid = true
        }
        self.asked = asked
        // Most rules state none of these, and share one list.
        implied = isSaid ? Condition.implied.filter { !asked.state($0.key) } : Condition.implied
    }

    /// Conditions that every report meets, one of each key that the rule states and that would be implied otherwise.
    var statedAnyhow: [Condition] { Condition.metByAll.filter { asked.state($0.key) } }

    /// Every condition, those that are implied among them.
    package var all: [Condition] { asked + implied }

    /// The first condition that does not hold; nil where the rule matches.
    ///
    /// This is the only definition of a match. Routing verifies its candidates with it, and an explanation asks it of
    /// every rule.
    func firstUnmet(by subject: Case) -> Condition? {
        if let unmet = asked.firstUnmet(by: subject) { return unmet }
        return subject.report.isOrdinary ? nil : implied.firstUnmet(by: subject)
    }

    /// True if those of the conditions that are stated hold by another judgement, and the implied ones by their own.
    func holds(for subject: Case, judgingAsked isMet: (Condition) -> Bool) -> Bool {
        asked.allSatisfy(isMet) && (subject.report.isOrdinary || implied.firstUnmet(by: subject) == nil)
    }
}

extension Condition {
    /// The conditions of a rule that does not say otherwise. Each applies where a rule has no condition of its key.
    static let implied: [Condition] = [
        .message([.alert]), .status(ReportStatus.allCases.filter(\.asksForAction)),
    ]

    /// The same keys with every value.
    fileprivate static let metByAll: [Condition] = [.message(MessageType.allCases), .status(ReportStatus.allCases)]
}

extension Report {
    /// True if the report meets every condition that is implied, as nearly all reports do.
    var isOrdinary: Bool { messageType == .alert && status.asksForAction }
}

extension [Condition] {
    /// True if one of these conditions, or one in a branch, has the key. A `not` states nothing: it only excludes.
    fileprivate func state(_ key: Condition.Key) -> Bool {
        contains { condition in
            guard case .any(let branches) = condition else { return condition.key == key }
            return branches.contains { $0.state(key) }
        }
    }

    /// These conditions, such that every way through their branches states what `condition` is about: itself where the
    /// rule does not say it.
    fileprivate func completed(with condition: Condition) -> [Condition] {
        if contains(where: { $0.key == condition.key }) { return self }
        guard state(condition.key) else { return self + [condition] }
        return map { asked in
            guard case .any(let branches) = asked, [asked].state(condition.key) else { return asked }
            return .any(branches.map { $0.completed(with: condition) })
        }
    }
}
