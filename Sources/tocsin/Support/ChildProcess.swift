import Dispatch
import Glibc
import Synchronization

/// A child process of this program. Its output goes to a file.
final class ChildProcess: Sendable {
    let processID: pid_t
    private let state = Mutex(State())

    private struct State {
        var status: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    /// Starts a program.
    ///
    /// The child gets a separate process group, so that Ctrl-C reaches only this program, which then ends the child in
    /// order. It gets none of the broker's environment variables, which would override its configuration.
    init(_ program: String, _ arguments: [String], output: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var usual = sigset_t()
        sigfillset(&usual)
        posix_spawnattr_setsigdefault(&attributes, &usual)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))
        let code = withCStrings([program] + arguments) { arguments in
            withCStrings(Self.environment) { environment in
                var processID: pid_t = 0
                let code = posix_spawn(&processID, program, &actions, &attributes, arguments, environment)
                return code == 0 ? .success(processID) : Result<pid_t, SpawnError>.failure(SpawnError(code: code))
            }
        }
        switch code {
        case .success(let number): processID = number
        case .failure(let error):
            throw Failure(.invalid, "\(program) cannot be started: \(String(cString: strerror(error.code)))")
        }
        DispatchQueue.global().async { [self] in reap() }
    }

    /// The exit status as waitpid(2) has it; nil while the child runs.
    var status: Int32? { state.withLock { $0.status } }

    /// Sends a signal, unless the child has ended.
    func send(_ signal: Int32) {
        state.withLock { state in
            // Until the child is reaped, no other process has its number.
            if state.status == nil { kill(processID, signal) }
        }
    }

    /// Waits until the child has ended.
    @discardableResult
    func exit() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = state.withLock { state in
                if state.status == nil { state.waiting.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    /// Asks the child to end and waits. Kills it after ten seconds.
    func terminate() async {
        send(SIGTERM)
        let impatience = Task {
            try await Task.sleep(for: .seconds(10))
            send(SIGKILL)
        }
        await exit()
        impatience.cancel()
    }

    private func reap() {
        var information = siginfo_t()
        // This waits without reaping, so that the number stays taken until the state says otherwise.
        while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        let (status, waiting) = state.withLock { state in
            var status: Int32 = 0
            while waitpid(processID, &status, 0) == -1, errno == EINTR {}
            state.status = status
            defer { state.waiting = [] }
            return (status, state.waiting)
        }
        for continuation in waiting { continuation.resume(returning: status) }
    }

    private struct SpawnError: Error {
        let code: Int32
    }

    private static var environment: [String] {
        var variables: [String] = []
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            let isBrokers = ["TOCSIN_", "STATE_DIRECTORY=", "RUNTIME_DIRECTORY=", "NOTIFY_SOCKET=", "WATCHDOG_"]
                .contains { text.hasPrefix($0) }
            if !isBrokers { variables.append(text) }
            next += 1
        }
        return variables
    }
}

/// Calls `body` with the strings in C's form, terminated by nil.
private func withCStrings<Value>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
) -> Value {
    let copies = strings.map { strdup($0) }
    defer {
        for copy in copies { free(copy) }
    }
    return body(copies + [nil])
}
