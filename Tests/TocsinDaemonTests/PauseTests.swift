import Glibc
import Testing

extension DaemonTests {
    /// A daemon that stood still for a while, as in a virtual machine that is suspended, and goes on.
    @Suite struct PauseTests {
        private static let rules = """
            fallback: desk
            rules:
              - name: gas
                when: { event: gas }
                notify: gas
                acknowledge-within: 3s
                escalate:
                  - { after: 3s, to: leader }

            """

        @Test func `what has come in a pause is read before anybody is given up or a step is taken`() throws {
            let daemon = try Station(rules: Self.rules).start("--heartbeat", "500ms")
            let terminals = try (0..<12).map { try daemon.terminal("fire", as: "desk-\($0)") }
            let (gas, leader) = (try daemon.terminal("gas"), try daemon.terminal("leader"))
            _ = try daemon.reporter().incident("a1", event: "gas")
            let alert = try gas.takeAlert()
            daemon.process.send(SIGSTOP)
            try gas.send("TIP1 ACKNOWLEDGE gas \(alert.number)", #"{"by":"王"}"#)
            // Half of them talk, half have nothing to say; all would answer a PING.
            for terminal in terminals.prefix(6) { try terminal.send("TIP1 PING talk") }
            // The pause itself: eight heartbeats, and the step's time.
            poll(nil, 0, 4000)
            daemon.process.send(SIGCONT)
            #expect(try gas.receive().header == "TIP1 CONFIRMED gas \(alert.number) acknowledged")
            for terminal in terminals + [gas, leader] {
                let answers = try terminal.settle()
                #expect(answers.allSatisfy { $0.header == "TIP1 PONG talk" }, "\(answers)")
            }
        }
    }
}
