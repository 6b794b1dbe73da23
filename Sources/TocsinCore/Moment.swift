public import TocsinModel

/// The time on both clocks, read once per turn by the caller of the broker.
public struct Moment: Hashable, Sendable {
    /// Civil time, for records and people.
    public var wall: Timestamp
    /// Milliseconds of a clock that never jumps, for deadlines and heartbeats.
    public var uptime: Int64

    public init(wall: Timestamp, uptime: Int64) {
        self.wall = wall
        self.uptime = uptime
    }

    /// Returns the uptime at civil time `time`. A time in the future counts as now: the clock that stamped it was
    /// ahead, or this one is behind, and nobody shall wait longer for that.
    func uptime(of time: Timestamp) -> Int64 {
        let (age, overflow) = wall.milliseconds.subtractingReportingOverflow(time.milliseconds)
        // A century is as good as any longer time, and leaves room for sums.
        return uptime - min(max(overflow ? 0 : age, 0), Self.century)
    }

    private static let century: Int64 = 36_525 * 86_400_000
}
