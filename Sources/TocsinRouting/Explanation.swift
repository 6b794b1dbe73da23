/// Why a report goes where it goes: every rule with its verdict, and the result.
public struct Explanation: Hashable, Sendable {
    /// What a rule said of a report.
    public enum Verdict: Hashable, Sendable {
        /// It matched; the conditions that held, in words; none for a rule without conditions.
        case matched([String])
        /// The first condition that did not hold: its name, what the rule asks, what the report has.
        case failed(condition: String, wanted: String, found: String)
        /// An earlier rule matched and ended the list.
        case notReached(stoppedBy: String)
    }

    /// A rule and what it said.
    public struct RuleVerdict: Hashable, Sendable {
        public var rule: String
        public var verdict: Verdict

        public init(rule: String, verdict: Verdict) {
            self.rule = rule
            self.verdict = verdict
        }
    }

    /// One for each rule, in the order of the file.
    public var verdicts: [RuleVerdict]
    public var routing: Routing

    public init(verdicts: [RuleVerdict], routing: Routing) {
        self.verdicts = verdicts
        self.routing = routing
    }
}
