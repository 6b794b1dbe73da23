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
        case .received, .personal, .closed, .rules, .subscribed, .unsubscribed: break
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
        case .received(let record): apply(record, into: &turn)
        case .personal(let record): apply(record, into: &turn)
        case .escalated(let record): apply(record, at: entry.at, now: now)
        case .closed(let record): apply(record, into: &turn)
        case .rules(let record): apply(record, at: entry.position)
        case .subscribed(let subscription): subscriptions.add(subscription)
        case .unsubscribed(let record): subscriptions.remove(record.key)
        }
    }

    private mutating func apply(_ record: IncidentRecord, _ entry: JournalEntry, now: Moment) {
        let slot = incidents.next
        var alerts: [OpenAlert] = []
        alerts.reserveCapacity(record.alerts.count)
        for (index, alert) in record.alerts.enumerated() {
            let mailbox = mailboxID(of: alert.addressee)
            mailboxes[mailbox.index].add(
                alert.number, at: AlertLocation(slot: slot, index: index), severity: record.severity)
            alerts.append(
                OpenAlert(addressee: alert.addressee, number: alert.number, mailbox: mailbox, escalation: 0))
        }
        incidents.add(
            OpenIncident(
                number: IncidentNumber(entry.position), storedAt: entry.at, storedUptime: now.uptime(of: entry.at),
                severity: record.severity, status: record.status, category: record.category, grid: record.grid,
                reportBytes: Int32(clamping: record.report.count), owed: Int32(alerts.count), alerts: alerts,
                plans: record.plans, progress: record.plans.map { _ in PlanProgress() }))
        for plan in record.plans.indices { arm(plan, of: slot) }
        countUnanswered(of: slot)
    }

    private mutating func apply(_ record: ReceivedRecord, into turn: inout Turn) {
        let mailbox = mailboxID(record.recipient)
        for range in record.numbers {
            guard let given = mailboxes[mailbox.index].given(of: range) else { continue }
            for number in given { setState(.received, of: number, in: mailbox, into: &turn) }
        }
    }

    private mutating func apply(_ record: PersonalRecord, into turn: inout Turn) {
        let mailbox = mailboxID(record.recipient)
        for range in record.numbers {
            guard let given = mailboxes[mailbox.index].given(of: range) else { continue }
            for number in given { setState(record.state, of: number, in: mailbox, into: &turn) }
        }
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
        mailboxes[mailbox.index].add(
            record.number, at: AlertLocation(slot: slot, index: incidents[slot].alerts.count),
            severity: incidents[slot].severity)
        let delay = at.milliseconds - incidents[slot].storedAt.milliseconds
        let addressee = Addressee(
            recipient: record.recipient, purpose: .action, rule: plan.rule,
            acknowledgeWithinMilliseconds: plan.deadlineMilliseconds(toldAfter: delay),
            correctionMilliseconds: now.uptime(of: at) - incidents[slot].storedUptime - delay)
        incidents[slot].alerts.append(
            OpenAlert(
                addressee: addressee, number: record.number, mailbox: mailbox,
                escalation: UInt8(clamping: record.step + 1)))
        unanswered.add(1, incidents[slot].alerts[incidents[slot].alerts.count - 1], of: incidents[slot])
        incidents[slot].owed += 1
        incidents[slot].progress[record.plan].nextStep = record.step + 1
        arm(record.plan, of: slot)
    }

    private mutating func apply(_ record: ClosedRecord, into turn: inout Turn) {
        guard let incident = incidents[record.incident] else { return }
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
        if !old.isDelivered { mailboxes[mailbox.index].undelivered -= 1 }
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
        incidents.remove(slot)
    }

    /// Puts a deadline for the plan's next step in the queue, if there is a step and no deadline yet.
    mutating func arm(_ plan: Int, of slot: IncidentSlot) {
        guard incidents[slot].hasStep(plan), !incidents[slot].progress[plan].isArmed else { return }
        incidents[slot].progress[plan].isArmed = true
        deadlines.insert(
            Deadline(due: incidents[slot].due(plan), incident: incidents[slot].number, plan: plan))
    }
}
