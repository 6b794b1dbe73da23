/// Delays the broker's ticks after the loop stood still, until the arrived messages have been read.
///
/// After a pause, as of a suspended virtual machine, deadlines and heartbeats are overdue. The messages that would have
/// kept them wait in the sockets, or are still on their way there through libzmq's thread. So a late tick waits.
struct Lateness {
    /// A tick that is at least this late, in milliseconds, comes after a pause, and not in the ordinary run of turns.
    static let late: Int64 = 200
    /// The shortest time that a late tick waits. Data in the system's buffers needs some milliseconds.
    static let pause: Int64 = 250
    /// The longest time that a late tick waits while peers go on sending.
    static let longestPause: Int64 = 2_000

    /// The uptime at which a tick was found late, or nil while ticks are on time.
    private var since: Int64?

    /// Returns true if time may pass.
    ///
    /// - Parameters:
    ///   - due: The time at which the tick was due, in uptime milliseconds.
    ///   - now: The current time, in uptime milliseconds.
    ///   - isRead: True if no message waits to be read.
    mutating func allowsTick(due: Int64, now: Int64, isRead: Bool) -> Bool {
        guard now - due >= Self.late else {
            since = nil
            return true
        }
        // Ticks that follow the first late one were due in the same pause, and do not wait again.
        let start = since ?? now
        since = start
        return now - start >= (isRead ? Self.pause : Self.longestPause)
    }

    /// Returns the uptime at which to check a tick that is due at `tick`.
    func nextTick(_ tick: Int64?) -> Int64? {
        guard let tick, let since else { return tick }
        return max(tick, since + Self.pause)
    }
}
