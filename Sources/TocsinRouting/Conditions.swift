/// What a rule asks of a report; all of it must hold.
public struct Conditions: Hashable, Sendable {
    /// What the rule says that it asks, in the order in which it is looked at.
    public let asked: [Condition]
    /// What it asks without saying so.
    private let implied: [Condition]

    public init(_ asked: [Condition] = []) {
        self.asked = asked
        // Most rules ask nothing of these, and share the one list.
        let isSaid = asked.contains { asked in Condition.implied.contains { $0.key == asked.key } }
        implied =
            isSaid
            ? Condition.implied.filter { implied in !asked.contains { $0.key == implied.key } } : Condition.implied
    }

    /// The first condition that does not hold; nil where the rule matches.
    ///
    /// This is the one definition of a match: routing verifies its candidates with it, and an explanation asks it of
    /// every rule.
    func firstUnmet(by subject: Case) -> Condition? {
        for condition in asked where !condition.holds(for: subject) { return condition }
        for condition in implied where !condition.holds(for: subject) { return condition }
        return nil
    }
}
