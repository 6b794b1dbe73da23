public import TocsinModel

/// Where one report goes, and why: what a rule set decides.
public struct Routing: Hashable, Sendable {
    /// A recipient that is told.
    public struct Addressee: Hashable, Sendable {
        public var recipient: Recipient
        public var purpose: Purpose
        /// The first rule that names the recipient for this purpose; ``Ruleset/fallbackName`` where no rule matched.
        public var rule: String
        /// Why the fallback stands in for a role that has no mailbox for this report; nil otherwise.
        public var note: String?

        public init(recipient: Recipient, purpose: Purpose, rule: String, note: String? = nil) {
            self.recipient = recipient
            self.purpose = purpose
            self.rule = rule
            self.note = note
        }
    }

    /// Who else is told when nobody has acknowledged for so long.
    public struct Step: Hashable, Sendable {
        /// From the report's being stored.
        public var after: Duration
        public var to: Recipient

        public init(after: Duration, to: Recipient) {
            self.after = after
            self.to = to
        }
    }

    /// What one rule expects of those that it notifies.
    public struct Plan: Hashable, Sendable {
        public var rule: String
        public var acknowledgeWithin: Duration
        /// Indices into ``Routing/addressees``: those the rule tells for action, each once.
        public var watched: [Int]
        /// In strictly ascending order of time; may be empty.
        public var steps: [Step]

        public init(rule: String, acknowledgeWithin: Duration, watched: [Int], steps: [Step]) {
            self.rule = rule
            self.acknowledgeWithin = acknowledgeWithin
            self.watched = watched
            self.steps = steps
        }
    }

    /// Each recipient once, in the order of first naming; action wins over information. Never empty.
    public var addressees: [Addressee]
    /// One for each matched rule that notifies somebody, in the order of the rules; one for the fallback alone.
    /// Everyone told for action is watched by at least one.
    public var plans: [Plan]

    public init(addressees: [Addressee], plans: [Plan]) {
        self.addressees = addressees
        self.plans = plans
    }
}
