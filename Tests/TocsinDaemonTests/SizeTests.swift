import Testing

extension DaemonTests {
    /// What is too large is refused or cut off, and the daemon's memory does not follow.
    @Suite struct SizeTests {
        let station: Station
        let daemon: Daemon

        init() throws {
            station = try Station()
            daemon = try station.start()
        }

        private static let mebibyte = 1024 * 1024

        @Test func `a report of exactly the limit is taken, and one byte more is tooLarge`() throws {
            let (reporter, terminal) = (try daemon.reporter(), try daemon.terminal("fire"))
            let limit = 256 * 1024
            let answer = try reporter.ask("TIP1 REPORT r1", report("a1", bytes: limit + 1))
            #expect(answer.header == "TIP1 REFUSED r1 tooLarge")
            #expect(try answer.body["message"].text?.contains("\(limit)") == true)
            #expect(try reporter.ask("TIP1 REPORT r2", report("a1", bytes: limit)).header == "TIP1 RECEIPT r2")
            #expect(try terminal.receive().bodies[1].count == limit)
        }

        @Test func `the limit is the configured one`() throws {
            let small = try Station().start("--limits-report-bytes", "1000")
            let reporter = try small.reporter()
            #expect(try reporter.ask("TIP1 REPORT r1", report("a1", bytes: 1001)).header == "TIP1 REFUSED r1 tooLarge")
            #expect(try reporter.ask("TIP1 REPORT r2", report("a1", bytes: 1000)).header == "TIP1 RECEIPT r2")
        }

        @Test func `up to four times a report's limit is refused tooLarge, in whatever frame it is`() throws {
            let large = [UInt8](repeating: 0x20, count: Self.mebibyte)
            for (endpoint, header, refusal) in [
                ("reports", "TIP1 REPORT r", "r tooLarge"), ("control", "TIP1 EXPLAIN e", "e tooLarge"),
                ("alerts", "TIP1 ACKNOWLEDGE fire 1", "fire tooLarge"),
            ] {
                let peer = try daemon.peer(at: endpoint)
                try peer.send(frames: [[UInt8](header.utf8), large])
                #expect(try peer.receive().header == "TIP1 REFUSED " + refusal)
                try peer.send(frames: [large])
                #expect(try peer.receive().header == "TIP1 REFUSED - tooLarge")
                try peer.send(frames: [[UInt8]("TIP1 PING x".utf8), large])
                // What PING has no use for is passed over.
                #expect(try peer.receive().header == "TIP1 PONG x")
            }
        }

        @Test func `an operator who reads no answers is refused more, and is answered again when they are read`() throws
        {
            let small = try Station().start("--limits-outstanding-bytes", "262144")
            let answer = try small.reporter().ask("TIP1 REPORT r", report("a1", bytes: 256 * 1024))
            let incident = try answer.body["incident"].number ?? 0
            let (deaf, other) = (try small.peer(at: "control", queue: 1), try small.control())
            let count = 100
            for number in 1...count {
                try deaf.send("TIP1 INCIDENT i\(number)", #"{"incident":\#(incident)}"#)
                // The desk answers one after the other, so this one's question is not among many.
                _ = try other.ask("TIP1 INCIDENTS i")
            }
            let answers = try (1...count).map { _ in try deaf.receive() }
            let refused = try answers.filter {
                try $0.refusal == "busy" && $0.body["message"].text?.contains("read") == true
            }
            // Four answers make 1 MiB. The system and the peer's own queue have some as well.
            #expect(answers.count { $0.refusal == nil } < 40)
            #expect(refused.count > count / 2)
            #expect(try deaf.settle().isEmpty)
            #expect(try deaf.ask("TIP1 INCIDENT again", #"{"incident":\#(incident)}"#).header == "TIP1 OK again")
        }

        @Test func `above that the connection is cut, and others are served`() throws {
            let other = try daemon.terminal("fire")
            let peer = try daemon.reporter()
            _ = try peer.incident("a1")
            try peer.send(frames: [
                [UInt8]("TIP1 REPORT r".utf8), [UInt8](repeating: 0x20, count: Self.mebibyte + 1),
            ])
            try peer.waitForDisconnect()
            #expect(try other.takeAlert().number == 1)
            _ = try daemon.reporter().incident("a2")
            #expect(try other.takeAlert().number == 2)
            // The same client may come back.
            #expect(try peer.ask("TIP1 REPORT r", report("a3")).header == "TIP1 RECEIPT r")
        }

        @Test func `memory does not follow what is refused`() throws {
            let count = 1000
            let before = try daemon.peakMemory()
            // A short queue: this side must not hold it all either.
            let peer = try daemon.peer(at: "reports", queue: 1)
            let large = [UInt8](repeating: 0x20, count: Self.mebibyte)
            for index in 0..<count { try peer.send(frames: [[UInt8]("TIP1 REPORT r\(index)".utf8), large]) }
            for index in 0..<count { #expect(try peer.receive().header == "TIP1 REFUSED r\(index) tooLarge") }
            let growth = try daemon.peakMemory() - before
            #expect(growth < 150 * Self.mebibyte, "grown by \(growth / Self.mebibyte) MiB")
        }
    }
}
