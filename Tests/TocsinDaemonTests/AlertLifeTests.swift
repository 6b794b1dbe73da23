import Testing

extension DaemonTests {
    /// How an alert stands, by the daemon's answer and by the table's view: both say the same.
    @Suite struct AlertLifeTests {
        let station: Station
        let daemon: Daemon

        init() throws {
            station = try Station()
            daemon = try station.start()
        }

        /// The states of an incident's alerts, as INCIDENT has them, and as the view has them.
        private func states(of incident: Int) throws -> (answer: [String?], view: [String]) {
            let answer = try daemon.control().ask("TIP1 INCIDENT i", #"{"incident":\#(incident)}"#).body
            let rows = try daemon.query(
                "SELECT state FROM alerts WHERE incident = \(incident) ORDER BY escalation, recipient")
            return (answer["alerts"].list.map { $0["state"].text }, rows)
        }

        @Test func `a late word takes nothing back that is resolved`() throws {
            let incident = try daemon.reporter().incident("a1", event: "gas")
            let desk = try daemon.terminal("gas")
            _ = try desk.takeAlert()
            #expect(
                try desk.ask("TIP1 STATUS gas 1", #"{"by":"Wang","state":"resolved"}"#).header
                    == "TIP1 CONFIRMED gas 1 resolved")
            #expect(
                try desk.ask("TIP1 DECLINE gas 1", #"{"by":"Li","reason":"too late"}"#).header
                    == "TIP1 CONFIRMED gas 1 declined")
            let states = try states(of: incident)
            #expect(states.answer == ["resolved"])
            #expect(states.view == ["resolved"])
        }

        @Test func `information that was received is not cancelled when its incident is closed`() throws {
            let incident = try daemon.reporter().incident("a1")
            let police = try daemon.terminal("police")
            _ = try police.takeAlert()
            _ = try police.settle()
            let closing = #"{"incident":\#(incident),"by":"Li","reason":"false alarm"}"#
            #expect(try daemon.control().ask("TIP1 CLOSE c", closing).header == "TIP1 OK c")
            let states = try states(of: incident)
            #expect(states.answer == ["cancelled", "received"])
            #expect(states.view == ["cancelled", "received"])
        }
    }
}
