import Testing

extension DaemonTests {
    /// What `tocsin` could not show was not seen by anybody.
    @Suite struct OutputTests {
        @Test(arguments: [[], ["--acknowledge-as", "Wang"], ["--acknowledge-as", "Wang", "--json"]], [true, false])
        func `an alert that cannot be printed is neither received nor acknowledged`(
            flags: [String], hasReader: Bool
        ) throws {
            let station = try Station()
            let daemon = try station.start()
            let reporter = try daemon.reporter()
            let incidents = try (1...5).map { try reporter.incident("\($0)") }
            let arguments = ["listen", "fire", "--alerts", try daemon.endpoint("alerts")] + flags
            let outcome =
                hasReader
                ? try station.runCommand(arguments, output: "/dev/full")
                : try station.runCommandWithoutReader(arguments)
            #expect(outcome.exit == .code(hasReader ? 1 : 141))
            // That a reader has gone is its own affair.
            #expect(outcome.errors.contains("standard output: ") == hasReader)
            for incident in incidents {
                let page = try daemon.page(of: incident)
                let alert = page["alerts"].list.first { $0["recipient"].text == "fire" }
                #expect(["queued", "sent"].contains(alert?["state"].text), "incident \(incident)")
                #expect(page["timeline"].list.allSatisfy { $0["by"].isMissing })
            }
            // They wait for whoever comes next.
            let terminal = try daemon.terminal("fire")
            let told = try (1...5).map { _ in try terminal.takeAlert().envelope["incident"].number }
            #expect(told == incidents)
        }

        @Test func `what was printed before the reader went is received, and no more`() throws {
            let station = try Station()
            let daemon = try station.start()
            let reporter = try daemon.reporter()
            let first = try reporter.incident("1")
            let pipe = station.folder + "/pipe"
            #expect(try station.run(program: "/usr/bin/mkfifo", [pipe]).exit == .code(0))
            func shell(_ name: String, _ script: String, _ words: [String]) throws -> ChildProcess {
                try ChildProcess(
                    "/bin/bash", ["-c", script, pipe] + words, environment: Daemon.environment, output: "/dev/null",
                    errors: station.folder + "/errors-of-" + name)
            }
            let listen = try shell(
                "listen", #"exec "$@" >"$0""#,
                [
                    Daemon.commandLine, "listen", "fire", "--json", "--acknowledge-as", "Wang", "--alerts",
                    try daemon.endpoint("alerts"),
                ])
            // Reads until the acknowledgement is confirmed, and goes.
            let reader = try shell(
                "reader", #"while read -r line; do [[ $line != *confirmed* ]] || exit 0; done <"$0""#, [])
            #expect(try reader.waitForExit() == .code(0))
            let known = try daemon.page(of: first)["alerts"].list.first { $0["recipient"].text == "fire" }
            #expect(known?["state"].text == "acknowledged")
            let second = try reporter.incident("2")
            #expect(try listen.waitForExit() == .code(141))
            let state = try daemon.page(of: second)["alerts"].list.first { $0["recipient"].text == "fire" }
            #expect(["queued", "sent"].contains(state?["state"].text))
        }

        @Test(arguments: [
            ["status"], ["incidents"], ["show", "2"], ["incidents", "--json"], ["status", "--mailboxes"],
        ])
        func `a command whose answer cannot be printed has failed`(arguments: [String]) throws {
            let station = try Station()
            let daemon = try station.start()
            _ = try daemon.reporter().incident("1")
            let all = arguments + ["--control", try daemon.endpoint("control")]
            #expect(try station.runCommand(all).exit == .code(0))
            #expect(try station.runCommand(all, output: "/dev/full").exit == .code(1))
            let unread = try station.runCommandWithoutReader(all)
            #expect(unread.exit == .code(141))
            #expect(unread.errors.isEmpty)
        }

        @Test func `following ends with 1 when progress cannot be printed`() throws {
            let station = try Station()
            let daemon = try station.start()
            let outcome = try station.runCommandWithoutReader([
                "report", "--event", "fire", "--category", "Fire", "--severity", "Severe", "--follow", "--reports",
                try daemon.endpoint("reports"),
            ])
            #expect(outcome.exit == .code(1))
            // The report is stored, and whoever reports it again must know as what.
            let said = "tocsin: standard output: its reader has gone; the report is stored all the same: incident 2, "
            #expect(outcome.errors.hasPrefix(said))
        }
    }
}

extension Daemon {
    /// The answer to INCIDENT.
    func page(of incident: Int) throws -> JSON {
        try control().ask("TIP1 INCIDENT page", #"{"incident":\#(incident)}"#).body
    }
}
