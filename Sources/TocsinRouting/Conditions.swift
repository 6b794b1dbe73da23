/// The conditions of a rule; all of them must hold.
public struct Conditions: Hashable, Sendable {
    /// The conditions that the rule states, in the order in which they are checked.
    public let asked: [Condition]
    /// The conditions that hold for the rule without being stated.
    private let implied: [Condition]

    public init(_ asked: [Condition] = []) {
        self.asked = asked
        // Most rules state none of these, and share one list.
        let isSaid = asked.contains { asked in Condition.implied.contains { $0.key == asked.key } }
        implied =
            isSaid
            ? Condition.implied.filter { implied in !asked.contains { $0.key == implied.key } } : Condition.implied
    }

    /// The first condition that does not hold; nil where the rule matches.
    ///
    /// This is the only definition of a match. Routing verifies its candidates with it, and an explanation asks it of
    /// every rule.
    func firstUnmet(by subject: Case) -> Condition? {
        for condition in asked where !condition.holds(for: subject) { return condition }
        for condition in implied where !condition.holds(for: subject) { return condition }
        return nil
    }
}
