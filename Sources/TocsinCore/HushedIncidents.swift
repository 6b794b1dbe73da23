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

    /// A time after which an incident rings though the civil clock has not come to its end.
    private struct Overdue: Comparable {
        let uptime: Int64
        let until: Timestamp
        let incident: IncidentNumber

        static func < (left: Overdue, right: Overdue) -> Bool {
            (left.uptime, left.incident) < (right.uptime, right.incident)
        }
    }

    private var all: [IncidentNumber: Silencing] = [:]
    /// One entry for each time that an incident was to ring. One that is not the incident's any more is passed over.
    private var ends = Heap<End>()
    private var overdue = Heap<Overdue>()

    var isEmpty: Bool { all.isEmpty }

    var count: Int { all.count }

    subscript(incident: IncidentNumber) -> Silencing? { all[incident] }

    /// The incidents in the order of their numbers, each with what keeps it still.
    var sorted: [(incident: IncidentNumber, silencing: Silencing)] {
        all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Adds an incident that is kept still from a time on.
    mutating func add(_ incident: IncidentNumber, _ silencing: Silencing, from time: Timestamp, now: Moment) {
        guard all.updateValue(silencing, forKey: incident) != silencing else { return }
        ends.insert(End(due: silencing.until, until: silencing.until, incident: incident))
        let uptime = SilenceEnds.end(from: time, until: silencing.until, now: now)
        overdue.insert(Overdue(uptime: uptime, until: silencing.until, incident: incident))
    }

    /// Takes the times of an earlier broker, which has known of the same incidents for longer.
    mutating func takeEarlier(_ earlier: HushedIncidents) {
        for one in earlier.overdue.unordered where all[one.incident]?.until == one.until { overdue.insert(one) }
    }

    mutating func remove(_ incident: IncidentNumber) {
        all[incident] = nil
        if all.isEmpty { (ends, overdue) = (Heap(), Heap()) }
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
    mutating func popDue(at now: Moment) -> IncidentNumber? {
        while let end = ends.min, end.due <= now.wall {
            ends.removeMin()
            if all[end.incident]?.until == end.until { return end.incident }
        }
        while let end = overdue.min, end.uptime <= now.uptime {
            overdue.removeMin()
            if all[end.incident]?.until == end.until { return end.incident }
        }
        return nil
    }

    /// True if an incident is to ring at a time.
    func hasDue(at now: Moment) -> Bool {
        ends.min.map { $0.due <= now.wall } ?? false || overdue.min.map { $0.uptime <= now.uptime } ?? false
    }

    /// Returns the number of incidents that are kept still at a time.
    func count(at time: Timestamp) -> Int { all.values.count { $0.until > time } }

    /// Returns the number of incidents that each silence keeps still at a time.
    func counts(at time: Timestamp) -> [Silencing.Source: Int] {
        all.values.reduce(into: [:]) { counts, silencing in
            if silencing.until > time { counts[silencing.source, default: 0] += 1 }
        }
    }
}
