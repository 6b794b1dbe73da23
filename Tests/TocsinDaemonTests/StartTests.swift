import Foundation
import Testing
import ZeroMQ

extension DaemonTests {
    /// A daemon that cannot start says why and what to do, and ends with a code that says whose fault it is.
    @Suite struct StartTests {
        let station: Station

        init() throws {
            station = try Station()
        }

        @Test func `--help teaches, and --version says the version`() throws {
            let help = try station.run(["--help"])
            #expect(help.exit == .code(0))
            #expect(help.errors.isEmpty)
            for word in ["USAGE: tocsind --config <config>", "SIGTERM", "SIGHUP", "Exit codes:", "--check"] {
                #expect(help.output.contains(word), "\(word)")
            }
            let version = try station.run(["--version"])
            #expect(version.exit == .code(0))
            #expect(version.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil, "\(version.output)")
        }

        @Test func `mimalloc is in the process that serves`() throws {
            let daemon = try station.start()
            let maps = try station.run(program: "/bin/cat", ["/proc/\(daemon.process.processID)/maps"]).output
            #expect(maps.contains("/libmimalloc.so"))
        }

        @Test func `without --config it says how it is used`() throws {
            let outcome = try station.run([])
            #expect(outcome.exit == .code(64))
            #expect(outcome.output.isEmpty)
            #expect(outcome.errors.hasPrefix("Error: Missing expected argument '--config <config>'"))
            #expect(outcome.errors.contains("USAGE: tocsind --config <config>"))
        }

        @Test func `--check reads every file and serves nothing`() throws {
            let outcome = try station.runWithConfiguration("--check")
            #expect(outcome.exit == .code(0))
            #expect(outcome.output == "4 rules, 5 departments, 0 places, 5 mailboxes: all right.\n")
            #expect(!FileManager.default.fileExists(atPath: station.journal))
        }

        @Test(arguments: [
            (["--heartbeet", "5s"], "The flag --heartbeet is not known"),
            (["--heartbeat"], "--heartbeat needs a value"),
            (["now"], "The flag now is not known"),
        ])
        func `a flag that is not known or has no value ends it with 64`(_ flags: [String], _ words: String) throws {
            let outcome = try station.run(["--config", station.folder + "/tocsin.yaml"] + flags)
            #expect(outcome.exit == .code(64))
            #expect(outcome.errors.hasPrefix("tocsind: ") && outcome.errors.contains(words), "\(outcome.errors)")
        }

        @Test(arguments: [
            (["--heartbeat", "soon"], "'soon' is not a duration"),
            (["--endpoints-reports", "7701"], "'7701' is not an endpoint"),
            (["--limits-report-bytes", "-1"], "--limits-report-bytes"), (["--limits-terminals", "many"], "'many'"),
            (["--log-level", "loud"], "loud"), (["--rules", "nowhere.yaml"], "nowhere.yaml"),
            (["--rules", "/tmp"], "/tmp cannot be read: it is a folder, and a file is expected"),
            (["--departments", "/dev/null/x"], "/dev/null/x cannot be read: a part of its path is a file"),
            (["--limits-report-bytes", "16777217"], "valid are 1 to 16777216"),
            (["--heartbeat", "169h"], "at most 168h"),
        ])
        func `a bad value of a flag ends it with 78`(_ flags: [String], _ word: String) throws {
            let outcome = try station.run(["--config", station.folder + "/tocsin.yaml"] + flags)
            #expect(outcome.exit == .code(78))
            #expect(outcome.errors.contains(word), "\(outcome.errors)")
            #expect(outcome.errors.hasPrefix("tocsind: "))
        }

        @Test func `a variable of the environment overrides the file, and a flag overrides that`() throws {
            let bad = ["TOCSIN_HEARTBEAT": "soon"]
            let outcome = try station.runWithConfiguration("--check", environment: bad)
            #expect(outcome.exit == .code(78))
            #expect(outcome.errors.contains("TOCSIN_HEARTBEAT: 'soon'"))
            #expect(try station.runWithConfiguration("--check", "--heartbeat", "5s", environment: bad).exit == .code(0))
        }

        @Test func `a variable of the environment that sets nothing is warned of by name`() throws {
            let slip = ["TOCSIN_HEARTBEET": "5s"]
            let outcome = try station.runWithConfiguration("--check", environment: slip)
            #expect(outcome.exit == .code(0))
            #expect(outcome.errors.contains("'TOCSIN_HEARTBEET' in the environment sets nothing"))
            let log = try station.start(environment: slip).logToTheEnd()
            #expect(
                log.contains(
                    "warning a variable of the environment sets nothing nearest=TOCSIN_HEARTBEAT variable=TOCSIN_HEARTBEET"
                ))
        }

        @Test func `--check and --restored together end it with 64, and change nothing`() throws {
            let outcome = try station.runWithConfiguration("--check", "--restored")
            #expect(outcome.exit == .code(64))
            #expect(outcome.errors.contains("--check changes nothing, and --restored does: give one of them."))
            #expect(!FileManager.default.fileExists(atPath: station.journal))
        }

        @Test func `a healthy start logs nothing above notice, and takes none of libdispatch's threads`() throws {
            let daemon = try station.start()
            _ = try daemon.reporter().incident("a1")
            let threads = try FileManager.default.contentsOfDirectory(
                atPath: "/proc/\(daemon.process.processID)/task")
            let names = try threads.map {
                try String(contentsOfFile: "/proc/\(daemon.process.processID)/task/\($0)/comm", encoding: .utf8)
            }
            #expect(names.contains("tocsin-signals\n"))
            #expect(!names.contains("DispatchWorker\n"), "\(names)")
            let log = try daemon.logToTheEnd().split(separator: "\n")
            #expect(log.allSatisfy { $0.contains("Z notice ") || $0.contains("Z info ") }, "\(log)")
        }

        @Test(
            arguments: ["tcp://*:0", "tcp://0.0.0.0:0", "tcp://[::]:0", "tcp://lo:0", "tcp://[::ffff:127.0.0.1]:0"],
            ["reports", "alerts", "feed", "control"])
        func `an endpoint that other machines may reach ends it with 78`(_ address: String, _ name: String) throws {
            let outcome = try station.runWithConfiguration("--endpoints-\(name)", address)
            #expect(outcome.exit == .code(78))
            #expect(outcome.errors.contains("--endpoints-\(name): '\(address)' may be reached from other machines"))
            #expect(outcome.errors.contains("'security: none'"))
        }

        @Test func `without security it binds anywhere, and says so in the log, in INFO and in status`() throws {
            let configuration = try station.read("tocsin.yaml")
            try station.write("tocsin.yaml", configuration + "security: none\n")
            let daemon = try station.start("--endpoints-feed", "tcp://*:0")
            #expect(try daemon.info()["security"].text == "none")
            let status = try station.runCommand(["status", "--control", daemon.endpoint("control")])
            #expect(status.output.contains("none: whoever reaches these endpoints may do everything"))
            #expect(try daemon.logToTheEnd().contains("security is none: whoever reaches the endpoints may"))
        }

        @Test(arguments: ["tcp://localhost:0", "tcp://[::1]:0", "tcp://127.0.0.2:0"])
        func `every kind of loopback is bound and served`(_ address: String) throws {
            let daemon = try station.start("--endpoints-reports", address)
            #expect(try daemon.info()["security"].text == "loopback")
            let report = ["report", "--event", "fire", "--category", "Fire", "--severity", "Severe", "--timeout", "5s"]
            let outcome = try station.runCommand(report + ["--reports", daemon.endpoint("reports")])
            #expect(outcome.exit == .code(0), "\(outcome.errors)")
            #expect(try !daemon.logToTheEnd().contains("security is none"))
        }

        @Test(arguments: [
            ("heartbeet: 5s", "1:1"), ("heartbeat: soon", "1:12"), ("endpoints: { report: x }", "1:14"),
            ("state: [", "3:12: this is not YAML"), ("limits: { terminals: many }", "1:22"),
        ])
        func `an error in the configuration is named with its place`(_ text: String, _ place: String) throws {
            try station.write("tocsin.yaml", text + "\nrules: rules.yaml\ndepartments: departments.yaml\n")
            let outcome = try station.runWithConfiguration("--check")
            #expect(outcome.exit == .code(78))
            #expect(outcome.errors.contains("\(station.folder)/tocsin.yaml:\(place)"), "\(outcome.errors)")
        }

        @Test func `a configuration that says nothing is right where the environment says the rest`() throws {
            try station.write("tocsin.yaml", "# nothing\n")
            let files = ["rules", "departments"].map { ("TOCSIN_\($0.uppercased())", "\($0).yaml") }
            let environment = Dictionary(uniqueKeysWithValues: files)
            #expect(try station.runWithConfiguration("--check", environment: environment).exit == .code(0))
        }

        @Test func `files with a byte order mark and CR LF are read, by the daemon and by check`() throws {
            for name in ["tocsin.yaml", "rules.yaml", "departments.yaml"] {
                try station.write(name, "\u{feff}" + station.read(name).replacing("\n", with: "\r\n"))
            }
            #expect(try station.runWithConfiguration("--check").exit == .code(0))
            let check = try station.runCommand(["check", "--config", station.folder + "/tocsin.yaml"])
            #expect(check.exit == .code(0), "\(check.errors)")
            #expect(try station.start().info()["rules"]["count"].number == 4)
        }

        @Test func `a configuration that is not there is named`() throws {
            let outcome = try station.run(["--config", station.folder + "/nothing.yaml"])
            #expect(outcome.exit == .code(78))
            #expect(outcome.errors.contains(station.folder + "/nothing.yaml"))
        }

        @Test func `an error in the rules ends it with 78, naming file, line and column`() throws {
            try station.write("rules.yaml", Station.rules.replacing("event: gas", with: "category: Fier"))
            let outcome = try station.runWithConfiguration()
            #expect(outcome.exit == .code(78))
            #expect(outcome.errors.contains("\(station.folder)/rules.yaml:11:23: "), "\(outcome.errors)")
            #expect(outcome.errors.contains("Fire"))
        }

        @Test func `a port in use ends it with 1`() throws {
            let context = try Context()
            let other = try Socket(.router, in: context)
            try other.bind(to: "tcp://127.0.0.1:*")
            let endpoint = try other.lastEndpoint
            let outcome = try station.runWithConfiguration("--endpoints-alerts", endpoint)
            #expect(outcome.exit == .code(1))
            #expect(outcome.errors.contains("The endpoint \(endpoint) is in use"), "\(outcome.errors)")
            // What it had opened is free again.
            #expect(try station.start().stop() == .code(0))
        }

        @Test func `a second daemon at the same control socket is refused, and the first is still reached`() throws {
            let first = try station.start()
            let outcome = try station.runWithConfiguration("--state", "\(station.folder)/other")
            #expect(outcome.exit == .code(1))
            let endpoint = "ipc://\(station.folder)/run/control.ipc"
            #expect(
                outcome.errors.contains("The endpoint \(endpoint) is in use by another program"), "\(outcome.errors)")
            #expect(try first.info()["name"].text == "tocsind")
        }

        @Test func `a second daemon on the same journal is refused, and the first serves on`() throws {
            let first = try station.start()
            let outcome = try station.runWithConfiguration("--endpoints-control", "ipc://\(station.folder)/second.ipc")
            #expect(outcome.exit == .code(1))
            let owner = "(process \(first.process.processID))"
            #expect(outcome.errors.contains("\(station.folder)/state is used by another tocsind \(owner)"))
            _ = try first.reporter().incident("a1")
        }

        @Test(arguments: [
            ("UPDATE record SET report = replace(report, 'a1', 'a9') WHERE position = 2", "record 2"),
            ("DELETE FROM record WHERE position = 2", "record 2"),
        ])
        func `a changed journal ends it with 1, saying where and what to do`(_ change: String, _ place: String) throws {
            try store(["a1", "a2"])
            let tampering = try station.run(program: "/usr/bin/sqlite3", [station.journal, change])
            #expect(tampering.exit == .code(0))
            try expectRefusalToStart(naming: place)
        }

        @Test func `a snapshot does not hide that what is still owed has changed`() throws {
            try store((1...1100).map { "a\($0)" })
            #expect(try station.query("SELECT DISTINCT position FROM snapshot") == ["1101"])
            let change = "UPDATE record SET report = replace(report, 'a5', 'b5') WHERE position = 6"
            #expect(try station.run(program: "/usr/bin/sqlite3", [station.journal, change]).exit == .code(0))
            try expectRefusalToStart(naming: "record 6")
        }

        @Test func `a journal whose bytes are overwritten ends it with 1, saying what to do`() throws {
            try store(["a1", "a2"])
            // What a write-ahead log still holds would heal the file: it must be in the file and nowhere else.
            let settling = try station.run(
                program: "/usr/bin/sqlite3", [station.journal, "PRAGMA wal_checkpoint(TRUNCATE)"])
            #expect(settling.exit == .code(0))
            let file = try #require(FileHandle(forUpdatingAtPath: station.journal))
            try file.write(contentsOf: Data(repeating: 0x55, count: 4096))
            try file.close()
            try expectRefusalToStart(naming: station.journal)
        }

        private func store(_ names: [String]) throws {
            let daemon = try station.start()
            let reporter = try daemon.reporter()
            for name in names { _ = try reporter.incident(name) }
            #expect(try daemon.stop() == .code(0))
        }

        private func expectRefusalToStart(naming place: String) throws {
            let outcome = try station.runWithConfiguration()
            #expect(outcome.exit == .code(1))
            for word in [place, station.journal, "damaged", "restore a backup", "tocsin salvage"] {
                #expect(outcome.errors.contains(word), "\(word) in: \(outcome.errors)")
            }
        }
    }
}
