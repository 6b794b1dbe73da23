import Testing

extension DaemonTests {
    /// Field clients that follow an incident and vanish.
    @Suite struct FollowerTests {
        @Test func `followers that are gone make room without a change of their incident`() throws {
            let station = try Station()
            let daemon = try station.start("--heartbeat", "200ms", "--limits-followers", "20")
            let incident = try daemon.reporter().incident("a1")
            for index in 0..<20 {
                let follower = try daemon.reporter()
                #expect(try follower.ask("TIP1 FOLLOW f\(index) \(incident)").refusal == nil)
            }
            let late = try daemon.reporter()
            let end = ContinuousClock.now + .seconds(10)
            var answer = try late.ask("TIP1 FOLLOW late \(incident)")
            while answer.refusal == "busy", ContinuousClock.now < end {
                answer = try late.ask("TIP1 FOLLOW late \(incident)")
            }
            #expect(answer.header == "TIP1 OK late")
        }
    }
}
