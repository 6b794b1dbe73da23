import Glibc
import Synchronization
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinService

/// What a start finds out about the reports that may still have to be sent.
@Suite struct BacklogCheckTests {
    /// A journal of incidents 1 to `count`, of which one's report is damaged. After the first thousand so many reads fail.
    private final class Index: IncidentIndex {
        private let (count, damaged): (Int64, Int64)
        private let failures: Mutex<Int>

        init(count: Int64, damaged: Int64, failures: Int) {
            (self.count, self.damaged) = (count, damaged)
            self.failures = Mutex(failures)
        }

        func readReports(
            from number: IncidentNumber, bytes: Int, into reports: inout StoredReports
        ) throws(JournalError) {
            reports.removeAll()
            let fails = failures.withLock { failures in
                guard number.value > 1000, failures > 0 else { return false }
                failures -= 1
                return true
            }
            if fails { throw .failed("It cannot be read just now.") }
            for value in stride(from: number.value, through: count, by: 1) where reports.byteCount < bytes {
                guard value != damaged else { throw .corrupt("Record \(value) is damaged.") }
                reports.append(IncidentNumber(value), [UInt8](repeating: 0x78, count: 1000))
            }
        }

        func incidents(named names: [ReportName]) -> [IncidentNumber?] { names.map { _ in nil } }
        func incident(_ number: IncidentNumber) -> JournalEntry? { nil }
        func timeline(of number: IncidentNumber) -> [JournalEntry] { [] }
        func isJoined(_ number: IncidentNumber, by principal: String) -> Bool { false }
        func steps(of number: IncidentNumber) -> [JournalEntry] { [] }
        func subscriptions(before position: Position) throws(JournalError) -> [Subscription] { [] }

        func newestIncidents(before: IncidentNumber?, limit: Int) -> [JournalEntry] { [] }
        func entries(at positions: Range<Position>) -> [JournalEntry] { [] }
        func entry(at position: Position) -> JournalEntry? { nil }
        func writeStatistics(_ question: StatisticsQuestion, now: Timestamp, to json: inout JSONWriter) {}
    }

    private let incidents = (1...5000).map { IncidentNumber($0) }

    private func check(damaged: Int64, failures: Int = 0, _ done: WakeUp) -> BacklogCheck {
        BacklogCheck(
            index: Index(count: 5000, damaged: damaged, failures: failures), done: done, pauses: (first: 0, between: 0))
    }

    @Test func `damage among the first reports keeps the daemon from starting`() throws {
        let check = check(damaged: 900, try WakeUp())
        #expect(throws: JournalError.corrupt("Record 900 is damaged.")) { try check.start(incidents) }
    }

    @Test(arguments: [0, 3])
    func `damage among the others is found beside the service, also after reads that failed`(_ failures: Int) throws {
        let done = try WakeUp()
        let check = check(damaged: 4900, failures: failures, done)
        try check.start(incidents)
        var waited = pollfd(fd: done.fileDescriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&waited, 1, 30_000) == 1)
        #expect(check.takeFailure() == .corrupt("Record 4900 is damaged."))
    }

    @Test func `a report that is missing is damage`() throws {
        let check = check(damaged: 0, try WakeUp())
        #expect(throws: JournalError.self) { try check.start([IncidentNumber(6000)]) }
    }
}
