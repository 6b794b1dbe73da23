import Testing

extension DaemonTests {
    /// INFO counts what the broker has decided.
    @Suite struct CountTests {
        @Test func `each word of people is counted for itself and once, and so is each step`() throws {
            let station = try Station()
            let daemon = try station.start()
            let reporter = try daemon.reporter()
            _ = try (1...4).map { try reporter.incident("\($0)") }
            let fire = try daemon.terminal("fire")
            let numbers = try (1...4).map { _ in try fire.takeAlert().number }
            for number in [numbers[0], numbers[0], numbers[1]] {
                #expect(try fire.ask("TIP1 ACKNOWLEDGE fire \(number)", #"{"by":"Wang"}"#).words[1] == "CONFIRMED")
            }
            for state in ["enRoute", "enRoute", "onScene", "resolved"] {
                let word = #"{"by":"Wang","state":"\#(state)"}"#
                #expect(try fire.ask("TIP1 STATUS fire \(numbers[1])", word).words[1] == "CONFIRMED")
            }
            // Declining escalates at once.
            for number in [numbers[2], numbers[2]] {
                #expect(try fire.ask("TIP1 DECLINE fire \(number)", #"{"by":"Li"}"#).words[1] == "CONFIRMED")
            }
            let counts = try daemon.info()["counts"]
            #expect(counts["acknowledgements"].number == 2)
            // Each STATUS is written, also one that says the same as before.
            #expect(counts["states"].number == 4)
            #expect(counts["declines"].number == 1)
            #expect(counts["escalations"].number == 1)
        }
    }
}
