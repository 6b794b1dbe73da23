import TocsinJournal
public import TocsinModel
import TocsinRouting
import TocsinWire

/// The requests of field clients.
extension Broker {
    /// REPORT: makes an incident of the report, or sends its first receipt again.
    mutating func report(
        _ peer: Peer, _ reference: Reference, _ subject: Case, stored: JournalEntry?,
        referenced: [StoredIncident], by principal: String?, within: [GridCode]?, into turn: inout Turn
    ) {
        if var first = stored.flatMap({ IncidentReceipt(of: $0, again: subject.body) })
            ?? uncommitted.receipt(for: subject.report.name)?.again(for: subject.body)
        {
            first.isPlaceUnknown = isUnknown(subject.report.grid)
            first.namesPlace = subject.namesPlace
            first.splitInto = correlations.split(of: first.record, at: first.incident)
            return turn.send(.receipt(peer, reference, first))
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
        let reporter = Reporter(peer, reference, subject, by: principal, within: within)
        guard subject.report.messageType == .alert else {
            return acceptNews(reporter, subject, referenced, into: &turn)
        }
        accept(reporter, subject, into: &turn)
    }

    /// Returns true if a report has become an incident whose record is not known to be on disk yet.
    public func isBeingStored(_ name: ReportName) -> Bool { uncommitted.receipt(for: name) != nil }

    private mutating func accept(_ reporter: Reporter, _ subject: Case, into turn: inout Turn) {
        let routing = subscriptions.isEmpty ? rules.route(subject) : rules.route(subject, with: subscriptions)
        if routing.correlation != nil || !subject.report.happenings.isEmpty {
            return acceptCorrelated(reporter, subject, routing, into: &turn)
        }
        let hush = rules.hush(subject, routing, silences)
        let incident = incidentRecord(subject, hush?.routing ?? routing, by: reporter.principal)
        tell(incident, hush, for: reporter, into: &turn)
    }

    /// Records an incident, sends its alerts, and promises the receipt to whoever has brought the report.
    ///
    /// - Parameters:
    ///   - incident: The incident.
    ///   - hush: What keeps it still, if anything does.
    ///   - reporter: Who waits for the receipt; nil for a report of the broker's own, and for one that has its receipt.
    ///   - turn: The turn of the report.
    /// - Returns: The incident's number.
    @discardableResult
    mutating func tell(
        _ incident: IncidentRecord, _ hush: Hush? = nil, for reporter: Reporter? = nil, into turn: inout Turn
    ) -> IncidentNumber {
        record(.incident(incident), into: &turn)
        let number = IncidentNumber(lastPosition)
        // Before anything is sent.
        if let hush { keepStill(number, hush, into: &turn) }
        // Alerts come first. Each moment counts for the recipients, and the reporter waits for the disk in any case.
        for alert in incident.alerts { dispatch(mailboxID(of: alert.addressee), into: &turn) }
        if let reporter { promise(reporter, number, incident, into: &turn) }
        publishIncident(number, incident, into: &turn)
        if hush != nil { announceSilenced(number, into: &turn) }
        return number
    }

    /// Promises the receipt of a report that has been recorded. Until it is on disk, the same report finds it here.
    mutating func promise(
        _ reporter: Reporter, _ number: IncidentNumber, _ record: IncidentRecord, into turn: inout Turn
    ) {
        let receipt = IncidentReceipt(
            incident: number, isDuplicate: false, isPlaceUnknown: isUnknown(record.grid),
            namesPlace: reporter.namesPlace, storedAt: turn.now.wall, record: record)
        uncommitted.add(receipt)
        turn.send(.receipt(reporter.peer, reporter.reference, receipt))
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
    private func isUnknown(_ grid: GridCode?) -> Bool {
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

/// Whoever has brought a report and waits for its receipt.
struct Reporter {
    let peer: Peer
    let reference: Reference
    /// False if the report names no place.
    let namesPlace: Bool
    /// The principal whose connection brought the report; nil if it has none.
    let principal: String?
    /// The places from which that one may report; nil for everywhere.
    let places: [GridCode]?

    init(_ peer: Peer, _ reference: Reference, _ subject: Case, by principal: String?, within places: [GridCode]?) {
        (self.peer, self.reference, namesPlace) = (peer, reference, subject.namesPlace)
        (self.principal, self.places) = (principal, places)
    }
}

extension IncidentReceipt {
    /// Creates the first receipt of an incident from its journal entry, or what is left of that, for a report that has come
    /// again under the incident's name.
    fileprivate init?(of entry: JournalEntry, again body: [UInt8]) {
        switch entry.record {
        case .incident(let incident), .joined(let incident):
            self.init(
                incident: IncidentNumber(entry.position), isDuplicate: true, differs: body != incident.report,
                storedAt: entry.at, record: incident)
        case .removed(let record):
            guard let left = record.incident, let name = left.name else { return nil }
            self.init(
                incident: left.joined ?? left.number, isDuplicate: true, differs: !left.hasReport(body),
                isRemoved: true, storedAt: entry.at,
                record: IncidentRecord(
                    name: name, event: "", category: .other, severity: .unknown, status: .actual, grid: nil, alerts: [],
                    plans: [], rules: left.rules, report: []))
        case .received, .personal, .escalated, .rung, .stoodDown, .closed, .rules, .subscribed, .unsubscribed, .rated,
            .silenced, .unsilenced, .reopened:
            return nil
        }
    }

    /// Returns the same for a report that has come again under the name of one that is not known to be on disk.
    fileprivate func again(for body: [UInt8]) -> IncidentReceipt {
        var receipt = self
        receipt.isDuplicate = true
        receipt.differs = body != record.report
        return receipt
    }
}
