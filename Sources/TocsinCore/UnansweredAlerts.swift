public import TocsinModel

/// The alerts that somebody must take and nobody has, counted by the second of the uptime in which their time to
/// acknowledge ends: whoever sets the civil clock makes no alert late.
///
/// It takes memory for each second in which some alert's time ends, and none for the alerts.
struct UnansweredAlerts {
    /// The counts of a second, by the severity's rank.
    private typealias Counts = SIMD8<Int32>

    /// The second stands for the times up to it, so nothing is overdue too early.
    private var counts: [Int64: Counts] = [:]

    /// Adds `difference` to the count of an alert's second, if the alert has a time to acknowledge.
    mutating func add(_ difference: Int32, _ alert: borrowing OpenAlert, of incident: borrowing OpenIncident) {
        guard let within = alert.addressee.acknowledgeWithinMilliseconds else { return }
        let second = Self.second(of: incident.storedUptime + within + alert.addressee.correctionMilliseconds)
        var found = counts[second] ?? .zero
        found[Int(incident.severity.rank)] &+= difference
        counts[second] = found == .zero ? nil : found
    }

    /// Returns the alerts whose time has ended.
    func overdue(at now: Moment) -> OverdueAlerts {
        var (sum, since) = (Counts.zero, Int64.max)
        for (second, counts) in counts where second * 1000 <= now.uptime {
            sum &+= counts
            since = min(since, second)
        }
        return OverdueAlerts(
            since: since == .max ? nil : now.wall + .milliseconds(since * 1000 - now.uptime),
            counts: Severity.allCases.map { Int(sum[Int($0.rank)]) })
    }

    private static func second(of uptime: Int64) -> Int64 { uptime / 1000 + (uptime % 1000 > 0 ? 1 : 0) }
}

/// The alerts for action that nobody has taken, and whose time to acknowledge has ended.
public struct OverdueAlerts: Hashable, Sendable {
    /// The time at which the oldest one's ended, rounded up to a second, by the civil clock as it is set now. Nil if
    /// there is none.
    public var since: Timestamp?
    /// The number of alerts of each severity, in the order of `Severity.allCases`.
    public var counts: [Int]

    /// The number of all.
    public var count: Int { counts.reduce(0, +) }
}

extension Broker {
    /// Returns the alerts that nobody has taken in time.
    public func overdueAlerts(at now: Moment) -> OverdueAlerts { unanswered.overdue(at: now) }
}
