import Testing

/// Without a broker every command says so within a second, names the endpoint, and says what to do.
@Suite struct AbsentBrokerTests {
    private static let flags = [
        "--reports", "ipc:///nonexistent/reports.ipc", "--alerts", "ipc:///nonexistent/alerts.ipc", "--control",
        "ipc:///nonexistent/control.ipc",
    ]

    @Test(arguments: [
        (["report", "--event", "x", "--category", "Fire", "--severity", "Severe"], "reports"),
        (["replay", "-"], "reports"),
        (["listen", "fire"], "alerts"),
        (["status"], "control"),
        (["status", "--mailboxes"], "control"),
        (["incidents"], "control"),
        (["show", "1"], "control"),
        (["explain", "--event", "x", "--category", "Fire", "--severity", "Severe"], "control"),
        (["reload"], "control"),
        (["close", "1", "--by", "Wang", "--reason", "test"], "control"),
    ])
    func `a socket that is not there is named within a second`(command: [String], endpoint: String) throws {
        let start = ContinuousClock.now
        try expect(
            command + Self.flags,
            errors: """
                tocsin: No broker can be reached at ipc:///nonexistent/\(endpoint).ipc: there is no such socket. Start it \
                ('systemctl start tocsind'), say where it is with --\(endpoint), or wait for it with --wait.

                """, status: 2)
        // A client has half a second to find out; the rest is for the machine, which may be busy.
        #expect(ContinuousClock.now - start < .seconds(4))
    }

    @Test func `who waits says how long, and a recipient after --wait is no time`() throws {
        let start = ContinuousClock.now
        let run = try CommandRun(["status", "--wait", "1200ms"] + Self.flags)
        #expect(run.status == 2)
        #expect(ContinuousClock.now - start > .milliseconds(1200))
        let usage = try CommandRun(["listen", "--wait", "Fire"])
        #expect(usage.errors.hasPrefix("Error: 'Fire' is not a recipient"))
    }
}
