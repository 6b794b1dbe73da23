import Glibc

/// A process that a test has started; it ends with this value at the latest, whatever becomes of the test.
///
/// The child inherits one end of a socket pair, and nobody else has it. So the other end reports the child's end as an event
/// that can be waited for.
final class ChildProcess {
    /// How a process has ended.
    enum Exit: Equatable {
        case code(Int32)
        case signal(Int32)
    }

    let processID: pid_t
    private let path: String
    private let lifeline: Int32
    private var exit: Exit?

    /// Starts a program with its standard output and its standard error going to files.
    init(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], input: String = "/dev/null",
        output: String, errors: String
    ) throws {
        self.path = path
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        try TestFailure.check(socketpair(AF_UNIX, type, 0, &ends), "socketpair")
        lifeline = ends[0]
        defer { close(ends[1]) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 3)

        // Tests run on threads that block signals, and a child inherits that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        let words = ([path] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var processID: pid_t = 0
        let code = posix_spawn(&processID, path, &actions, &attributes, words, variables)
        guard code == 0 else {
            close(lifeline)
            throw TestFailure("\(path) cannot be started: \(String(cString: strerror(code)))")
        }
        self.processID = processID
    }

    deinit {
        if exit == nil {
            kill(processID, SIGKILL)
            _ = reap()
        }
        close(lifeline)
    }

    /// Sends a signal, to this process alone.
    func send(_ signal: Int32) {
        guard exit == nil else { return }
        kill(processID, signal)
    }

    /// Waits until the process has ended.
    func waitForExit() throws -> Exit {
        if let exit { return exit }
        guard try wait(for: []) == nil else { throw TestFailure("\(path) was to end and did not.") }
        return reap()
    }

    /// Waits for one of the descriptors to become readable, and returns its index; nil when the process ends first.
    func wait(for descriptors: [Int32]) throws -> Int? {
        var items = (descriptors + [lifeline]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let ready = poll(&items, nfds_t(items.count), Int32(Patience.milliseconds))
        guard ready != -1 || errno != EINTR else { return try wait(for: descriptors) }
        guard ready > 0 else { throw TestFailure("\(path) neither said a thing nor ended.") }
        return items.firstIndex { $0.revents != 0 }.flatMap { $0 < descriptors.count ? $0 : nil }
    }

    private func reap() -> Exit {
        var status: Int32 = 0
        while waitpid(processID, &status, 0) == -1, errno == EINTR {}
        let signal = status & 0x7f
        let result = signal == 0 ? Exit.code((status >> 8) & 0xff) : .signal(signal)
        exit = result
        return result
    }
}

/// How long a test waits for what must come. No test on a working machine uses it up: it turns a hang into a failure.
enum Patience {
    static let milliseconds = 30_000
}

/// Something that a test relies on and that did not happen.
struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    @discardableResult
    static func check(_ result: Int32, _ call: String) throws -> Int32 {
        guard result != -1 else { throw TestFailure("\(call): \(String(cString: strerror(errno)))") }
        return result
    }
}
