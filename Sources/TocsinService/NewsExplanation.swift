import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting

/// EXPLAIN and INCIDENT for Updates and Cancels.
extension Ruleset {
    /// Explains the routing that an Update or a Cancel would have now, as far as records are on disk.
    func explanation(ofNews subject: Case, _ view: OperatorDesk.View) throws -> Explanation {
        guard let index = view.index else { throw Refusal.stateUnknown }
        let followed = try FollowedReferences(of: subject.report) { name throws(JournalError) in
            guard let number = try index.incidents(named: [name]).first ?? nil,
                let record = try index.entries(at: number.position..<number.position.next).first?.record.reported
            else { return nil }
            return (number, record)
        } told: { number, _ throws(JournalError) in
            try index.toldBefore(number)
        }
        let routing =
            followed.told.isEmpty
            ? route(subject, with: view.subscriptions)
            : route(
                subject, type: subject.report.messageType, told: followed.told, in: view.directory,
                with: view.subscriptions)
        return explain(subject, routing: routing, followed.news, with: view.subscriptions)
    }

    /// Explains the routing of an Update or a Cancel.
    func explain(
        _ subject: Case, routing: Routing, _ news: ReportNews, with subscriptions: SubscriptionTable
    ) -> Explanation {
        explain(
            subject, routing: routing, roots: news.roots.map(\.incident),
            astray: news.astray.map { (name: $0.name, reason: $0.reason.words) }, isRaised: news.isRaised,
            with: subscriptions)
    }
}

extension IncidentIndex {
    /// Returns those who were told of an incident and of its news so far.
    fileprivate func toldBefore(_ number: IncidentNumber) throws(JournalError) -> ToldBefore {
        var told = ToldBefore(number, severity: .unknown)
        let timeline = try timeline(of: number)
        guard let first = timeline.first, var life = IncidentLife(first) else { return told }
        for entry in timeline.dropFirst() {
            life.apply(entry)
            guard case .incident(let record) = entry.record else { continue }
            told.add(
                record.alerts.map { .init(recipient: $0.recipient, purpose: .information) },
                severity: record.news?.type == .cancel ? .unknown : record.severity)
        }
        var known = ToldBefore(number, severity: told.severity)
        var alerts = StoredIncident(first, steps: timeline)?.alerts ?? []
        for (index, alert) in zip(alerts.indices, life.alerts) {
            alerts[index].stands = !alert.isSettled && alert.state != .declined
        }
        known.add(alerts, life.record.plans, severity: life.record.severity)
        known.add(told.alerts)
        return known
    }
}
