import HeapModule
public import TocsinJournal
import TocsinModel
import TocsinRouting

/// The fold: the change of the state by each record. Recovery and normal work share it.
extension Broker {
    /// Folds one entry of the journal into the state, at recovery. The alerts that it brings may have been sent before,
    /// and are marked so when they are sent now.
    ///
    /// - Precondition: Entries come in order, without gaps.
    public mutating func apply(_ entry: JournalEntry, now: Moment) {
        var turn = Turn(now: now)
        apply(entry, now: now, into: &turn)
        committed(through: entry.position)
        switch entry.record {
        case .incident: countAttempt(of: IncidentNumber(entry.position))
        case .escalated(let record): countAttempt(of: record.incident)
        case .reopened(let record): countAttempt(of: record.incident)
        case .rung(let record): countAttempt(of: record.incident)
        case .joined, .stoodDown, .received, .personal, .closed, .rules, .subscribed, .unsubscribed, .rated, .silenced,
            .unsilenced, .removed:
            break
        }
    }

    private mutating func countAttempt(of incident: IncidentNumber) {
        guard let slot = incidents.slot(of: incident) else { return }
        for index in incidents[slot].alerts.indices { incidents[slot].alerts[index].attempts = 1 }
    }

    /// Folds one entry, and notes in the turn the incidents that it has closed.
    mutating func apply(_ entry: JournalEntry, now: Moment, into turn: inout Turn) {
        precondition(entry.position == lastPosition.next, "The journal's entries come in order, without gaps.")
        lastPosition = entry.position
        switch entry.record {
        case .incident(let record): apply(record, entry, now: now)
        case .joined(let record): applyCorrelation(of: record, entry)
        case .received(let record): apply(record, into: &turn)
        case .personal(let record): apply(record, at: entry.at, now: now, into: &turn)
        case .escalated(let record): apply(record, at: entry.at, now: now)
        case .rung(let record): apply(record, at: entry.at, now: now, into: &turn)
        case .stoodDown(let record): apply(record, at: entry.at, now: now, into: &turn)
        case .closed(let record): apply(record, into: &turn)
        case .reopened(let record): apply(record, entry, now: now, into: &turn)
        case .rules(let record): apply(record, at: entry.position)
        case .subscribed(let subscription): subscriptions.add(subscription)
        case .unsubscribed(let record): subscriptions.remove(record.key)
        // Nothing is owed for it: the journal alone has it.
        case .rated: break
        case .silenced(let silence): apply(silence, entry, now: now)
        case .unsilenced(let record): apply(record, at: entry.at)
        case .removed(let record): apply(record)
        }
    }

    private mutating func apply(_ record: IncidentRecord, _ entry: JournalEntry, now: Moment) {
        open(
            OpenIncident(
                number: IncidentNumber(entry.position), openedBy: entry.position, storedAt: entry.at,
                storedUptime: now.uptime(of: entry.at), severity: record.severity, status: record.status,
                category: record.category, grid: record.grid, reportBytes: Int32(clamping: record.report.count),
                owed: 0, alerts: [], plans: record.plans, progress: record.plans.map { _ in PlanProgress() }),
            record.alerts)
        if let news = record.news {
            self.news.add(
                IncidentNumber(entry.position), news, record.severity, of: record.name.sender, told: record.alerts)
        }
        applyCorrelation(of: record, entry)
    }

    /// Adds an incident with its alerts.
    mutating func open(_ incident: consuming OpenIncident, _ given: [IncidentRecord.Alert]) {
        let slot = incidents.next
        incident.alerts.reserveCapacity(given.count)
        for (index, alert) in given.enumerated() {
            let mailbox = mailboxID(of: alert.addressee)
            mailboxes[mailbox.index].add(
                alert.number, at: AlertLocation(slot: slot, index: index),
                rank: DeliveryRank(incident.severity, incident.status))
            incident.alerts.append(
                OpenAlert(
                    addressee: alert.addressee, number: alert.number, mailbox: mailbox, escalation: 0,
                    severity: incident.severity))
        }
        incident.owed = Int32(given.count)
        incidents.add(incident)
        for plan in incidents[slot].plans.indices {
            if incidents[slot].plans[plan].unattendedAfterMilliseconds != nil { watchesAttendance = true }
            arm(plan, of: slot)
        }
        armFeedback(of: slot)
        countUnanswered(of: slot)
    }

    /// Nothing is owed for what was removed, but its numbers have been given.
    private mutating func apply(_ record: RemovedRecord) {
        hasGaps = true
        for given in record.given {
            let mailbox = mailboxID(given.recipient).index
            guard mailboxes[mailbox].mayGive(given.number, by: lastPosition) else { continue }
            mailboxes[mailbox].restoreNext(given.number.advanced(by: 1))
        }
    }

    private mutating func apply(_ record: ReceivedRecord, into turn: inout Turn) {
        let mailbox = mailboxID(record.recipient)
        for range in record.numbers {
            guard let given = mailboxes[mailbox.index].given(of: range) else { continue }
            for number in given { setState(.received, of: number, in: mailbox, into: &turn) }
        }
    }

    private mutating func apply(_ record: PersonalRecord, at: Timestamp, now: Moment, into turn: inout Turn) {
        let mailbox = mailboxID(record.recipient)
        for range in record.numbers {
            guard let given = mailboxes[mailbox.index].given(of: range) else { continue }
            for number in given {
                setPersonal(record.state, of: number, in: mailbox, at: now.uptime(of: at), into: &turn)
            }
        }
    }

    /// Folds a person's word at an uptime. An acknowledgement counts from the last one.
    mutating func setPersonal(
        _ state: AlertState, of number: AlertNumber, in mailbox: MailboxID, at uptime: Int64, into turn: inout Turn
    ) {
        if let location = mailboxes[mailbox.index].location(of: number) {
            snapshotWriter?.writeBeforeChange(of: &incidents[location.slot])
            let second = incidents[location.slot].second(of: uptime)
            incidents[location.slot].alerts[location.index].changed = second
        }
        setState(state, of: number, in: mailbox, into: &turn)
        if let location = mailboxes[mailbox.index].location(of: number) { armLapse(location) }
    }

    private mutating func apply(_ record: EscalatedRecord, at: Timestamp, now: Moment) {
        // A record of a missing incident, plan or step, as an earlier version may have written, changes nothing.
        guard let slot = incidents.slot(of: record.incident), incidents[slot].plans.indices.contains(record.plan),
            incidents[slot].plans[record.plan].steps.indices.contains(record.step)
        else { return }
        let mailbox = mailboxID(record.recipient)
        // A salvaged journal may have a gap before the number.
        guard mailboxes[mailbox.index].mayGive(record.number, by: lastPosition) else { return }
        snapshotWriter?.writeBeforeChange(of: &incidents[slot])
        let plan = incidents[slot].plans[record.plan]
        let severity = max(incidents[slot].severity, plan.raised(afterSteps: record.step + 1) ?? .unknown)
        mailboxes[mailbox.index].add(
            record.number, at: AlertLocation(slot: slot, index: incidents[slot].alerts.count),
            rank: DeliveryRank(severity, incidents[slot].status))
        let delay = at.milliseconds - incidents[slot].storedAt.milliseconds
        let addressee = Addressee(
            recipient: record.recipient, purpose: .action, rule: plan.rule,
            acknowledgeWithinMilliseconds: plan.deadlineMilliseconds(toldAfter: delay),
            correctionMilliseconds: now.uptime(of: at) - incidents[slot].storedUptime - delay)
        let second = incidents[slot].second(of: now.uptime(of: at))
        incidents[slot].alerts.append(
            OpenAlert(
                addressee: addressee, number: record.number, mailbox: mailbox,
                escalation: UInt8(clamping: record.step + 1), severity: severity, changed: second))
        unanswered.add(1, incidents[slot].alerts[incidents[slot].alerts.count - 1], of: incidents[slot])
        if !news.isEmpty { news.note(record.recipient, toldOf: record.incident) }
        incidents[slot].owed += 1
        incidents[slot].progress[record.plan].nextStep = record.step + 1
        incidents[slot].progress[record.plan].acted = second
        arm(record.plan, of: slot)
    }

    private mutating func apply(_ record: StoodDownRecord, at time: Timestamp, now: Moment, into turn: inout Turn) {
        guard let location = location(of: record.number, of: record.recipient, in: record.incident) else { return }
        let mailbox = incidents[location.slot].alerts[location.index].mailbox
        if case .silenced(let silencing) = record.cause {
            hushed.add(record.incident, silencing, from: time, now: now)
        }
        setState(record.state, of: record.number, in: mailbox, into: &turn)
    }

    private func location(
        of number: AlertNumber, of recipient: Recipient, in incident: IncidentNumber
    ) -> AlertLocation? {
        guard let mailbox = mailboxIDs[recipient], let location = mailboxes[mailbox.index].location(of: number),
            incidents[location.slot].number == incident
        else { return nil }
        return location
    }

    private mutating func apply(_ record: RungRecord, at: Timestamp, now: Moment, into turn: inout Turn) {
        guard let location = location(of: record.number, of: record.recipient, in: record.incident) else { return }
        let (slot, index) = (location.slot, location.index)
        guard !incidents[slot].alerts[index].state.isFinished else { return }
        snapshotWriter?.writeBeforeChange(of: &incidents[slot])
        let uptime = now.uptime(of: at)
        if let within = record.acknowledgeWithinMilliseconds { setTime(within, from: at, uptime, of: location) }
        let second = incidents[slot].second(of: uptime)
        if let plan = record.plan, incidents[slot].plans.indices.contains(plan) {
            incidents[slot].progress[plan].acted = second
            if record.cause == .feedback, record.step == nil { noteAsked(plan, of: slot, at: second) }
            if let step = record.step, incidents[slot].plans[plan].steps.indices.contains(step) {
                incidents[slot].progress[plan].nextStep = step + 1
                let addressee = incidents[slot].alerts[index].addressee
                incidents[slot].alerts[index].addressee = addressee.with(rule: incidents[slot].plans[plan].rule)
            }
            raise(location, plan)
        }
        incidents[slot].alerts[index].changed = second
        let rings = incidents[slot].alerts[index].rings
        incidents[slot].alerts[index].rings = rings < .max ? rings + 1 : rings
        if !incidents[slot].alerts[index].state.awaitsDelivery {
            incidents[slot].alerts[index].attempts = 0
            incidents[slot].alerts[index].isReceived = false
        }
        setState(.queued, of: record.number, in: incidents[slot].alerts[index].mailbox, into: &turn)
        if record.cause == .lifted, !incidents[slot].alerts.contains(where: { $0.state == .silenced }) {
            hushed.remove(record.incident)
        }
        for plan in incidents[slot].plans.indices where incidents[slot].concerns(plan, index) || plan == record.plan {
            if record.beginsAnew {
                incidents[slot].progress[plan].begun = second
                incidents[slot].progress[plan].acted = second
                incidents[slot].progress[plan].nextStep = 0
            }
            arm(plan, of: slot)
        }
    }

    /// Gives an alert another time to acknowledge, in milliseconds from a civil time on, which was at an uptime.
    private mutating func setTime(_ within: Int64, from at: Timestamp, _ uptime: Int64, of location: AlertLocation) {
        let (slot, index) = (location.slot, location.index)
        let isUnanswered = incidents[slot].alerts[index].isUnanswered
        if isUnanswered { unanswered.add(-1, incidents[slot].alerts[index], of: incidents[slot]) }
        let delay = at.milliseconds - incidents[slot].storedAt.milliseconds
        incidents[slot].alerts[index].addressee = incidents[slot].alerts[index].addressee.with(
            acknowledgeWithinMilliseconds: delay + within,
            correctionMilliseconds: uptime - incidents[slot].storedUptime - delay)
        if isUnanswered { unanswered.add(1, incidents[slot].alerts[index], of: incidents[slot]) }
    }

    /// Raises an alert to the severity that the steps taken of a plan ask for.
    private mutating func raise(_ location: AlertLocation, _ plan: Int) {
        let (slot, index) = (location.slot, location.index)
        let steps = incidents[slot].progress[plan].nextStep
        let (alert, severity) = (incidents[slot].alerts[index], incidents[slot].plans[plan].raised(afterSteps: steps))
        guard let severity, severity > alert.severity else { return }
        incidents[slot].alerts[index].severity = severity
        if alert.state.awaitsDelivery { enqueue(location) }
    }

    private mutating func apply(_ record: ClosedRecord, into turn: inout Turn) {
        guard let incident = incidents[record.incident] else { return }
        correlations.remove(record.incident)
        for alert in incident.alerts where !alert.isSettled {
            setState(.cancelled, of: alert.number, in: alert.mailbox, into: &turn)
        }
    }

    /// Folds a word about an alert of an open incident. The alert is settled when nothing more is owed to it. The
    /// incident closes when nothing more is owed to any of its alerts.
    mutating func setState(
        _ state: AlertState, of number: AlertNumber, in mailbox: MailboxID, into turn: inout Turn
    ) {
        guard let location = mailboxes[mailbox.index].location(of: number) else { return }
        snapshotWriter?.writeBeforeChange(of: &incidents[location.slot])
        let old = incidents[location.slot].alerts[location.index].state
        if state == .received { incidents[location.slot].alerts[location.index].isReceived = true }
        let purpose = incidents[location.slot].alerts[location.index].purpose
        let new = old.after(state, for: purpose)
        guard new != old else { return }
        if old.awaitsDelivery { mailboxes[mailbox.index].undelivered -= 1 }
        if new.awaitsDelivery {
            mailboxes[mailbox.index].undelivered += 1
            enqueue(location)
        }
        if old.awaitsPerson(for: purpose) { mailboxes[mailbox.index].unanswered -= 1 }
        if new.awaitsPerson(for: purpose) { mailboxes[mailbox.index].unanswered += 1 }
        incidents[location.slot].alerts[location.index].state = new
        let difference: Int32 = (new.isUnanswered(for: purpose) ? 1 : 0) - (old.isUnanswered(for: purpose) ? 1 : 0)
        if difference != 0 {
            unanswered.add(difference, incidents[location.slot].alerts[location.index], of: incidents[location.slot])
        }
        guard !old.isSettled(for: purpose), new.isSettled(for: purpose) else { return }
        mailboxes[mailbox.index].settle()
        incidents[location.slot].owed -= 1
        if incidents[location.slot].owed == 0 { close(location.slot, into: &turn) }
    }

    /// Counts the unanswered alerts of an incident that has come.
    mutating func countUnanswered(of slot: IncidentSlot) {
        for index in incidents[slot].alerts.indices where incidents[slot].alerts[index].isUnanswered {
            unanswered.add(1, incidents[slot].alerts[index], of: incidents[slot])
        }
    }

    /// Closes an incident whose alerts are all settled.
    private mutating func close(_ slot: IncidentSlot, into turn: inout Turn) {
        turn.justClosed.append(incidents[slot].number)
        uncommittedEnds.add(incidents[slot].age, by: lastPosition)
        for index in incidents[slot].alerts.indices {
            let (mailbox, number) = (incidents[slot].alerts[index].mailbox, incidents[slot].alerts[index].number)
            mailboxes[mailbox.index].forget(number)
        }
        let number = incidents[slot].number
        hushed.remove(number)
        incidents.remove(slot)
        if !correlations.isEmpty { correlations.close(number) }
        if !news.isEmpty { news.remove(number) { incidents.slot(of: $0) != nil } }
    }

    /// Puts a deadline for the plan's next step or repetition in the queue, unless an earlier one is there.
    mutating func arm(_ plan: Int, of slot: IncidentSlot) {
        guard let due = nextDue(plan, of: slot), due < incidents[slot].progress[plan].armedFor else { return }
        incidents[slot].progress[plan].armedFor = due
        deadlines.insert(Deadline(due: due, incident: incidents[slot].number, plan: plan))
    }
}
