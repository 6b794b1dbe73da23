import Foundation
import ZeroMQ

/// The real daemon as a process of its own, with a service manager's notify socket at its side.
final class Daemon {
    let process: ChildProcess
    let notify: NotifySocket
    private let station: Station
    private let errors: String
    private let context: Context
    private var endpoints: [String: String] = [:]

    /// Starts the process. With `shell`, those commands run before it, in a mount namespace of their own.
    init(
        _ station: Station, number: Int, flags: [String], environment: [String: String], shell: String?
    ) throws {
        self.station = station
        errors = "errors-\(number)"
        context = try Context()
        notify = try NotifySocket(path: station.folder + "/notify-\(number)")
        let command = [Daemon.program, "--config", station.folder + "/tocsin.yaml"] + flags
        let words = shell.map { ["/usr/bin/unshare", "-m", "/bin/sh", "-c", $0 + " && exec \"$@\"", "sh"] + command }
        let all = words ?? command
        process = try ChildProcess(
            all[0], Array(all.dropFirst()),
            environment: Daemon.environment.merging(environment) { $1 }
                .merging(["NOTIFY_SOCKET": notify.path]) { $1 },
            output: station.folder + "/output-\(number)", errors: station.folder + "/" + errors)
    }

    static let program = built("tocsind")
    static let commandLine = built("tocsin")

    /// A program beside this test bundle: SwiftPM builds them into one folder.
    private static func built(_ name: String) -> String {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent(name).path
    }

    /// The surroundings of this process without what would configure the daemon.
    static let environment = ProcessInfo.processInfo.environment.filter { name, _ in
        !["TOCSIN_", "NOTIFY_", "WATCHDOG_", "STATE_DIRECTORY", "RUNTIME_DIRECTORY"].contains { name.hasPrefix($0) }
    }

    /// Waits for READY and asks where the endpoints are.
    func waitUntilReady() throws {
        try waitForNotice("READY=1")
        endpoints["control"] = "ipc://\(station.folder)/run/control.ipc"
        let info = try info()
        for name in ["reports", "alerts", "feed"] { endpoints[name] = info["endpoints"][name].text }
    }

    /// The next message to the service manager.
    func nextNotice() throws -> [String] {
        guard try process.wait(for: [notify.descriptor]) != nil else {
            throw TestFailure("The daemon has ended (\(try process.waitForExit())): \(try log())")
        }
        return try notify.receive()
    }

    /// Reads messages to the service manager until one has this line.
    @discardableResult
    func waitForNotice(_ line: String) throws -> [String] {
        while true {
            let notice = try nextNotice()
            if notice.contains(line) { return notice }
        }
    }

    /// Reads messages to the service manager until one says that all is well again.
    func waitUntilServingAgain() throws {
        while try nextNotice().first?.hasPrefix("STATUS=Serving tcp://") != true {}
    }

    /// Ends the daemon as a power failure would, but for the disk.
    func killNow() throws {
        process.send(SIGKILL)
        _ = try process.waitForExit()
    }

    /// Ends the daemon as a service manager would.
    @discardableResult
    func stop() throws -> ChildProcess.Exit {
        process.send(SIGTERM)
        return try process.waitForExit()
    }

    /// What it has logged up to now: the entries of the last moment may not be written yet.
    func log() throws -> String { try station.read(errors) }

    /// Ends it, and returns everything that it has logged.
    func logToTheEnd() throws -> String {
        try stop()
        return try log()
    }

    /// The most memory it has ever had, in bytes.
    func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.processID)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        guard let kilobytes = line?.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) }) else {
            throw TestFailure("There is no VmHWM in /proc.")
        }
        return kilobytes * 1024
    }
}

/// Who connects to it.
extension Daemon {
    func endpoint(_ name: String) throws -> String {
        guard let endpoint = endpoints[name] else { throw TestFailure("The endpoint \(name) is not known.") }
        return endpoint
    }

    func peer(
        _ kind: Socket.Kind = .dealer, at name: String, queue: Int? = nil, subscriptions: [String] = []
    ) throws -> Peer {
        try Peer(kind, to: endpoint(name), of: self, in: context, queue: queue, subscriptions: subscriptions)
    }

    func reporter() throws -> Peer { try peer(at: "reports") }

    func control() throws -> Peer { try peer(at: "control") }

    /// A terminal that has joined.
    func terminal(_ recipient: String, as name: String = "desk-1", credit: Int = 1000) throws -> Peer {
        let terminal = try peer(at: "alerts")
        let answer = try terminal.ask("TIP1 JOIN \(recipient) \(name) \(credit)")
        guard answer.header == "TIP1 JOINED \(recipient)" else { throw TestFailure("JOIN: \(answer)") }
        return terminal
    }

    /// The answer to INFO.
    func info() throws -> JSON { try control().ask("TIP1 INFO info").body }

    /// The rows of a query, once everything that the daemon has on disk is in the table.
    func query(_ sql: String) throws -> [String] {
        let last = try info()["journal"]["lastPosition"].number
        for _ in 0..<10_000 {
            let row = try station.query("SELECT max(position) FROM record").first
            if let row, Int(row) == last { return try station.query(sql) }
        }
        throw TestFailure("The newest records do not come into the table.")
    }

    /// Lets no file of the daemon's grow beyond so many bytes. The soft limit alone: the hard one could not be raised again.
    func limitFileSize(_ bytes: String) throws {
        let arguments = ["--pid", "\(process.processID)", "--fsize=\(bytes):"]
        let outcome = try station.run(program: "/usr/bin/prlimit", arguments)
        guard outcome.exit == .code(0) else { throw TestFailure("prlimit: \(outcome.errors)") }
    }
}

/// A report as a field client would write it; `more` are further members, such as `"headline":"…"`.
func report(
    _ identifier: String, event: String = "fire", severity: String = "Severe", more: String = ""
) -> String {
    """
    {"identifier":"\(identifier)","sender":"handheld-7","sent":"2026-11-23T08:10:00+08:00","event":"\(event)",\
    "category":"Fire","severity":"\(severity)","urgency":"Immediate","certainty":"Observed"\
    \(more.isEmpty ? "" : ",")\(more)}
    """
}

/// A report of so many bytes.
func report(_ identifier: String, event: String = "fire", bytes: Int) -> String {
    let empty = report(identifier, event: event, more: "\"description\":\"\"").utf8.count
    return report(
        identifier, event: event, more: "\"description\":\"\(String(repeating: "x", count: max(0, bytes - empty)))\"")
}

extension Peer {
    /// Sends a report, and returns the number of its incident.
    func incident(_ identifier: String, event: String = "fire", severity: String = "Severe") throws -> Int {
        let answer = try ask("TIP1 REPORT r", report(identifier, event: event, severity: severity))
        guard answer.header == "TIP1 RECEIPT r", let number = try answer.body["incident"].number else {
            throw TestFailure("REPORT: \(answer)")
        }
        return number
    }

    /// The next alert, said to be RECEIVED.
    func takeAlert() throws -> (number: Int, envelope: JSON, report: JSON) {
        let answer = try receive()
        guard answer.words.dropFirst().first == "ALERT", let number = answer.words.last.flatMap({ Int($0) }),
            answer.bodies.count == 2
        else { throw TestFailure("An alert was to come: \(answer)") }
        try send("TIP1 RECEIVED \(answer.words[2]) \(number)")
        return (number, try JSON(answer.bodies[0]), try JSON(answer.bodies[1]))
    }
}
