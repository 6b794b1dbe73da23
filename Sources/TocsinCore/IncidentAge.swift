import HeapModule
import TocsinModel

/// When an incident was stored, on the clock that never jumps.
struct IncidentAge: Sendable {
    let incident: IncidentNumber
    /// Its time in the journal: a number whose first incident did not reach the disk is given again.
    let storedAt: Timestamp
    let storedUptime: Int64
}

extension Broker {
    /// Of every open incident.
    var ages: [IncidentAge] {
        var ages: [IncidentAge] = []
        ages.reserveCapacity(incidents.count)
        incidents.forEach(after: 0) { incident in
            ages.append(
                IncidentAge(
                    incident: incident.number, storedAt: incident.storedAt, storedUptime: incident.storedUptime))
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
