import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// The items on the feed, and the checks of them.
struct Wallboard {
    private var lastPosition = Position.zero
    private var incidents: Set<IncidentNumber> = []
    private var alerts: Set<AlertName> = []
    /// The published changes of state, apart from `sent` and `received`.
    private var changes: [IncidentNumber: [Ledger.Change: Int]] = [:]
    /// True if somebody has listened all the time and nothing was taken back. Then no item may be missing.
    var hasAll = true

    /// Checks a published item. Its contents must be on disk, at its position or before, and positions must never fall.
    mutating func publish(_ item: FeedItem, at position: Position, _ ledger: Ledger, _ observer: inout Observer) {
        observer.counts.published += 1
        observer.expect(
            position >= lastPosition, .published, "Position \(position) comes after \(lastPosition).")
        observer.expect(
            position <= ledger.lastPosition, .published,
            "Position \(position) is published, and \(ledger.lastPosition) is on disk.")
        lastPosition = position
        switch item {
        case .incident(let number, _, let recipients):
            observer.expect(incidents.insert(number).inserted, .published, "Incident \(number) is published again.")
            let record = ledger.incidents[number]?.life.record
            observer.expect(
                record?.alerts.map(\.recipient) == recipients && number.position <= position, .published,
                "Incident \(number) is published at \(position), and is not on disk so.")
        case .alert(let number, _, let recipient, let alertNumber, let purpose, let escalation):
            let name = AlertName(recipient: recipient, number: alertNumber)
            let alert = ledger.alert(name)
            observer.expect(alerts.insert(name).inserted, .published, "\(name) is published again.")
            observer.expect(
                ledger.owners[name] == number && alert?.purpose == purpose && alert?.escalation == escalation,
                .published, "\(name) of incident \(number) is published, and is not on disk so.")
        case .state(let number, let progress): publish(progress, of: number, at: position, ledger, &observer)
        }
    }

    private mutating func publish(
        _ progress: Progress, of number: IncidentNumber, at position: Position, _ ledger: Ledger,
        _ observer: inout Observer
    ) {
        let name = progress.recipient.flatMap { recipient in
            progress.number.map { AlertName(recipient: recipient, number: $0) }
        }
        let what = "\(progress.event.word) of incident \(number)" + (name.map { ", \($0)" } ?? "")
        switch progress.event {
        case .alert(.sent), .alert(.queued):
            return observer.expect(
                name.map { ledger.owners[$0] == number } ?? false, .published, "\(what) is published.")
        case .alert(.received):
            return observer.expect(
                name.flatMap { ledger.alert($0) }?.isReceived ?? false, .published, "\(what) is published.")
        case .alert, .escalated, .rung, .closed, .updated, .reopened, .split, .rated: break
        }
        let change = Ledger.Change(event: progress.event, alert: name)
        let told = (changes[number]?[change] ?? 0) + 1
        changes[number, default: [:]][change] = told
        let happened = ledger.incidents[number]?.changes.count { $0.change == change && $0.position <= position } ?? 0
        observer.expect(
            told <= happened, .published,
            "\(what) is published \(told) times up to \(position); it happened \(happened).")
    }

    /// Checks that no item is missing, if somebody has listened all the time.
    func checkAll(_ ledger: Ledger, _ observer: inout Observer) {
        guard hasAll else { return }
        for (number, incident) in ledger.incidents {
            observer.expect(incidents.contains(number), .published, "Incident \(number) was never published.")
            for alert in incident.life.alerts {
                let name = AlertName(recipient: alert.recipient, number: alert.number)
                observer.expect(alerts.contains(name), .published, "\(name) was never published.")
            }
            for change in Set(incident.changes.map(\.change)) where change.event != .alert(.received) {
                let happened = incident.count(of: change, after: .zero)
                let told = changes[number]?[change] ?? 0
                observer.expect(
                    told >= happened, .published,
                    "\(change.event.word) of incident \(number) happened \(happened) times; published: \(told).")
            }
        }
    }
}
