import Testing

extension DaemonTests {
    /// Terminals that do not do their part cost nobody else anything.
    @Suite struct TerminalTests {
        let station: Station

        init() throws {
            station = try Station()
        }

        @Test func `a terminal that never says RECEIVED is stopped by its credit, and gets it again`() throws {
            let daemon = try station.start("--redeliver-after", "200ms")
            let reporter = try daemon.reporter()
            for name in ["a1", "a2", "a3"] { _ = try reporter.incident(name) }
            let terminal = try daemon.terminal("fire", credit: 2)
            let first = [try terminal.receive(), try terminal.receive()]
            #expect(first.map(\.header) == ["TIP1 ALERT fire 1", "TIP1 ALERT fire 2"])

            // Whatever comes now, the third is not among it.
            let again = [try terminal.receive(), try terminal.receive()]
            #expect(again.map(\.header) == first.map(\.header))
            for alert in again {
                let envelope = try JSON(alert.bodies[0])
                #expect(envelope["redelivered"].flag == true)
                #expect(envelope["attempt"].number == 2)
            }
            try terminal.send("TIP1 RECEIVED fire 1-2")
            var alert = try terminal.receive()
            while alert.header != "TIP1 ALERT fire 3" { alert = try terminal.receive() }
            #expect(try JSON(alert.bodies[0])["redelivered"].flag == false)
        }

        @Test func `a dead terminal is noticed by its silence, and another gets its alerts`() throws {
            let daemon = try station.start("--heartbeat", "500ms")
            let reporter = try daemon.reporter()
            let alive = try daemon.terminal("fire", as: "alive", credit: 1)
            _ = try reporter.incident("a1")
            #expect(try alive.receive().header == "TIP1 ALERT fire 1")
            let dying = try daemon.terminal("fire", as: "dying")
            dying.answersPings = false
            #expect(try dying.receive().header == "TIP1 ALERT fire 1")
            _ = try reporter.incident("a2")
            #expect(try dying.receive().header == "TIP1 ALERT fire 2")
            try alive.send("TIP1 RECEIVED fire 1")

            // Its credit is free again, but the second alert comes only when the other terminal is given up.
            let alert = try alive.takeAlert()
            #expect(alert.number == 2)
            #expect(alert.envelope["redelivered"].flag == true)
            #expect(try dying.receive().header == "TIP1 PING heartbeat")
            let info = try daemon.info()
            #expect(info["terminals"].number == 1)
        }

        @Test func `a terminal that never reads costs bounded memory, and its alerts go to another`() throws {
            let daemon = try station.start(
                "--limits-outstanding-bytes", "1048576", "--limits-body-cache-bytes", "1048576")
            let stuck = try daemon.peer(at: "alerts", queue: 1)
            try stuck.send("TIP1 JOIN fire stuck 10000")
            let reporter = try daemon.reporter()
            let (count, size) = (300, 200 * 1024)
            let before = try daemon.peakMemory()
            for index in 0..<count {
                let answer = try reporter.ask("TIP1 REPORT r", report("a\(index)", bytes: size))
                #expect(answer.header == "TIP1 RECEIPT r")
            }
            let growth = try daemon.peakMemory() - before
            #expect(growth < count * size / 2, "grown by \(growth) bytes")

            let reading = try daemon.terminal("fire", as: "reading")
            var seen: Set<Int> = []
            while seen.count < count { seen.insert(try reading.takeAlert().number) }
            #expect(seen == Set(1...count))
        }

        @Test func `one terminal's credit does not hold up another`() throws {
            let daemon = try station.start()
            let full = try daemon.terminal("fire", as: "full", credit: 1)
            let free = try daemon.terminal("fire", as: "free")
            let reporter = try daemon.reporter()
            for index in 1...5 { _ = try reporter.incident("a\(index)") }
            for number in 1...5 { #expect(try free.takeAlert().number == number) }
            #expect(try full.settle().map(\.header) == ["TIP1 ALERT fire 1"])
        }

        @Test func `a name that joins from elsewhere takes over, and the older one is told`() throws {
            let daemon = try station.start()
            let old = try daemon.terminal("fire")
            _ = try daemon.reporter().incident("a1")
            #expect(try old.receive().header == "TIP1 ALERT fire 1")
            let new = try daemon.terminal("fire")
            let alert = try new.takeAlert()
            #expect(alert.envelope["redelivered"].flag == true)
            let refusal = try old.receive()
            #expect(refusal.header == "TIP1 REFUSED fire notJoined")
            #expect(try refusal.body["command"].text == "JOIN")
        }

        @Test func `a terminal that is gone leaves what it had not RECEIVED to the next`() throws {
            let daemon = try station.start()
            var gone: Peer? = try daemon.terminal("fire", as: "gone")
            _ = try daemon.reporter().incident("a1")
            #expect(try gone?.receive().header == "TIP1 ALERT fire 1")
            gone = nil
            let next = try daemon.terminal("fire", as: "next")
            #expect(try next.takeAlert().envelope["redelivered"].flag == true)
        }
    }
}
