internal import Synchronization
internal import Threads

/// Writes log entries on a separate thread, so that a logging thread never waits for the log's reader.
///
/// A stopped terminal, an unread pipe or a hanging journal blocks this thread only. Meanwhile entries wait, up to a
/// bound; further ones are dropped and counted.
final class LogWriter: Sendable {
    /// Writes an entry to its destination; may wait.
    typealias Work = @Sendable () -> Void

    /// The outcome of adding an entry.
    enum Outcome: Equatable {
        /// The entry will be written. `dropped` were dropped since the last entry that was taken.
        case taken(dropped: Int)
        case dropped
    }

    /// The writer of the process. A thousand entries are some hundred kilobytes, and more than a start or a failure
    /// logs.
    static let shared = LogWriter(capacity: 1000)

    private struct State: Sendable {
        var waiting: [Work] = []
        var dropped = 0
        var hasThread = false
        /// True while the thread writes the entries it has taken.
        var isWriting = false
        /// The callers that wait until everything is written.
        var flushes: [Semaphore] = []
    }

    /// Starts the thread.
    typealias Start = @Sendable (@escaping @Sendable () -> Void) throws -> Void

    private let capacity: Int
    private let start: Start
    private let state = Mutex(State())
    private let work = Semaphore()

    init(capacity: Int, start: @escaping Start = { try OwnThread.start("tocsin-log", $0) }) {
        self.capacity = capacity
        self.start = start
    }

    /// Queues an entry to be written after those before it. Any thread may call this; it never waits.
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

    /// Waits until all added entries are written, at most for `limit`. If the system has no thread to give, the
    /// caller's thread writes them, and begins none after `limit`.
    ///
    /// - Returns: True if all entries are written.
    @discardableResult
    func flush(within limit: Duration) -> Bool {
        let needsThread = state.withLock { state in
            defer { state.hasThread = state.hasThread || !state.waiting.isEmpty }
            return !state.hasThread && !state.waiting.isEmpty
        }
        if needsThread {
            startThread()
            work.signal()
        }
        guard state.withLock({ $0.hasThread }) else { return writeHere(until: .now + limit) }
        let written = Semaphore()
        let isIdle = state.withLock { state in
            guard !state.waiting.isEmpty || state.isWriting else { return true }
            state.flushes.append(written)
            return false
        }
        return isIdle || written.wait(for: limit)
    }

    private func startThread() {
        do {
            try start { [self] in
                while true {
                    work.wait()
                    writeAll()
                }
            }
        } catch {
            // The next entry tries again, and this one waits for it.
            state.withLock { $0.hasThread = false }
        }
    }

    private func writeHere(until end: ContinuousClock.Instant) -> Bool {
        while ContinuousClock.now < end {
            let entry = state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
            guard let entry else { break }
            entry()
        }
        return state.withLock { $0.waiting.isEmpty }
    }

    private func writeAll() {
        let entries = state.withLock { state in
            var entries: [Work] = []
            swap(&entries, &state.waiting)
            state.isWriting = true
            return entries
        }
        for entry in entries { entry() }
        let flushes = state.withLock { state -> [Semaphore] in
            state.isWriting = false
            guard state.waiting.isEmpty else { return [] }
            var flushes: [Semaphore] = []
            swap(&flushes, &state.flushes)
            return flushes
        }
        for flush in flushes { flush.signal() }
    }
}
