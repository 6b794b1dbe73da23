import TocsinModel

/// A subscription whose conditions have been read, with what a report that meets them adds to its routing.
///
/// A class, so that its alerts share one addressee, and the index holds it by one reference.
final class CompiledSubscription: Sendable {
    let subscription: Subscription
    let conditions: Conditions
    /// The recipient as the subscription names it. Whoever must act has a rule's usual time.
    let addressee: Addressee
    /// The plan of a subscription for action, which has no steps: nobody else is told because its recipient is silent.
    private let plan: Plan?

    init(_ subscription: Subscription, _ conditions: Conditions) {
        self.subscription = subscription
        self.conditions = conditions
        let rule = Ruleset.subscriptionRule(subscription.key.name)
        let within = subscription.purpose == .action ? Rule.defaultAcknowledgeWithin : nil
        addressee = Addressee(
            recipient: subscription.key.recipient, purpose: subscription.purpose, rule: rule,
            acknowledgeWithinMilliseconds: within?.wholeMilliseconds)
        plan = within.map { Plan(rule: rule, acknowledgeWithin: $0, watched: [], steps: []) }
    }

    /// Returns the plan that watches the addressee at an index; nil for information.
    func plan(watching index: Int) -> Plan? {
        guard var plan else { return nil }
        plan.watched = [index]
        return plan
    }

    /// The order in which subscriptions name recipients: the oldest first.
    static func isBefore(_ left: CompiledSubscription, _ right: CompiledSubscription) -> Bool {
        (left.subscription.since, left.subscription.key) < (right.subscription.since, right.subscription.key)
    }
}

extension Routing {
    /// Creates a routing with the recipients of subscriptions that a report meets, in their order.
    ///
    /// Whom a rule tells already is told once, as the rule says. A subscription for action makes an action of what
    /// would be information.
    init(_ routing: Routing, adding subscriptions: [CompiledSubscription]) {
        var (addressees, plans) = (routing.addressees, routing.plans)
        for subscription in subscriptions {
            let known = addressees.firstIndex { $0.recipient == subscription.addressee.recipient }
            if let known {
                guard addressees[known].purpose == .information, subscription.addressee.purpose == .action else {
                    continue
                }
                addressees[known] = subscription.addressee
            } else {
                addressees.append(subscription.addressee)
            }
            if let plan = subscription.plan(watching: known ?? addressees.count - 1) { plans.append(plan) }
        }
        self.init(addressees, plans: plans, keptPlans: routing.keptPlans, correlation: routing.correlation)
    }
}
