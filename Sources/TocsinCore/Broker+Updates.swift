public import TocsinJournal
public import TocsinModel
public import TocsinRouting
import TocsinWire

/// An incident that an Update or a Cancel refers to, as the journal has it on disk.
public struct StoredIncident: Sendable {
    public let number: IncidentNumber
    public let record: IncidentRecord
    /// Those who were told: the report's recipients in their order, then those of steps and reopenings.
    public let alerts: [ToldBefore.Alert]

    /// Creates it from the incident's entry and those of its steps and reopenings. Nil for another entry.
    public init?(_ entry: JournalEntry, steps: [JournalEntry]) {
        guard let record = entry.record.reported else { return nil }
        number = IncidentNumber(entry.position)
        self.record = record
        alerts = record.alerts.map(ToldBefore.Alert.init) + steps.flatMap { record.told(by: $0.record) }
    }
}

extension StoredIncident {
    /// Reads what the journal has of the incidents that a report refers to: those named, and the roots of their chains.
    ///
    /// - Parameters:
    ///   - report: An Update or a Cancel.
    ///   - index: The journal's index.
    ///   - broker: The broker that will get the report. It knows itself who was told of what is open.
    public static func referenced(
        by report: Report, _ index: some IncidentIndex, _ broker: borrowing Broker
    ) throws(JournalError) -> [StoredIncident] {
        try referenced(by: report, broker) { names throws(JournalError) in
            try index.incidents(named: names)
        } read: { number, isKnown throws(JournalError) in
            guard let entry = try index.entries(at: number.position..<number.position.next).first else { return nil }
            return StoredIncident(entry, steps: isKnown ? [] : try index.steps(of: number))
        }
    }

    /// Reads the same from another source.
    ///
    /// - Parameters:
    ///   - report: An Update or a Cancel.
    ///   - broker: The broker that will get the report.
    ///   - find: Returns for each name the incident that its report became, or nil.
    ///   - read: Returns an incident with its steps, or nil for none; where the broker knows these, they are not needed.
    public static func referenced<Failure: Error>(
        by report: Report, _ broker: borrowing Broker,
        find: ([ReportName]) throws(Failure) -> [IncidentNumber?],
        read: (IncidentNumber, _ isKnown: Bool) throws(Failure) -> StoredIncident?
    ) throws(Failure) -> [StoredIncident] {
        let names = report.referencedNames
        guard !names.isEmpty else { return [] }
        var found: [StoredIncident] = []
        var known: Set<IncidentNumber> = []
        var roots = broker.uncommittedRoots(of: names)
        for case let number? in try find(names) where known.insert(number).inserted {
            guard let stored = try read(number, broker.knowsAllTold(of: number)) else { continue }
            found.append(stored)
            roots += stored.record.news?.roots.map(\.incident) ?? []
            if let split = broker.correlations.split(of: stored.record, at: number) { roots.append(split) }
        }
        // More than a report can be news of decide nothing.
        var left = Limits.incidentsUpdated
        for root in roots where !broker.knowsAllTold(of: root) && left > 0 && known.insert(root).inserted {
            left -= 1
            if let stored = try read(root, false) { found.append(stored) }
        }
        return found
    }
}

/// Updates and Cancels: reports that refer to earlier ones.
///
/// Such a report is an incident of its own. Whoever was told of the incidents that it leads to is told of it, and a Cancel
/// by the same sender ends them. References that lead nowhere are kept with the reason; if none leads anywhere, the report
/// is routed as its rules say, like any other.
extension Broker {
    /// Returns the roots of those reports that are not on disk yet, and what they have become that were taken out of one.
    func uncommittedRoots(of names: [ReportName]) -> [IncidentNumber] {
        names.flatMap { name -> [IncidentNumber] in
            guard let receipt = uncommitted.receipt(for: name) else { return [] }
            let split = correlations.split(of: receipt.record, at: receipt.incident)
            return (receipt.record.news?.roots.map(\.incident) ?? []) + [split].compactMap(\.self)
        }
    }

    /// True of an open incident that was not opened again.
    func knowsAllTold(of number: IncidentNumber) -> Bool {
        incidents.slot(of: number).map { !incidents[$0].isReopened } ?? false
    }

    /// Follows the references of an Update or a Cancel. EXPLAIN asks it, too.
    public func follow(references report: Report, _ stored: [StoredIncident]) -> FollowedReferences {
        var byName: [ReportName: StoredIncident] = [:]
        var byNumber: [IncidentNumber: StoredIncident] = [:]
        for incident in stored {
            byName[incident.record.name] = incident
            byNumber[incident.number] = incident
        }
        return FollowedReferences(of: report) { joined, record in
            // Of one that has closed nobody here knows who was told.
            correlations[joined.incident]?.splits[record].flatMap { isOpen($0) ? $0 : nil }
        } find: { name in
            if let receipt = uncommitted.receipt(for: name) { return (receipt.incident, receipt.record) }
            return byName[name].map { ($0.number, $0.record) }
        } told: { number, record in
            toldBefore(number, byNumber[number], record)
        }
    }

    /// Returns those who were told of an incident and of its news so far.
    private func toldBefore(
        _ number: IncidentNumber, _ stored: StoredIncident?, _ record: IncidentRecord?
    ) -> ToldBefore {
        var told = ToldBefore(number, severity: news[number]?.severity ?? .unknown)
        if !knowsAllTold(of: number) {
            if let known = stored?.record ?? record {
                told.add(
                    stored?.alerts ?? known.alerts.map(ToldBefore.Alert.init), known.plans, severity: known.severity)
            }
            told.add(uncommittedEnds.stepsTold(of: number).map { .init(recipient: $0, purpose: .action) })
        }
        if let incident = incidents[number] {
            told.add(alerts(of: incident), incident.plans, severity: incident.severity)
        }
        if let line = news[number] {
            told.add(line.told.sorted().map { .init(recipient: $0, purpose: .information) })
        }
        return told
    }

    func alerts(of incident: OpenIncident) -> [ToldBefore.Alert] {
        incident.alerts.indices.map { index in
            let alert = incident.alerts[index]
            var within = alert.addressee.acknowledgeWithinMilliseconds
            if alert.escalation > 0 || alert.rings > 0 {
                // The time of what a step brought, or what rang again, counts from the report on.
                let times = incident.plans.indices.filter { incident.concerns($0, index) }.map {
                    incident.plans[$0].acknowledgeWithinMilliseconds
                }
                within = times.min() ?? within
            }
            return ToldBefore.Alert(
                recipient: mailboxes[alert.mailbox.index].recipient, purpose: alert.purpose,
                acknowledgeWithinMilliseconds: within,
                stands: !alert.isSettled && alert.state != .declined && !isKeptStill(alert, incident))
        }
    }

    /// True for an alert that has not rung, because a silence keeps its incident still.
    private func isKeptStill(_ alert: OpenAlert, _ incident: OpenIncident) -> Bool {
        alert.state == .silenced && hushed[incident.number] != nil
    }

    /// Returns the open incidents that a Cancel ends: those that it is news of, and what the same sender has told of them
    /// since. Nobody else's news of them ends: somebody else says that. Of a happening that several reports tell, a Cancel
    /// ends what it names, and the rest only if it names every report.
    private func ended(by report: Report, _ followed: FollowedReferences) -> [IncidentNumber] {
        guard report.messageType == .cancel else { return [] }
        var ended: [IncidentNumber] = []
        for root in followed.news.roots {
            let open = news[root.incident]?.open.filter { $0.value.isIdentical(to: report.name.sender) } ?? [:]
            var numbers = open.keys.sorted()
            if isAllNamed(of: root.incident, followed.reports[root.incident] ?? []) {
                numbers.insert(root.incident, at: 0)
            } else {
                numbers.removeAll { !followed.named.contains($0) }
            }
            ended += numbers.filter { isOpen($0) && !ended.contains($0) }
        }
        return ended
    }

    /// Returns true if these are all reports of an incident that were not taken out of it.
    private func isAllNamed(of number: IncidentNumber, _ reports: Set<IncidentNumber>) -> Bool {
        guard let line = correlations[number], line.count > 1 else { return true }
        return reports.count { line.splits[$0.position] == nil } >= line.count - line.splits.count
    }
}

extension Broker {
    /// REPORT of an Update or a Cancel. The end of what it cancels is recorded before its own record, so that a Cancel that
    /// is on disk has ended it.
    mutating func acceptNews(
        _ reporter: Reporter, _ subject: Case, _ stored: [StoredIncident], into turn: inout Turn
    ) {
        let report = subject.report
        let followed = follow(references: report, stored)
        let routing = followed.routing(of: subject, by: rules, in: directory, with: subscriptions)
        let hush = rules.hush(subject, routing, silences)
        let incident = incidentRecord(subject, hush?.routing ?? routing, by: reporter.principal, news: followed.news)
        let person = Person(by: report.name.sender, note: report.cancelReason, principal: reporter.principal)
        for number in ended(by: report, followed) { end(number, by: person, into: &turn) }
        let number = tell(incident, hush, for: reporter, into: &turn)
        announce(number, as: followed.news, of: report, into: &turn)
        announceClosed(into: &turn)
    }

    /// Tells the followers of the incidents, and the feed, that there is news of them.
    func announce(
        _ number: IncidentNumber, as news: ReportNews, of report: Report, into turn: inout Turn
    ) {
        for root in news.roots where isObserved(root.incident, in: turn) {
            let progress = Progress(
                event: .updated, at: turn.now.wall,
                news: Progress.News(
                    incident: number, type: report.messageType, severity: report.severity,
                    count: news.joined))
            announce(root.incident, progress, into: &turn)
        }
    }
}

extension IncidentRecord {
    /// Returns those whom a step or a reopening has told.
    fileprivate func told(by record: JournalRecord) -> [ToldBefore.Alert] {
        switch record {
        case .escalated(let step):
            let plan = plans.indices.contains(step.plan) ? plans[step.plan] : nil
            return [
                ToldBefore.Alert(
                    recipient: step.recipient, purpose: .action,
                    acknowledgeWithinMilliseconds: plan?.acknowledgeWithinMilliseconds)
            ]
        case .reopened(let reopened): return reopened.alerts.map(ToldBefore.Alert.init)
        case .incident, .joined, .received, .personal, .rung, .stoodDown, .closed, .rules, .subscribed, .unsubscribed,
            .rated, .silenced, .unsilenced, .removed:
            return []
        }
    }
}

extension ToldBefore.Alert {
    fileprivate init(_ alert: IncidentRecord.Alert) {
        self.init(
            recipient: alert.recipient, purpose: alert.purpose,
            acknowledgeWithinMilliseconds: alert.addressee.acknowledgeWithinMilliseconds)
    }
}

extension Report {
    /// The reason that a Cancel gives for the end of what it cancels.
    fileprivate var cancelReason: String {
        "Cancel \(name.identifier)" + (headline.map { ": \($0)" } ?? "")
    }
}
