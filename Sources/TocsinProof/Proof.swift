public import TocsinModel
public import TocsinRouting

/// What is true of a rule set for every report there can be: what falls through to the fallback, on what nobody has to act,
/// which rules never match, whom no rule reaches, which obligations end without a leader, and who gets too many alerts of one
/// incident.
///
/// All reports are looked at, by the classes that the rules can tell apart (``Levels``, ``Diagram``). Each class that is
/// named has an example, which the rules themselves have been asked about. ``extent`` tells how far the proof goes.
///
///     let proof = Proof(of: ruleset, ProofWishes(now: now))
///     if !proof.gaps.isEmpty { … }
public struct Proof: Sendable {
    /// How far a proof goes.
    public struct Extent: Hashable, Sendable {
        /// The number of classes of reports, about.
        public var classes: Double = 0
        /// The number of different sets of rules that match together.
        public var sets = 0
        /// True if the proof stopped before it had seen every class.
        public var isStopped = false
        /// True if reports were looked at that have no more values than one rule asks for. All that is proved is true of
        /// the others too, but for the most alerts.
        public var isThrifty = false
        /// The rules in whose classes no example was found, as they search texts or measure distances.
        public var unconfirmed: [String] = []
        /// The classes of which it is open whether there are such reports, as the examples took all their steps.
        public var unasked = 0
        /// What was not looked at, in words.
        public var omissions: [String] = []

        /// True if all is proved that can be asked.
        public var isComplete: Bool {
            !isStopped && unconfirmed.isEmpty && unasked == 0 && omissions.isEmpty
        }
    }

    /// Classes of reports that no rule matches, which go to the fallback alone; or that only rules match that inform.
    public struct Gap: Hashable, Sendable {
        /// The properties that decide it, with the values that are meant.
        public var properties: [Property]
        /// The number of classes, about.
        public var classes: Double
        /// Such a report; nil if none was found, and perhaps there is none.
        public var example: Example?
    }

    /// A property of reports with some of its values, in words.
    public struct Property: Hashable, Sendable {
        public var name: String
        public var values: String
        /// True if nothing is meant that some rule names: no such parameter, text or hour.
        public var isAbsent = false
    }

    /// A rule that never adds anybody.
    public struct IdleRule: Hashable, Sendable {
        public var rule: RulePlace
        /// The rules with `stop` that always end the list before it; empty for a rule whose conditions never hold.
        public var behind: [RulePlace]
    }

    /// A rule and its place in the file.
    public struct RulePlace: Hashable, Sendable {
        public var name: String
        /// The line; nil for a rule that no file has.
        public var line: Int?
    }

    /// Mailboxes that no rule leads to.
    public struct Unreached: Hashable, Sendable {
        /// The department or the role.
        public var name: String
        /// The size of place; nil for a department.
        public var level: PlaceLevel?
        /// The number of mailboxes that are not reached.
        public var count: Int
        /// The number of all mailboxes of the name and the size.
        public var all: Int
        /// Some of them.
        public var examples: [Recipient]
    }

    /// A rule some of whose recipients must act, and no leader is told when they do not.
    public struct Leaderless: Hashable, Sendable {
        public var rule: RulePlace
        /// The recipients.
        public var recipients: [Rule.Target]
        /// The last step; nil for a rule without steps.
        public var last: Rule.Step?
        public var example: Example?
    }

    /// Rules whose leader is none for some reports: where the place has no such mailbox, the fallback stands in for it.
    public struct StandIn: Hashable, Sendable {
        /// True if reports without a place are such.
        public var isWithoutPlace: Bool
        /// The sizes of the places of such reports.
        public var levels: [PlaceLevel]
        /// The leaders for whom the fallback stands in.
        public var leaders: [Rule.Target]
        /// The rules, of which no other ends without a leader.
        public var rules: [RulePlace]
        public var example: Example?
    }

    /// A mailbox that gets many alerts of one incident.
    public struct Crowd: Hashable, Sendable {
        public var recipient: Rule.Target
        /// The number of alerts, if nobody answers: one for the report, and one for each step.
        public var alerts: Int
        /// The rules that send them.
        public var rules: [RulePlace]
        public var example: Example?
    }

    public internal(set) var extent = Extent()
    /// What falls through, the most classes first.
    public internal(set) var gaps: [Gap] = []
    /// True if there are more of them than a proof names.
    public internal(set) var hasMoreGaps = false
    /// What only rules match that inform: nobody has to act on it, and the fallback is not asked. The most classes first.
    public internal(set) var informed: [Gap] = []
    /// True if there are more of them than a proof names.
    public internal(set) var hasMoreInformed = false
    /// The statuses and types of which reports fall through as is documented: Test, System and Draft, Update and Cancel.
    public internal(set) var unnamed: [String] = []
    public internal(set) var idle: [IdleRule] = []
    public internal(set) var unreached: [Unreached] = []
    public internal(set) var leaderless: [Leaderless] = []
    /// The rules that end without a leader only where the fallback stands in for it, by the reports for which it does. Places
    /// that the directory does not have are left out: no rule reaches a role there.
    public internal(set) var standIns: [StandIn] = []
    /// The mailboxes with more alerts than wished, most first.
    public internal(set) var crowds: [Crowd] = []
    /// The most alerts of one incident for one mailbox.
    public internal(set) var mostAlerts = 0
    public let wishes: ProofWishes

    /// The number of findings. What falls through or only informs counts where there is an example of it.
    public var findings: Int {
        (gaps + informed).count { $0.example != nil } + idle.count + unreached.count + leaderless.count
            + standIns.count + crowds.count
    }
}

/// What a proof is made for.
public struct ProofWishes: Hashable, Sendable {
    /// The default for ``alerts``.
    public static let defaultAlerts = 5
    /// The default for ``leaders``.
    public static let defaultLeaders = ["leader"]

    /// The roles and departments that are leaders.
    public var leaders: [String]
    /// The most alerts of one incident for one mailbox.
    public var alerts: Int
    /// The time of examples, and of the year that is looked at.
    public var now: Timestamp
    /// The most conditions of rules that are looked at.
    public var steps: Int

    public init(
        leaders: [String] = defaultLeaders, alerts: Int = defaultAlerts, now: Timestamp, steps: Int = Limits.proofSteps
    ) {
        self.leaders = leaders
        self.alerts = alerts
        self.now = now
        self.steps = steps
    }
}
