import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// What must hold when the storm is over and time has passed.
extension World {
    mutating func checkPromises() {
        observer.counts.unreportedWrites = disk.unreported
        observer.counts.keptSnapshots = disk.keptSnapshots
        observer.counts.lostSnapshots = disk.lostSnapshots
        let entries: [JournalEntry]
        do {
            entries = try disk.entries()
        } catch {
            return observer.violate("The journal cannot be read: \(error)")
        }
        var history = History()
        for entry in entries { history.add(entry, &observer) }
        checkReports(history)
        checkDelivery(history)
        checkAnswers(history)
        checkRecovery(entries)
    }

    /// Every report has its receipt, and every receipt its incident, which names whom the rules name.
    private mutating func checkReports(_ history: History) {
        for reporter in reporters {
            for (report, receipt) in zip(reporter.reports, reporter.receipts) {
                guard let receipt else {
                    observer.violate("\(report.name) has no receipt.")
                    continue
                }
                guard let life = history.incidents[receipt.incident]?.life, life.record.name == report.name
                else {
                    observer.violate("\(report.name) has a receipt, and incident \(receipt.incident) is not its own.")
                    continue
                }
                let wanted = Town.rules.route(Case(report, at: life.storedAt)).addressees.map(\.recipient)
                guard life.record.alerts.map(\.recipient) == wanted, receipt.record.alerts.map(\.recipient) == wanted
                else {
                    observer.violate("\(report.name) is to go to \(wanted), and goes elsewhere.")
                    continue
                }
            }
        }
    }

    /// Every alert has come to a terminal of its recipient, and the broker knows it.
    private mutating func checkDelivery(_ history: History) {
        for alert in history.alerts {
            let isSeen = terminals.contains { $0.recipient == alert.recipient && $0.seen.contains(alert.number) }
            if !isSeen { observer.violate("Nobody at \(alert.recipient) has seen \(alert.number).") }
        }
        guard let daemon else { return observer.violate("The daemon does not run.") }
        let undelivered = daemon.pipeline.broker.overview.undeliveredAlerts
        if undelivered > 0 { observer.violate("\(undelivered) alerts are undelivered after a long quiet.") }
        let open = daemon.pipeline.broker.mailboxLines.filter { $0.open > 0 }.map { "\($0.recipient) \($0.open)" }
        let unsettled = history.incidents.values.flatMap(\.life.alerts).filter { !$0.isSettled }
        let owed = Town.recipients.sorted().compactMap { name -> String? in
            let count = unsettled.count { $0.recipient.name == name }
            return count > 0 ? "\(name) \(count)" : nil
        }
        if open != owed { observer.violate("The broker has \(open) open, and \(owed) are owed.") }
        for (number, incident) in history.incidents where daemon.pipeline.broker.isOpen(number) != incident.life.isOpen
        {
            observer.violate("Incident \(number) is open to one of the broker and its journal, and not to the other.")
        }
    }

    /// A confirmed word is on disk, and whatever nobody has taken on has been escalated to the end.
    private mutating func checkAnswers(_ history: History) {
        for alert in observer.confirmed where !history.spoken.contains(alert) {
            observer.violate("A word about \(alert.recipient) \(alert.number) was confirmed and is not on disk.")
        }
        for (number, incident) in history.incidents.sorted(by: { $0.key < $1.key }) {
            for (index, plan) in incident.life.record.plans.enumerated() {
                let taken = incident.nextSteps[index]
                guard incident.life.isUnanswered(plan), taken < plan.steps.count else { continue }
                observer.violate("Incident \(number) is unanswered, and step \(taken + 1) was not taken.")
            }
        }
    }

    /// A broker built from the disk equals the one that lived through it all.
    private mutating func checkRecovery(_ entries: [JournalEntry]) {
        guard let live = daemon?.pipeline.broker else { return }
        var rebuilt = Broker(rules: Town.rules, directory: Town.directory, settings: Town.settings)
        for entry in entries { rebuilt.apply(entry, now: Moment(wall: entry.at, uptime: 0)) }
        func owed(_ broker: Broker) -> [String] {
            broker.mailboxLines.filter { $0.open > 0 }.map { "\($0.recipient) \($0.open) \($0.undelivered)" }
        }
        if owed(live) != owed(rebuilt) || live.overview.openIncidents != rebuilt.overview.openIncidents {
            observer.violate("Recovery gives \(owed(rebuilt)), and the live state is \(owed(live)).")
        }
    }
}

/// What the journal tells, read without the broker's help.
private struct History {
    struct Incident {
        var life: IncidentLife
        var nextSteps: [Int]
    }

    private(set) var incidents: [IncidentNumber: Incident] = [:]
    /// Every alert that was ever made.
    private(set) var alerts: [AlertName] = []
    /// Those that a person has spoken about.
    private(set) var spoken: Set<AlertName> = []
    private var declined: Set<AlertName> = []
    private var names: Set<ReportName> = []
    /// Whose alert it is.
    private var owners: [AlertName: IncidentNumber] = [:]

    mutating func add(_ entry: JournalEntry, _ observer: inout Observer) {
        switch entry.record {
        case .incident(let record):
            observer.counts.incidents += 1
            if !names.insert(record.name).inserted { observer.violate("\(record.name) became two incidents.") }
            guard let life = IncidentLife(entry) else { return }
            incidents[life.number] = Incident(life: life, nextSteps: record.plans.map { _ in 0 })
            for alert in record.alerts { own(AlertName(recipient: alert.recipient, number: alert.number), life.number) }
        case .received(let record): fold(entry, into: record.recipient, record.numbers)
        case .personal(let record):
            for number in record.numbers.joined() {
                let name = AlertName(recipient: record.recipient, number: number)
                note(record.state, about: name, &observer)
            }
            fold(entry, into: record.recipient, record.numbers)
        case .escalated(let record):
            check(record, at: entry.at, &observer)
            incidents[record.incident]?.nextSteps[record.plan] += 1
            incidents[record.incident]?.life.apply(entry)
            own(AlertName(recipient: record.recipient, number: record.number), record.incident)
        case .closed(let record): incidents[record.incident]?.life.apply(entry)
        case .rules: break
        }
    }

    private mutating func own(_ alert: AlertName, _ incident: IncidentNumber) {
        alerts.append(alert)
        owners[alert] = incident
    }

    /// Folds a word into the lives of the incidents whose alerts it names.
    private mutating func fold(
        _ entry: JournalEntry, into recipient: Recipient, _ numbers: [ClosedRange<AlertNumber>]
    ) {
        let named = numbers.joined().compactMap { owners[AlertName(recipient: recipient, number: $0)] }
        for incident in Set(named) { incidents[incident]?.life.apply(entry) }
    }

    private mutating func note(_ word: AlertState, about alert: AlertName, _ observer: inout Observer) {
        spoken.insert(alert)
        if word == .acknowledged { observer.counts.acknowledgements += 1 }
        guard word == .declined else { return }
        observer.counts.declines += 1
        declined.insert(alert)
        let known = owners[alert].flatMap { incidents[$0] }?.life.alerts.first {
            $0.recipient == alert.recipient && $0.number == alert.number
        }
        if let known, known.state == .declined, !known.isSettled {
            observer.violate("\(alert.recipient) \(alert.number) is declined and is declined again.")
        }
    }

    /// A step is taken in its turn, not before its time unless somebody declined, and not when all have answered.
    private func check(_ record: EscalatedRecord, at: Timestamp, _ observer: inout Observer) {
        observer.counts.escalations += 1
        guard let incident = incidents[record.incident] else {
            return observer.violate("Incident \(record.incident) escalates and is not there.")
        }
        let plan = incident.life.record.plans[record.plan]
        let place = "Incident \(record.incident), step \(record.step + 1)"
        if record.step != incident.nextSteps[record.plan] { observer.violate("\(place) is out of turn.") }
        switch record.cause {
        case .unanswered:
            let due = incident.life.storedAt + .milliseconds(plan.steps[record.step].afterMilliseconds)
            if at < due { observer.violate("\(place) was due at \(due) and was taken at \(at).") }
            if !incident.life.isUnanswered(plan) { observer.violate("\(place) was taken after an answer.") }
        case .declined:
            let concerned =
                plan.watched.map { incident.life.alerts[$0] }
                + incident.life.alerts.filter { $0.escalation > 0 && $0.rule == plan.rule }
            let isDeclined = concerned.contains {
                declined.contains(AlertName(recipient: $0.recipient, number: $0.number))
            }
            if !isDeclined { observer.violate("\(place) was taken for a decline that nobody spoke.") }
        }
    }
}
