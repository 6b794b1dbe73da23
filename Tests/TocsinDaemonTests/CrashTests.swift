import Testing

extension DaemonTests {
    /// What a receipt promises outlives `kill -9`.
    @Suite struct CrashTests {
        let station: Station

        init() throws {
            station = try Station()
        }

        @Test func `after kill -9 every receipted report reaches its recipients, marked redelivered`() throws {
            let first = try station.start()
            let reporter = try first.reporter()
            let names = (0..<200).map { "a\($0)" }
            for name in names { try reporter.send("TIP1 REPORT \(name)", report(name)) }
            var receipts: [String: Int] = [:]
            while receipts.count < 100 { try note(reporter.receive(), in: &receipts) }
            try first.killNow()
            // What had left the daemon before is a receipt too.
            for answer in try reporter.receiveWhatIsThere() { try note(answer, in: &receipts) }

            let second = try station.start()
            let terminal = try second.peer(at: "alerts")
            let joined = try terminal.ask("TIP1 JOIN fire desk-1 1000")
            let pending = try #require(try joined.body["pending"].number)
            #expect(pending >= receipts.count)
            var alerted: [String: Int] = [:]
            for _ in 0..<pending {
                let alert = try terminal.takeAlert()
                #expect(alert.envelope["redelivered"].flag == true)
                let name = try #require(alert.report["identifier"].text)
                #expect(alerted[name] == nil, "\(name) came twice")
                alerted[name] = alert.envelope["incident"].number
            }
            for (name, incident) in receipts { #expect(alerted[name] == incident, "\(name)") }

            // Resent, each gets the receipt that it had, and nothing is stored twice.
            let again = try second.reporter()
            for name in names {
                let receipt = try again.ask("TIP1 REPORT \(name)", report(name)).body
                #expect(receipt["duplicate"].flag == (alerted[name] != nil), "\(name)")
                if let incident = alerted[name] { #expect(receipt["incident"].number == incident) }
            }
            #expect(try second.query("SELECT count(*) FROM record WHERE kind = 'incident'") == ["200"])
        }

        @Test func `a report that comes again gets its first receipt, also from elsewhere and after a restart`() throws
        {
            let first = try station.start()
            let receipt = try first.reporter().ask("TIP1 REPORT r1", report("a1")).body
            let same = try first.reporter().ask("TIP1 REPORT r2", report("a1", severity: "Minor"))
            #expect(same.header == "TIP1 RECEIPT r2")
            try first.killNow()
            let second = try station.start()
            for again in [try same.body, try second.reporter().ask("TIP1 REPORT r3", report("a1")).body] {
                #expect(again["duplicate"].flag == true)
                #expect(again["incident"].number == receipt["incident"].number)
                #expect(again["storedAt"].text == receipt["storedAt"].text)
            }
        }

        @Test func `what a person said before a crash is still true after it`() throws {
            let first = try station.start()
            let terminal = try first.terminal("fire")
            _ = try first.reporter().incident("a1")
            _ = try terminal.takeAlert()
            #expect(try terminal.ask("TIP1 ACKNOWLEDGE fire 1", #"{"by":"王"}"#).refusal == nil)
            try first.killNow()

            let second = try station.start()
            let back = try second.terminal("fire")
            #expect(try back.settle().isEmpty)
            let answer = try back.ask("TIP1 STATUS fire 1", #"{"state":"onScene","by":"王"}"#)
            #expect(answer.header == "TIP1 CONFIRMED fire 1 onScene")
        }

        @Test func `an escalation that came due while the daemon was down is made up for`() throws {
            let first = try station.start()
            _ = try first.reporter().incident("a1", event: "impatient")
            try first.killNow()

            let second = try station.start()
            let leader = try second.terminal("leader")
            let alert = try leader.takeAlert()
            #expect(alert.envelope["escalation"].number == 1)
            #expect(alert.envelope["rule"].text == "impatient")
            #expect(alert.report["identifier"].text == "a1")
            #expect(try leader.settle().isEmpty)
        }

        @Test func `nobody answers, and the leader is told`() throws {
            let daemon = try station.start()
            let (gas, leader) = (try daemon.terminal("gas"), try daemon.terminal("leader"))
            let incident = try daemon.reporter().incident("a1", event: "impatient")
            _ = try gas.takeAlert()
            let alert = try leader.takeAlert()
            #expect(alert.envelope["incident"].number == incident)
            #expect(alert.envelope["escalation"].number == 1)
            #expect(alert.envelope["redelivered"].flag == false)
        }

        @Test func `a report that is declined goes to the leader at once`() throws {
            let daemon = try station.start()
            let (fire, leader) = (try daemon.terminal("fire"), try daemon.terminal("leader"))
            _ = try daemon.reporter().incident("a1")
            _ = try fire.takeAlert()
            let answer = try fire.ask("TIP1 DECLINE fire 1", #"{"by":"王","reason":"没有车"}"#)
            #expect(answer.header == "TIP1 CONFIRMED fire 1 declined")
            #expect(try leader.takeAlert().envelope["escalation"].number == 1)
        }

        private func note(_ answer: Answer, in receipts: inout [String: Int]) throws {
            guard answer.words[1] == "RECEIPT" else { throw TestFailure("A receipt was to come: \(answer)") }
            receipts[answer.words[2]] = try answer.body["incident"].number
        }
    }
}
