import CLinux
import Glibc

/// A count that threads wait for, by the time that passes (sem_init(3)).
///
/// A wait of libdispatch's semaphore ends on Linux at a time of the civil clock. If that is set back meanwhile, the wait
/// takes as much longer. This one goes by `CLOCK_MONOTONIC`. A signal never waits.
///
/// `@unchecked Sendable`: any thread may post and wait (sem_overview(7)), and the memory lives as long as this.
public final class Semaphore: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    /// A semaphore for which nothing has been signalled.
    public init() {
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    /// Lets one wait return.
    public func signal() {
        sem_post(semaphore)
    }

    /// Waits for a signal, for as long as it takes.
    public func wait() {
        while sem_wait(semaphore) != 0 {}
    }

    /// Waits for a signal, at most so long. Returns false if none has come.
    public func wait(for time: Duration) -> Bool {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        let (seconds, attoseconds) = max(time, .zero).components
        let nanoseconds = Int64(end.tv_nsec) + attoseconds / 1_000_000_000
        end.tv_sec += Int(seconds + nanoseconds / 1_000_000_000)
        end.tv_nsec = Int(nanoseconds % 1_000_000_000)
        while linux_wait_until(semaphore, &end) != 0 {
            guard errno == EINTR else { return false }
        }
        return true
    }
}
