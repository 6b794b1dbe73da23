import Testing
import TocsinCore
import TocsinModel

@testable import TocsinService

/// A civil clock that is set while the daemon runs.
struct ClockWatchTests {
    @Test func `a clock that is set is told once, with its sign, and time that passes is not`() {
        var watch = ClockWatch()
        func change(wall: Int64, uptime: Int64) -> Int64? {
            watch.change(at: Moment(wall: Timestamp(milliseconds: wall), uptime: uptime))
        }
        #expect(change(wall: 1_000_000, uptime: 0) == nil)
        #expect(change(wall: 9_000_000, uptime: 8_000_000) == nil)
        // An hour forward, within a second.
        #expect(change(wall: 12_601_000, uptime: 8_001_000) == 3_600_000)
        #expect(change(wall: 12_602_000, uptime: 8_002_000) == nil)
        #expect(change(wall: 9_003_000, uptime: 8_003_000) == -3_600_000)
        // A clock that is slewed.
        #expect(change(wall: 9_013_500, uptime: 8_013_000) == nil)
    }
}
