import Glibc
import TocsinCore
import TocsinModel

/// The machine's clocks, read once per turn.
enum SystemClock {
    static var now: Moment {
        Moment(wall: Timestamp(milliseconds: milliseconds(CLOCK_REALTIME)), uptime: milliseconds(CLOCK_BOOTTIME))
    }

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
