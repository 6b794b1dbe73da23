import Glibc

/// A thread of the system for work that waits, which must not happen in the cooperative pool.
enum OwnThread {
    /// Starts a thread that runs `body` and ends.
    static func start(_ body: @escaping @Sendable () -> Void) throws(ClientError) {
        let box = Unmanaged.passRetained(Body(run: body))
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, runBody, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw .connection("pthread_create: \(String(cString: strerror(code)))")
        }
        pthread_detach(thread)
    }

    fileprivate final class Body: Sendable {
        let run: @Sendable () -> Void

        init(run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}

private func runBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    // Signals are for the program's own threads.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    Unmanaged<OwnThread.Body>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
