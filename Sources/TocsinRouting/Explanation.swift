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

    /// The verdict of each rule, in the order of the file.
    public var verdicts: [RuleVerdict]
    public var routing: Routing

    public init(verdicts: [RuleVerdict], routing: Routing) {
        self.verdicts = verdicts
        self.routing = routing
    }
}
