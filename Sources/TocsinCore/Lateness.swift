/// Lets what has arrived be read before time passes for the broker, where the loop stood still.
///
/// After a pause, as of a suspended virtual machine, deadlines and heartbeats are overdue, and what would have kept
/// them waits in the sockets, or is still on its way there through libzmq's thread. So a tick that comes late waits.
struct Lateness {
    /// A tick that is so late, in milliseconds, comes after a pause, and not in the ordinary run of turns.
    static let late: Int64 = 200
    /// How long it then waits at least: what lies in the system's buffers needs some milliseconds.
    static let pause: Int64 = 250
    /// How long it waits at most while peers go on sending.
    static let longestPause: Int64 = 2_000

    /// Uptime at which a tick was found late; nil while they are on time.
    private var since: Int64?

    /// Whether time may pass.
    ///
    /// - Parameters:
    ///   - due: when the tick was due, in uptime milliseconds.
    ///   - now: as well.
    ///   - isRead: whether nothing waits to be read.
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

    /// When to look at a tick that is due at `tick`.
    func nextTick(_ tick: Int64?) -> Int64? {
        guard let tick, let since else { return tick }
        return max(tick, since + Self.pause)
    }
}
