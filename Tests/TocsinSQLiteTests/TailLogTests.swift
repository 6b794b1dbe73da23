import Dispatch
import Foundation
import JournalContract
import Synchronization
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// When an append stays on the caller's thread.
@Suite struct TailLogTests {
    private let folder = StateFolderFixture()

    /// A clock that is some time ahead whenever it is read.
    private final class Clock: Sendable {
        private let step: Duration
        private let time = Mutex(ContinuousClock.now)

        init(step: Duration) {
            self.step = step
        }

        var now: ContinuousClock.Instant {
            time.withLock { time in
                time = time.advanced(by: step)
                return time
            }
        }
    }

    /// A journal, and another log over its tail whose appends take so long by its clock.
    private func log(appendTakes duration: Duration) throws -> (SQLiteJournal, TailLog) {
        let (journal, clock) = (try folder.store.openJournal(), Clock(step: duration))
        return (journal, try TailLog(journal.appender, now: { clock.now }))
    }

    private func entries(_ positions: ClosedRange<Int64>) -> [JournalEntry] {
        positions.map { Sample.entry($0, Sample.rules) }
    }

    /// Appends, and says whether that was done on this thread.
    private func isAppendedHere(_ entries: [JournalEntry], by log: TailLog) throws -> Bool {
        let (here, answered) = (Thread.current, DispatchSemaphore(value: 0))
        let outcome = Mutex<(result: Result<Void, JournalError>, isHere: Bool)?>(nil)
        let note: Log.Completion = { [here = ObjectIdentifier(here)] result in
            outcome.withLock { $0 = (result, ObjectIdentifier(Thread.current) == here) }
            answered.signal()
        }
        log.append(entries, completion: note)
        answered.wait()
        let (result, isHere) = try #require(outcome.withLock { $0 })
        try result.get()
        return isHere
    }

    @Test func `a few records after a quick append of a few are appended at once`() throws {
        let (journal, log) = try log(appendTakes: TailLog.quickAppend)
        #expect(try !isAppendedHere(entries(1...1), by: log), "Nothing is known of the disk.")
        #expect(try isAppendedHere(entries(2...3), by: log))
        #expect(try isAppendedHere(entries(4...4), by: log))
        #expect(try journal.allEntries() == entries(1...4))
    }

    @Test func `what a flow has is left to the thread`() throws {
        let many = Int64(TailLog.fewRecords + 1)
        let (journal, log) = try log(appendTakes: .zero)
        #expect(try !isAppendedHere(entries(1...many), by: log))
        #expect(try !isAppendedHere(entries(many + 1...many + 1), by: log))
        #expect(try !isAppendedHere(entries(many + 2...2 * many + 1), by: log))
        #expect(try journal.allEntries().count == Int(2 * many + 1))
    }

    @Test func `what a slow disk has is left to the thread`() throws {
        let (journal, log) = try log(appendTakes: TailLog.quickAppend + .nanoseconds(1))
        for position in 1...3 as ClosedRange<Int64> {
            #expect(try !isAppendedHere(entries(position...position), by: log))
        }
        #expect(try journal.allEntries() == entries(1...3))
    }
}
