import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// What field clients ask for.
extension Broker {
    /// REPORT: makes an incident of it, or says again what became of it.
    mutating func report(
        _ peer: Peer, _ reference: Reference, _ report: Report, body: [UInt8], stored: JournalEntry?,
        into turn: inout Turn
    ) {
        if let receipt = stored.flatMap(Receipt.init(again:)) {
            return turn.send(.receipt(peer, reference, receipt))
        }
        if var receipt = uncommitted.receipt(for: report.name) {
            receipt.isDuplicate = true
            return turn.send(.receipt(peer, reference, receipt))
        }
        guard isJournalAvailable else {
            return refuse(peer, .reports, reference.text, .journalUnavailable, .report, into: &turn)
        }
        guard uncommitted.count < settings.limits.uncommittedReports,
            uncommitted.bytes < settings.limits.uncommittedBytes
        else {
            return refuse(peer, .reports, reference.text, Self.busy, .report, into: &turn)
        }
        accept(peer, reference, report, body: body, into: &turn)
    }

    private mutating func accept(
        _ peer: Peer, _ reference: Reference, _ report: Report, body: [UInt8], into turn: inout Turn
    ) {
        let incident = incidentRecord(report, body: body)
        record(.incident(incident), into: &turn)
        let number = IncidentNumber(lastPosition)
        let receipt = Receipt(
            incident: number, isDuplicate: false, storedAt: turn.now.wall,
            recipients: incident.alerts.map(Receipt.Told.init))
        uncommitted.add(report.name, receipt, bytes: body.count)
        turn.send(.receipt(peer, reference, receipt))
        publishIncident(number, incident, into: &turn)
        guard let slot = incidents.slot(of: number) else { return }
        for index in incident.alerts.indices {
            dispatch(incidents[slot].alerts[index].mailbox, into: &turn)
        }
    }

    /// What the rules make of a report.
    private mutating func incidentRecord(_ report: Report, body: [UInt8]) -> IncidentRecord {
        let routing = rules.route(report)
        var alerts: [IncidentRecord.Alert] = []
        alerts.reserveCapacity(routing.addressees.count)
        for (index, addressee) in routing.addressees.enumerated() {
            let mailbox = mailboxes[mailboxID(addressee.recipient).index]
            alerts.append(
                IncidentRecord.Alert(
                    recipient: addressee.recipient, number: mailbox.next, purpose: addressee.purpose,
                    rule: addressee.rule, terminals: mailbox.terminals.count,
                    acknowledgeWithinMilliseconds: routing.acknowledgeWithin(index), note: addressee.note))
        }
        let plans = routing.plans.filter { !$0.steps.isEmpty }.map(IncidentRecord.Plan.init)
        return IncidentRecord(
            name: report.name, event: report.event, category: report.category, severity: report.severity,
            status: report.status, grid: report.grid, alerts: alerts, plans: plans, rules: rulesPosition, report: body)
    }

    private static var busy: Refusal {
        Refusal(
            .busy, "Too many reports wait for the disk. Nothing was stored; send it again.",
            retryAfterMilliseconds: 100)
    }
}

extension Receipt {
    /// The first receipt of a report that has come again.
    init?(again entry: JournalEntry) {
        guard case .incident(let incident) = entry.record else { return nil }
        self.init(
            incident: IncidentNumber(entry.position), isDuplicate: true, storedAt: entry.at,
            recipients: incident.alerts.map(Told.init))
    }
}

extension Receipt.Told {
    fileprivate init(_ alert: IncidentRecord.Alert) {
        self.init(recipient: alert.recipient, purpose: alert.purpose, rule: alert.rule, terminals: alert.terminals)
    }
}

extension Routing {
    /// How long an addressee has: the shortest time that a rule which notifies it gives; nil for information.
    fileprivate func acknowledgeWithin(_ addressee: Int) -> Int64? {
        guard addressees[addressee].purpose == .action else { return nil }
        return plans.lazy.filter { $0.watched.contains(addressee) }.map(\.acknowledgeWithin.wholeMilliseconds).min()
    }
}

extension IncidentRecord.Plan {
    fileprivate init(_ plan: Routing.Plan) {
        self.init(
            rule: plan.rule, acknowledgeWithinMilliseconds: plan.acknowledgeWithin.wholeMilliseconds,
            watched: plan.watched,
            steps: plan.steps.map { Step(afterMilliseconds: $0.after.wholeMilliseconds, to: $0.to) })
    }
}
