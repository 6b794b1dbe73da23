import Dispatch
import Synchronization
import Threads

/// Sees to it that no record waits long in the tail while the thread that moves steps back.
///
/// With all processors busy that thread would hardly run, and a backup would miss what it has not moved. It cannot see to
/// that itself, and after a record that comes alone nobody else comes by: so a thread of its own calls it forward, which
/// sleeps unless a record waits.
final class TableWatch: Sendable {
    /// How old a record becomes outside the table before moving it is as urgent as anything else.
    private static let latest = Duration.milliseconds(500)

    private let tail: Tail
    private let urgency: Urgency
    /// No record that waits is older.
    private let oldest = Mutex(ContinuousClock.now)
    private let recordsCame = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let isStopping = Atomic(false)

    /// Starts the thread.
    ///
    /// - Throws: Where the system has no thread to give.
    init(over tail: Tail, raising urgency: Urgency) throws(OwnThread.Failure) {
        self.tail = tail
        self.urgency = urgency
        try OwnThread.start("tocsin-watch") { [self] in run() }
    }

    /// A record has come, and none waited before.
    func begin() {
        goOn(since: .now)
        recordsCame.signal()
    }

    /// Those that waited are in the table; those that wait now have come since.
    func goOn(since time: ContinuousClock.Instant) {
        oldest.withLock { $0 = time }
    }

    /// Whether a record has waited too long.
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
                    // Where the table takes nothing for long, no more is to be done.
                    rest = Self.latest
                }
                _ = recordsCame.wait(timeout: .now() + rest / .seconds(1))
            }
        }
        ended.signal()
    }
}
