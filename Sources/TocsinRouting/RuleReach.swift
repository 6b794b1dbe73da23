import TocsinModel

/// What one incident can come to by the rules read so far: a report may match all of them.
///
/// An incident's list is never cut, for that would drop an obligation. So it is bounded where it enters: what goes beyond
/// `Limits.recipientsPerIncident` or `Limits.stepsPerIncident` is a problem of the file.
struct RuleReach {
    private var recipients: Set<Rule.Target> = []
    private var steps = 0

    mutating func add(_ recipient: Rule.Target) { recipients.insert(recipient) }

    /// Adds a rule.
    ///
    /// - Returns: What is too much from this rule on.
    mutating func add(_ rule: Rule) -> [String] {
        let former = (recipients: recipients.count, steps: steps)
        recipients.formUnion(rule.notify)
        recipients.formUnion(rule.inform)
        recipients.formUnion(rule.steps.map(\.to))
        if !rule.steps.isEmpty { steps += rule.notify.count + rule.steps.count }
        var problems: [String] = []
        func require(_ count: Int, _ former: Int, _ most: Int, _ what: String) {
            guard count > most, former <= most else { return }
            problems.append(
                "with this rule all rules together name more than \(most) \(what); a report may match them all, and at "
                    + "most \(most) are allowed")
        }
        require(recipients.count, former.recipients, Limits.recipientsPerIncident, "recipients")
        require(steps, former.steps, Limits.stepsPerIncident, "escalation steps and recipients that these wait for")
        return problems
    }
}
