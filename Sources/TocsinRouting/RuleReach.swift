import TocsinModel

/// The most recipients and steps that the rules read so far can give one incident. A report may match all rules.
///
/// An incident's list is never cut, for that would drop an obligation. The rule file is therefore bounded instead: more
/// than `Limits.recipientsPerIncident` or `Limits.stepsPerIncident` is a problem of the file.
struct RuleReach {
    private var recipients: Set<Rule.Target> = []
    private var steps = 0

    mutating func add(_ recipient: Rule.Target) { recipients.insert(recipient) }

    /// Adds a rule.
    ///
    /// - Returns: The limits that this rule is the first to exceed, as problems.
    mutating func add(_ rule: Rule) -> [String] {
        let former = (recipients: recipients.count, steps: steps)
        recipients.formUnion(rule.notify)
        recipients.formUnion(rule.inform)
        recipients.formUnion(rule.steps.map(\.to))
        // A low rating is an incident of its own, of fewer recipients than all of these.
        recipients.formUnion(rule.ratedLow)
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
