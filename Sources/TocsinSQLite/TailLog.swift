import Dispatch
import Synchronization
import Threads
import TocsinJournal
import TocsinModel

/// The log of one machine, with a thread that waits for the disk, and the readers that wait for the log to grow.
///
/// A few records that come alone are appended on the caller's thread, while the disk is quick. That saves waking two
/// threads in turn, a sixth of the time until somebody is told.
final class TailLog: Log {
    /// The most records that are appended on the caller's thread. More of them come from a steady flow, which gains
    /// from groups.
    static let fewRecords = 8
    /// The longest quick append. A slower disk is left to the thread, so that the caller hears everybody meanwhile.
    static let quickAppend = Duration.milliseconds(1)

    private let appender: TailAppender
    private let thread: AppendThread

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - appender: The appender, which waits for the disk.
    ///   - now: The clock. Tests set another one.
    /// - Throws: `JournalError.failed` if the system has no thread to give.
    init(
        _ appender: TailAppender, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) throws(JournalError) {
        self.appender = appender
        thread = try AppendThread(appender, now: now)
    }

    deinit {
        thread.stop()
    }

    var epoch: JournalEpoch { appender.table.epoch }
    var lastPosition: Position { appender.lastPosition }

    func append(_ entries: [JournalEntry], completion: @escaping Completion) {
        let result = Result { () throws(JournalError) in try thread.appendHere(entries) }
        switch result {
        case .success(true): completion(.success(()))
        case .success(false): thread.start(.append(entries, completion))
        case .failure(let error): completion(.failure(error))
        }
    }

    func probe(completion: @escaping Completion) {
        thread.start(.probe(completion))
    }

    func reader(after position: Position) throws(JournalError) -> any LogReader {
        TailLogReader(appender, thread.followers, after: position)
    }

    /// Ends the thread after the work it has been given, and waits for that.
    func stop() {
        thread.stop()
    }
}

/// The thread that appends. It does one job at a time, so that records that gather meanwhile are appended together.
private final class AppendThread: Sendable {
    enum Job {
        case append([JournalEntry], Log.Completion)
        case probe(Log.Completion)
    }

    let followers = Followers()
    private let appender: TailAppender
    private let job = Mutex<Job?>(nil)
    private let work = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let isStopping = Atomic(false)
    /// True if the last append was of a few records, and quick.
    private let isQuick = Atomic(false)
    private let now: @Sendable () -> ContinuousClock.Instant

    init(_ appender: TailAppender, now: @escaping @Sendable () -> ContinuousClock.Instant) throws(JournalError) {
        self.appender = appender
        self.now = now
        do {
            try OwnThread.start("tocsin-journal") { [self] in run() }
        } catch {
            throw .failed("The journal has no thread to write on. \(error)")
        }
    }

    /// Appends a few records on the caller's thread, if the last append was of a few and quick, and one write can do
    /// it. Returns false if it is better to hand the records over to the thread.
    func appendHere(_ entries: [JournalEntry]) throws(JournalError) -> Bool {
        guard entries.count <= TailLog.fewRecords, isQuick.load(ordering: .relaxed) else { return false }
        let isAppended = try timed(entries.count) { () throws(JournalError) in try appender.appendAtOnce(entries) }
        if isAppended { followers.wake(through: appender.lastPosition) }
        return isAppended
    }

    /// Runs an append of `count` records, and notes whether it was quick.
    private func timed<Result>(
        _ count: Int, _ append: () throws(JournalError) -> Result
    ) throws(JournalError) -> Result {
        let begun = now()
        let result = try append()
        isQuick.store(
            count <= TailLog.fewRecords && begun.duration(to: now()) <= TailLog.quickAppend, ordering: .relaxed)
        return result
    }

    func start(_ job: Job) {
        self.job.withLock { waiting in
            precondition(waiting == nil, "A log is asked for one thing at a time.")
            waiting = job
        }
        work.signal()
    }

    func stop() {
        guard isStopping.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        work.signal()
        ended.wait()
    }

    private func run() {
        while true {
            work.wait()
            guard let next = job.withLock({ $0.take() }) else {
                guard isStopping.load(ordering: .relaxed) else { continue }
                ended.signal()
                return
            }
            let (result, completion) = carryOut(next)
            // The owner of the records is their only holder again, and fills their array anew.
            completion(result)
        }
    }

    private func carryOut(_ job: consuming Job) -> (Result<Void, JournalError>, Log.Completion) {
        switch consume job {
        case .append(let entries, let completion):
            let result = Result { () throws(JournalError) in
                try timed(entries.count) { () throws(JournalError) in try appender.append(entries) }
            }
            followers.wake(through: appender.lastPosition)
            return (result, completion)
        case .probe(let completion):
            return (Result { () throws(JournalError) in try appender.probe() }, completion)
        }
    }
}
