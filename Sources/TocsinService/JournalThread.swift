import Dispatch
import Synchronization
import Threads
import TocsinJournal
import TocsinModel

/// The thread that owns the journal: one job at a time, so that whatever gathers meanwhile is committed together.
///
/// The broker's loop hands over a batch with ``append(_:snapshot:)`` and is woken when ``takeOutcome()`` has the answer.
/// While a commit runs the next batch grows; an idle broker commits at once, a busy one in groups. What an idle one has
/// is appended on its own thread, where the disk is quick: see ``appendHere(_:)``.
final class JournalThread: Sendable {
    /// What a job has come to.
    enum Outcome: Sendable {
        case appended
        case failed(JournalError)
        case probed
        case probeFailed(JournalError)
    }

    private enum Job: Sendable {
        case append([JournalEntry], JournalSnapshot?)
        case probe
        case stop(JournalSnapshot?)
    }

    private struct State: Sendable {
        var job: Job?
        var outcome: Outcome?
        /// Whether the last append was of no more than ``few`` records, and took no longer than ``quickly``.
        var isQuick = false
    }

    /// The most records that are appended on the caller's thread: more come from a flow, which groups gain from.
    static let few = 8
    /// A disk that takes longer is left to the thread, so that the loop hears everybody meanwhile.
    static let quickly = Duration.milliseconds(1)

    private let journal: any Journal
    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let done: WakeUp
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Starts the thread; `done` is signalled after each job.
    init(
        journal: any Journal, done: WakeUp,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.journal = journal
        self.done = done
        self.now = now
        OwnThread.start("tocsin-journal") { [self] in run() }
    }

    /// Appends a batch, and keeps a snapshot of what it leads to, if there is one. The previous job's outcome must have
    /// been taken.
    func append(_ entries: [JournalEntry], snapshot: JournalSnapshot? = nil) {
        start(.append(entries, snapshot))
    }

    /// Appends a few records on the caller's thread, where the last append was of a few and quick, and where one write does
    /// it; false where it is better to hand them over. The previous job's outcome must have been taken.
    ///
    /// It saves waking two threads in turn: 27 µs of the time until somebody is told (median of 14 pairs of runs at 1,000
    /// reports a second, two cores).
    ///
    /// - Throws: `JournalError`, as ``TocsinJournal/Journal/append(_:)`` does.
    func appendHere(_ entries: [JournalEntry]) throws(JournalError) -> Bool {
        guard entries.count <= Self.few, state.withLock({ $0.isQuick }) else { return false }
        return try timed(entries.count) { () throws(JournalError) in try journal.appendAtOnce(entries) }
    }

    /// Appends so many records, and sees how long that takes.
    private func timed<Result>(
        _ count: Int, _ append: () throws(JournalError) -> Result
    ) throws(JournalError) -> Result {
        let begun = now()
        let result = try append()
        let isQuick = count <= Self.few && begun.duration(to: now()) <= Self.quickly
        state.withLock { $0.isQuick = isQuick }
        return result
    }

    /// Asks whether there is room again.
    func probe() {
        start(.probe)
    }

    /// What the last job has come to, once; nil while it runs.
    func takeOutcome() -> Outcome? {
        state.withLock { $0.outcome.take() }
    }

    /// What has gone wrong behind the appends: see ``TocsinJournal/Journal/takeTroubles()``.
    func takeTroubles() -> [JournalTrouble] { journal.takeTroubles() }

    /// Ends the thread after its job, and waits for that; a snapshot is kept before, if there is one.
    func stop(keeping snapshot: JournalSnapshot? = nil) {
        start(.stop(snapshot))
        ended.wait()
    }

    private func start(_ job: Job) {
        state.withLock { $0.job = job }
        work.signal()
    }

    private func run() {
        while true {
            work.wait()
            guard let job = state.withLock({ $0.job.take() }) else { continue }
            let outcome: Outcome
            switch consume job {
            case .append(let entries, let snapshot): outcome = append(entries, keeping: snapshot)
            case .probe: outcome = probeJournal()
            case .stop(let snapshot):
                if let snapshot { journal.keep(snapshot) }
                journal.close()
                ended.signal()
                return
            }
            // The records are the loop's alone again, which fills their array anew.
            state.withLock { $0.outcome = outcome }
            done.signal()
        }
    }

    private func append(_ entries: [JournalEntry], keeping snapshot: JournalSnapshot?) -> Outcome {
        do throws(JournalError) {
            try timed(entries.count) { () throws(JournalError) in try journal.append(entries) }
            if let snapshot { journal.keep(snapshot) }
            return .appended
        } catch {
            return .failed(error)
        }
    }

    private func probeJournal() -> Outcome {
        do throws(JournalError) {
            try journal.probe()
            return .probed
        } catch {
            return .probeFailed(error)
        }
    }
}
