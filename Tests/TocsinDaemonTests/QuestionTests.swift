import Testing

extension DaemonTests {
    /// Operators' questions keep nobody waiting.
    @Suite struct QuestionTests {
        let station: Station

        init() throws {
            station = try Station()
        }

        /// The station's rules and so many more.
        private static func rules(more count: Int) -> String {
            let more = (1...count).map {
                "  - { name: generated \($0), when: { event: generated-\($0) }, notify: gas }\n"
            }
            return Station.rules + more.joined()
        }

        @Test func `a report does not wait while an incident explains itself by earlier rules`() throws {
            try station.write("rules.yaml", Self.rules(more: 3_000))
            let daemon = try station.start()
            let (reporter, control) = (try daemon.reporter(), try daemon.control())
            let incident = try reporter.incident("a1", event: "generated-777")
            try station.write("rules.yaml", Station.rules)
            #expect(try control.ask("TIP1 RELOAD r").header == "TIP1 OK r")

            try control.send("TIP1 INCIDENT i1", #"{"incident":\#(incident)}"#)
            // The question is in the daemon before the report: a question after it on the same connection waits, and
            // other connections are answered meanwhile.
            try control.send("TIP1 PING after")
            #expect(try daemon.control().ask("TIP1 PING another").header == "TIP1 PONG another")
            _ = try reporter.incident("a2")
            #expect(try control.receiveWhatIsThere().map(\.header) == [])
            let answer = try control.receive()
            #expect(answer.header == "TIP1 OK i1")
            #expect(try answer.body["explanation"]["rules"].list.contains { $0["rule"].text == "generated 777" })
            #expect(try control.receive().header == "TIP1 PONG after")
        }
    }
}
