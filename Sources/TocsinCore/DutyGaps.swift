import TocsinModel

/// The gaps in rosters that have become incidents of the broker's own.
struct DutyGaps {
    /// A gap that has been told.
    struct Told {
        var incident: IncidentNumber
        /// The end of the gap as far as it is known; nil for one that was told before the daemon started.
        var until: Timestamp?
    }

    /// The time between two looks at all rosters, in milliseconds.
    static let roundMilliseconds: Int64 = 600_000

    /// The time before a gap at which it is told; nil where gaps are not told.
    var notice: Duration?
    var told: [Recipient: Told] = [:]
    /// Whoever is told of a mailbox's gap, where that is not the fallback.
    var supervisors: [Recipient: Recipient] = [:]
    /// The roster at which the round goes on.
    var nextRoster = 0
    /// The uptime of the next look.
    var nextCheck: Int64 = 0

    var isOn: Bool { notice != nil }
}
