public import TocsinModel

/// What the clocks show, read once per turn by whoever calls the broker.
public struct Moment: Hashable, Sendable {
    /// Civil time: what records and people are told.
    public var wall: Timestamp
    /// Milliseconds of a clock that never jumps: what deadlines and heartbeats run by.
    public var uptime: Int64

    public init(wall: Timestamp, uptime: Int64) {
        self.wall = wall
        self.uptime = uptime
    }

    /// When civil time `time` comes, on the clock that never jumps.
    func uptime(of time: Timestamp) -> Int64 {
        uptime + (time.milliseconds - wall.milliseconds)
    }
}
