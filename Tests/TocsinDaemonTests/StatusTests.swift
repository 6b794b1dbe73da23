import Testing

extension DaemonTests {
    /// Reports that are sent to try something ring nobody.
    @Suite struct StatusTests {
        let station: Station
        let daemon: Daemon

        init() throws {
            station = try Station(
                rules: Station.rules
                    + "  - { name: trial, when: { event: gas, status: [Test, System] }, notify: gas }\n")
            daemon = try station.start()
        }

        private func explain(_ report: String) throws -> JSON {
            try daemon.control().ask("TIP1 EXPLAIN e", report).body
        }

        @Test func `a test that no rule names rings nobody, and the fallback knows of it`() throws {
            let (fire, police, desk) = (
                try daemon.terminal("fire"), try daemon.terminal("police"), try daemon.terminal("desk")
            )
            let reporter = try daemon.reporter()
            let text = report("t1", more: #""status":"Test""#)

            let told = try explain(text)
            #expect(told["rules"][0]["condition"].text == "status")
            #expect(told["rules"][0]["wanted"].text == "Actual, Exercise")
            #expect(told["rules"][0]["found"].text == "Test")
            #expect(told["addressees"].list.map { $0["purpose"].text } == ["information"])
            #expect(told["plans"].list.isEmpty)

            let receipt = try reporter.ask("TIP1 REPORT r", text).body
            #expect(receipt["recipients"].list.map { $0["recipient"].text } == ["desk"])
            #expect(receipt["recipients"][0]["purpose"].text == "information")
            #expect(receipt["recipients"][0]["rule"].text == "fallback")
            let incident = try #require(receipt["incident"].number)
            #expect(try reporter.ask("TIP1 FOLLOW f \(incident)").header == "TIP1 OK f")

            let alert = try desk.takeAlert()
            #expect(alert.envelope["status"].text == "Test")
            #expect(alert.envelope["purpose"].text == "information")
            #expect(alert.envelope["acknowledgeBy"].text == nil)
            #expect(try desk.settle().isEmpty)
            #expect(try fire.settle().isEmpty)
            #expect(try police.settle().isEmpty)
            // Nothing more is owed to anybody.
            #expect(try reporter.settle().last?.body["state"].text == "closed")

            let shown = try daemon.control().ask("TIP1 INCIDENT i", #"{"incident":\#(incident)}"#).body
            #expect(shown["open"].flag == false)
            #expect(shown["alerts"].list.map { $0["state"].text } == ["received"])
            #expect(shown["alerts"][0]["note"].text?.contains("the status Test") == true)
            #expect(shown["explanation"]["addressees"][0]["recipient"].text == "desk")
            #expect(
                try daemon.query("SELECT status, purpose, state FROM incidents JOIN alerts USING (incident)")
                    == ["Test|information|received"])
        }

        @Test func `a test goes to the rule that names it, and an exercise the whole way`() throws {
            let reporter = try daemon.reporter()
            let trial = try reporter.ask("TIP1 REPORT r", report("t1", event: "gas", more: #""status":"Test""#)).body
            #expect(trial["recipients"].list.map { $0["rule"].text } == ["trial"])
            #expect(trial["recipients"][0]["purpose"].text == "action")
            let exercise = try reporter.ask("TIP1 REPORT r", report("e1", more: #""status":"Exercise""#)).body
            #expect(exercise["recipients"].list.map { $0["recipient"].text } == ["fire", "police"])
        }
    }
}
