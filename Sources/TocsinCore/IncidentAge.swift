import DequeModule
import HeapModule
import TocsinModel

/// When an incident was stored, on the clock that never jumps.
struct IncidentAge: Sendable {
    let incident: IncidentNumber
    /// Its time in the journal: a number whose first incident did not reach the disk is given again.
    let storedAt: Timestamp
    let storedUptime: Int64
}

/// The ages of incidents that have closed, until that is on disk: where it is lost, they are open again.
struct UncommittedEnds {
    private var queue: Deque<(position: Position, age: IncidentAge)> = []

    /// In the order of their ends.
    var ages: [IncidentAge] { queue.map(\.age) }

    /// An incident has closed by records up to this one.
    mutating func add(_ age: IncidentAge, by position: Position) {
        queue.append((position, age))
    }

    mutating func removeAll(through position: Position) {
        while let first = queue.first, first.position <= position { queue.removeFirst() }
    }
}

extension Broker {
    /// Of every incident that is open, or may be so again.
    var ages: [IncidentAge] {
        var ages = uncommittedEnds.ages
        ages.reserveCapacity(ages.count + incidents.count)
        incidents.forEach(after: 0) { incident in
            ages.append(incident.age)
            return true
        }
        return ages
    }

    /// Times the steps of incidents that a broker before this one knew by what it knew.
    mutating func restoreAges(_ ages: [IncidentAge]) {
        guard !ages.isEmpty, incidents.count > 0 else { return }
        for age in ages {
            guard let slot = incidents.slot(of: age.incident), incidents[slot].storedAt == age.storedAt else {
                continue
            }
            incidents[slot].storedUptime = age.storedUptime
        }
        deadlines = Heap()
        for number in incidents.numbers(through: IncidentNumber(lastPosition)) {
            guard let slot = incidents.slot(of: number) else { continue }
            for plan in incidents[slot].plans.indices {
                incidents[slot].progress[plan].isArmed = false
                arm(plan, of: slot)
            }
        }
    }
}

extension OpenIncident {
    var age: IncidentAge { IncidentAge(incident: number, storedAt: storedAt, storedUptime: storedUptime) }
}
