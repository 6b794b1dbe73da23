public import TocsinModel

/// One incident from its report to its end: the fold of its timeline.
///
///     var life = IncidentLife(timeline[0])
///     for entry in timeline.dropFirst() { life?.apply(entry) }
///     life?.alerts.map(\.state)
///
/// The broker folds all incidents at once and forgets settled ones. Both use the same function for the state of an
/// alert (``TocsinModel/AlertState/after(_:for:)``).
public struct IncidentLife: Hashable, Sendable {
    /// One alert and its state. Sending is not recorded, so an alert is `queued` until a terminal has RECEIVED it.
    public struct Alert: Hashable, Sendable {
        public let recipient: Recipient
        public let number: AlertNumber
        public let purpose: Purpose
        /// The first rule that names the recipient.
        public let rule: String
        /// The further rules that ask the same.
        public fileprivate(set) var otherRules: [String] = []
        /// The time by which somebody must have acknowledged, or nil for information.
        public fileprivate(set) var acknowledgeBy: Timestamp?
        /// The reason for this recipient, where the rule alone does not say.
        public let note: String?
        /// 0, or the step that brought it, from 1 on.
        public let escalation: Int
        public fileprivate(set) var state = AlertState.queued
        /// True if a terminal has said RECEIVED. A person may have spoken before.
        public fileprivate(set) var isReceived = false
        /// The number of times that it has rung again.
        public fileprivate(set) var rings = 0
        /// True if the last end of the incident has cancelled it.
        public fileprivate(set) var isCutOff = false

        public var isSettled: Bool { state.isSettled(for: purpose) }
    }

    public let number: IncidentNumber
    public let record: IncidentRecord
    public let storedAt: Timestamp
    /// The time at which it was stored, or opened again last.
    public private(set) var openedAt: Timestamp
    /// The report's alerts in their order, then those that steps and reopenings have brought.
    public private(set) var alerts: [Alert]
    /// The last rating of whoever reported it.
    public private(set) var rating: Rating?
    /// The plans that are in force: the record's, or those of the last reopening.
    public private(set) var plans: [Plan]
    /// The index of the first alert that plans watch: where it was opened again, the first one owed since then.
    private var firstWatched = 0
    /// The time at which it ended last; nil before.
    public private(set) var endedAt: Timestamp?
    /// The number of times that it was opened again.
    public private(set) var reopenings = 0
    /// The rating that has opened it again; nil where an operator has done so last, and where nobody has.
    public private(set) var reopenedByRating: Rating?
    /// The incidents that are news of this one before any other, in order.
    public private(set) var news: [IncidentNumber] = []

    /// The reports that have joined it, in order. A timeline has the newest ones.
    public private(set) var joined: [Joined] = []
    /// The incidents that reports became which an operator took out of it, by the records by which they had joined it.
    public private(set) var splits: [Position: IncidentNumber] = [:]

    /// A report that has joined the incident.
    public struct Joined: Hashable, Sendable {
        /// The record. If the report told somebody, it is also the number of an incident, which is among ``news``.
        public let record: Position
        public let at: Timestamp
        public let name: ReportName
        public let severity: Severity
        /// The reports of the happening by then, the incident's own and this one included.
        public let count: Int
        /// True if somebody was told.
        public let isTold: Bool
    }

    /// The reports of the happening: its own and those that have joined it.
    public var reportCount: Int { joined.map(\.count).max() ?? 1 }

    /// Creates the life from the incident's own entry. Nil for any other entry.
    public init?(_ entry: JournalEntry) {
        guard case .incident(let record) = entry.record else { return nil }
        number = IncidentNumber(entry.position)
        self.record = record
        (storedAt, openedAt) = (entry.at, entry.at)
        plans = record.plans
        alerts = record.alerts.map { Alert($0, at: entry.at) }
    }

    /// Creates the life of an incident from its records, in order. Nil if the first is not that of an incident.
    public init?(timeline: [JournalEntry]) {
        guard let first = timeline.first else { return nil }
        self.init(first)
        for entry in timeline.dropFirst() { apply(entry) }
    }

    /// True while anything is still owed to anybody.
    public var isOpen: Bool { alerts.contains { !$0.isSettled } }

    /// Returns true if a recipient that the plan watches has not taken the incident on.
    public func isUnanswered(_ plan: Plan) -> Bool {
        plan.goesOn { watched(at: $0).map { ($0.state, $0.purpose) } }
    }

    /// Returns the alerts that a plan in force watches.
    public func watched(by plan: Plan) -> [Alert] { plan.watched.compactMap { watched(at: $0) } }

    private func watched(at index: Int) -> Alert? {
        let index = firstWatched + index
        return alerts.indices.contains(index) ? alerts[index] : nil
    }

    /// Folds the next entry of the journal.
    ///
    /// - Returns: The indices of the alerts that the entry names, none if it is about the incident as a whole, or nil
    ///   if it is not about this incident.
    @discardableResult
    public mutating func apply(_ entry: JournalEntry) -> [Int]? {
        let wasOpen = isOpen
        defer { if wasOpen, !isOpen { endedAt = entry.at } }
        return fold(entry)
    }

    private mutating func fold(_ entry: JournalEntry) -> [Int]? {
        switch entry.record {
        case .incident(let record):
            if let split = record.split, split.incident == number {
                splits[split.report] = IncidentNumber(entry.position)
                return []
            }
            guard record.news?.roots.first?.incident == number else { return nil }
            news.append(IncidentNumber(entry.position))
            note(record, entry, isTold: true)
            return []
        case .joined(let record):
            guard record.news?.roots.first?.incident == number else { return nil }
            note(record, entry, isTold: false)
            return []
        case .rules, .subscribed, .unsubscribed, .silenced, .unsilenced, .removed: return nil
        case .received(let record): return apply(.received, to: record.numbers, of: record.recipient)
        case .personal(let record): return apply(record.state, to: record.numbers, of: record.recipient)
        case .escalated(let record):
            guard record.incident == number else { return nil }
            let plan = plans.indices.contains(record.plan) ? plans[record.plan] : nil
            alerts.append(
                Alert(
                    recipient: record.recipient, number: record.number, purpose: .action, rule: plan?.rule ?? "",
                    acknowledgeBy: plan.map { entry.at + .milliseconds($0.acknowledgeWithinMilliseconds) }, note: nil,
                    escalation: record.step + 1))
            return [alerts.count - 1]
        case .rung(let record):
            guard let index = index(of: record.number, of: record.recipient, in: record.incident) else { return nil }
            ring(index, record, at: entry.at)
            return [index]
        case .stoodDown(let record):
            guard let index = index(of: record.number, of: record.recipient, in: record.incident) else { return nil }
            change(index, by: record.state)
            return [index]
        case .closed(let record):
            guard record.incident == number else { return nil }
            cutOff()
            return []
        case .rated(let record):
            guard record.incident == number else { return nil }
            rating = record.rating
            return []
        case .reopened(let record):
            guard record.incident == number else { return nil }
            // Only where records are lost is anything still owed.
            cutOff()
            for index in alerts.indices { alerts[index].isCutOff = false }
            (firstWatched, openedAt) = (alerts.count, entry.at)
            plans = record.plans
            reopenings += 1
            let isByRating = rating?.person(orSender: self.record.name.sender) == record.person
            reopenedByRating = isByRating ? rating : nil
            alerts += record.alerts.map { Alert($0, at: entry.at) }
            return []
        }
    }

    private mutating func cutOff() {
        for index in alerts.indices where !alerts[index].isSettled {
            change(index, by: .cancelled)
            alerts[index].isCutOff = true
        }
    }

    private mutating func note(_ record: IncidentRecord, _ entry: JournalEntry, isTold: Bool) {
        guard let count = record.news?.joined else { return }
        joined.append(
            Joined(
                record: entry.position, at: entry.at, name: record.name, severity: record.severity, count: count,
                isTold: isTold))
    }

    private mutating func apply(
        _ word: AlertState, to numbers: [ClosedRange<AlertNumber>], of recipient: Recipient
    ) -> [Int]? {
        let named = alerts.indices.filter { index in
            alerts[index].recipient == recipient && numbers.contains { $0.contains(alerts[index].number) }
        }
        for index in named { change(index, by: word) }
        return named.isEmpty ? nil : named
    }

    private func index(of number: AlertNumber, of recipient: Recipient, in incident: IncidentNumber) -> Int? {
        guard incident == self.number else { return nil }
        return alerts.firstIndex { $0.recipient == recipient && $0.number == number }
    }

    private mutating func ring(_ index: Int, _ record: RungRecord, at time: Timestamp) {
        guard !alerts[index].state.isFinished else { return }
        alerts[index].rings += 1
        if let within = record.acknowledgeWithinMilliseconds {
            alerts[index].acknowledgeBy = time + .milliseconds(within)
        }
        if record.step != nil, let plan = record.plan, plans.indices.contains(plan) {
            let (rule, known) = (plans[plan].rule, [alerts[index].rule] + alerts[index].otherRules)
            if !known.contains(where: { $0.isIdentical(to: rule) }) { alerts[index].otherRules.append(rule) }
        }
        change(index, by: .queued)
    }

    private mutating func change(_ index: Int, by word: AlertState) {
        if word == .received { alerts[index].isReceived = true }
        alerts[index].state = alerts[index].state.after(word, for: alerts[index].purpose)
    }
}

extension IncidentLife.Alert {
    /// Creates the alert of a record of that time.
    fileprivate init(_ alert: IncidentRecord.Alert, at time: Timestamp) {
        self.init(
            recipient: alert.recipient, number: alert.number, purpose: alert.purpose, rule: alert.rule,
            otherRules: alert.addressee.otherRules,
            acknowledgeBy: alert.addressee.acknowledgeWithinMilliseconds.map { time + .milliseconds($0) },
            note: alert.addressee.note, escalation: 0)
    }
}
