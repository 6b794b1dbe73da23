import Glibc
import TocsinModel

/// The clocks by which incidents are removed.
struct RemovalClock: Sendable {
    var wall: @Sendable () -> Timestamp
    /// Milliseconds that have passed since some moment.
    var uptime: @Sendable () -> Int64

    static let system = RemovalClock(
        wall: { Timestamp(milliseconds: milliseconds(CLOCK_REALTIME)) }, uptime: { milliseconds(CLOCK_BOOTTIME) })

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// The time by which incidents are removed. It is never later than the clock's, and goes on no faster than
/// ``TocsinModel/Limits/removalPace`` times as time passes, whatever the clock says. It is kept with the journal, and begins
/// with the time of the journal's newest record.
struct ReckonedTime: Hashable {
    /// The latest time that was reckoned.
    private(set) var latest: Timestamp
    private var uptime: Int64

    /// - Parameters:
    ///   - stored: The time that was kept, or that of the journal's newest record.
    ///   - clock: The clocks.
    init(_ stored: Timestamp, _ clock: RemovalClock) {
        (latest, uptime) = (stored, clock.uptime())
    }

    /// Goes on to now, and returns the time.
    mutating func proceed(_ clock: RemovalClock) -> Timestamp {
        let (wall, uptime) = (clock.wall(), clock.uptime())
        let reach = latest + .milliseconds(max(0, uptime - self.uptime) * Limits.removalPace)
        self.uptime = uptime
        latest = max(latest, min(wall, reach))
        return min(latest, wall)
    }
}
