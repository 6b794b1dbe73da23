import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting

/// Updates and Cancels: what the journal has of those that they refer to, and whether everybody is told.
extension World {
    /// Returns what the journal has of the reports that an Update or a Cancel refers to.
    func referenced(by report: Report, _ daemon: SimulatedDaemon) -> [StoredIncident] {
        StoredIncident.referenced(by: report, daemon.pipeline.broker) { names in
            names.map { disk.entry(named: $0).map { IncidentNumber($0.position) } }
        } read: { number, _ in
            guard number.position <= ledger.lastPosition else { return nil }
            let steps = ledger.entries.filter { !$0.record.laterAlerts(of: number).isEmpty }
            return StoredIncident(ledger.entries[Int(number.value) - 1], steps: steps)
        }
    }

    /// Checks the record of an Update or a Cancel: what each reference led to, and that everybody who was told is told.
    mutating func checkNews(_ report: Report, _ record: IncidentRecord, _ entry: JournalEntry, _ rules: Ruleset) {
        guard let news = record.news, news.type == report.messageType else {
            return observer.violate(.updated, "Incident \(entry.position) is news, and its record does not say so.")
        }
        if !news.roots.isEmpty { observer.counts.updates += 1 }
        let astray = Set(news.astray.map(\.name))
        for name in report.referencedNames {
            let number = ledger.numbersByName[name].flatMap { $0.position < entry.position ? $0 : nil }
            guard let referenced = number.flatMap({ ledger.life(ofReportAt: $0, news) }) else {
                observer.expect(
                    astray.contains(name), .updated,
                    "Incident \(entry.position) refers to \(name), which is not there, and does not say so.")
                continue
            }
            // An exercise says nothing of what is real, nor the other way round.
            let isOthers =
                report.messageType == .cancel && name.sender != report.name.sender
                || report.status != referenced.record.status
            observer.expect(
                astray.contains(name) == isOthers, .updated,
                "Incident \(entry.position) refers to \(name), which led \(isOthers ? "somewhere" : "nowhere").")
            if !isOthers { checkTold(of: referenced, record, news, entry, rules) }
        }
        for root in news.roots {
            guard let life = ledger.incidents[root.incident]?.life else {
                observer.violate(.updated, "Incident \(entry.position) is news of \(root.incident), which is none.")
                continue
            }
            observer.expect(
                life.record.name.sender == root.sender, .updated,
                "Incident \(entry.position) calls \(root.sender) the sender of \(root.incident).")
            checkTold(of: life, record, news, entry, rules)
            guard report.messageType == .cancel, ledger.namesAll(report, of: root.incident) else { continue }
            observer.expect(
                !life.isOpen, .updated, "Incident \(entry.position) cancels \(root.incident), which is open.")
        }
    }

    private mutating func checkTold(
        of life: IncidentLife, _ record: IncidentRecord, _ news: ReportNews, _ entry: JournalEntry, _ rules: Ruleset
    ) {
        let isRaised = news.type == .update && news.isRaised && record.severity.rank < life.record.severity.rank
        for alert in life.alerts where rules.directory.contains(alert.recipient) {
            let told = record.alerts.first { $0.recipient == alert.recipient }
            observer.expect(
                told != nil, .updated,
                "Incident \(entry.position) is news of \(life.number), and \(alert.recipient) is not told.")
            guard news.type == .update, news.roots.count == 1, alert.purpose == .action, !alert.isSettled,
                alert.state != .declined, news.isOf(life.number), !news.isRaised || isRaised
            else { continue }
            observer.expect(
                told?.purpose == (news.isRaised ? .action : .information), .updated,
                "Incident \(entry.position) is news of \(life.number), and tells \(alert.recipient) for "
                    + "\(told?.purpose.rawValue ?? "nothing").")
        }
    }
}
