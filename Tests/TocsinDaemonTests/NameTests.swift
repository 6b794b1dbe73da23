import Testing

extension DaemonTests {
    /// What names a report are the bytes of its sender and its identifier.
    @Suite struct NameTests {
        let station: Station
        let daemon: Daemon

        init() throws {
            station = try Station()
            daemon = try station.start()
        }

        /// The same text to a reader, composed and decomposed.
        private static let composed = "caf\u{e9}"
        private static let decomposed = "cafe\u{301}"

        @Test func `two identifiers that Unicode holds to be equivalent are two reports`() throws {
            let reporter = try daemon.reporter()
            // Both at once, so that the first is in memory still; then again, when both are on disk.
            try reporter.send("TIP1 REPORT r1", report(Self.composed))
            try reporter.send("TIP1 REPORT r2", report(Self.decomposed))
            let first = [try reporter.receive().body, try reporter.receive().body]
            #expect(first.map { $0["duplicate"].flag } == [false, false])
            let again = [
                try reporter.ask("TIP1 REPORT r3", report(Self.composed)).body,
                try reporter.ask("TIP1 REPORT r4", report(Self.decomposed)).body,
            ]
            #expect(again.map { $0["duplicate"].flag } == [true, true])
            #expect(again.map { $0["incident"].number } == first.map { $0["incident"].number })
            let stored = try daemon.query(
                "SELECT hex(identifier) FROM record WHERE kind = 'incident' ORDER BY position")
            #expect(stored == ["636166C3A9", "63616665CC81"])
        }

        @Test func `another report under a name that is taken is said to differ, logged and counted`() throws {
            let reporter = try daemon.reporter()
            try reporter.send("TIP1 REPORT r1", report("a1"))
            try reporter.send("TIP1 REPORT r2", report("a1", more: #""headline":"smoke""#))
            let answers = [try reporter.receive().body, try reporter.receive().body]
            #expect(answers.map { $0["duplicate"].flag } == [false, true])
            #expect(answers.map { $0["differs"].flag } == [nil, true])
            // The same now that the first is on disk; what is the same report is not said to differ.
            let same = try reporter.ask("TIP1 REPORT r3", report("a1")).body
            #expect(same["duplicate"].flag == true)
            #expect(same["differs"].flag == nil)
            let other = try reporter.ask("TIP1 REPORT r4", report("a1", severity: "Minor")).body
            #expect(other["differs"].flag == true)
            #expect(other["incident"].number == answers[0]["incident"].number)

            let counts = try daemon.info()["counts"]
            #expect(counts["duplicates"].number == 3)
            #expect(counts["differing"].number == 2)
            let log = try daemon.logToTheEnd().split(separator: "\n")
            let lines = log.filter { $0.contains("another report has its name") }
            #expect(lines.count == 1, "a sensor that repeats itself must not fill the log")
            #expect(lines.first?.contains("a1") ?? false)
            #expect(!(lines.first?.contains("smoke") ?? true), "a report's content is not for the log")
        }
    }
}
