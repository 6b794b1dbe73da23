/// Holds somebody to a rate (a token bucket): a whole unit's worth may come at once, and then as fast as the rate says.
///
/// It counts in thousandths of what one report costs at one a second, so that nothing is lost by rounding.
public struct TokenBucket: Hashable, Sendable {
    private let count: Int64
    private let cost: Int64
    private var level: Int64
    private var filledAt: Int64

    private var capacity: Int64 { count * cost }

    /// Creates a full bucket.
    ///
    /// - Parameters:
    ///   - rate: how fast it fills.
    ///   - times: how many times as fast, and as large.
    ///   - uptime: the time now, in milliseconds of a clock that never goes back.
    public init(_ rate: Rate, times: Int64 = 1, at uptime: Int64) {
        count = Int64(rate.count) * times
        cost = rate.unit.milliseconds
        level = count * cost
        filledAt = uptime
    }

    /// True if a whole unit's worth may come at once.
    public func isFull(at uptime: Int64) -> Bool { level(at: uptime) == capacity }

    private func level(at uptime: Int64) -> Int64 {
        let passed = max(0, uptime - filledAt)
        // A pause that fills it fills it once.
        return passed >= cost ? capacity : min(capacity, level + passed * count)
    }

    /// Takes one.
    ///
    /// - Returns: nil, or the milliseconds after which there is one to take.
    public mutating func take(at uptime: Int64) -> Int? {
        level = level(at: uptime)
        filledAt = max(filledAt, uptime)
        guard level < cost else {
            level -= cost
            return nil
        }
        return Int((cost - level + count - 1) / count)
    }
}
