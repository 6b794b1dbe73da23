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
        /// The line of the file at which the rule begins; nil for the broker's own rules.
        public var line: Int?
        public var verdict: Verdict

        public init(rule: String, line: Int? = nil, verdict: Verdict) {
            self.rule = rule
            self.line = line
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
    /// The time that was asked for; nil if the report is judged as of now, or was when it was stored.
    public var at: Timestamp?
    /// What would keep the alerts still; nil where they ring, and where it was not asked for.
    public var silenced: Silenced?
    /// By what the report would find an open incident to join; nil if it joins none, and where it was not asked for.
    public var correlates: Correlates?

    public init(
        verdicts: [RuleVerdict], subscriptions: [SubscriptionVerdict] = [], routing: Routing, at: Timestamp? = nil
    ) {
        self.verdicts = verdicts
        self.subscriptions = subscriptions
        self.routing = routing
        self.at = at
    }

    /// What the broker does if nobody answers, to the end.
    public var timetable: Timetable { Timetable(routing) }
}
