public import TocsinModel

/// A rule set's decision on one report: its destinations, with the reasons.
public struct Routing: Hashable, Sendable {
    /// The recipients, each once, in the order of first naming. Action wins over information. Never empty.
    public let addressees: [Addressee]
    /// The plans of the matched rules that notify somebody, in the order of the rules, or the fallback's plan where it
    /// alone must act. At least one plan watches each recipient told for action. ``TocsinModel/Plan/watched`` counts
    /// the addressees.
    public let plans: [Plan]
    /// The plans that an incident keeps: those with work to do, and all if one answer is enough for one of them, as others
    /// may ask for each.
    public let keptPlans: [Plan]
    /// How the first matching rule that says so tells which reports are of one happening; nil if none does.
    public let correlation: Correlation?

    /// A recipient as a rule names it, before the time to acknowledge is known.
    struct Naming {
        var recipient: Recipient
        var purpose: Purpose
        /// The first rule that names the recipient for this purpose; ``Ruleset/fallbackName`` where no rule matched.
        var rule: String
        /// The further rules that name the recipient for this purpose.
        var otherRules: [String] = []
        /// Why the rule leads to this recipient; nil if the rule alone says so.
        var note: String?

        /// Returns true if this rule is among those that name the recipient.
        func isNamed(by rule: String) -> Bool {
            self.rule.isIdentical(to: rule) || otherRules.contains { $0.isIdentical(to: rule) }
        }
    }

    /// Creates a routing. Each recipient gets the shortest time of the plans that watch it.
    init(_ namings: [Naming], plans: [Plan], correlation: Correlation? = nil) {
        var times = [Int64?](repeating: nil, count: namings.count)
        for plan in plans {
            for index in plan.watched {
                times[index] = min(times[index] ?? .max, plan.acknowledgeWithinMilliseconds)
            }
        }
        addressees = zip(namings, times).map { naming, time in
            Addressee(
                recipient: naming.recipient, purpose: naming.purpose, rule: naming.rule, otherRules: naming.otherRules,
                acknowledgeWithinMilliseconds: naming.purpose == .action ? time : nil, note: naming.note)
        }
        self.plans = plans
        keptPlans = Self.kept(plans)
        self.correlation = correlation
    }

    /// Returns those of a report's plans that its incident keeps.
    static func kept(_ plans: [Plan]) -> [Plan] {
        let keepsAll = plans.contains { $0.requirement == .any } || plans.allSatisfy(\.hasWork)
        return keepsAll ? plans : plans.filter(\.hasWork)
    }

    /// Creates a routing whose parts are known.
    init(_ addressees: [Addressee], plans: [Plan], keptPlans: [Plan], correlation: Correlation? = nil) {
        self.addressees = addressees
        self.plans = plans
        self.keptPlans = keptPlans
        self.correlation = correlation
    }

    /// Returns the same for a report that has joined an incident.
    public func with(joined: JoinedReport) -> Routing {
        Routing(addressees.map { $0.with(joined: joined) }, plans: plans, keptPlans: keptPlans)
    }

    /// Creates the routing of a report with this status that no rule matches. The fallback must act on it if people are
    /// to act without being named, and is only informed otherwise.
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

    /// Creates the routing of a report that these recipients are told of for information, each once, for one reason.
    public init(informing recipients: [Recipient], rule: String) {
        var namings: [Naming] = []
        for recipient in recipients where !namings.contains(where: { $0.recipient == recipient }) {
            namings.append(Naming(recipient: recipient, purpose: .information, rule: rule))
        }
        self.init(namings, plans: [])
    }
}
