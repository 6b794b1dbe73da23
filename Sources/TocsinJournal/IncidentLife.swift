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

        public var isSettled: Bool { state.isSettled(for: purpose) }
    }

    public let number: IncidentNumber
    public let record: IncidentRecord
    public let storedAt: Timestamp
    /// The report's alerts in their order, then those that steps have brought.
    public private(set) var alerts: [Alert]
    /// The last rating of whoever reported it.
    public private(set) var rating: Rating?
    /// The incidents that are news of this one before any other, in order.
    public private(set) var news: [IncidentNumber] = []

    /// Creates the life from the incident's own entry. Nil for any other entry.
    public init?(_ entry: JournalEntry) {
        guard case .incident(let record) = entry.record else { return nil }
        number = IncidentNumber(entry.position)
        self.record = record
        storedAt = entry.at
        alerts = record.alerts.map { alert in
            Alert(
                recipient: alert.recipient, number: alert.number, purpose: alert.purpose, rule: alert.rule,
                otherRules: alert.addressee.otherRules,
                acknowledgeBy: alert.addressee.acknowledgeWithinMilliseconds.map { entry.at + .milliseconds($0) },
                note: alert.addressee.note, escalation: 0)
        }
    }

    /// True while anything is still owed to anybody.
    public var isOpen: Bool { alerts.contains { !$0.isSettled } }

    /// Returns true if a recipient that the plan watches has not taken the incident on.
    public func isUnanswered(_ plan: Plan) -> Bool {
        plan.goesOn { alerts.indices.contains($0) ? (alerts[$0].state, alerts[$0].purpose) : nil }
    }

    /// Folds the next entry of the journal.
    ///
    /// - Returns: The indices of the alerts that the entry names, none if it is about the incident as a whole, or nil
    ///   if it is not about this incident.
    @discardableResult
    public mutating func apply(_ entry: JournalEntry) -> [Int]? {
        switch entry.record {
        case .incident(let record):
            guard record.news?.roots.first?.incident == number else { return nil }
            news.append(IncidentNumber(entry.position))
            return []
        case .rules, .subscribed, .unsubscribed, .silenced, .unsilenced: return nil
        case .received(let record): return apply(.received, to: record.numbers, of: record.recipient)
        case .personal(let record): return apply(record.state, to: record.numbers, of: record.recipient)
        case .escalated(let record):
            guard record.incident == number else { return nil }
            let plan = self.record.plans.indices.contains(record.plan) ? self.record.plans[record.plan] : nil
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
            for index in alerts.indices { change(index, by: .cancelled) }
            return []
        case .rated(let record):
            guard record.incident == number else { return nil }
            rating = record.rating
            return []
        }
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
        if record.step != nil, let plan = record.plan, self.record.plans.indices.contains(plan) {
            let (rule, known) = (self.record.plans[plan].rule, [alerts[index].rule] + alerts[index].otherRules)
            if !known.contains(where: { $0.isIdentical(to: rule) }) { alerts[index].otherRules.append(rule) }
        }
        change(index, by: .queued)
    }

    private mutating func change(_ index: Int, by word: AlertState) {
        if word == .received { alerts[index].isReceived = true }
        alerts[index].state = alerts[index].state.after(word, for: alerts[index].purpose)
    }
}
