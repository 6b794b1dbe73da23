import Glibc
import Synchronization

/// A thread of the system, for work that waits and so must not happen in the cooperative pool.
///
/// The thread has its name where the system shows threads (`top -H`, `gdb`), unlike Foundation's threads. It blocks all
/// signals, which are for the program's own threads.
public enum OwnThread {
    /// The error of a system that has no thread to give.
    public struct Failure: Error, CustomStringConvertible {
        /// `errno` of pthread_create(3).
        public let code: CInt

        public var description: String {
            "The system gives no thread (pthread_create: \(String(cString: strerror(code)))). "
                + "Raise the limit of tasks (TasksMax in the unit, or ulimit -u)."
        }
    }

    /// The bytes of stack. Compiling a large rule file needs a large stack. Its memory is taken only where it is used.
    private static let stackBytes = 8 * 1024 * 1024

    /// Starts a thread that runs `body` and ends. The name has at most 15 bytes.
    ///
    /// - Throws: ``Failure``, which may last only a moment. Work that can wait tries again.
    public static func start(
        _ name: StaticString, _ body: @escaping @Sendable () -> Void
    ) throws(Failure) {
        _ = try create(name, isDetached: true, body)
    }

    /// - Returns: The thread. The caller must join it unless it is detached.
    private static func create(
        _ name: StaticString, isDetached: Bool, _ body: @escaping @Sendable () -> Void
    ) throws(Failure) -> pthread_t {
        precondition(name.utf8CodeUnitCount <= 15, "The system takes no longer name of a thread: \(name).")
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        if isDetached { pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED)) }
        pthread_attr_setstacksize(&attributes, stackBytes)
        let work = Unmanaged.passRetained(Work(name: name, body: body))
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, runWork, work.toOpaque())
        guard code == 0 else {
            work.release()
            throw Failure(code: code)
        }
        return thread
    }

    /// Runs `body` on a thread of its own, waits for its end, and returns its result.
    ///
    /// - Throws: ``Failure``; whatever `body` throws.
    public static func runAndWait<Value: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        let end = End<Value>()
        let thread = try create(name, isDetached: false) {
            let result = Result { try body() }
            end.result.withLock { $0 = result }
        }
        pthread_join(thread, nil)
        guard let result = end.result.withLock({ $0 }) else {
            preconditionFailure("\(name) has ended without a result.")
        }
        return try result.get()
    }

    /// The result of a thread that is waited for.
    private final class End<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
    }

    /// Runs `body` on a new thread, and returns its result.
    ///
    /// - Throws: ``Failure``; any error of `body`.
    public static func run<Value: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            do throws(Failure) {
                try start(name) { continuation.resume(with: Result { try body() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    fileprivate final class Work: Sendable {
        let name: StaticString
        let body: @Sendable () -> Void

        init(name: StaticString, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}

private func runWork(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    let work = Unmanaged<OwnThread.Work>.fromOpaque(argument).takeRetainedValue()
    takeName(work.name)
    work.body()
    return nil
}

/// Names this thread by writing the file that stands for it (proc(5)). The C library's function is not in its module.
private func takeName(_ name: StaticString) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    // The thread works without its name, too.
    _ = name.withUTF8Buffer { write(file, $0.baseAddress, $0.count) }
    close(file)
}
