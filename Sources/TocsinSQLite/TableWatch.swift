import Synchronization
import Threads

/// Makes sure that no record waits long in the tail while the thread that moves steps back.
///
/// With all processors busy that thread would hardly run, and a backup would miss the records that it has not moved. It
/// cannot watch this itself, and after a single record no other thread comes by. So a thread of its own calls it
/// forward. It sleeps unless a record waits.
final class TableWatch: Sendable {
    /// The age of a record outside the table from which moving it is as urgent as anything else.
    private static let latest = Duration.milliseconds(500)

    private let tail: Tail
    private let urgency: Urgency
    /// A time that is not after the arrival of any waiting record.
    private let oldest = Mutex(ContinuousClock.now)
    private let recordsCame = Semaphore()
    private let ended = Semaphore()
    private let isStopping = Atomic(false)

    /// Starts the thread.
    ///
    /// - Throws: If the system has no thread to give.
    init(over tail: Tail, raising urgency: Urgency) throws(OwnThread.Failure) {
        self.tail = tail
        self.urgency = urgency
        try OwnThread.start("tocsin-watch") { [self] in run() }
    }

    /// Notes that a record has come, and none waited before.
    func begin() {
        goOn(since: .now)
        recordsCame.signal()
    }

    /// Notes that the earlier records are in the table. Those that wait now have come since `time`.
    func goOn(since time: ContinuousClock.Instant) {
        oldest.withLock { $0 = time }
    }

    /// True if a record has waited too long.
    var isOverdue: Bool { !tail.isEmpty && rest <= .zero }

    /// Ends the thread, and waits for that.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        recordsCame.signal()
        ended.wait()
    }

    private var rest: Duration { Self.latest - oldest.withLock { $0.duration(to: .now) } }

    private func run() {
        while !isStopping.load(ordering: .relaxed) {
            recordsCame.wait()
            while !tail.isEmpty, !isStopping.load(ordering: .relaxed) {
                var rest = rest
                if rest <= .zero {
                    urgency.raise()
                    // If the table takes nothing for long, no more can be done.
                    rest = Self.latest
                }
                _ = recordsCame.wait(for: rest)
            }
        }
        ended.signal()
    }
}
