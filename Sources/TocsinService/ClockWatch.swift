import TocsinCore
import TocsinModel

/// Finds out that the civil clock was set, by the clock that never jumps.
struct ClockWatch {
    /// The smallest change that counts, in milliseconds. Whoever keeps time moves the clock by less, little by little.
    private static let smallest: Int64 = 5000

    /// The civil clock's lead over the other one at the last look.
    private var lead: Int64?

    /// Returns the milliseconds by which the clock was set since the last look. Nil if it was not set, or by little.
    mutating func change(at now: Moment) -> Int64? {
        let (found, last) = (now.wall.milliseconds - now.uptime, lead)
        lead = found
        guard let last, (found - last).magnitude >= Self.smallest else { return nil }
        return found - last
    }
}
