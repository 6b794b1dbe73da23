import Synchronization
import TocsinJournal
import TocsinModel

/// What the broker's loop has a log do, and what has come of it.
///
/// The loop hands over an append or a probe, and is woken when ``takeOutcome()`` has the answer. While an append runs the
/// next commit grows: an idle broker commits at once, a busy one in groups.
final class LogWork: Sendable {
    /// What an append or a probe has come to.
    enum Outcome: Hashable, Sendable {
        case appended
        case failed(JournalError)
        case probed
        case probeFailed(JournalError)
    }

    private let log: any Log
    private let answers: Answers

    /// `done` is signalled after each answer that has not come at once.
    init(_ log: any Log, done: WakeUp) {
        self.log = log
        answers = Answers(done)
    }

    /// Appends entries. What was handed over before must have been answered.
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

    /// Asks whether there is room again. What was handed over before must have been answered.
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

    /// What was handed over last has come to this, once; nil while it goes on.
    func takeOutcome() -> Outcome? { answers.take() }
}

/// One answer at a time, from whichever thread has it.
private final class Answers: Sendable {
    private struct State {
        var outcome: LogWork.Outcome?
        /// Whether the loop is handing something over: it looks for the answer by itself.
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
        let isCalling = state.withLock { state in
            state.outcome = outcome
            return state.isCalling
        }
        if !isCalling { done.signal() }
    }

    func take() -> LogWork.Outcome? {
        state.withLock { $0.outcome.take() }
    }
}
