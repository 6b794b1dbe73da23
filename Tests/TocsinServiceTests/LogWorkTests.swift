import Dispatch
import Glibc
import JournalContract
import Synchronization
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinService

/// What a log answers, at once or later.
@Suite struct LogWorkTests {
    private let store = InMemoryJournalStore()
    private let wakeUp: WakeUp

    init() throws {
        wakeUp = try WakeUp()
    }

    private let entry = JournalEntry(
        position: Position(1), at: Timestamp(milliseconds: 0),
        record: .rules(RulesRecord(RuleTexts(rules: "fallback: f"))))

    private var isAwake: Bool {
        var descriptor = pollfd(fd: wakeUp.fileDescriptor, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 1
    }

    @Test func `an answer that comes at once is taken at once, and wakes nobody`() throws {
        let work = LogWork(try store.open().log, done: wakeUp)
        #expect(work.takeOutcome() == nil)
        work.append([entry])
        #expect(work.takeOutcome() == .appended)
        #expect(work.takeOutcome() == nil)
        work.probe()
        #expect(work.takeOutcome() == .probed)
        #expect(!isAwake)
    }

    @Test func `an answer that comes later wakes whoever waits for it`() throws {
        let work = LogWork(try store.open().log, done: wakeUp)
        let mayGoOn = DispatchSemaphore(value: 0)
        store.delayAppends { mayGoOn.wait() }
        work.append([entry])
        #expect(work.takeOutcome() == nil)
        mayGoOn.signal()
        var descriptor = pollfd(fd: wakeUp.fileDescriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&descriptor, 1, 30_000) == 1)
        #expect(work.takeOutcome() == .appended)
        #expect(store.entries == [entry])
    }

    @Test func `a failure is told as what it was asked for`() throws {
        let journal = try store.open()
        let work = LogWork(journal.log, done: wakeUp)
        store.failAppends(with: .full("no room"))
        work.probe()
        #expect(work.takeOutcome() == .probeFailed(.full("no room")))
        work.append([entry])
        #expect(work.takeOutcome() == .failed(.full("no room")))
    }

    @Test func `an answer to what has been given up is never told`() throws {
        let log = SlowLog()
        let work = LogWork(log, done: wakeUp)
        work.append([entry])
        work.abandon()
        log.answer(.success(()))
        #expect(work.takeOutcome() == nil)
        #expect(!isAwake)
    }
}

/// A log that answers when the test says so.
private final class SlowLog: Log {
    private let completion = Mutex<Completion?>(nil)

    var epoch: JournalEpoch { JournalEpoch("1") }
    var lastPosition: Position { .zero }

    func append(_ entries: [JournalEntry], completion: @escaping Completion) {
        self.completion.withLock { $0 = completion }
    }

    func probe(completion: @escaping Completion) { completion(.success(())) }

    func reader(after position: Position) throws(JournalError) -> any LogReader { throw .failed("There is none.") }

    func answer(_ result: Result<Void, JournalError>) {
        completion.withLock { $0.take() }?(result)
    }
}
