import TocsinModel

/// When the time of each operator's silence has passed, whatever the civil clock shows.
///
/// A silence has a civil time as its end. A clock that was ahead when it began, or is set back meanwhile, would make it last
/// for so much longer.
struct SilenceEnds {
    /// The milliseconds after its time that the civil clock has for getting there. It may go a little slower.
    private static let allowance: Int64 = 3000

    private var ends: [Position: Int64] = [:]

    var isEmpty: Bool { ends.isEmpty }

    /// The uptime in milliseconds from which on the next one is overdue.
    var next: Int64? { ends.values.min() }

    /// Adds a silence that began at a time.
    mutating func add(_ number: Position, from time: Timestamp, until: Timestamp, now: Moment) {
        ends[number] = Self.end(from: time, until: until, now: now)
    }

    /// Takes the ends of an earlier broker for the same silences, which it has known for longer.
    mutating func takeEarlier(_ earlier: SilenceEnds) {
        for (number, end) in earlier.ends where ends[number] != nil { ends[number] = end }
    }

    mutating func remove(_ number: Position) {
        ends[number] = nil
    }

    /// Takes out those that are overdue, in the order of their numbers.
    mutating func popOverdue(at uptime: Int64) -> [Position] {
        let overdue = ends.filter { $0.value <= uptime }.keys.sorted()
        for number in overdue { ends[number] = nil }
        return overdue
    }

    /// Returns the uptime in milliseconds from which on it is overdue that something rings which is kept still from one time to
    /// another.
    static func end(from time: Timestamp, until: Timestamp, now: Moment) -> Int64 {
        let (length, overflow) = until.milliseconds.subtractingReportingOverflow(time.milliseconds)
        let most = Int64(Limits.silenceDays) * 86_400_000
        return now.uptime(of: time) + (overflow ? most : min(max(length, 0), most)) + allowance
    }
}
