import TocsinJournal
import TocsinModel
import TocsinWire

/// Checks that what an operator opens again is owed again.
extension Ledger {
    mutating func add(
        _ record: ReopenedRecord, _ entry: JournalEntry, _ heard: Hearsay, _ observer: inout Observer
    ) {
        observer.counts.reopenings += 1
        guard let incident = incidents[record.incident], !incident.life.isOpen else {
            return observer.violate(.reopened, "Incident \(record.incident) is opened again and was not closed.")
        }
        observer.expect(
            heard.reopenings.contains(record.incident), .reopened,
            "Nobody has opened incident \(record.incident) again.")
        check(record, of: incident.life, &observer)
        // Where people had to act, nothing more joins what was closed.
        if incident.life.record.alerts.contains(where: { $0.purpose == .action }) {
            happenings[record.incident]?.isEnded = true
        }
        for alert in record.alerts { give(alert, to: record.incident, entry, &observer) }
        let made = madeAt[entry.position] ?? 0
        update(record.incident, with: entry) { incident in
            incident.age = (0, made)
            incident.plans = record.plans.map { _ in PlanLine(since: made) }
            incident.changes.append((entry.position, Change(event: .reopened, alert: nil)))
        }
    }

    /// Somebody must act again: all whose alerts the end has cut off, or all if these owed nothing.
    private func check(_ record: ReopenedRecord, of life: IncidentLife, _ observer: inout Observer) {
        let (what, told) = ("Incident \(record.incident), opened again,", record.alerts)
        observer.expect(
            told.contains { $0.purpose == .action } && Set(told.map(\.recipient)).count == told.count, .reopened,
            "\(what) asks nobody to act, or somebody twice.")
        let cutOff = life.alerts.filter { $0.isCutOff && $0.purpose == .action }
        let owed = cutOff.isEmpty ? life.alerts.filter { $0.purpose == .action } : cutOff
        for alert in owed {
            observer.expect(
                told.contains { $0.recipient == alert.recipient && $0.purpose == .action }
                    || told.contains { $0.addressee.note?.contains("\(alert.recipient)") ?? false },
                .reopened, "\(what) does not ask \(alert.recipient).")
        }
        for alert in told where alert.addressee.note == nil && !cutOff.isEmpty {
            observer.expect(
                life.alerts.contains { $0.isCutOff && $0.recipient == alert.recipient }, .reopened,
                "\(what) asks \(alert.recipient), who owed nothing.")
        }
    }
}
