import Synchronization
import TocsinJournal
import TocsinModel

/// The work of a log for the broker's loop, and its outcome.
///
/// The loop hands over an append or a probe, and is woken when ``takeOutcome()`` has the outcome. While an append runs
/// the next commit grows: an idle broker commits at once, a busy one in groups.
final class LogWork: Sendable {
    /// The outcome of an append or a probe.
    enum Outcome: Hashable, Sendable {
        case appended
        case failed(JournalError)
        case probed
        case probeFailed(JournalError)
    }

    private let log: any Log
    private let answers: Answers

    /// Creates the work of `log`. `done` is signalled after each outcome that has not come at once.
    init(_ log: any Log, done: WakeUp) {
        self.log = log
        answers = Answers(done)
    }

    /// Appends entries. Earlier work must have been answered.
    func append(_ entries: [JournalEntry]) {
        answers.calling {
            log.append(entries) { [answers] result in
                switch result {
                case .success: answers.note(.appended)
                case .failure(let error): answers.note(.failed(error))
                }
            }
        }
    }

    /// Asks whether there is room again. Earlier work must have been answered.
    func probe() {
        answers.calling {
            log.probe { [answers] result in
                switch result {
                case .success: answers.note(.probed)
                case .failure(let error): answers.note(.probeFailed(error))
                }
            }
        }
    }

    /// Gives up the work under way. Its outcome is never told, as the journal is read again.
    func abandon() { answers.abandon() }

    /// Returns the outcome of the last work, once, or nil while there is none.
    func takeOutcome() -> Outcome? { answers.take() }
}

/// One outcome at a time, from any thread.
private final class Answers: Sendable {
    private struct State {
        var outcome: LogWork.Outcome?
        var isAbandoned = false
        /// True while the loop is handing work over. Then it looks for the outcome by itself.
        var isCalling = false
    }

    private let state = Mutex(State())
    private let done: WakeUp

    init(_ done: WakeUp) {
        self.done = done
    }

    func calling(_ body: () -> Void) {
        state.withLock { $0.isCalling = true }
        body()
        state.withLock { $0.isCalling = false }
    }

    func note(_ outcome: LogWork.Outcome) {
        let isAwaited = state.withLock { state in
            guard !state.isAbandoned else { return false }
            state.outcome = outcome
            return !state.isCalling
        }
        if isAwaited { done.signal() }
    }

    func abandon() {
        state.withLock { state in
            state.isAbandoned = true
            state.outcome = nil
        }
    }

    func take() -> LogWork.Outcome? {
        state.withLock { $0.outcome.take() }
    }
}
