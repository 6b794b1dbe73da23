import Testing
import TocsinJournal
import TocsinModel

/// Reports that were read together.
@Suite struct StoredReportsTests {
    private func reports(_ numbers: [Int64]) -> StoredReports {
        var reports = StoredReports()
        for number in numbers { reports.append(IncidentNumber(number), "report \(number)".utf8) }
        return reports
    }

    @Test func `each report is found by its incident, and no other is`() {
        let reports = reports([3, 4, 9, 12])
        for number in 0...15 as ClosedRange<Int64> {
            let expected = [3, 4, 9, 12].contains(number) ? Array("report \(number)".utf8) : nil
            #expect(reports[IncidentNumber(number)].map(Array.init) == expected)
        }
        #expect(reports.incidents.map(\.value) == [3, 4, 9, 12])
        #expect(reports.byteCount == 8 + 8 + 8 + 9)
    }

    @Test func `an empty report is there all the same`() {
        var reports = reports([1])
        reports.append(IncidentNumber(2), [UInt8]())
        #expect(reports[IncidentNumber(2)] == [])
    }

    @Test func `what was forgotten is not found, and the room is used again`() {
        var reports = reports([3, 4])
        reports.removeAll()
        #expect(reports.isEmpty && reports.byteCount == 0)
        #expect(reports[IncidentNumber(3)] == nil)
        reports.append(IncidentNumber(1), "one".utf8)
        #expect(reports[IncidentNumber(1)].map(Array.init) == Array("one".utf8))
    }
}
