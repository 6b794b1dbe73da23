public import TocsinModel
public import TocsinRouting

/// What a client may do. What is not named is not allowed.
public struct Rights: Hashable, Sendable {
    /// The right to report; nil for none.
    public var report: Report?
    /// The recipients whose terminals it may be.
    public var join: Choice<RecipientPattern>
    /// The topics of the feed that it gets, by their beginnings.
    public var feed: Choice<String>
    /// The right to ask on the control endpoint, and to command; nil for none.
    public var operate: Operate?

    public init(
        report: Report? = nil, join: Choice<RecipientPattern> = .only([]), feed: Choice<String> = .only([]),
        operate: Operate? = nil
    ) {
        self.report = report
        self.join = join
        self.feed = feed
        self.operate = operate
    }

    /// Every right there is: whoever is on this machine's loopback where no keys are asked for.
    public static let all = Rights(report: Report(), join: .all, feed: .all, operate: .full)

    /// True if there is nothing that it allows.
    public var isEmpty: Bool { report == nil && join.isEmpty && feed.isEmpty && operate == nil }

    /// True if whoever has them has something to say to the broker.
    var areHeard: Bool { report != nil || !join.isEmpty || operate != nil }

    /// All of a kind, or only those that are named.
    public enum Choice<Element: Hashable & Sendable>: Hashable, Sendable {
        case all
        case only([Element])

        /// True if it is none at all.
        public var isEmpty: Bool {
            switch self {
            case .all: false
            case .only(let elements): elements.isEmpty
            }
        }
    }

    /// The right to report.
    public struct Report: Hashable, Sendable {
        /// The senders that its reports may name.
        public var senders: Choice<SenderPattern>
        /// The places in which its reports may lie; nil for everywhere, and for reports without a place.
        public var within: [GridCode]?
        /// The rate at which it may report; nil for the configuration's.
        public var rate: Rate?

        public init(senders: Choice<SenderPattern> = .all, within: [GridCode]? = nil, rate: Rate? = nil) {
            self.senders = senders
            self.within = within
            self.rate = rate
        }
    }

    /// The right to ask and to command on the control endpoint.
    public enum Operate: String, ReportWord {
        public static let table = WordTable(Operate.self)

        /// Questions: INFO, INCIDENTS, INCIDENT, PENDING, EXPLAIN, CLIENTS, AUDIT, STATS, SUBSCRIPTIONS, SILENCES, and the
        /// previews of REOPEN and SPLIT.
        case read
        /// Commands as well: CLOSE, REOPEN, SPLIT, SILENCE, UNSILENCE, RELOAD.
        case full
    }
}
