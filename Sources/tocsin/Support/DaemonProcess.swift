import Glibc
import TocsinClient
import TocsinModel
import TocsinWire

/// A separate broker: a process on loopback with its journal in a temporary folder.
///
/// The system chooses the ports at the first start. Later starts use the same ports, so that clients find the broker
/// again after a kill.
actor DaemonProcess {
    /// The longest time of a start. The journal is replayed before the first answer.
    private static let startTimeout: Duration = .seconds(20)

    /// The daemon's configuration.
    struct Setup: Sendable {
        var folder: TemporaryFolder
        var rules: String
        var departments: String
        var grids: String?
        var heartbeat = "2s"
        var redeliverAfter = "5s"
    }

    nonisolated let control: String
    private let program: String
    private let setup: Setup
    private var child: ChildProcess?
    private var bound: (endpoints: Endpoints, feed: String)?

    /// - Throws: a ``Failure`` `invalid` if there is no tocsind beside this program and none in PATH.
    init(_ setup: Setup) throws {
        self.setup = setup
        control = "ipc://\(setup.folder.file("control.ipc"))"
        program = try Self.findProgram()
    }

    /// The daemon's endpoints, once it has been started.
    var endpoints: Endpoints? { bound?.endpoints }

    /// The file of the daemon's log.
    nonisolated var log: String { setup.folder.file("tocsind.log") }

    nonisolated var configurationFile: String { setup.folder.file("tocsin.yaml") }

    /// Starts the daemon and waits until it answers.
    ///
    /// - Throws: a ``Failure`` `unreachable` with the end of the log, if the daemon ends or does not answer in time.
    func start() async throws -> BrokerStatus {
        try setup.folder.write("tocsin.yaml", configuration())
        _ = try setup.folder.makeFolder("state")
        let child = try ChildProcess(program, ["--config", configurationFile], output: log)
        self.child = child
        do {
            let status = try await waitUntilItAnswers(child)
            bound = (status.endpoints, status.feed)
            return status
        } catch {
            await stop()
            throw error
        }
    }

    /// Returns the daemon's current status.
    func info() async throws -> BrokerStatus {
        let answer = try await ControlRequest(endpoint: control, timeout: .seconds(10)).ask(.info)
        return try readAnswer(answer, BrokerStatus.init(json:))
    }

    /// Kills the daemon with SIGKILL, so that it cannot write anything more.
    func kill() async {
        child?.send(SIGKILL)
        await child?.exit()
        child = nil
    }

    /// Sends SIGTERM, and waits until the daemon has ended.
    func stop() async {
        await child?.terminate()
        child = nil
    }

    /// Leaves the daemon running when this program ends.
    func release() -> pid_t? {
        defer { child = nil }
        return child?.processID
    }

    private func waitUntilItAnswers(_ child: ChildProcess) async throws -> BrokerStatus {
        let client = try Operator(endpoint: control)
        let answer: [UInt8]
        do {
            answer = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
                group.addTask { try await client.request(.info, within: Self.startTimeout) }
                group.addTask {
                    // Both tasks can be cancelled, which a wait for the child's exit cannot.
                    while child.status == nil { try await Task.sleep(for: .milliseconds(50)) }
                    return nil
                }
                defer { group.cancelAll() }
                guard let first = try await group.next(), let answer = first else {
                    throw Failure(.unreachable, "tocsind ended at once.\n\(logEnd)")
                }
                return answer
            }
        } catch ClientError.timedOut {
            await client.close()
            throw Failure(
                .unreachable, "tocsind did not answer within \(Clock.duration(Self.startTimeout)).\n\(logEnd)")
        } catch {
            await client.close()
            throw error
        }
        await client.close()
        let status = try readAnswer(answer, BrokerStatus.init(json:))
        guard status.processID == child.processID else {
            throw Failure(.unreachable, "Another process (\(status.processID)) answers at \(control).")
        }
        return status
    }

    private func configuration() -> String {
        let endpoints = bound?.endpoints
        var lines = [
            "endpoints:",
            "  reports: \"\(endpoints?.reports ?? "tcp://127.0.0.1:*")\"",
            "  alerts: \"\(endpoints?.alerts ?? "tcp://127.0.0.1:*")\"",
            "  feed: \"\(bound?.feed ?? "tcp://127.0.0.1:*")\"",
            "  control: \"\(control)\"",
            "state: \"\(setup.folder.file("state"))\"",
            "runtime: \"\(setup.folder.path)\"",
            "rules: \"\(setup.rules)\"",
            "departments: \"\(setup.departments)\"",
        ]
        if let grids = setup.grids { lines.append("grids: \"\(grids)\"") }
        lines += ["heartbeat: \(setup.heartbeat)", "redeliver-after: \(setup.redeliverAfter)", "log-level: info"]
        return lines.joined(separator: "\n") + "\n"
    }

    /// The last lines of the log, which usually name the problem.
    private nonisolated var logEnd: String {
        let text = (try? InputFile.text(log)) ?? ""
        return text.split(separator: "\n").suffix(8).map { "  \($0)" }.joined(separator: "\n")
    }

    private static func findProgram() throws -> String {
        let folders = [Environment.programFolder] + (Environment["PATH"] ?? "").split(separator: ":").map(String.init)
        for folder in folders where access("\(folder)/tocsind", X_OK) == 0 { return "\(folder)/tocsind" }
        throw Failure(
            .invalid,
            "There is no tocsind beside \(Environment.programFolder)/tocsin and none in PATH. "
                + "'swift build --product tocsind' makes one.")
    }
}
