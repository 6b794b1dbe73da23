import TocsinModel

/// The times that a leg of an alert's way took, in buckets that grow with the time, as HdrHistogram has them
/// (https://hdrhistogram.github.io/HdrHistogram/): 16 for each power of two. A quantile is right within 3 percent, and
/// the largest time is exact.
public struct LegTimes: Sendable {
    /// The buckets of a power of two are 2 to the power of this.
    private static let bits = 4

    private var counts: [UInt32] = []
    public private(set) var count: Int64 = 0
    /// The largest time, in milliseconds.
    public private(set) var max: Int64 = 0

    public init() {}

    /// Adds a time, in milliseconds.
    public mutating func add(_ milliseconds: Int64) {
        let bucket = Self.bucket(of: milliseconds)
        if bucket >= counts.count {
            counts.append(contentsOf: repeatElement(0, count: bucket + 1 - counts.count))
        }
        counts[bucket] &+= 1
        count += 1
        max = Swift.max(max, milliseconds)
    }

    /// Adds the times of another leg.
    public mutating func add(_ other: LegTimes) {
        if other.counts.count > counts.count {
            counts.append(contentsOf: repeatElement(0, count: other.counts.count - counts.count))
        }
        for (bucket, more) in other.counts.enumerated() { counts[bucket] &+= more }
        count += other.count
        max = Swift.max(max, other.max)
    }

    /// Returns the time that so many of a thousand did not exceed, in milliseconds, or nil if there are none.
    public func quantile(permille: Int64) -> Int64? {
        guard count > 0 else { return nil }
        let wanted = Swift.max(1, (count * permille + 999) / 1000)
        var reached: Int64 = 0
        for (bucket, more) in counts.enumerated() {
            reached += Int64(more)
            if reached >= wanted { return Swift.min(Self.middle(of: bucket), max) }
        }
        return max
    }

    static func bucket(of milliseconds: Int64) -> Int {
        let value = Swift.max(0, milliseconds)
        guard value >= 1 << bits else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - bits
        return (shift + 1) << bits + Int(value >> Int64(shift)) & (1 << bits - 1)
    }

    static func middle(of bucket: Int) -> Int64 {
        guard bucket >= 2 << bits else { return Int64(bucket) }
        let shift = bucket >> bits - 1
        let first = Int64(1 << bits + bucket & (1 << bits - 1)) << Int64(shift)
        return first + Int64(1) << Int64(shift) / 2
    }

    /// `{"count":3,"p50Ms":41000,"p90Ms":58000,"p99Ms":58000,"maxMs":58123}`, without times if there are none.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("count", count)
            guard count > 0 else { return }
            json.member("p50Ms", ifPresent: quantile(permille: 500))
            json.member("p90Ms", ifPresent: quantile(permille: 900))
            json.member("p99Ms", ifPresent: quantile(permille: 990))
            json.member("maxMs", max)
        }
    }
}
