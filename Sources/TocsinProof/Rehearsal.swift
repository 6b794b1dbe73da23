public import TocsinModel
public import TocsinRouting

/// Incidents that were, through other rules: who is told in addition, no longer, sooner or later, incident by incident
/// and in total.
///
/// It holds totals alone, one for each recipient, however many incidents there are.
///
///     let (old, new) = (RulesOnTrial(rules, …), RulesOnTrial(otherRules, …))
///     var rehearsal = Rehearsal()
///     for incident in incidents {
///         let changes = rehearsal.add(
///             incident.status, before: old.routing(of: incident), after: new.routing(of: incident))
///         …
///     }
public struct Rehearsal: Sendable {
    /// The incidents that were real: those of the status Actual.
    public private(set) var real = Totals()
    /// The others, which are exercises and tests.
    public private(set) var exercises = Totals()

    public init() {}

    /// Adds an incident of this status.
    ///
    /// - Returns: What changes for whom: by when the other rules tell it, then who is told no longer; by name within
    ///   these. Nothing if everybody is told as before.
    public mutating func add(_ status: ReportStatus, before: Routing, after: Routing) -> [RecipientChange] {
        let changes = Self.changes(from: before, to: after)
        switch status {
        case .actual: real.add(changes)
        case .exercise, .system, .test, .draft: exercises.add(changes)
        }
        return changes
    }

    private static func changes(from before: Routing, to after: Routing) -> [RecipientChange] {
        // Most incidents are told as before, by the same rules.
        guard before.addressees != after.addressees || before.plans != after.plans else { return [] }
        let (former, latter) = (before.firstAlerts, after.firstAlerts)
        var changes: [RecipientChange] = []
        for (recipient, alerts) in latter where former[recipient] != alerts {
            changes.append(RecipientChange(recipient, before: former[recipient], after: alerts))
        }
        for (recipient, alerts) in former where latter[recipient] == nil {
            changes.append(RecipientChange(recipient, before: alerts, after: nil))
        }
        func order(_ change: RecipientChange) -> (Int64, Recipient) {
            (change.after?.afterMilliseconds ?? .max, change.recipient)
        }
        return changes.sorted { order($0) < order($1) }
    }
}

extension Rehearsal {
    /// The sums of what changes.
    public struct Totals: Sendable {
        /// The incidents that were rehearsed.
        public private(set) var incidents = 0
        /// Those of which somebody is told otherwise.
        public private(set) var changed = 0
        private var counts: [Recipient: Counts] = [:]

        /// What changes for one recipient, and in how many incidents.
        public struct Counts: Hashable, Sendable {
            private var counts = [Int](repeating: 0, count: RecipientChange.Kind.allCases.count)

            public subscript(kind: RecipientChange.Kind) -> Int { counts[kind.ordinal] }

            /// The number of changes, by which recipients are ordered.
            public var sum: Int { counts.reduce(0, +) }

            fileprivate mutating func add(_ kind: RecipientChange.Kind) { counts[kind.ordinal] += 1 }
        }

        fileprivate mutating func add(_ changes: [RecipientChange]) {
            incidents += 1
            guard !changes.isEmpty else { return }
            changed += 1
            for change in changes {
                for kind in change.kinds { counts[change.recipient, default: Counts()].add(kind) }
            }
        }

        /// The recipients for which anything changes, those with the most changes first.
        public var recipients: [(recipient: Recipient, counts: Counts)] {
            counts.map { (recipient: $0, counts: $1) }
                .sorted { ($1.counts.sum, $0.recipient) < ($0.counts.sum, $1.recipient) }
        }
    }
}

extension RecipientChange.Kind {
    fileprivate var ordinal: Int {
        switch self {
        case .added: 0
        case .dropped: 1
        case .sooner: 2
        case .later: 3
        case .mustAcknowledge: 4
        case .onlyInformed: 5
        }
    }
}
