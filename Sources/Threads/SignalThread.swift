import Glibc

/// Takes signals of the process on a thread of its own, one after the other. Their handler may do anything.
///
/// A dispatch source would start libdispatch's worker threads. Each asks for a priority when it begins, and libdispatch
/// writes to the system's log if the process may not have it, as under a service manager.
public enum SignalThread {
    /// Blocks these signals and hands each one to `body` from now on.
    ///
    /// Call it before other threads start. The signals are blocked in the calling thread and in all threads that it
    /// starts later.
    ///
    /// - Throws: ``OwnThread/Failure``. The signals are blocked even so.
    public static func start(
        _ signals: [CInt], _ body: @escaping @Sendable (CInt) -> Void
    ) throws(OwnThread.Failure) {
        var numbers = sigset_t()
        sigemptyset(&numbers)
        for signal in signals { sigaddset(&numbers, signal) }
        pthread_sigmask(SIG_BLOCK, &numbers, nil)
        let blocked = numbers
        try OwnThread.start("tocsin-signals") {
            var (blocked, signal) = (blocked, CInt(0))
            while true {
                // It fails only if a number is not a signal's.
                if sigwait(&blocked, &signal) == 0 { body(signal) }
            }
        }
    }
}
