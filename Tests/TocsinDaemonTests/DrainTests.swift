import Glibc
import Testing

extension DaemonTests {
    /// What the daemon says to its service manager, and how it ends.
    @Suite struct DrainTests {
        let station: Station

        init() throws {
            station = try Station()
        }

        @Test func `SIGTERM with reports in flight ends with 0, and every receipt that was sent holds`() throws {
            let daemon = try station.start()
            let reporter = try daemon.reporter()
            let names = (0..<400).map { "a\($0)" }
            for name in names { try reporter.send("TIP1 REPORT \(name)", report(name)) }
            var answers = try (0..<50).map { _ in try reporter.receive() }
            #expect(try daemon.stop() == .code(0))
            try reporter.waitForDisconnect()
            answers += try reporter.receiveWhatIsThere()

            // Not one receipt without a record, and not one record without its receipt.
            #expect(answers.allSatisfy { $0.words[1] == "RECEIPT" })
            let stored = try station.query("SELECT identifier FROM record WHERE kind = 'incident' ORDER BY position")
            #expect(answers.map { $0.words[2] } == stored)
            #expect(stored.count >= 50)

            // Whoever got no receipt sends again and gets one.
            let again = try station.start().reporter()
            for name in names {
                let receipt = try again.ask("TIP1 REPORT \(name)", report(name)).body
                #expect(receipt["duplicate"].flag == stored.contains(name))
            }
        }

        @Test(arguments: [SIGTERM, SIGINT]) func `a second signal does no harm`(_ signal: Int32) throws {
            let daemon = try station.start()
            _ = try daemon.reporter().incident("a1")
            daemon.process.send(signal)
            daemon.process.send(signal)
            #expect(try daemon.process.waitForExit() == .code(0))
            #expect(try daemon.log().contains("stopped"))
        }

        @Test func `SIGTERM while terminals are joined and silent ends at once`() throws {
            let daemon = try station.start()
            let terminal = try daemon.terminal("fire")
            _ = try daemon.reporter().incident("a1")
            #expect(try daemon.stop() == .code(0))
            // The alert was sent before the end.
            #expect(try terminal.receive().header == "TIP1 ALERT fire 1")
        }

        @Test func `the service manager hears READY, the watchdog's sign of life, and STOPPING`() throws {
            let daemon = try station.start(environment: ["WATCHDOG_USEC": "200000"])
            for _ in 0..<3 { try daemon.waitForNotice("WATCHDOG=1") }
            daemon.process.send(SIGTERM)
            let notice = try daemon.waitForNotice("STOPPING=1")
            #expect(notice.contains { $0.hasPrefix("STATUS=") })
            #expect(try daemon.process.waitForExit() == .code(0))
        }

        @Test func `READY comes with where it serves`() throws {
            let daemon = try Daemon(station, number: 1, flags: [], environment: [:], shell: nil)
            let notice = try daemon.nextNotice()
            #expect(notice.first == "READY=1")
            #expect(notice.last?.hasPrefix("STATUS=Serving tcp://127.0.0.1:") == true)
        }
    }
}
