public import TocsinModel

/// The reasons for a report's routing: every rule with its verdict, and the result.
public struct Explanation: Hashable, Sendable {
    /// A rule's verdict on a report.
    public enum Verdict: Hashable, Sendable {
        /// The rule matched. The conditions that held, in words; empty for a rule without conditions.
        case matched([String])
        /// The rule failed. The first condition that did not hold: its name, the values the rule asks for, the values
        /// the report has.
        case failed(condition: String, wanted: String, found: String)
        /// An earlier rule matched and ended the list.
        case notReached(stoppedBy: String)
        /// The directory does not allow the subscription now, for this reason.
        case notInForce(String)
    }

    /// A rule and its verdict.
    public struct RuleVerdict: Hashable, Sendable {
        public var rule: String
        public var verdict: Verdict

        public init(rule: String, verdict: Verdict) {
            self.rule = rule
            self.verdict = verdict
        }
    }

    /// A subscription and its verdict.
    public struct SubscriptionVerdict: Hashable, Sendable {
        public var subscription: Subscription.Key
        public var verdict: Verdict
    }

    /// The verdict of each rule, in the order of the file.
    public var verdicts: [RuleVerdict]
    /// The verdict of each subscription, by recipient and name.
    public var subscriptions: [SubscriptionVerdict]
    public var routing: Routing

    public init(verdicts: [RuleVerdict], subscriptions: [SubscriptionVerdict] = [], routing: Routing) {
        self.verdicts = verdicts
        self.subscriptions = subscriptions
        self.routing = routing
    }
}
