import Testing

extension DaemonTests {
    /// What a person does with the journal's file in a sqlite3 shell is no affair of those who report and are told.
    @Suite struct HeldJournalTests {
        let station: Station

        init() throws {
            station = try Station()
        }

        @Test(arguments: [true, false])
        func `a query that stays open keeps no daemon from starting`(_ isKilled: Bool) throws {
            let first = try station.start()
            _ = try first.reporter().incident("a1")
            #expect(try first.query("SELECT count(*) FROM incidents") == ["1"])
            let reading = try station.readJournal()
            _ = try first.reporter().incident("a2")
            #expect(try first.query("SELECT count(*) FROM incidents") == ["2"])
            _ = try first.reporter().incident("a3")
            if isKilled { try first.killNow() } else { #expect(try first.stop() == .code(0)) }

            let second = try station.start()
            #expect(try second.info()["openIncidents"].number == 3)
            #expect(try second.reporter().incident("a4") > 3)
            #expect(try second.query("SELECT identifier FROM incidents") == ["a1", "a2", "a3", "a4"])
            try reading.release()
        }

        @Test func `a shell that holds a lock for long delays no receipt and no start`() throws {
            let first = try station.start("--heartbeat", "4s")
            let terminal = try first.terminal("fire")
            terminal.answersPings = false
            let lock = try station.lockJournal()
            _ = try first.reporter().incident("a1")
            // Longer than anybody waits for a lock.
            for _ in 1...2 { while try terminal.receive().words[1] != "PING" {} }
            _ = try first.reporter().incident("a2")
            try first.killNow()

            let second = try station.start()
            #expect(try second.info()["openIncidents"].number == 2)
            _ = try second.reporter().incident("a3")
            try second.killNow()
            let third = try station.start()
            _ = try third.reporter().incident("a4")
            #expect(try third.terminal("fire").settle().filter { $0.words[1] == "ALERT" }.count == 4)
            try lock.release()
            #expect(try third.query("SELECT identifier FROM incidents") == ["a1", "a2", "a3", "a4"])
            #expect(try third.stop() == .code(0))
        }

        @Test func `a full disk under a query that stays open is waited for, and everybody is heard meanwhile`() throws
        {
            let daemon = try station.start("--heartbeat", "2500ms")
            let (reporter, control) = (try daemon.reporter(), try daemon.control())
            _ = try reporter.incident("a1")
            #expect(try daemon.query("SELECT count(*) FROM incidents") == ["1"])
            let reading = try station.readJournal()
            try daemon.limitFileSize("300000")
            var number = 1
            var refusal: String?
            while refusal == nil {
                number += 1
                refusal = try reporter.ask("TIP1 REPORT r", report("a\(number)", bytes: 20_000)).refusal
            }
            #expect(refusal == "unavailable")
            // Some seconds, in which the journal is tried more than once.
            let terminal = try daemon.terminal("fire")
            terminal.answersPings = false
            var slowest = Duration.zero
            var pings = 0
            while pings < 2 {
                let asked = ContinuousClock.now
                _ = try control.ask("TIP1 PING there")
                slowest = max(slowest, asked.duration(to: .now))
                pings += try terminal.receiveWhatIsThere().filter { $0.words[1] == "PING" }.count
            }
            #expect(slowest < .seconds(1))

            try daemon.limitFileSize("unlimited")
            try daemon.waitUntilServingAgain()
            _ = try reporter.incident("a\(number)")
            #expect(try daemon.query("SELECT count(*) FROM incidents") == ["\(number)"])
            try reading.release()
        }
    }
}
