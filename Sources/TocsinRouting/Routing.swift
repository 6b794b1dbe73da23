public import TocsinModel

/// Where one report goes, and why: what a rule set decides.
public struct Routing: Hashable, Sendable {
    /// Each recipient once, in the order of first naming; action wins over information. Never empty.
    public let addressees: [Addressee]
    /// One for each matched rule that notifies somebody, in the order of the rules; one for the fallback where it alone must
    /// act.
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
        /// Why it is this recipient, where the rule alone does not say; nil otherwise.
        var note: String?
    }

    /// Gives each recipient the shortest time that a plan watching it gives.
    init(_ namings: [Naming], plans: [Plan]) {
        var times = [Int64?](repeating: nil, count: namings.count)
        for plan in plans {
            for index in plan.watched {
                times[index] = min(times[index] ?? .max, plan.acknowledgeWithinMilliseconds)
            }
        }
        addressees = zip(namings, times).map { naming, time in
            Addressee(
                recipient: naming.recipient, purpose: naming.purpose, rule: naming.rule,
                acknowledgeWithinMilliseconds: naming.purpose == .action ? time : nil, note: naming.note)
        }
        self.plans = plans
        plansWithSteps = plans.contains { $0.steps.isEmpty } ? plans.filter { !$0.steps.isEmpty } : plans
    }

    /// Where a report of this status goes that no rule matches: to the fallback, which must act on it where people are to act
    /// without being named, and only knows of it otherwise.
    init(unmatched status: ReportStatus, fallback: Recipient) {
        let rule = Ruleset.fallbackName
        guard status.asksForAction else {
            let note = "no rule for the status \(status.rawValue) matches, so nobody has to act"
            self.init([Naming(recipient: fallback, purpose: .information, rule: rule, note: note)], plans: [])
            return
        }
        self.init(
            [Naming(recipient: fallback, purpose: .action, rule: rule)],
            plans: [Plan(rule: rule, acknowledgeWithin: Rule.defaultAcknowledgeWithin, watched: [0], steps: [])])
    }
}
