import Foundation
import Testing

/// A folder with everything a daemon needs, on which one daemon after another can run. It goes with this value.
final class Station {
    let folder: String
    private var started = 0

    /// Departments, rules and a configuration whose times are so long that nothing happens unless a test wants it.
    init(rules: String = Station.rules) throws {
        var template = Array("/tmp/tocsin-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFailure("No temporary folder can be made.") }
        folder = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        try write("departments.yaml", Station.departments)
        try write("rules.yaml", rules)
        try write("tocsin.yaml", Station.configuration)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            Issue.record(error, "the folder of a station stays behind")
        }
    }

    var journal: String { folder + "/state/journal.sqlite" }

    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
    }

    /// Starts the daemon and waits until it is ready.
    func start(_ flags: String..., environment: [String: String] = [:], shell: String? = nil) throws -> Daemon {
        let daemon = try launch(flags, environment: environment, shell: shell)
        try daemon.waitUntilReady()
        return daemon
    }

    /// Starts the daemon and does not wait.
    func launch(_ flags: [String] = [], environment: [String: String] = [:], shell: String? = nil) throws -> Daemon {
        started += 1
        return try Daemon(self, number: started, flags: flags, environment: environment, shell: shell)
    }

    /// Runs the daemon's program to its end.
    func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
        try run(program: Daemon.program, arguments, environment: environment)
    }

    /// Runs the daemon as `start` does, with the station's configuration, where it is expected to end by itself.
    func runWithConfiguration(_ flags: String..., environment: [String: String] = [:]) throws -> Outcome {
        try run(["--config", folder + "/tocsin.yaml"] + flags, environment: environment)
    }

    /// Runs `tocsin` to its end.
    ///
    /// - Parameter output: where standard output goes instead of the outcome, such as `/dev/full`.
    func runCommand(_ arguments: [String], output: String? = nil) throws -> Outcome {
        try run(program: Daemon.commandLine, arguments, output: output)
    }

    /// Runs `tocsin` to its end with a pipe as its standard output whose reader has gone already.
    func runCommandWithoutReader(_ arguments: [String]) throws -> Outcome {
        let script = #"exec 3> >(:); wait $!; exec "$@" >&3 3>&-"#
        return try run(program: "/bin/bash", ["-c", script, "bash", Daemon.commandLine] + arguments)
    }

    /// Runs a program to its end.
    func run(
        program: String, _ arguments: [String], environment: [String: String] = [:], output elsewhere: String? = nil
    ) throws -> Outcome {
        started += 1
        let (output, errors) = ("output-\(started)", "errors-\(started)")
        let process = try ChildProcess(
            program, arguments, environment: Daemon.environment.merging(environment) { $1 },
            output: elsewhere ?? folder + "/" + output, errors: folder + "/" + errors)
        let exit = try process.waitForExit()
        return Outcome(exit: exit, output: elsewhere == nil ? try read(output) : "", errors: try read(errors))
    }

    /// What a program that has ended leaves.
    struct Outcome {
        let exit: ChildProcess.Exit
        let output: String
        let errors: String
    }

    /// The rows of a query, as the sqlite3 shell prints them; another process reads, as an operator would.
    func query(_ sql: String) throws -> [String] {
        let outcome = try run(program: "/usr/bin/sqlite3", ["-readonly", journal, sql])
        guard outcome.exit == .code(0) else { throw TestFailure("sqlite3: \(outcome.errors)") }
        return outcome.output.split(separator: "\n").map(String.init)
    }

    static let departments = """
        departments:
          - { name: fire, zh: 消防救援支队, en: Fire and Rescue }
          - { name: police, zh: 公安分局, en: Police }
          - { name: gas, zh: 燃气抢修中心, en: Gas Repair }
          - { name: leader, zh: 值班领导, en: Duty Leader }
          - { name: desk, zh: 总值班室, en: Duty Desk }

        """

    static let rules = """
        fallback: desk
        rules:
          - name: 火灾 fire
            when: { event: fire }
            notify: fire
            inform: police
            acknowledge-within: 1h
            escalate:
              - { after: 1h, to: leader }
          - name: gas
            when: { event: gas }
            notify: gas
          - name: impatient
            when: { event: impatient }
            notify: gas
            acknowledge-within: 300ms
            escalate:
              - { after: 300ms, to: leader }
          - name: note
            when: { event: note }
            inform: police

        """

    private static let configuration = """
        endpoints:
          reports: tcp://127.0.0.1:0
          alerts: tcp://127.0.0.1:0
          feed: tcp://127.0.0.1:0
        state: state
        runtime: run
        rules: rules.yaml
        departments: departments.yaml
        heartbeat: 1h
        redeliver-after: 1h

        """
}
