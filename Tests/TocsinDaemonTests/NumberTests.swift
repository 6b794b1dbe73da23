import Testing

extension DaemonTests {
    /// Numbers that no incident can have.
    @Suite struct NumberTests {
        let station: Station

        init() throws {
            station = try Station()
        }

        @Test func `CLOSE of a number that no incident can have closes nothing, and the daemon starts again`() throws {
            let first = try station.start()
            let reporter = try first.reporter()
            for index in 0..<64 { _ = try reporter.incident("a\(index)") }
            let control = try first.control()
            for number in [-1, -63, -64, 0, Int.min, Int.max] {
                let closing = #"{"incident":\#(number),"by":"Li","reason":"a slip"}"#
                let refusal = try control.ask("TIP1 CLOSE c", closing).refusal
                #expect(refusal == (number > 0 ? "unknownIncident" : "invalid"), "\(number)")
            }
            #expect(try first.info()["openIncidents"].number == 64)
            try first.killNow()

            let second = try station.start()
            #expect(try second.info()["openIncidents"].number == 64)
        }

        @Test func `a question about a number that no incident can have is refused with what would be right`() throws {
            let daemon = try station.start()
            let incident = try daemon.reporter().incident("a1")
            let control = try daemon.control()
            for number in [-1, 0, Int.min] {
                let answer = try control.ask("TIP1 INCIDENT i", #"{"incident":\#(number)}"#)
                #expect(answer.refusal == "invalid")
                #expect(try answer.body["field"].text == "incident")
                #expect(try control.ask("TIP1 INCIDENTS l", #"{"before":\#(number)}"#).refusal == "invalid")
                #expect(try daemon.reporter().ask("TIP1 FOLLOW f \(number)").refusal == "malformed")
            }
            let all = try control.ask("TIP1 INCIDENTS l", #"{"before":\#(Int.max)}"#)
            #expect(try all.body["incidents"].list.map { $0["incident"].number } == [incident])
        }
    }
}
