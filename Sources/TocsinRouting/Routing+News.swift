public import TocsinModel

/// Those who have been told of an incident, and what is owed to it: what the routing of its news goes by.
public struct ToldBefore: Sendable {
    /// One alert of the incident, or of an earlier report that is news of it.
    public struct Alert: Sendable {
        public var recipient: Recipient
        public var purpose: Purpose
        /// Milliseconds that it had to acknowledge; nil for information.
        public var acknowledgeWithinMilliseconds: Int64?
        /// True while its incident is open: whoever had to act still has to, or has it in hand.
        public var stands: Bool

        public init(
            recipient: Recipient, purpose: Purpose, acknowledgeWithinMilliseconds: Int64? = nil, stands: Bool = false
        ) {
            self.recipient = recipient
            self.purpose = purpose
            self.acknowledgeWithinMilliseconds = acknowledgeWithinMilliseconds
            self.stands = stands
        }
    }

    /// The incident, the root of its chain.
    public var incident: IncidentNumber
    /// The greatest severity that it was told with.
    public var severity: Severity
    public var alerts: [Alert]
    /// The plans that watch these alerts, by their indices.
    public var plans: [Plan]

    public init(_ incident: IncidentNumber, severity: Severity, alerts: [Alert] = [], plans: [Plan] = []) {
        self.incident = incident
        self.severity = severity
        self.alerts = alerts
        self.plans = plans
    }

    /// True if nobody has to act on it, or has it in hand.
    public var isActedOnByNobody: Bool { !alerts.contains { $0.stands && $0.purpose == .action } }

    /// Adds alerts with the plans that watch them, by their indices in this list.
    ///
    /// - Parameters:
    ///   - alerts: The alerts.
    ///   - plans: Their plans.
    ///   - severity: The severity that they were told with.
    public mutating func add(_ alerts: [Alert], _ plans: [Plan] = [], severity: Severity = .unknown) {
        let count = self.alerts.count
        self.alerts += alerts
        self.plans += plans.map { plan in
            var plan = plan
            plan.watched = plan.watched.map { $0 + count }
            return plan
        }
        self.severity = max(self.severity, severity)
    }
}

extension Ruleset {
    /// Returns the name that stands for a rule's where somebody is told because they were told of an earlier report:
    /// `update: 12` or `cancel: 12`, or `joined: 12` for one more report of the same happening.
    public static func newsRule(_ type: MessageType, of incident: IncidentNumber) -> String {
        switch type {
        case .alert: "joined: \(incident)"
        case .update: "update: \(incident)"
        case .cancel: "cancel: \(incident)"
        }
    }

    private static func newsWords(_ type: MessageType) -> String {
        switch type {
        case .alert: "a report of the same happening as"
        case .update: "an Update of"
        case .cancel: "a Cancel of"
        }
    }

    /// True if a rule of this name would pass for one that tells of news.
    static func isOfNews(_ rule: String) -> Bool {
        ["update: ", "cancel: ", "joined: "].contains { rule.hasPrefix($0) && Int64(rule.dropFirst($0.count)) != nil }
    }

    /// Returns the routing of an Update or a Cancel whose references led to incidents.
    ///
    /// Whoever was told of one of them is told again, and whomever the rules and the subscriptions name for the report.
    /// No fallback stands in: somebody is told in any case, unless all their mailboxes are gone. It does for a report that has
    /// joined an incident on which nobody has to act: what no rule has foreseen somebody has to read.
    ///
    /// | | a rule names them for action | else |
    /// |---|---|---|
    /// | an Update above the severity that they had to act on | action | action, with the plans of then |
    /// | any other Update, and they still have to act | information | information |
    /// | any other | as the rule says | information |
    ///
    /// Where the severity has risen, the report is also routed as an Alert of that severity would be: who must know at the
    /// new severity is not to wait for a rule that names Updates.
    ///
    /// - Parameters:
    ///   - subject: The report.
    ///   - type: Update or Cancel; Alert for a report that has joined an incident, which is told like an Update.
    ///   - told: Those who were told of each incident. At least one.
    ///   - directory: The directory of now: a mailbox that it has no more is not told.
    ///   - subscriptions: Those of now.
    public func route(
        _ subject: Case, type: MessageType, told: [ToldBefore], in directory: Directory,
        with subscriptions: SubscriptionTable = SubscriptionTable()
    ) -> Routing {
        var assembly = NewsAssembly(type: type)
        let own = route(subject, with: subscriptions)
        assembly.add(own, withFallback: type == .alert && told.allSatisfy(\.isActedOnByNobody))
        if type == .update, told.contains(where: { $0.severity < subject.report.severity }) {
            assembly.add(route(subject.asAlert, with: subscriptions), withFallback: false)
        }
        assembly.add(told, severity: subject.report.severity, directory)
        return assembly.routing ?? own
    }
}

extension Ruleset {
    /// Returns the reasons for the routing of an Update or a Cancel: what each reference leads to, and the verdicts of
    /// rules and subscriptions. Of a report whose severity has risen they are judged as of an Alert, too.
    ///
    /// - Parameters:
    ///   - subject: The report.
    ///   - routing: Its routing, as it was decided or would be.
    ///   - roots: The incidents that it is news of.
    ///   - astray: The references that lead nowhere, each with a reason in words.
    ///   - isRaised: True if its severity has risen.
    ///   - subscriptions: Those that stood.
    public func explain(
        _ subject: Case, routing: Routing, roots: [IncidentNumber], astray: [(name: ReportName, reason: String)],
        isRaised: Bool, with subscriptions: SubscriptionTable
    ) -> Explanation {
        var subject = subject
        subject.isRaised = isRaised
        let type = subject.report.messageType
        let rise = isRaised ? ["its severity is above what was told before"] : []
        let references =
            roots.map { root in
                Explanation.RuleVerdict(
                    rule: Self.newsRule(type, of: root),
                    verdict: .matched(["it is \(Self.newsWords(type)) incident \(root)"] + rise))
            }
            + astray.map { one in
                Explanation.RuleVerdict(
                    rule: "reference: \(one.name)",
                    verdict: .failed(condition: "references", wanted: "an earlier report", found: one.reason))
            }
        var explanation = explain(subject, with: subscriptions, canBeJoined: false)
        explanation.verdicts = references + explanation.verdicts
        explanation.routing = routing
        return explanation
    }
}

extension Routing {
    /// Creates the routing that an incident's record has.
    public init(recorded addressees: [Addressee], plans: [Plan]) {
        self.init(addressees, plans: plans, keptPlans: plans)
    }
}

extension Case {
    /// The same report as an Alert.
    fileprivate var asAlert: Case {
        var report = report
        (report.messageType, report.references) = (.alert, nil)
        return Case(report, at: now, body: body, storedGrid: report.grid)
    }
}

/// Collects the recipients of news.
private struct NewsAssembly {
    let type: MessageType
    private var addressees: [Addressee] = []
    private var plans: [Plan] = []
    private var indices: [Recipient: Int] = [:]

    init(type: MessageType) {
        self.type = type
    }

    /// The routing, or nil if there is nobody to tell.
    var routing: Routing? {
        guard !addressees.isEmpty else { return nil }
        let plans = plans.compactMap { plan in
            var plan = plan
            plan.watched = plan.watched.filter { addressees[$0].purpose == .action }
            return plan.watched.isEmpty ? nil : plan
        }
        return Routing(addressees, plans: plans, keptPlans: Routing.kept(plans))
    }

    /// Adds a routing by rules. The fallback is no rule's.
    mutating func add(_ routing: Routing, withFallback: Bool) {
        var places: [Int: Int] = [:]
        for (index, addressee) in routing.addressees.enumerated()
        where withFallback || addressee.rule != Ruleset.fallbackName {
            places[index] = add(addressee)
        }
        for plan in routing.plans { add(plan, at: plan.watched.compactMap { places[$0] }) }
    }

    /// Adds those who were told before. A report of this severity rings where they had to act on a lesser one.
    mutating func add(_ told: [ToldBefore], severity: Severity, _ directory: Directory) {
        // Whoever has to act anyhow is asked once, and is informed of the news, unless it rings.
        if type != .cancel {
            let quiet = told.filter { $0.severity >= severity }.flatMap(\.alerts)
            let standing = Set(quiet.filter { $0.stands && $0.purpose == .action }.map(\.recipient))
            for index in addressees.indices
            where addressees[index].purpose == .action && standing.contains(addressees[index].recipient) {
                addressees[index] = Addressee(
                    recipient: addressees[index].recipient, purpose: .information, rule: addressees[index].rule,
                    otherRules: addressees[index].otherRules, note: "must act on it already")
            }
        }
        for one in told {
            let rings = type != .cancel && one.severity < severity
            let rule = Ruleset.newsRule(type, of: one.incident)
            var places: [Int: Int] = [:]
            for (index, alert) in one.alerts.enumerated() where directory.contains(alert.recipient) {
                let isAction = rings && alert.purpose == .action
                let within =
                    alert.acknowledgeWithinMilliseconds ?? Rule.defaultAcknowledgeWithin.wholeMilliseconds
                places[index] = add(
                    Addressee(
                        recipient: alert.recipient, purpose: isAction ? .action : .information, rule: rule,
                        acknowledgeWithinMilliseconds: isAction ? within : nil))
            }
            guard rings else { continue }
            for plan in one.plans { add(plan, at: plan.watched.compactMap { places[$0] }) }
            // An incident does not keep plans without work. Of whoever had one, another's answer is not enough either.
            for (index, place) in places.sorted(by: { $0.key < $1.key }) where one.alerts[index].purpose == .action {
                guard !one.plans.contains(where: { $0.watched.contains(index) }),
                    let within = addressees[place].acknowledgeWithinMilliseconds
                else { continue }
                add(Plan(rule: rule, acknowledgeWithinMilliseconds: within, watched: [], steps: []), at: [place])
            }
        }
    }

    /// Adds one recipient. Action wins over information.
    private mutating func add(_ addressee: Addressee) -> Int {
        guard let known = indices[addressee.recipient] else {
            addressees.append(addressee)
            indices[addressee.recipient] = addressees.count - 1
            return addressees.count - 1
        }
        if addressees[known].purpose == .information, addressee.purpose == .action {
            addressees[known] = addressee
        } else if addressees[known].purpose == addressee.purpose {
            addressees[known] = addressee.rules.reduce(addressees[known]) { $0.with(rule: $1) }
            if let own = addressees[known].acknowledgeWithinMilliseconds,
                let other = addressee.acknowledgeWithinMilliseconds, other < own
            {
                addressees[known] = addressees[known].with(
                    acknowledgeWithinMilliseconds: other, correctionMilliseconds: 0)
            }
        }
        return known
    }

    /// Adds a plan. Two of one rule are one, which watches the recipients of both.
    private mutating func add(_ plan: Plan, at watched: [Int]) {
        guard !watched.isEmpty else { return }
        var plan = plan
        for known in plans.indices {
            plan.watched = plans[known].watched
            guard plan == plans[known] else { continue }
            for index in watched where !plan.watched.contains(index) { plans[known].watched.append(index) }
            return
        }
        plan.watched = []
        for index in watched where !plan.watched.contains(index) { plan.watched.append(index) }
        plans.append(plan)
    }
}
