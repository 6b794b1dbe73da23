import Glibc
import Synchronization
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinService

/// When an append stays on the caller's thread.
@Suite struct JournalThreadTests {
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

    private let store = InMemoryJournalStore()

    private func thread(appendTakes duration: Duration) throws -> (JournalThread, WakeUp) {
        let (done, clock) = (try WakeUp(), Clock(step: duration))
        return (JournalThread(journal: try store.open(), done: done, now: { clock.now }), done)
    }

    private func entries(_ positions: ClosedRange<Int64>) -> [JournalEntry] {
        positions.map {
            JournalEntry(
                position: Position($0), at: Timestamp(milliseconds: 0), record: .rules(RulesRecord(text: "fallback: f"))
            )
        }
    }

    /// Appends on the thread, and waits for that.
    private func append(_ entries: [JournalEntry], on thread: JournalThread, _ done: WakeUp) {
        thread.append(entries)
        while thread.takeOutcome() == nil {
            var waited = pollfd(fd: done.fileDescriptor, events: Int16(POLLIN), revents: 0)
            poll(&waited, 1, -1)
            done.clear()
        }
    }

    @Test func `a few records after a quick append of a few are appended at once`() throws {
        let (thread, done) = try thread(appendTakes: JournalThread.quickly)
        defer { thread.stop() }
        #expect(try !thread.appendHere(entries(1...1)), "Nothing is known of the disk.")
        append(entries(1...1), on: thread, done)
        #expect(try thread.appendHere(entries(2...3)))
        #expect(store.entries.count == 3)
        #expect(try thread.appendHere(entries(4...4)))
    }

    @Test func `what a slow disk or a flow has is left to the thread`() throws {
        let many = Int64(JournalThread.few + 1)
        let (quick, done) = try thread(appendTakes: .zero)
        defer { quick.stop() }
        append(entries(1...many), on: quick, done)
        #expect(try !quick.appendHere(entries(many + 1...many + 1)))
        append(entries(many + 1...many + 1), on: quick, done)
        #expect(try !quick.appendHere(entries(many + 2...2 * many + 1)))

        let (slow, slowDone) = try thread(appendTakes: JournalThread.quickly + .nanoseconds(1))
        defer { slow.stop() }
        append(entries(many + 2...many + 2), on: slow, slowDone)
        #expect(try !slow.appendHere(entries(many + 3...many + 3)))
    }

    @Test func `a failure is the caller's`() throws {
        let (thread, done) = try thread(appendTakes: .zero)
        defer { thread.stop() }
        append(entries(1...1), on: thread, done)
        store.failAppends(with: .full("no room"))
        #expect(throws: JournalError.full("no room")) { try thread.appendHere(entries(2...2)) }
    }
}
