import Testing
import TocsinModel

@testable import TocsinService

/// How long a disk lasts, and what is said of it once.
struct DiskForecastTests {
    private static let (second, megabyte): (Int64, Int64) = (1000, 1 << 20)

    @Test func `the rate is that of the last ten minutes, and unknown for a minute`() {
        var forecast = DiskForecast()
        var room = DiskRoom(freeBytes: 0, bytesPerHour: nil)
        // A megabyte a second for a quarter of an hour, then nothing.
        for second in 0..<900 as Range<Int64> {
            room = forecast.add(freeBytes: (100_000 - second) * Self.megabyte, at: second * Self.second)
            #expect((room.bytesPerHour == nil) == (second < 60))
        }
        #expect(room.bytesPerHour == 3600 * Self.megabyte)
        #expect(room.lastsSeconds == 99_101)
        for second in 900..<1600 as Range<Int64> {
            room = forecast.add(freeBytes: 99_101 * Self.megabyte, at: second * Self.second)
        }
        #expect(room.bytesPerHour == 0)
        #expect(room.lastsSeconds == nil)
        // What was deleted is no growth.
        room = forecast.add(freeBytes: 200_000 * Self.megabyte, at: 1600 * Self.second)
        #expect(room.bytesPerHour ?? 0 < 0)
        #expect(room.lastsSeconds == nil)
    }

    @Test func `little room is told once, and again only after there was enough`() {
        var forecast = DiskForecast()
        func change(_ megabytes: Int64) -> DiskForecast.Change? {
            forecast.change(to: DiskRoom(freeBytes: megabytes * Self.megabyte, bytesPerHour: nil))
        }
        #expect(change(300) == nil)
        #expect(change(255) == .scarce("256 MB"))
        #expect(change(200) == nil)
        #expect(change(400) == nil)
        #expect(change(255) == nil)
        #expect(change(512) == .ample)
        #expect(change(255) == .scarce("256 MB"))
    }

    @Test func `room that lasts less than two hours is little room`() {
        var forecast = DiskForecast()
        func change(_ hours: Int64) -> DiskForecast.Change? {
            forecast.change(
                to: DiskRoom(freeBytes: hours * 10_000 * Self.megabyte, bytesPerHour: 10_000 * Self.megabyte))
        }
        #expect(change(3) == nil)
        #expect(change(1) == .scarce("2 h"))
        #expect(change(3) == nil)
        #expect(change(4) == .ample)
    }
}
