import Testing
import TocsinAccess

struct TokenBucketTests {
    private func bucket(_ rate: String, times: Int64 = 1) throws -> TokenBucket {
        TokenBucket(try #require(Rate(rate)), times: times, at: 1_000)
    }

    /// How many can be taken at a time.
    private func taken(_ bucket: inout TokenBucket, at uptime: Int64) -> Int {
        (0..<100_000).first { _ in bucket.take(at: uptime) != nil } ?? -1
    }

    @Test func `a unit's worth comes at once, and then one at a time`() throws {
        var bucket = try bucket("20/s")
        #expect(taken(&bucket, at: 1_000) == 20)
        #expect(bucket.take(at: 1_000) == 50 && bucket.take(at: 1_049) == 1)
        #expect(bucket.take(at: 1_050) == nil && bucket.take(at: 1_050) == 50)
    }

    @Test func `over a long time nothing is lost and nothing is given`() throws {
        for rate in ["7/s", "90/m", "500/h", "1000/s"] {
            var bucket = try bucket(rate)
            let first = taken(&bucket, at: 1_000)
            var later = 0
            // Ten units of the rate, asked at odd moments.
            let unit: Int64 = rate.hasSuffix("s") ? 1_000 : rate.hasSuffix("m") ? 60_000 : 3_600_000
            for time in stride(from: Int64(1_003), through: 1_000 + 10 * unit, by: 1 + Int(unit / 10_000)) {
                later += taken(&bucket, at: time)
            }
            #expect((10 * first - 1...10 * first).contains(later), "\(rate): \(later) after \(first)")
        }
    }

    @Test func `a long pause fills it once, and a clock that stands still or goes back fills nothing`() throws {
        var bucket = try bucket("5/s")
        #expect(taken(&bucket, at: 1_000) == 5 && taken(&bucket, at: .max / 2) == 5)
        #expect(taken(&bucket, at: .max / 2) == 0 && taken(&bucket, at: 0) == 0)
    }

    @Test func `what is urgent has ten times as much`() throws {
        var bucket = try bucket("2/s", times: 10)
        #expect(taken(&bucket, at: 1_000) == 20 && bucket.take(at: 1_000) == 50)
    }
}
