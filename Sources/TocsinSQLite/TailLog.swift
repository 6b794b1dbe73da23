import Dispatch
import Synchronization
import Threads
import TocsinJournal
import TocsinModel

/// The log of one machine: a thread that waits for the disk, and those who wait for the log to grow.
final class TailLog: Log {
    private let appender: TailAppender
    private let thread: AppendThread

    /// - Throws: `JournalError.failed` where the system has no thread to give.
    init(_ appender: TailAppender) throws(JournalError) {
        self.appender = appender
        thread = try AppendThread(appender)
    }

    deinit {
        thread.stop()
    }

    var epoch: JournalEpoch { appender.table.epoch }
    var lastPosition: Position { appender.lastPosition }

    func append(_ entries: [JournalEntry], completion: @escaping Completion) {
        thread.start(.append(entries, completion))
    }

    func probe(completion: @escaping Completion) {
        thread.start(.probe(completion))
    }

    func reader(after position: Position) throws(JournalError) -> any LogReader {
        TailLogReader(appender, thread.followers, after: position)
    }

    /// Ends the thread after what it has been asked for, and waits for that.
    func stop() {
        thread.stop()
    }
}

/// The thread that appends: one thing at a time, so that what gathers meanwhile is appended together.
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

    init(_ appender: TailAppender) throws(JournalError) {
        self.appender = appender
        do {
            try OwnThread.startIfPossible("tocsin-journal") { [self] in run() }
        } catch {
            throw .failed("The journal has no thread to write on: \(error).")
        }
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
            // The records are their owner's alone again, who fills their array anew.
            completion(result)
        }
    }

    private func carryOut(_ job: consuming Job) -> (Result<Void, JournalError>, Log.Completion) {
        switch consume job {
        case .append(let entries, let completion):
            let result = Result { () throws(JournalError) in try appender.append(entries) }
            followers.wake(through: appender.lastPosition)
            return (result, completion)
        case .probe(let completion):
            return (Result { () throws(JournalError) in try appender.probe() }, completion)
        }
    }
}
