import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// REOPEN: an operator takes back the end of an incident.
extension Broker {
    /// REOPEN: what was owed when the incident closed is owed again, by new alerts, and its steps begin anew.
    mutating func reopen(
        _ peer: Peer, _ reference: Reference, _ life: IncidentLife, _ person: Person, into turn: inout Turn
    ) {
        guard isJournalAvailable else {
            return refuse(peer, .control, reference.text, .journalUnavailable, .reopen, into: &turn)
        }
        let reopening: Reopening
        do {
            reopening = try self.reopening(of: life, now: turn.now.wall)
        } catch {
            return refuse(peer, .control, reference.text, error, .reopen, into: &turn)
        }
        reopen(life, reopening, by: person, into: &turn)
        turn.send(.reopened(peer, reference))
    }

    /// Returns what is owed again if the incident is opened again.
    ///
    /// - Throws: Why it cannot be.
    func reopening(of life: IncidentLife, now: Timestamp) throws(Refusal) -> Reopening {
        try Reopening(of: life, isOpen: isOpen(life.number), in: directory, fallback: rules.fallback, now: now)
    }

    /// Opens an incident again, in this turn.
    mutating func reopen(
        _ life: IncidentLife, _ reopening: Reopening, by person: Person, into turn: inout Turn
    ) {
        let alerts = reopening.addressees.map { addressee in
            let mailbox = mailboxes[mailboxID(of: addressee).index]
            return IncidentRecord.Alert(
                addressee, number: mailbox.next, terminals: Int32(clamping: mailbox.terminals.count))
        }
        let origin = life.record
        var record = ReopenedRecord(
            incident: life.number, person: person, category: origin.category, severity: origin.severity,
            status: origin.status, grid: origin.grid, reportBytes: origin.report.count, sender: origin.name.sender,
            news: origin.news, alerts: alerts, plans: reopening.plans)
        record.reports = life.reportCount
        record.splits = life.splits
        self.record(.reopened(record), into: &turn)
        for alert in alerts { dispatch(mailboxID(of: alert.addressee), into: &turn) }
        announceReopened(record, into: &turn)
    }

    private func announceReopened(_ record: ReopenedRecord, into turn: inout Turn) {
        announce(
            record.incident, Progress(event: .reopened, at: turn.now.wall, person: record.person), into: &turn)
        guard turn.feedIsWatched else { return }
        let facts = FeedItem.Facts(
            category: record.category, severity: record.severity, grid: record.grid, storedAt: turn.now.wall)
        for alert in record.alerts {
            publish(
                .alert(record.incident, facts, alert.recipient, alert.number, alert.purpose, escalation: 0),
                into: &turn)
        }
    }

    /// Folds a reopening. Only where records are lost is the incident open: then that ends.
    mutating func apply(_ record: ReopenedRecord, _ entry: JournalEntry, now: Moment, into turn: inout Turn) {
        let isPossible = record.alerts.allSatisfy { alert in
            mailboxes[mailboxID(of: alert.addressee).index].mayGive(alert.number, by: lastPosition)
        }
        guard record.incident.value > 0, record.incident.position < entry.position, !record.alerts.isEmpty, isPossible
        else { return }
        for alert in incidents[record.incident]?.alerts ?? [] where !alert.isSettled {
            setState(.cancelled, of: alert.number, in: alert.mailbox, into: &turn)
        }
        guard incidents.slot(of: record.incident) == nil else { return }
        open(
            OpenIncident(
                number: record.incident, openedBy: entry.position, storedAt: entry.at,
                storedUptime: now.uptime(of: entry.at), severity: record.severity, status: record.status,
                category: record.category, grid: record.grid, reportBytes: Int32(clamping: record.reportBytes),
                owed: 0, alerts: [], plans: record.plans, progress: record.plans.map { _ in PlanProgress() }),
            record.alerts)
        correlations.reopen(record, at: entry.at)
        guard let news = record.news else { return }
        self.news.add(record.incident, news, record.severity, of: record.sender, told: record.alerts)
    }
}
