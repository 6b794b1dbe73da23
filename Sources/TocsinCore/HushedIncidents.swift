import HeapModule
import TocsinModel

/// The open incidents with alerts that a silence keeps still, and when each of them rings.
struct HushedIncidents {
    private struct End: Comparable {
        /// The end of the silence; before all times if it has been ended early, for a clock may be set back behind that.
        let due: Timestamp
        let until: Timestamp
        let incident: IncidentNumber

        static func < (left: End, right: End) -> Bool { (left.due, left.incident) < (right.due, right.incident) }
    }

    private var all: [IncidentNumber: Silencing] = [:]
    /// One entry for each time that an incident was to ring. One that is not the incident's any more is passed over.
    private var ends = Heap<End>()

    var isEmpty: Bool { all.isEmpty }

    var count: Int { all.count }

    subscript(incident: IncidentNumber) -> Silencing? { all[incident] }

    /// The incidents in the order of their numbers, each with what keeps it still.
    var sorted: [(incident: IncidentNumber, silencing: Silencing)] {
        all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    mutating func add(_ incident: IncidentNumber, _ silencing: Silencing) {
        guard all.updateValue(silencing, forKey: incident) != silencing else { return }
        ends.insert(End(due: silencing.until, until: silencing.until, incident: incident))
    }

    mutating func remove(_ incident: IncidentNumber) {
        all[incident] = nil
        if all.isEmpty { ends = Heap() }
    }

    /// Lets all incidents of an operator's silence ring that was ended at a time, if that is earlier.
    mutating func end(_ silence: Position, at time: Timestamp) {
        for (incident, silencing) in all where silencing.source == .silence(silence) && time < silencing.until {
            all[incident] = Silencing(silencing.source, until: time)
            letRing(incident)
        }
    }

    /// Lets an incident ring, whatever the clock shows.
    mutating func letRing(_ incident: IncidentNumber) {
        guard let until = all[incident]?.until else { return }
        ends.insert(End(due: Timestamp(milliseconds: .min), until: until, incident: incident))
    }

    /// Takes out the next incident that is to ring. It stays among all until it has rung or closed.
    mutating func popDue(at time: Timestamp) -> IncidentNumber? {
        while let end = ends.min, end.due <= time {
            ends.removeMin()
            if all[end.incident]?.until == end.until { return end.incident }
        }
        return nil
    }

    /// True if an incident is to ring at a time.
    func hasDue(at time: Timestamp) -> Bool { ends.min.map { $0.due <= time } ?? false }

    /// Returns the number of incidents that are kept still at a time.
    func count(at time: Timestamp) -> Int { all.values.count { $0.until > time } }

    /// Returns the number of incidents that each operator's silence keeps still at a time.
    func counts(at time: Timestamp) -> [Position: Int] {
        var counts: [Position: Int] = [:]
        for silencing in all.values where silencing.until > time {
            if case .silence(let number) = silencing.source { counts[number, default: 0] += 1 }
        }
        return counts
    }
}
