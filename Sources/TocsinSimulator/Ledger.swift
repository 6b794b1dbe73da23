import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// The journal's contents, read without the broker's help as soon as they are on disk. Everything is measured against
/// them.
struct Ledger {
    /// A change that the followers of an incident are told.
    struct Change: Hashable {
        let event: Progress.Event
        /// The alert; nil where the incident as a whole is meant.
        let alert: AlertName?
    }

    struct Incident {
        var life: IncidentLife
        var changes: [(position: Position, change: Change)] = []
        /// The incident's age at a time, as the broker can know it.
        var age: (age: Int64, time: Int64)
        /// The progress of each plan.
        var plans: [PlanLine]

        /// Returns the number of times a change has happened after a position, and up to another one.
        func count(of change: Change, after position: Position, through last: Position? = nil) -> Int {
            changes.count { $0.position > position && $0.position <= last ?? $0.position && $0.change == change }
        }
    }

    struct PlanLine {
        var nextStep = 0
        /// The time from which its steps count, if an acknowledgement has lapsed.
        var begun: Int64?
        /// The time of the last change: a step taken, or an answer taken back.
        var since: Int64
        var isUnanswered = true
    }

    struct MailboxLine: Hashable {
        var open = 0
        var undelivered = 0
    }

    private(set) var entries: [JournalEntry] = []
    var incidents: [IncidentNumber: Incident] = [:]
    private(set) var mailboxes: [Recipient: MailboxLine] = [:]
    private(set) var openIncidents = 0
    /// The incident of each alert.
    private(set) var owners: [AlertName: IncidentNumber] = [:]
    private(set) var numbersByName: [ReportName: IncidentNumber] = [:]
    /// The record by which each alert of an incident's report or of a reopening was given.
    private(set) var givenBy: [AlertName: Position] = [:]
    /// The record by which each alert was delivered.
    private(set) var deliveries: [AlertName: Position] = [:]
    /// The last time that each alert was told, rung or spoken of, by the world's clock and by the civil one.
    private(set) var changes: [AlertName: (at: Int64, wall: Timestamp)] = [:]
    /// Who has been told that somebody else has the incident in hand.
    private(set) var standDowns: [AlertName: [StoodDownRecord]] = [:]
    var happenings: [IncidentNumber: Happening] = [:]
    private(set) var silences: [Position: SilenceLine] = [:]
    /// What has kept each alert still, also when it is over.
    private(set) var hushed: [AlertName: Silencing] = [:]
    /// The words of people about each alert.
    private(set) var words: [AlertName: [PersonalRecord]] = [:]
    /// Every record of a subscription's beginning and end.
    private(set) var subscriptionRecords: [JournalEntry] = []
    /// The position and the texts of the rules in force.
    private(set) var rules: (position: Position, texts: RuleTexts) = (.zero, RuleTexts())
    /// The parts so far of rules whose last part is still to come.
    private var rulesSoFar: (last: Position, texts: RuleTexts)?

    /// The time at which the broker made each record, by the world's clock.
    var madeAt: [Position: Int64] = [:]
    var pauses = Pauses()
    /// The time since when the daemon has taken records. Steps that were due before are taken then.
    var servingSince: Int64 = 0

    var lastPosition: Position { entries.last?.position ?? .zero }

    /// Returns the alert as the journal has it.
    func alert(_ name: AlertName) -> IncidentLife.Alert? {
        owners[name].flatMap { incidents[$0] }?.life.alerts.first {
            $0.recipient == name.recipient && $0.number == name.number
        }
    }
}

// MARK: - The fold

extension Ledger {
    /// Adds an entry that is on disk.
    mutating func add(_ entry: JournalEntry, heard: Hearsay, _ observer: inout Observer) {
        observer.expect(entry.position == lastPosition.next, .recorded, "Record \(entry.position) is out of place.")
        entries.append(entry)
        switch entry.record {
        case .incident(let record): add(record, entry, heard, &observer)
        case .joined(let record): addJoined(record, entry, &observer)
        case .received(let record):
            for number in record.numbers.joined() {
                let name = AlertName(recipient: record.recipient, number: number)
                observer.expect(owners[name] != nil, .recorded, "\(name) is RECEIVED, and there is no such alert.")
                observer.expect(heard.received.contains(name), .recorded, "Nobody has said RECEIVED of \(name).")
            }
            change(with: entry, record.recipient, record.numbers, to: .received)
        case .personal(let record): add(record, entry, heard, &observer)
        case .escalated(let record): add(record, entry, &observer)
        case .rung(let record): add(record, entry, &observer)
        case .stoodDown(let record): add(record, entry, &observer)
        case .closed(let record): add(record, entry, heard, &observer)
        case .reopened(let record): add(record, entry, heard, &observer)
        case .rules(let record): add(record, at: entry.position, &observer)
        case .subscribed, .unsubscribed: addSubscription(entry, heard, &observer)
        case .rated(let record):
            observer.expect(
                heard.ratings.contains(record), .recorded, "Nobody has rated incident \(record.incident) so.")
            observer.expect(
                incidents[record.incident]?.life.isOpen == false, .recorded, "\(record.incident) is rated, and is open."
            )
            noteChange(.rated, of: record.incident, entry)
        case .silenced(let silence): add(silence, entry, heard, &observer)
        case .unsilenced(let record): add(record, entry, heard, &observer)
        case .removed: observer.violate(.recorded, "Record \(entry.position) was removed, and no broker removes any.")
        }
    }

    private mutating func add(
        _ record: IncidentRecord, _ entry: JournalEntry, _ heard: Hearsay, _ observer: inout Observer
    ) {
        if record.name.sender == Town.broker {
            observer.counts.linkReports += 1
        } else if record.split == nil {
            observer.counts.incidents += 1
        }
        guard let life = IncidentLife(entry) else { return }
        let made = madeAt[entry.position] ?? 0
        if record.split == nil { noteName(record, life.number, &observer) }
        observer.expect(
            record.rules == rules.position, .reloaded,
            "Incident \(life.number) names the rules \(record.rules), and \(rules.position) are in force.")
        if let split = record.split {
            observer.expect(
                heard.splits.contains(record.name)
                    && self.record(at: IncidentNumber(split.report))?.name == record.name,
                .recorded, "Nobody has taken \(record.name) out of incident \(split.incident).")
            noteSplit(split, into: life.number, entry)
        }
        addToHappening(record, entry, &observer)
        incidents[life.number] = Incident(
            life: life, age: (0, made), plans: record.plans.map { _ in PlanLine(since: made) })
        count(life, 1)
        for root in record.news?.roots ?? [] {
            noteChange(.updated, of: root.incident, entry)
        }
        for alert in record.alerts {
            if Ruleset.subscription(of: alert.rule) != nil { observer.counts.subscribedAlerts += 1 }
            give(alert, to: life.number, entry, &observer)
        }
    }

    /// Notes an alert of an incident's report or of a reopening.
    mutating func give(
        _ alert: IncidentRecord.Alert, to incident: IncidentNumber, _ entry: JournalEntry, _ observer: inout Observer
    ) {
        let name = AlertName(recipient: alert.recipient, number: alert.number)
        own(name, incident, &observer)
        noteChange(name, entry)
        givenBy[name] = entry.position
    }

    mutating func noteName(_ record: IncidentRecord, _ number: IncidentNumber, _ observer: inout Observer) {
        if let known = numbersByName.updateValue(number, forKey: record.name) {
            observer.violate(.durable, "\(record.name) became the incidents \(known) and \(number).")
        }
    }

    /// Notes a change of an incident as a whole.
    mutating func noteChange(_ event: Progress.Event, of number: IncidentNumber, _ entry: JournalEntry) {
        incidents[number]?.changes.append((entry.position, Change(event: event, alert: nil)))
    }

    /// Notes that an alert was told, rung or spoken of.
    mutating func noteChange(_ name: AlertName, _ entry: JournalEntry) {
        changes[name] = (madeAt[entry.position] ?? 0, entry.at)
    }

    /// Notes that an alert that was delivered must be delivered once more.
    mutating func noteRung(_ name: AlertName) {
        deliveries[name] = nil
    }

    mutating func noteStoodDown(_ name: AlertName, _ record: StoodDownRecord) {
        standDowns[name, default: []].append(record)
    }

    mutating func note(_ line: SilenceLine, at number: Position) {
        silences[number] = line
    }

    mutating func noteHushed(_ name: AlertName, _ silencing: Silencing) {
        hushed[name] = silencing
    }

    /// Adds the beginning or the end of a subscription.
    mutating func noteSubscription(_ entry: JournalEntry) {
        subscriptionRecords.append(entry)
    }

    private mutating func add(
        _ record: PersonalRecord, _ entry: JournalEntry, _ heard: Hearsay, _ observer: inout Observer
    ) {
        for number in record.numbers.joined() {
            let name = AlertName(recipient: record.recipient, number: number)
            observer.expect(
                heard.words.contains(Hearsay.Word(alert: name, state: record.state, by: record.person.by)), .recorded,
                "\(record.person.by) has not said \(record.state.rawValue) of \(name).")
            words[name, default: []].append(record)
            noteChange(name, entry)
            switch record.state {
            case .acknowledged: observer.counts.acknowledgements += 1
            case .declined:
                observer.counts.declines += 1
                let isOpen = owners[name].flatMap { incidents[$0] }?.life.isOpen ?? false
                let isDeclined = isOpen && alert(name)?.state == .declined
                observer.expect(!isDeclined, .recorded, "\(name) is declined and is declined again.")
            default: break
            }
        }
        change(with: entry, record.recipient, record.numbers, to: record.state)
    }

    private mutating func add(
        _ record: ClosedRecord, _ entry: JournalEntry, _ heard: Hearsay, _ observer: inout Observer
    ) {
        guard let incident = incidents[record.incident], incident.life.isOpen else {
            return observer.violate(.recorded, "Incident \(record.incident) is closed and was not open.")
        }
        if record.person.by == Town.broker {
            observer.expect(
                incident.life.record.isLoss, .supervised,
                "The broker closes incident \(record.incident), which is no loss.")
        } else if heard.cancellers.contains(record.person.by) {
            observer.counts.cancels += 1
            observer.expect(
                incident.life.record.name.sender == record.person.by, .updated,
                "\(record.person.by) ends incident \(record.incident), which is another sender's.")
        } else {
            observer.counts.closings += 1
            // Taking a report out ends what it has told as an update.
            let isTakenOut =
                incident.life.record.news?.joined != nil && heard.splits.contains(incident.life.record.name)
            observer.expect(
                heard.closings.contains(record.incident) || isTakenOut, .recorded,
                "Nobody has closed incident \(record.incident).")
        }
        happenings[record.incident]?.isEnded = true
        let open = incident.life.alerts.filter { !$0.isSettled }
        update(record.incident, with: entry) { incident in
            for alert in open { incident.note(.alert(.cancelled), alert, at: entry.position) }
        }
    }

    /// Adds rules, which come into force with the last of their parts.
    private mutating func add(_ record: RulesRecord, at position: Position, _ observer: inout Observer) {
        guard record.refusal == nil else { return }
        var texts = record.texts
        if let after = record.after {
            guard let soFar = rulesSoFar, soFar.last == after else { return }
            texts = RuleTexts(joining: [soFar.texts, texts])
        }
        rulesSoFar = record.continues ? (position, texts) : nil
        guard !record.continues else { return }
        rules = (position, texts)
        observer.expect(
            Town.rules(of: texts) != nil, .reloaded, "The rules of record \(position) are not what any file says.")
    }

    mutating func own(_ alert: AlertName, _ incident: IncidentNumber, _ observer: inout Observer) {
        if let other = owners.updateValue(incident, forKey: alert) {
            observer.violate(.recorded, "\(alert) is given to the incidents \(other) and \(incident).")
        }
    }

    /// Adds a word to the lives of the incidents whose alerts it names.
    private mutating func change(
        with entry: JournalEntry, _ recipient: Recipient, _ numbers: [ClosedRange<AlertNumber>], to state: AlertState
    ) {
        var concerned: [IncidentNumber] = []
        for number in numbers.joined() {
            let name = AlertName(recipient: recipient, number: number)
            if deliveries[name] == nil { deliveries[name] = entry.position }
            guard let owner = owners[name] else { continue }
            if !concerned.contains(owner) { concerned.append(owner) }
        }
        for incident in concerned {
            update(incident, with: entry) { incident in
                let changed = incident.life.alerts.filter { alert in
                    // After the end no further change is told.
                    guard incident.life.isOpen, alert.recipient == recipient,
                        numbers.contains(where: { $0.contains(alert.number) })
                    else { return false }
                    return state == .received
                        ? alert.state.after(state, for: alert.purpose) != alert.state : !alert.state.isFinished
                }
                for alert in changed { incident.note(.alert(state), alert, at: entry.position) }
            }
        }
    }

    /// Changes an incident. `note` first notes the changes, then the entry is applied.
    mutating func update(
        _ number: IncidentNumber, with entry: JournalEntry, _ note: (inout Incident) -> Void
    ) {
        guard var incident = incidents[number] else { return }
        count(incident.life, -1)
        let wasOpen = incident.life.isOpen
        note(&incident)
        incident.life.apply(entry)
        if wasOpen, !incident.life.isOpen {
            incident.changes.append((entry.position, Change(event: .closed, alert: nil)))
        }
        for (index, plan) in incident.life.plans.enumerated() {
            let isUnanswered = incident.life.isUnanswered(plan)
            if isUnanswered, !incident.plans[index].isUnanswered {
                incident.plans[index].since = madeAt[entry.position] ?? 0
            }
            incident.plans[index].isUnanswered = isUnanswered
        }
        incidents[number] = incident
        count(incident.life, 1)
    }

    /// Adds an incident to the open ones, or removes it.
    private mutating func count(_ life: IncidentLife, _ sign: Int) {
        if life.isOpen { openIncidents += sign }
        for alert in life.alerts where !alert.isSettled {
            mailboxes[alert.recipient, default: MailboxLine()].open += sign
            if alert.state.awaitsDelivery { mailboxes[alert.recipient]?.undelivered += sign }
        }
    }
}

extension Ledger.Incident {
    fileprivate mutating func note(_ event: Progress.Event, _ alert: IncidentLife.Alert, at position: Position) {
        let name = AlertName(recipient: alert.recipient, number: alert.number)
        changes.append((position, Ledger.Change(event: event, alert: name)))
    }
}
