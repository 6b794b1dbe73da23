public import TocsinJournal
import TocsinModel
import TocsinRouting

/// The comparison of a broker's durable state with a snapshot. Equal states may have different snapshots, so states are
/// compared.
extension Broker {
    /// Returns how a snapshot of the records up to here differs from the state, or nil if it does not.
    ///
    /// - Parameters:
    ///   - snapshot: A snapshot of the same records.
    ///   - now: Any moment. Times that only a process has do not count.
    public func difference(from snapshot: JournalSnapshot, now: Moment) -> String? {
        var other = Broker(rules: rules, directory: directory, settings: settings)
        do {
            try other.restore(snapshot, now: now)
        } catch {
            return "it cannot be read"
        }
        if other.rulesPosition != rulesPosition || other.rulesDigest != rulesDigest {
            return "it has the rules of record \(other.rulesPosition), and the records those of \(rulesPosition)"
        }
        if other.subscriptions.subscriptions != subscriptions.subscriptions {
            return "it has other subscriptions than the records"
        }
        // Those that are over are forgotten when there are many.
        func standing(_ silences: SilenceTable) -> [SilenceLine] {
            silences.lines.filter { $0.silence.until > now.wall }
        }
        if standing(other.silences) != standing(silences) { return "it has other silences than the records" }
        if !other.hushed.sorted.elementsEqual(hushed.sorted, by: ==) {
            return "it keeps other incidents still than the records"
        }
        if other.correlations != correlations { return "reports can join other incidents in it than by the records" }
        if other.news != news, !hasGaps { return "it has other news of incidents than the records" }
        for recipient in Set(mailboxIDs.keys).union(other.mailboxIDs.keys).sorted(by: { $0.name < $1.name }) {
            let (own, its) = (next(of: recipient), other.next(of: recipient))
            if own != its { return "\(recipient)'s next alert is \(its) in it, and \(own) by the records" }
        }
        let open = openIncidents(through: lastPosition)
        let itsOpen = other.openIncidents(through: lastPosition)
        if let first = Set(open).symmetricDifference(itsOpen).min() {
            let isOpen = open.contains(first)
            let (its, own) = isOpen ? ("ended", "open") : ("open", "ended")
            return "incident \(first) is \(its) in it, and \(own) by the records"
        }
        for number in open where incidents[number].map(OpenFacts.init) != other.incidents[number].map(OpenFacts.init) {
            return "incident \(number) stands otherwise in it than by the records"
        }
        return nil
    }

    private func next(of recipient: Recipient) -> AlertNumber {
        mailboxIDs[recipient].map { mailboxes[$0.index].next } ?? AlertNumber(1)
    }
}

/// The facts of an open incident that are in the journal.
private struct OpenFacts: Equatable {
    private struct Alert: Equatable {
        let addressee: Addressee
        let number: AlertNumber
        let escalation: UInt8
        let state: AlertState
        let isReceived: Bool
        let severity: Severity
        let rings: UInt8
    }

    private let openedBy: Position
    private let storedAt: Timestamp
    private let severity: Severity
    private let status: ReportStatus
    private let category: TocsinModel.Category
    private let grid: GridCode?
    private let reportBytes: Int32
    private let plans: [Plan]
    private let nextSteps: [Int]
    private let alerts: [Alert]

    init(_ incident: OpenIncident) {
        (openedBy, storedAt) = (incident.openedBy, incident.storedAt)
        (severity, status, category) = (incident.severity, incident.status, incident.category)
        (grid, reportBytes) = (incident.grid, incident.reportBytes)
        (plans, nextSteps) = (incident.plans, incident.progress.map(\.nextStep))
        alerts = incident.alerts.map { alert in
            // The journal does not know that an alert was sent.
            Alert(
                addressee: alert.addressee, number: alert.number, escalation: alert.escalation,
                state: alert.state == .sent ? .queued : alert.state, isReceived: alert.isReceived,
                severity: alert.severity, rings: alert.rings)
        }
    }
}
