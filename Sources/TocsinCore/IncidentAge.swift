import DequeModule
import HeapModule
import TocsinModel

/// The time at which an incident was stored, on the clock that never jumps.
struct IncidentAge: Sendable {
    let incident: IncidentNumber
    /// The incident's time in the journal. It tells incidents apart: a number whose first incident did not reach the
    /// disk is given again.
    let storedAt: Timestamp
    let storedUptime: Int64
    /// The corrections of alerts that steps brought, by their indices; those that are not 0. See
    /// ``TocsinModel/Addressee/correctionMilliseconds``.
    let corrections: [Int: Int64]
    /// The seconds of alerts' last changes and of plans' progress, by their indices; those that are not 0.
    let changes: [Int: UInt32]
    let progress: [Int: PlanProgress]
    /// Whoever was told by a step.
    let stepsTold: [Recipient]
}

/// The ages of closed incidents, until their closing is on disk. If it is lost, the incidents are open again.
struct UncommittedEnds {
    private var queue: Deque<(position: Position, age: IncidentAge)> = []

    /// Returns whoever was told by a step of an incident whose end is not on disk.
    func stepsTold(of number: IncidentNumber) -> [Recipient] {
        queue.first { $0.age.incident == number }?.age.stepsTold ?? []
    }

    /// The ages in the order in which the incidents closed.
    var ages: [IncidentAge] { queue.map(\.age) }

    /// Adds the age of an incident that was closed by the records up to `position`.
    mutating func add(_ age: IncidentAge, by position: Position) {
        queue.append((position, age))
    }

    mutating func removeAll(through position: Position) {
        while let first = queue.first, first.position <= position { queue.removeFirst() }
    }
}

extension Broker {
    /// The ages of all incidents that are open, or may be open again.
    var ages: [IncidentAge] {
        var ages = uncommittedEnds.ages
        ages.reserveCapacity(ages.count + incidents.count)
        incidents.forEach(after: 0) { incident in
            ages.append(incident.age)
            return true
        }
        return ages
    }

    /// Times the steps and the alerts of known incidents by the ages that an earlier broker had for them.
    mutating func restoreAges(_ ages: [IncidentAge]) {
        guard !ages.isEmpty, incidents.count > 0 else { return }
        for age in ages {
            guard let slot = incidents.slot(of: age.incident), incidents[slot].storedAt == age.storedAt else {
                continue
            }
            incidents[slot].storedUptime = age.storedUptime
            for (index, correction) in age.corrections where index < incidents[slot].alerts.count {
                incidents[slot].alerts[index].addressee = incidents[slot].alerts[index].addressee.corrected(
                    by: correction)
            }
            for (index, second) in age.changes where index < incidents[slot].alerts.count {
                incidents[slot].alerts[index].changed = second
            }
            for (index, seconds) in age.progress where index < incidents[slot].progress.count {
                incidents[slot].progress[index].takeSeconds(of: seconds)
            }
        }
        deadlines = Heap()
        unanswered = UnansweredAlerts()
        for number in incidents.numbers(through: IncidentNumber(lastPosition)) {
            guard let slot = incidents.slot(of: number) else { continue }
            countUnanswered(of: slot)
            for plan in incidents[slot].plans.indices {
                incidents[slot].progress[plan].armedFor = .max
                arm(plan, of: slot)
            }
            armLapses(of: slot)
            armFeedback(of: slot)
        }
    }
}

extension PlanProgress {
    /// Takes the seconds of what an earlier broker has done by this plan. What it did last may not have reached the disk: a
    /// record that is not there has no second here, and what it stood for is done again.
    fileprivate mutating func takeSeconds(of earlier: PlanProgress) {
        if begun > 0 { begun = earlier.begun }
        if acted > 0 { acted = earlier.acted }
        if asked > 0 { asked = earlier.asked }
    }
}

extension OpenIncident {
    var age: IncidentAge {
        IncidentAge(
            incident: number, storedAt: storedAt, storedUptime: storedUptime, corrections: corrections,
            changes: changes, progress: actedProgress, stepsTold: stepsTold)
    }

    private var stepsTold: [Recipient] {
        // The alerts that steps brought are the last ones, and most incidents have none.
        guard let last = alerts.last, last.escalation > 0 else { return [] }
        return alerts.filter { $0.escalation > 0 }.map(\.addressee.recipient)
    }

    private var changes: [Int: UInt32] {
        // Nothing has happened to most incidents.
        guard alerts.contains(where: { $0.changed > 0 }) else { return [:] }
        var changes: [Int: UInt32] = [:]
        for (index, alert) in alerts.enumerated() where alert.changed > 0 { changes[index] = alert.changed }
        return changes
    }

    private var actedProgress: [Int: PlanProgress] {
        var found: [Int: PlanProgress] = [:]
        // Whoever has asked for an answer has acted.
        for (index, plan) in progress.enumerated() where plan.begun > 0 || plan.acted > 0 { found[index] = plan }
        return found
    }

    private var corrections: [Int: Int64] {
        // The alerts that steps brought are the last ones, and most incidents have none.
        guard let last = alerts.last, last.escalation > 0 else { return [:] }
        var corrections: [Int: Int64] = [:]
        for (index, alert) in alerts.enumerated() where alert.addressee.correctionMilliseconds != 0 {
            corrections[index] = alert.addressee.correctionMilliseconds
        }
        return corrections
    }
}
