public import TocsinModel
public import TocsinRouting

/// Rules by which incidents are routed that were stored long ago, with subscriptions read by these rules.
///
/// An immutable value that any thread may use.
public struct RulesOnTrial: Sendable {
    public let rules: Ruleset
    private let subscriptions: SubscriptionTable
    /// Whoever is told when a recipient's link is lost.
    private let supervisors: [String: Recipient]

    /// - Parameters:
    ///   - rules: The rules, with the directory that they were read against.
    ///   - subscriptions: Those that stand. What the directory does not allow tells nobody of anything.
    public init(_ rules: Ruleset, subscriptions: [Subscription] = []) {
        self.rules = rules
        var table = SubscriptionTable()
        for subscription in subscriptions { table.add(subscription) }
        if !table.isEmpty { table.read(by: rules) }
        self.subscriptions = table
        supervisors = Dictionary(rules.directory.supervised.map { ($0.recipient.name, $0.supervisor) }) { first, _ in
            first
        }
    }

    /// The subscriptions that the directory does not allow, by recipient and name.
    public var subscriptionsNotInForce: [SubscriptionLine] { subscriptions.notInForce() }

    /// Returns the routing of an incident at the time at which it was stored, with the place that its report has by the
    /// directory. A lost link that the directory does not know goes to whoever supervised it then.
    public func routing(of incident: PastIncident) -> Routing {
        let subject = Case(incident.report, at: incident.storedAt, body: incident.body, in: rules.directory)
        switch incident.origin {
        case .reporter: return rules.route(subject, with: subscriptions)
        case .lostLink(let link, let supervisor):
            return rules.route(subject, to: supervisors[link] ?? supervisor, of: link, with: subscriptions)
        case .restoredLink(let link, let told):
            return Routing(informing: told, rule: Ruleset.supervisionName(of: link))
        case .lowRating(let told): return Routing(informing: told, rule: Ruleset.ratedLowName)
        }
    }
}
