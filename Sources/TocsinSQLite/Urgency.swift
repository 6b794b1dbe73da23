import CLinux
import Dispatch
import Glibc
import Synchronization
import Threads

/// How the system schedules the thread that moves: when nothing else runs, or like the others.
///
/// A thread that steps back with a lock in its hands holds up whoever waits for it, so it must be possible to call it
/// forward again. The system allows that to root and with `RLIMIT_NICE` (the unit has it); elsewhere the thread does
/// not step back.
///
/// It is about the processor alone. What the thread writes shares blocks with what others write, the inodes of the files
/// for one, so its writes must not wait until the disk has nothing else to do, as `SCHED_IDLE` would have them by itself.
final class Urgency: Sendable {
    /// `SCHED_OTHER` and `SCHED_IDLE` (sched(7)); the C library's module leaves the second out.
    private static let (normal, whenIdle): (CInt, CInt) = (0, 5)

    /// The thread, as long as it steps back for the others; 0 otherwise.
    private let waiting = Atomic<UInt>(0)
    private let mayRise = Atomic(false)
    /// Held while a thread is called forward, so that it does not end meanwhile.
    private let rising = Mutex(())

    /// Sees on a thread that has nothing else to do whether the way back is open.
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
            // Then it is not known to be open.
        }
    }

    /// This thread is the one that will step back, and not for the disk.
    func begin() {
        // Where this fails, the appends wait longer now and then.
        _ = linux_use_usual_io_priority()
    }

    /// From now on this thread steps back.
    func lower() {
        guard mayRise.load(ordering: .relaxed), Self.schedule(pthread_self(), Self.whenIdle) else { return }
        waiting.store(pthread_self(), ordering: .relaxed)
    }

    /// From now on it does not.
    func raise() {
        rising.withLock { _ in
            let thread = waiting.exchange(0, ordering: .relaxed)
            if thread != 0 { Self.schedule(thread, Self.normal) }
        }
    }

    /// This thread ends, and is not to be called any more.
    func end() {
        // First forward: whoever calls it just now waits for the lock.
        Self.schedule(pthread_self(), Self.normal)
        rising.withLock { _ in waiting.store(0, ordering: .relaxed) }
    }

    @discardableResult
    private static func schedule(_ thread: pthread_t, _ policy: CInt) -> Bool {
        var noPriority = sched_param()
        return pthread_setschedparam(thread, policy, &noPriority) == 0
    }
}
