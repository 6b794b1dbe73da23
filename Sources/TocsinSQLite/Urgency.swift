import CLinux
import Dispatch
import Glibc
import Synchronization
import Threads

/// The scheduling of the thread that moves records: only when nothing else runs, or like the others.
///
/// A thread that steps back while it holds a lock delays the threads that wait for the lock, so it must be possible to
/// call it forward again. The system allows that to root and with `RLIMIT_NICE` (the unit has it). Without it the
/// thread does not step back.
///
/// Only the processor is affected. The thread's writes share blocks with the writes of others, the inodes of the files
/// for one. So its writes must not wait until the disk has nothing else to do, as `SCHED_IDLE` would have them by
/// itself.
final class Urgency: Sendable {
    /// `SCHED_OTHER` and `SCHED_IDLE` (sched(7)). The C library's module leaves the second out.
    private static let (normal, whenIdle): (CInt, CInt) = (0, 5)

    /// The thread while it steps back, otherwise 0.
    private let waiting = Atomic<UInt>(0)
    private let mayRise = Atomic(false)
    /// A lock held while the thread is called forward, so that it does not end meanwhile.
    private let rising = Mutex(())

    /// Checks whether a thread that stepped back can be called forward, on a thread for this alone.
    init() {
        let done = DispatchSemaphore(value: 0)
        do {
            try OwnThread.start("tocsin-table") { [self] in
                let rises = Self.schedule(pthread_self(), Self.whenIdle) && Self.schedule(pthread_self(), Self.normal)
                mayRise.store(rises, ordering: .relaxed)
                done.signal()
            }
            done.wait()
        } catch {
            // Without a thread the way back is not known to be open.
        }
    }

    /// Makes this thread the one that will step back, but not for the disk.
    func begin() {
        // If this fails, appends wait longer now and then.
        _ = linux_use_usual_io_priority()
    }

    /// Makes this thread step back from now on.
    func lower() {
        guard mayRise.load(ordering: .relaxed), Self.schedule(pthread_self(), Self.whenIdle) else { return }
        waiting.store(pthread_self(), ordering: .relaxed)
    }

    /// Calls the thread forward from now on.
    func raise() {
        rising.withLock { _ in
            let thread = waiting.exchange(0, ordering: .relaxed)
            if thread != 0 { Self.schedule(thread, Self.normal) }
        }
    }

    /// Notes that this thread ends, and must not be called any more.
    func end() {
        // The thread goes forward first: a thread that calls it just now waits for the lock.
        Self.schedule(pthread_self(), Self.normal)
        rising.withLock { _ in waiting.store(0, ordering: .relaxed) }
    }

    @discardableResult
    private static func schedule(_ thread: pthread_t, _ policy: CInt) -> Bool {
        var noPriority = sched_param()
        return pthread_setschedparam(thread, policy, &noPriority) == 0
    }
}
