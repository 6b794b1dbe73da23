import TocsinJournal
import TocsinModel
import TocsinWire

/// Rules that one answer is enough for (`require: any`): the others are stood down while somebody has the incident in hand,
/// rung again if that one declines or falls silent, and released when the work is done.
extension Broker {
    /// Acts on a person's word about an alert that such a rule watches.
    mutating func standDownOthers(
        after state: AlertState, of index: Int, in incident: IncidentNumber, _ person: Person, into turn: inout Turn
    ) {
        guard let slot = incidents.slot(of: incident), incidents[slot].plans.contains(where: { $0.requirement == .any })
        else { return }
        if state == .declined { return recall(index, of: slot, .declined, into: &turn) }
        for plan in incidents[slot].plans.indices {
            // The last one that is released closes the incident, also where a plan is left that asks for the same.
            guard incidents.slot(of: incident) == slot else { return }
            guard incidents[slot].isEnough(plan, index) else { continue }
            standDown(plan, of: slot, answered: index, person, into: &turn)
        }
    }

    private mutating func standDown(
        _ plan: Int, of slot: IncidentSlot, answered index: Int, _ person: Person, into turn: inout Turn
    ) {
        let (incident, answered) = (incidents[slot].number, incidents[slot].alerts[index].addressee.recipient)
        let watched = incidents[slot].plans[plan].watched
        for other in watched where other != index {
            // The last one that is released closes the incident.
            guard incidents.slot(of: incident) == slot,
                incidents[slot].alerts.indices.contains(other), let state = incidents[slot].standDown(other)
            else { continue }
            let (mailbox, number) = (incidents[slot].alerts[other].mailbox, incidents[slot].alerts[other].number)
            recordReceived(of: mailbox, into: &turn)
            record(
                .stoodDown(
                    StoodDownRecord(
                        incident: incident, recipient: mailboxes[mailbox.index].recipient, number: number,
                        state: state, cause: .answered(answered, by: person.by))),
                into: &turn)
            turn.endPersonals()
            announce(incident, number, state, nil, in: mailbox, into: &turn)
            // Who has it is of another recipient, whose name stands in the note.
            let taker = Person(by: person.by, note: answered.name)
            if state == .silenced { tellOthers(nil, mailbox, number, taker, into: &turn) }
        }
    }

    /// Rings those again who were stood down because of an alert that nobody has in hand any more.
    mutating func recall(
        _ index: Int, of slot: IncidentSlot, _ cause: RungRecord.Cause, late: Int64? = nil, into turn: inout Turn
    ) {
        for plan in incidents[slot].plans.indices {
            guard incidents[slot].plans[plan].requirement == .any,
                incidents[slot].plans[plan].watched.contains(index), !incidents[slot].isAnswered(plan)
            else { continue }
            let within = incidents[slot].plans[plan].acknowledgeWithinMilliseconds
            for other in incidents[slot].plans[plan].watched where incidents[slot].isSilenced(other) {
                ring(other, of: slot, cause, within: within, late: late, into: &turn)
            }
            arm(plan, of: slot)
        }
    }
}

extension OpenIncident {
    /// True if somebody has the incident in hand, or has had and resolved it.
    var isInHand: Bool { alerts.contains { $0.state.isInHand || $0.state == .resolved } }

    /// Returns true if an alert may be silenced because of an answer: every plan that watches it, and there is one, has the
    /// one answer that it asks for.
    func isCovered(_ index: Int) -> Bool {
        let watching = plans.indices.filter { plans[$0].watched.contains(index) }
        return !watching.isEmpty && watching.allSatisfy { isEnough($0, index) }
    }

    fileprivate func isSilenced(_ index: Int) -> Bool {
        alerts.indices.contains(index) && alerts[index].state == .silenced
    }

    /// Returns true if one answer is enough for a plan, and there is one.
    fileprivate func isAnswered(_ plan: Int) -> Bool {
        plans[plan].watched.contains {
            alerts.indices.contains($0) && (alerts[$0].state.isInHand || alerts[$0].state == .resolved)
        }
    }

    /// Returns true if one answer is enough for a plan that watches an alert, and there is one.
    fileprivate func isEnough(_ plan: Int, _ index: Int) -> Bool {
        plans[plan].requirement == .any && plans[plan].watched.contains(index) && isAnswered(plan)
    }

    /// Returns how an alert is stood down now: for now if every plan that watches it has its answer, for good if these have
    /// the work done. Nil if it is not, or is so already.
    fileprivate func standDown(_ index: Int) -> AlertState? {
        guard isCovered(index) else { return nil }
        let watching = plans.indices.filter { plans[$0].watched.contains(index) }
        let isDone = watching.allSatisfy { plan in
            !plans[plan].watched.contains { alerts.indices.contains($0) && alerts[$0].state.isInHand }
        }
        let state = alerts[index].state
        guard state == .silenced || alerts[index].isUnanswered else { return nil }
        return isDone ? .cancelled : state == .silenced ? nil : .silenced
    }
}
