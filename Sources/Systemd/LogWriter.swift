internal import Dispatch
internal import Synchronization
internal import Threads

/// Writes log entries on a thread of its own, so that whoever logs never waits for whoever reads the log.
///
/// A terminal that is stopped, a pipe that nobody reads or a journal that hangs holds this thread. Meanwhile entries
/// gather up to a bound; those above it are dropped and counted.
final class LogWriter: Sendable {
    /// Writes an entry where it goes; may wait.
    typealias Work = @Sendable () -> Void

    /// What became of an entry.
    enum Outcome: Equatable {
        /// It will be written; so many were dropped since the last one that was taken.
        case taken(dropped: Int)
        case dropped
    }

    /// The process's own. A thousand entries are some hundred kilobytes, and more than a start or a failure logs.
    static let shared = LogWriter(capacity: 1000)

    private struct State: Sendable {
        var waiting: [Work] = []
        var dropped = 0
        var hasThread = false
        /// Whether the thread is writing what it has taken.
        var isWriting = false
        /// Those who wait until everything is written.
        var flushes: [DispatchSemaphore] = []
    }

    private let capacity: Int
    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Has an entry written, after those before it. Any thread may call it; it never waits.
    func add(_ entry: @escaping Work) -> Outcome {
        let (outcome, needsThread) = state.withLock { state -> (Outcome, Bool) in
            guard state.waiting.count < capacity else {
                state.dropped += 1
                return (.dropped, false)
            }
            state.waiting.append(entry)
            let (dropped, needsThread) = (state.dropped, !state.hasThread)
            (state.dropped, state.hasThread) = (0, true)
            return (.taken(dropped: dropped), needsThread)
        }
        if needsThread { startThread() }
        if outcome != .dropped { work.signal() }
        return outcome
    }

    /// Waits until everything that was added is written, but no longer than `limit`. Where the system has no thread to give,
    /// it is written here.
    ///
    /// - Returns: Whether it is.
    @discardableResult
    func flush(within limit: Duration) -> Bool {
        guard state.withLock({ $0.hasThread }) else {
            writeAll()
            return true
        }
        let written = DispatchSemaphore(value: 0)
        let isIdle = state.withLock { state in
            guard !state.waiting.isEmpty || state.isWriting else { return true }
            state.flushes.append(written)
            return false
        }
        return isIdle || written.wait(timeout: .now() + limit / .seconds(1)) == .success
    }

    private func startThread() {
        do {
            try OwnThread.start("tocsin-log") { [self] in
                while true {
                    work.wait()
                    writeAll()
                }
            }
        } catch {
            // The next entry tries again; this one waits for it.
            state.withLock { $0.hasThread = false }
        }
    }

    private func writeAll() {
        let entries = state.withLock { state in
            var entries: [Work] = []
            swap(&entries, &state.waiting)
            state.isWriting = true
            return entries
        }
        for entry in entries { entry() }
        let flushes = state.withLock { state -> [DispatchSemaphore] in
            state.isWriting = false
            guard state.waiting.isEmpty else { return [] }
            var flushes: [DispatchSemaphore] = []
            swap(&flushes, &state.flushes)
            return flushes
        }
        for flush in flushes { flush.signal() }
    }
}
