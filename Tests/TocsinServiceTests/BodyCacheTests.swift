import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinService

/// Which reports are at hand, and that they never take more than their room.
@Suite struct BodyCacheTests {
    private var cache = BodyCache(capacity: 2000)

    private func readBack(_ numbers: ClosedRange<Int64>, bytes: Int) -> StoredReports {
        var reports = StoredReports()
        for number in numbers { reports.append(IncidentNumber(number), [UInt8](repeating: 0x78, count: bytes)) }
        return reports
    }

    @Test mutating func `the newest incidents push out older ones`() {
        for number in 1...30 as ClosedRange<Int64> {
            cache.add(IncidentNumber(number), [UInt8](repeating: UInt8(number), count: 100))
        }
        #expect((1...30).filter { cache[IncidentNumber($0)] != nil } == Array(21...30))
        #expect(cache[IncidentNumber(30)] == [UInt8](repeating: 30, count: 100)[...])
    }

    @Test mutating func `reports that were read back long ago make room for others`() {
        for first in stride(from: 1 as Int64, through: 91, by: 10) {
            #expect(cache.takeRoom().isEmpty)
            cache.addReadBack(readBack(first...first + 9, bytes: 20))
        }
        #expect((1...100).filter { cache[IncidentNumber($0)] != nil } == Array(51...100))
    }

    @Test mutating func `small pieces make room for large ones`() {
        for number in 1...50 as ClosedRange<Int64> { cache.addReadBack(readBack(number...number, bytes: 20)) }
        for number in 51...60 as ClosedRange<Int64> {
            _ = cache.takeRoom()
            cache.addReadBack(readBack(number...number, bytes: 500))
        }
        #expect((1...60).filter { cache[IncidentNumber($0)] != nil } == [59, 60])
    }

    @Test mutating func `what was not there is not kept`() {
        cache.addReadBack(readBack(7...7, bytes: 400))
        for _ in 1...1000 { cache.addReadBack(StoredReports()) }
        _ = cache.takeRoom()
        #expect(cache[IncidentNumber(7)] != nil)
    }
}
