import Testing
import ZeroMQ

extension DaemonTests {
    /// What a peer costs that connects and does nothing good.
    @Suite struct ConnectionTests {
        private static let mebibyte = 1024 * 1024

        @Test func `when connections have taken all descriptors the operator is answered, and nothing ends`() throws {
            let station = try Station()
            let daemon = try station.start(shell: "ulimit -n 120")
            var connections: [RawConnection] = []
            var served = 0
            for _ in 0..<200 {
                let connection = try RawConnection(to: daemon.endpoint("reports"))
                served += try connection.isServed() ? 1 : 0
                connections.append(connection)
            }
            #expect((20..<110).contains(served), "\(served) were served")
            #expect(try daemon.info()["connections"]["refused"].number == 200 - served)
            #expect(try daemon.control().ask("TIP1 RELOAD r").header == "TIP1 OK r")
            connections = []
            // A place that is free is given again: this one comes back until it has it.
            #expect(try daemon.reporter().ask("TIP1 REPORT r", report("a1")).header == "TIP1 RECEIPT r")
        }

        @Test func `a peer that vanishes without a word is cut`() throws {
            let daemon = try Station().start("--heartbeat", "20ms")
            for endpoint in ["reports", "alerts", "feed"] {
                let peer = try RawConnection(to: daemon.endpoint(endpoint))
                try peer.shakeHands(as: endpoint == "feed" ? "SUB" : "DEALER")
                try peer.waitForEnd()
            }
        }

        /// libzmq gives identities that begin with a zero to peers without one, and aborts where somebody has chosen the next.
        @Test func `an identity that only libzmq may give is not let in, and another is`() throws {
            let daemon = try Station().start()
            for endpoint in ["reports", "alerts"] {
                let peer = try RawConnection(to: daemon.endpoint(endpoint))
                try? peer.shakeHands(identity: [0, 1, 2, 3, 4])
                try peer.waitForEnd()
                // ZMTP 2: the signature, the revision, the kind of socket; then a frame with the identity, before which libzmq
                // drops a command.
                let greeting = [0xff] + [UInt8](repeating: 0, count: 8) + [0x7f, 1, 5]
                for first in [[], [4, 1, 7]] as [[UInt8]] {
                    let old = try RawConnection(to: daemon.endpoint(endpoint))
                    _ = old.send(greeting + first + [0, 5, 0, 1, 2, 3, 4])
                    try old.waitForEnd()
                }
                for identity in [[1, 0, 0], [0] + [UInt8](repeating: 7, count: 15)] as [[UInt8]] {
                    let other = try RawConnection(to: daemon.endpoint(endpoint))
                    try other.shakeHands(identity: identity)
                    // A PING and the beginning of its answer: flags, length, and the words.
                    let ping = Array("TIP1 PING here".utf8)
                    #expect(other.send([0, UInt8(ping.count)] + ping))
                    #expect(try other.isServed())
                }
            }
            #expect(try daemon.info()["connections"]["cut"].number == 6)
        }

        @Test func `a message that never ends is cut, and the memory does not follow it`() throws {
            let daemon = try Station().start()
            let other = try daemon.terminal("fire")
            let before = try daemon.peakMemory()
            let large = RawConnection.unfinishedFrame([UInt8](repeating: 0x20, count: Self.mebibyte))
            let small = [UInt8](Array(repeating: [1, 1, 0x20], count: 100_000).joined())
            for (endpoint, bytes) in [("reports", large), ("alerts", small), ("feed", small)] {
                let peer = try RawConnection(to: daemon.endpoint(endpoint))
                try peer.shakeHands(as: endpoint == "feed" ? "SUB" : "DEALER")
                let sent = (0..<400).first { _ in !peer.send(bytes) }
                #expect(sent != nil, "\(endpoint) takes a message without an end")
            }
            let growth = try daemon.peakMemory() - before
            #expect(growth < 32 * Self.mebibyte, "grown by \(growth / Self.mebibyte) MiB")
            #expect(try daemon.info()["connections"]["cut"].number == 3)
            _ = try daemon.reporter().incident("a1")
            #expect(try other.takeAlert().number == 1)
        }

        @Test func `a cancel of what was never subscribed silences nobody`() throws {
            let daemon = try Station().start()
            let (board, reporter) = (
                try daemon.peer(.sub, at: "feed", subscriptions: ["incident/"]), try daemon.reporter()
            )
            let isSubscribed = try (0..<10_000).contains { number in
                _ = try reporter.incident("a\(number)")
                return try !board.receiveWhatIsThere().isEmpty
            }
            #expect(isSubscribed)
            let rude = try RawConnection(to: daemon.endpoint("feed"))
            try rude.shakeHands(as: "SUB")
            for topic in ["incident/", "nothing/", ""] {
                let cancel = [0, UInt8(topic.utf8.count + 1), 0] + [UInt8](topic.utf8)
                for _ in 0..<10 { #expect(rude.send(cancel)) }
            }
            // Long after they have come.
            for _ in 0..<100 { _ = try daemon.info() }
            _ = try board.receiveWhatIsThere()
            _ = try reporter.incident("b")
            #expect(try board.receive().header.hasPrefix("incident/"))
        }
    }
}
