public import TocsinModel

/// Where one report goes, and why: what a rule set decides.
public struct Routing: Hashable, Sendable {
    /// Each recipient once, in the order of first naming; action wins over information. Never empty.
    public let addressees: [Addressee]
    /// One for each matched rule that notifies somebody, in the order of the rules; one for the fallback alone.
    /// Everyone told for action is watched by at least one; ``TocsinModel/Plan/watched`` counts the addressees.
    public let plans: [Plan]
    /// The plans that have steps.
    public let plansWithSteps: [Plan]

    /// What a rule says of a recipient, before it is known how long that has to answer.
    struct Naming {
        var recipient: Recipient
        var purpose: Purpose
        /// The first rule that names the recipient for this purpose; ``Ruleset/fallbackName`` where no rule matched.
        var rule: String
        /// Why the fallback stands in for a role that has no mailbox for this report; nil otherwise.
        var note: String?
    }

    /// Gives each recipient the shortest time that a plan watching it gives.
    init(_ namings: [Naming], plans: [Plan]) {
        addressees = namings.enumerated().map { index, naming in
            let times = plans.lazy.filter { naming.purpose == .action && $0.watched.contains(index) }
                .map(\.acknowledgeWithinMilliseconds)
            return Addressee(
                recipient: naming.recipient, purpose: naming.purpose, rule: naming.rule,
                acknowledgeWithinMilliseconds: times.min(), note: naming.note)
        }
        self.plans = plans
        plansWithSteps = plans.contains { $0.steps.isEmpty } ? plans.filter { !$0.steps.isEmpty } : plans
    }
}
