import Dispatch
import Foundation
import Synchronization
import TocsinJournal
import TocsinModel

/// The thread that owns the journal: one job at a time, so that whatever gathers meanwhile is committed together.
///
/// The broker's loop hands over a batch with ``append(_:)`` and is woken when ``takeOutcome()`` has the answer. While a
/// commit runs the next batch grows; an idle broker commits at once, a busy one in groups.
final class JournalThread: Sendable {
    enum Outcome: Sendable {
        case appended
        case probed
        case failed(JournalError)
    }

    private enum Job: Sendable {
        case append([JournalEntry], JournalSnapshot?)
        case probe
        case stop(JournalSnapshot?)
    }

    private struct State: Sendable {
        var job: Job?
        var outcome: Outcome?
    }

    private let journal: any Journal
    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let done: WakeUp

    /// Starts the thread; `done` is signalled after each job.
    init(journal: any Journal, done: WakeUp) {
        self.journal = journal
        self.done = done
        let thread = Thread { [self] in run() }
        thread.name = "tocsin-journal"
        thread.start()
    }

    /// Appends a batch, and keeps a snapshot of what it leads to, if there is one. The previous job's outcome must have
    /// been taken.
    func append(_ entries: [JournalEntry], snapshot: JournalSnapshot? = nil) {
        start(.append(entries, snapshot))
    }

    /// Asks whether there is room again.
    func probe() {
        start(.probe)
    }

    /// The last job's outcome, once, unless it is an append that has succeeded; nil while it runs.
    func takeOutcome() -> Outcome? {
        state.withLock { state in
            // An append may have ended since it was last asked for, and is left for whoever asks next.
            if case .appended = state.outcome { return nil }
            defer { state.outcome = nil }
            return state.outcome
        }
    }

    /// Whether the last job was an append that has succeeded; says so once.
    func takeAppended() -> Bool {
        state.withLock { state in
            guard case .appended = state.outcome else { return false }
            state.outcome = nil
            return true
        }
    }

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
            switch job {
            case .append(let entries, let snapshot):
                outcome = attempt(.appended) { () throws(JournalError) in
                    try journal.append(entries)
                    if let snapshot { try journal.keep(snapshot) }
                }
            case .probe: outcome = attempt(.probed) { () throws(JournalError) in try journal.probe() }
            case .stop(let snapshot):
                // Without it the next start reads more records, and that is all.
                if let snapshot { _ = attempt(.appended) { () throws(JournalError) in try journal.keep(snapshot) } }
                journal.close()
                ended.signal()
                return
            }
            state.withLock { $0.outcome = outcome }
            done.signal()
        }
    }

    private func attempt(_ success: Outcome, _ body: () throws(JournalError) -> Void) -> Outcome {
        do {
            try body()
            return success
        } catch {
            return .failed(error)
        }
    }
}
