import HeapModule
import TocsinJournal
import TocsinModel
import TocsinWire

/// Alerts that ring again: a plan's repetitions, acknowledgements that lapse, and the patrol that forgets nobody.
extension Broker {
    /// Rings an alert again. It goes to everybody of its recipient as if it were new.
    mutating func ring(
        _ index: Int, of slot: IncidentSlot, _ cause: RungRecord.Cause, plan: Int? = nil, within: Int64? = nil,
        late: Int64? = nil, into turn: inout Turn
    ) {
        let mailbox = incidents[slot].alerts[index].mailbox
        recordRing(index, of: slot, cause, plan: plan, within: within, late: late, into: &turn)
        dispatch(mailbox, into: &turn)
    }

    /// Records that an alert rings again. It is still to be sent.
    ///
    /// - Parameters:
    ///   - index: The alert, which is not finished.
    ///   - slot: Its incident.
    ///   - cause: Why it rings.
    ///   - plan: The plan that rings it, if one does.
    ///   - step: The plan's step that has led to a recipient who has the alert already; nil for a repetition.
    ///   - within: The new time to acknowledge in milliseconds. For a step it is that of the plan, if this ends earlier.
    ///   - late: The milliseconds by which the broker is late.
    ///   - turn: Where it goes.
    mutating func recordRing(
        _ index: Int, of slot: IncidentSlot, _ cause: RungRecord.Cause, plan: Int? = nil, step: Int? = nil,
        within: Int64? = nil, late: Int64? = nil, into turn: inout Turn
    ) {
        let mailbox = incidents[slot].alerts[index].mailbox
        recordReceived(of: mailbox, into: &turn)
        let (incident, number) = (incidents[slot].number, incidents[slot].alerts[index].number)
        let within = within ?? earlierTime(index, of: slot, plan: step == nil ? nil : plan, now: turn.now)
        record(
            .rung(
                RungRecord(
                    incident: incident, recipient: mailboxes[mailbox.index].recipient, number: number, cause: cause,
                    plan: plan, step: step, acknowledgeWithinMilliseconds: within, lateMilliseconds: late)),
            into: &turn)
        turn.endPersonals()
        let progress = Progress(
            event: .rung, at: turn.now.wall, recipient: mailboxes[mailbox.index].recipient, number: number)
        announce(incident, progress, into: &turn)
    }

    /// Returns a plan's time to acknowledge, if it ends before the one that the alert has.
    private func earlierTime(_ index: Int, of slot: IncidentSlot, plan: Int?, now: Moment) -> Int64? {
        guard let plan else { return nil }
        let within = incidents[slot].plans[plan].acknowledgeWithinMilliseconds
        guard let due = incidents[slot].deadline(index) else { return within }
        return now.uptime + within < due ? within : nil
    }

    /// Rings everybody again whom a plan has told and who has not answered.
    mutating func repeatRings(_ plan: Int, of slot: IncidentSlot, into turn: inout Turn) {
        let number = incidents[slot].number
        var hasRung = false
        for index in incidents[slot].alerts.indices where incidents[slot].concerns(plan, index) {
            guard canRing(index, of: slot, into: &turn) else { continue }
            ring(index, of: slot, .unanswered, plan: plan, into: &turn)
            hasRung = true
        }
        guard !hasRung, let slot = incidents.slot(of: number),
            let every = incidents[slot].plans[plan].steps.last?.repeatMilliseconds
        else { return }
        // Nobody was there to be rung, which is no fact for the journal.
        let due = turn.now.uptime + every
        incidents[slot].progress[plan].armedFor = due
        deadlines.insert(Deadline(due: due, incident: number, plan: plan))
    }

    /// Returns true if an alert can ring again: somebody is there to hear it, has had it, and owes an answer. Who declined
    /// is rung again only if nobody else has the incident in hand.
    private mutating func canRing(_ index: Int, of slot: IncidentSlot, into turn: inout Turn) -> Bool {
        let mailbox = incidents[slot].alerts[index].mailbox
        guard !mailboxes[mailbox.index].terminals.isEmpty else { return false }
        recordReceived(of: mailbox, into: &turn)
        return incidents[slot].mayRing(index)
    }

    // MARK: - Acknowledgements that lapse

    /// Puts a deadline in the queue at which an alert is owed again, if somebody has it in hand and a plan lets that lapse.
    mutating func armLapse(_ location: AlertLocation) {
        guard let due = incidents[location.slot].lapse(location.index)?.due else { return }
        deadlines.insert(Deadline(due: due, incident: incidents[location.slot].number, plan: Deadline.lapses))
    }

    /// Puts the deadlines of an incident's acknowledgements in the queue.
    mutating func armLapses(of slot: IncidentSlot) {
        guard incidents[slot].plans.contains(where: { $0.reopenAfterMilliseconds != nil }) else { return }
        for index in incidents[slot].alerts.indices { armLapse(AlertLocation(slot: slot, index: index)) }
    }

    /// Rings the alerts of an incident that somebody has taken and nobody has spoken of since.
    mutating func reopenLapsed(_ slot: IncidentSlot, into turn: inout Turn) {
        for index in incidents[slot].alerts.indices {
            guard let (due, within) = incidents[slot].lapse(index), due <= turn.now.uptime else { continue }
            let late = turn.now.uptime - due >= Self.lateness ? turn.now.uptime - due : nil
            ring(index, of: slot, .silent, within: within, late: late, into: &turn)
            recall(index, of: slot, .silent, late: late, into: &turn)
        }
    }

    // MARK: - The patrol

    /// Looks at some of the open incidents, at each within a minute, and rings those who have not answered for long. What
    /// no rule repeats is not forgotten.
    mutating func patrolIncidents(into turn: inout Turn) {
        guard turn.now.uptime >= patrol.next else { return }
        patrol.next = turn.now.uptime + Patrol.interval
        guard standing == .serving else { return }
        for (number, indices) in patrolledAlerts(now: turn.now.uptime) {
            guard let slot = incidents.slot(of: number) else { continue }
            for index in indices where canRing(index, of: slot, into: &turn) {
                ring(index, of: slot, .unanswered, into: &turn)
            }
        }
    }

    /// Returns the alerts of the next incidents that nobody has answered for too long.
    private mutating func patrolledAlerts(now: Int64) -> [(IncidentNumber, [Int])] {
        var (found, count): ([(IncidentNumber, [Int])], Int) = ([], 0)
        var left = incidents.count / Patrol.parts + 1
        let patience = settings.remindAfterMilliseconds
        incidents.forEach(after: patrol.reached) { incident in
            guard left > 0, count < Limits.stepsPerTurn else { return false }
            left -= 1
            patrol.reached = incident.number.value
            let indices = incident.alerts.indices.filter { index in
                incident.mayRing(index) && incident.reminder(index, after: patience) <= now
                    && !mailboxes[incident.alerts[index].mailbox.index].terminals.isEmpty
            }
            if !indices.isEmpty { found.append((incident.number, indices)) }
            count += indices.count
            return true
        }
        if left > 0, count < Limits.stepsPerTurn { patrol.reached = 0 }
        return found
    }
}

/// The round through the open incidents.
struct Patrol {
    /// The time between two parts of a round, in milliseconds, and the number of parts.
    static let interval: Int64 = 1000
    static let parts = 60

    /// The uptime of the next part.
    var next: Int64 = 0
    /// The number of the last incident that was looked at.
    var reached: Int64 = 0
}

extension OpenIncident {
    /// The longest time after which an unanswered alert rings again by itself, in milliseconds.
    private static let longestPatience: Int64 = 24 * 3_600_000

    /// The uptime until which somebody must acknowledge an alert; nil for information.
    func deadline(_ index: Int) -> Int64? {
        alerts[index].addressee.acknowledgeWithinMilliseconds.map {
            storedUptime + $0 + alerts[index].addressee.correctionMilliseconds
        }
    }

    /// Returns true if an alert owes an answer, a terminal has it, and its person has not declined while others act.
    func mayRing(_ index: Int) -> Bool {
        guard alerts[index].purpose == .action else { return false }
        switch alerts[index].state {
        case .received: return true
        case .declined: return !isInHand
        default: return false
        }
    }

    /// Returns the uptime at which an unanswered alert rings again by itself: after `patience`, or the rule's time to
    /// acknowledge if this is longer, but at the latest after a day.
    func reminder(_ index: Int, after patience: Int64) -> Int64 {
        let plan = plans.indices.first { concerns($0, index) }
        let within =
            plan.map { plans[$0].acknowledgeWithinMilliseconds }
            ?? alerts[index].addressee.acknowledgeWithinMilliseconds ?? 0
        return uptime(atSecond: alerts[index].changed) + max(patience, min(within, Self.longestPatience))
    }

    /// Returns the uptime at which an alert that somebody has in hand is owed again, and the time to acknowledge then. Nil
    /// if no plan lets it lapse.
    func lapse(_ index: Int) -> (due: Int64, within: Int64)? {
        guard alerts[index].purpose == .action, alerts[index].state.isInHand else { return nil }
        var found: (due: Int64, within: Int64)?
        for plan in plans.indices {
            guard let after = plans[plan].reopenAfterMilliseconds, concerns(plan, index) else { continue }
            let due = uptime(atSecond: alerts[index].changed) + after
            if due < found?.due ?? .max { found = (due, plans[plan].acknowledgeWithinMilliseconds) }
        }
        return found
    }
}
