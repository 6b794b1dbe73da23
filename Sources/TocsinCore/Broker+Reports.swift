import TocsinJournal
public import TocsinModel
import TocsinRouting
import TocsinWire

/// The requests of field clients.
extension Broker {
    /// REPORT: makes an incident of the report, or sends its first receipt again.
    mutating func report(
        _ peer: Peer, _ reference: Reference, _ subject: Case, stored: JournalEntry?,
        referenced: [StoredIncident], by principal: String?, into turn: inout Turn
    ) {
        if var first = stored.flatMap(IncidentReceipt.init(of:)) ?? uncommitted.receipt(for: subject.report.name) {
            first.isPlaceUnknown = isUnknown(subject.report.grid)
            first.namesPlace = subject.namesPlace
            return turn.send(.receipt(peer, reference, first.again(for: subject.body)))
        }
        guard isJournalAvailable else {
            return refuse(peer, .reports, reference.text, .journalUnavailable, .report, into: &turn)
        }
        guard standing != .sparing else {
            return refuse(peer, .reports, reference.text, .noRoomForReports, .report, into: &turn)
        }
        guard uncommitted.count < settings.limits.uncommittedReports,
            uncommitted.bytes < settings.limits.uncommittedBytes
        else {
            return refuse(peer, .reports, reference.text, Self.busy, .report, into: &turn)
        }
        guard !subject.report.name.sender.isIdentical(to: LinkReport.sender) else {
            return refuse(peer, .reports, reference.text, Self.ownSender, .report, into: &turn)
        }
        guard subject.report.messageType == .alert else {
            return acceptNews(peer, reference, subject, referenced, by: principal, into: &turn)
        }
        accept(peer, reference, subject, by: principal, into: &turn)
    }

    /// Returns true if a report has become an incident whose record is not known to be on disk yet.
    public func isBeingStored(_ name: ReportName) -> Bool { uncommitted.receipt(for: name) != nil }

    private mutating func accept(
        _ peer: Peer, _ reference: Reference, _ subject: Case, by principal: String?, into turn: inout Turn
    ) {
        let routing = subscriptions.isEmpty ? rules.route(subject) : rules.route(subject, with: subscriptions)
        if routing.correlation != nil || !subject.report.happenings.isEmpty {
            return acceptCorrelated(peer, reference, subject, routing, by: principal, into: &turn)
        }
        let hush = rules.hush(subject, routing, silences)
        _ = store(
            peer, reference, subject, incidentRecord(subject, hush?.routing ?? routing, by: principal), hush,
            into: &turn)
    }

    /// Records an incident, sends its alerts, and promises the receipt.
    ///
    /// - Returns: The incident's number.
    mutating func store(
        _ peer: Peer, _ reference: Reference, _ subject: Case, _ incident: IncidentRecord, _ hush: Hush? = nil,
        into turn: inout Turn
    ) -> IncidentNumber {
        record(.incident(incident), into: &turn)
        let number = IncidentNumber(lastPosition)
        // Before anything is sent.
        if let hush { keepStill(number, hush, into: &turn) }
        let receipt = IncidentReceipt(
            incident: number, isDuplicate: false, isPlaceUnknown: isUnknown(incident.grid),
            namesPlace: subject.namesPlace, storedAt: turn.now.wall, record: incident)
        uncommitted.add(receipt)
        // Alerts come first. Each moment counts for the recipients, and the reporter waits for the disk in any case.
        for alert in incident.alerts { dispatch(mailboxID(of: alert.addressee), into: &turn) }
        turn.send(.receipt(peer, reference, receipt))
        publishIncident(number, incident, into: &turn)
        if hush != nil { announceSilenced(number, into: &turn) }
        return number
    }

    /// Records an incident of a report that somebody has brought before, and sends its alerts.
    ///
    /// - Returns: The incident's number.
    mutating func tell(_ incident: IncidentRecord, _ hush: Hush?, into turn: inout Turn) -> IncidentNumber {
        record(.incident(incident), into: &turn)
        let number = IncidentNumber(lastPosition)
        if let hush { keepStill(number, hush, into: &turn) }
        for alert in incident.alerts { dispatch(mailboxID(of: alert.addressee), into: &turn) }
        publishIncident(number, incident, into: &turn)
        if hush != nil { announceSilenced(number, into: &turn) }
        return number
    }

    /// Returns the incident that a report becomes by its routing.
    mutating func incidentRecord(
        _ subject: Case, _ routing: Routing, by principal: String?, news: ReportNews? = nil,
        correlation: [CorrelationKey] = [], split: ReportSplit? = nil
    ) -> IncidentRecord {
        var alerts: [IncidentRecord.Alert] = []
        alerts.reserveCapacity(routing.addressees.count)
        for addressee in routing.addressees {
            let mailbox = mailboxID(of: addressee).index
            alerts.append(
                IncidentRecord.Alert(
                    addressee, number: mailboxes[mailbox].next,
                    terminals: Int32(clamping: mailboxes[mailbox].terminals.count)))
        }
        return IncidentRecord(
            name: subject.report.name, event: subject.report.event, category: subject.report.category,
            severity: subject.report.severity, status: subject.report.status, grid: subject.report.grid, alerts: alerts,
            plans: routing.keptPlans, rules: rulesPosition, report: subject.body, principal: principal,
            news: news, correlation: correlation, split: split)
    }

    /// Returns true if a report's place is not in the directory. Without places, as in a small house, none is missed.
    func isUnknown(_ grid: GridCode?) -> Bool {
        guard let grid, !directory.places.isEmpty else { return false }
        return directory.places[grid] == nil
    }

    private static var ownSender: Refusal {
        Refusal(
            .invalid, "sender must be another than '\(LinkReport.sender)', which is the broker's own",
            field: "sender")
    }

    private static var busy: Refusal {
        Refusal(
            .busy, "Too many reports wait for the disk. Nothing was stored; send it again.",
            retryAfterMilliseconds: 100)
    }
}

extension IncidentReceipt {
    /// Creates the first receipt of an incident from its journal entry, or what is left of that.
    fileprivate init?(of entry: JournalEntry) {
        let number = IncidentNumber(entry.position)
        switch entry.record {
        case .incident(let incident), .joined(let incident):
            self.init(incident: number, isDuplicate: false, storedAt: entry.at, record: incident)
        case .removed(let record):
            guard let left = record.incident, let name = left.name else { return nil }
            self.init(
                incident: left.number, isDuplicate: false, storedAt: entry.at,
                record: IncidentRecord(
                    name: name, event: "", category: .other, severity: .unknown, status: .actual, grid: nil, alerts: [],
                    plans: [], rules: left.rules, report: []))
            removed = left
        case .received, .personal, .escalated, .rung, .stoodDown, .closed, .rules, .subscribed, .unsubscribed, .rated,
            .silenced, .unsilenced, .reopened:
            return nil
        }
    }

    /// Returns the receipt for a report that has come again under the incident's name.
    fileprivate func again(for body: [UInt8]) -> IncidentReceipt {
        var receipt = self
        receipt.isDuplicate = true
        receipt.differs = removed.map { !$0.hasReport(body) } ?? (body != record.report)
        return receipt
    }
}
