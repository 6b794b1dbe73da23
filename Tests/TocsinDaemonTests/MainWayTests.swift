import Testing
import ZeroMQ

extension DaemonTests {
    /// A report from the field reaches those who must know, and everybody hears how it goes on.
    @Suite struct MainWayTests {
        let station: Station
        let daemon: Daemon

        init() throws {
            station = try Station()
            daemon = try station.start()
        }

        @Test func `a receipt says what was stored, and it is on disk by then`() throws {
            let answer = try daemon.reporter().ask("TIP1 REPORT 我的-1", report("a1"))
            #expect(answer.header == "TIP1 RECEIPT 我的-1")
            let receipt = try answer.body
            #expect(receipt["duplicate"].flag == false)
            #expect(receipt["recipients"].list.map { $0["recipient"].text } == ["fire", "police"])
            #expect(receipt["recipients"].list.map { $0["purpose"].text } == ["action", "information"])
            #expect(receipt["recipients"][0]["rule"].text == "火灾 fire")
            #expect(receipt["recipients"][0]["terminals"].number == 0)

            // The process gets no chance to write anything after the receipt.
            try daemon.killNow()
            let number = try #require(receipt["incident"].number)
            let next = try station.start()
            #expect(try next.query("SELECT identifier FROM record WHERE position = \(number)") == ["a1"])
        }

        @Test func `an alert goes its way from the report to the end of the incident`() throws {
            let (desk, second) = (try daemon.terminal("fire"), try daemon.terminal("fire", as: "desk-2"))
            let police = try daemon.terminal("police")
            let reporter = try daemon.reporter()
            let incident = try reporter.incident("a1")

            let alert = try desk.receive()
            #expect(alert.header == "TIP1 ALERT fire 1")
            let envelope = try JSON(alert.bodies[0])
            #expect(envelope["incident"].number == incident)
            #expect(envelope["purpose"].text == "action")
            #expect(envelope["attempt"].number == 1)
            #expect(envelope["redelivered"].flag == false)
            #expect(envelope["acknowledgeBy"].text != nil)
            #expect(String(decoding: alert.bodies[1], as: UTF8.self) == report("a1"))
            #expect(try second.takeAlert().number == 1)
            #expect(try police.takeAlert().envelope["purpose"].text == "information")
            #expect(try police.settle().isEmpty)

            #expect(try reporter.ask("TIP1 FOLLOW f1 \(incident)").header == "TIP1 OK f1")
            let present = try reporter.settle().filter { $0.header == "TIP1 PROGRESS \(incident)" }
            #expect(try present.map { try $0.body["recipient"].text } == ["fire", "police"])

            try desk.send("TIP1 RECEIVED fire 1")
            let taken = try desk.ask("TIP1 ACKNOWLEDGE fire 1", #"{"by":"王, desk 1","note":"两辆车出动"}"#)
            #expect(taken.header == "TIP1 CONFIRMED fire 1 acknowledged")
            let word = try second.receive()
            #expect(word.header == "TIP1 TAKEN fire 1")
            #expect(try word.body["by"].text == "王, desk 1")

            for state in ["enRoute", "onScene", "resolved"] {
                let answer = try desk.ask("TIP1 STATUS fire 1", #"{"state":"\#(state)","by":"王"}"#)
                #expect(answer.header == "TIP1 CONFIRMED fire 1 \(state)")
            }
            let states = try reporter.settle().map { try $0.body["state"].text }
            #expect(states == ["acknowledged", "enRoute", "onScene", "resolved", "closed"])
            #expect(try desk.ask("TIP1 LEAVE fire").header == "TIP1 OK fire")
        }

        @Test func `a REQ socket gets its receipt behind a delimiter`() throws {
            let answer = try daemon.peer(.req, at: "reports").ask("TIP1 REPORT r1", report("a1"))
            #expect(answer.header == "TIP1 RECEIPT r1")
            #expect(answer.frames.count == 2)
        }

        @Test func `text in Chinese comes out byte for byte, in the alert and in the journal`() throws {
            let terminal = try daemon.terminal("fire")
            let text = report("事件-1", more: #""headline":"东城区北新桥三条 35 号院起火 🔥","说明":"三层，有人被困\u3002""#)
            #expect(try daemon.reporter().ask("TIP1 REPORT r", text).header == "TIP1 RECEIPT r")
            #expect(try terminal.receive().bodies[1] == [UInt8](text.utf8))
            #expect(try daemon.query("SELECT report FROM record WHERE kind = 'incident'") == [text])
        }

        @Test func `a report that no rule matches goes to the fallback`() throws {
            let desk = try daemon.terminal("desk")
            let answer = try daemon.reporter().ask("TIP1 REPORT r", report("a1", event: "ufo"))
            #expect(try answer.body["recipients"].list.map { $0["recipient"].text } == ["desk"])
            #expect(try desk.takeAlert().report["event"].text == "ufo")
        }

        @Test func `alerts that waited come most severe first, and oldest first within a severity`() throws {
            let reporter = try daemon.reporter()
            for (index, severity) in ["Minor", "Severe", "Extreme", "Minor", "Extreme"].enumerated() {
                _ = try reporter.incident("a\(index)", severity: severity)
            }
            let terminal = try daemon.peer(at: "alerts")
            #expect(try terminal.ask("TIP1 JOIN fire desk-1 100").body["pending"].number == 5)
            let order = try (0..<5).map { _ in try terminal.takeAlert().report["identifier"].text }
            #expect(order == ["a2", "a4", "a1", "a0", "a3"])
        }

        @Test func `the feed shows a new incident, its alerts and its changes`() throws {
            let wallboard = try daemon.peer(.sub, at: "feed", subscriptions: ["incident/", "alert/fire/", "state/"])
            let reporter = try daemon.reporter()
            try waitUntilWatched(wallboard, reporter)
            let more = #""area":{"grid":"110101005003002"}"#
            let incident = try reporter.ask("TIP1 REPORT r", report("a1", more: more)).body["incident"].number
            let number = try #require(incident)
            let terminal = try daemon.terminal("fire")
            try #expect(terminal.takeAlert().number == 1)
            _ = try terminal.ask("TIP1 STATUS fire 1", #"{"state":"resolved","by":"李"}"#)

            var seen: [String] = []
            while !seen.contains("state/\(number) resolved") {
                let message = try wallboard.receive()
                let body = try message.body
                guard body["incident"].number == number else { continue }
                seen.append(message.header + (body["state"].text.map { " " + $0 } ?? ""))
                if message.header.hasPrefix("incident/") { #expect(body["report"]["identifier"].text == "a1") }
            }
            #expect(
                seen == [
                    "incident/Fire/Severe/110101005003002", "alert/fire/Severe/110101005003002",
                    "state/\(number) sent", "state/\(number) received", "state/\(number) resolved",
                ])
        }

        /// A subscription is not answered: it is in force when something comes.
        private func waitUntilWatched(_ wallboard: Peer, _ reporter: Peer) throws {
            for probe in 0..<10_000 {
                _ = try reporter.incident("probe-\(probe)", event: "note")
                if try !wallboard.receiveWhatIsThere().isEmpty { return }
            }
            throw TestFailure("The feed stays silent.")
        }
    }

    /// What operators ask.
    @Suite struct ControlTests {
        let station: Station
        let daemon: Daemon
        let control: Peer

        init() throws {
            station = try Station()
            daemon = try station.start()
            control = try daemon.control()
        }

        @Test func `INFO tells what the daemon is and how it does`() throws {
            let terminal = try daemon.terminal("fire")
            _ = try daemon.reporter().incident("a1")
            _ = try terminal.receive()
            let info = try daemon.info()
            #expect(info["name"].text == "tocsind")
            #expect(info["processID"].number == Int(daemon.process.processID))
            #expect(info["journal"]["path"].text == station.journal)
            #expect(info["journal"]["available"].flag == true)
            #expect(info["rules"]["count"].number == 4)
            #expect(info["directory"]["departments"].number == 5)
            #expect(info["openIncidents"].number == 1)
            #expect(info["undeliveredAlerts"].number == 2)
            #expect(info["terminals"].number == 1)
            #expect(info["counts"]["reports"].number == 1)
            #expect(info["counts"]["alertsSent"].number == 1)
        }

        @Test func `INCIDENTS lists the newest first, a page at a time`() throws {
            let reporter = try daemon.reporter()
            let numbers = try ["a1", "a2", "a3"].map { try reporter.incident($0) }
            let page = try control.ask("TIP1 INCIDENTS i1", #"{"limit":2}"#).body["incidents"].list
            #expect(page.map { $0["identifier"].text } == ["a3", "a2"])
            #expect(page[0]["open"].flag == true)
            let next = try control.ask("TIP1 INCIDENTS i2", #"{"before":\#(numbers[1])}"#)
            #expect(try next.body["incidents"].list.map { $0["incident"].number } == [numbers[0]])
        }

        @Test func `INCIDENT shows one incident with its timeline and its reasons`() throws {
            let terminal = try daemon.terminal("fire")
            let incident = try daemon.reporter().incident("a1")
            _ = try terminal.takeAlert()
            _ = try terminal.ask("TIP1 ACKNOWLEDGE fire 1", #"{"by":"王"}"#)
            let shown = try control.ask("TIP1 INCIDENT i1", #"{"incident":\#(incident)}"#).body
            #expect(shown["open"].flag == true)
            #expect(shown["report"]["identifier"].text == "a1")
            #expect(shown["alerts"].list.map { $0["state"].text } == ["acknowledged", "queued"])
            #expect(shown["alerts"][0]["title"].text == "消防救援支队 Fire and Rescue")
            #expect(shown["timeline"].list.map { $0["state"].text } == ["stored", "received", "acknowledged"])
            #expect(shown["timeline"][2]["by"].text == "王")
            #expect(shown["explanation"]["rules"].list.map { $0["verdict"].text }.first == "matched")
            #expect(try control.ask("TIP1 INCIDENT i2", #"{"incident":99999}"#).refusal == "unknownIncident")
        }

        @Test func `INCIDENT shows the end of an incident that nobody had to close`() throws {
            let terminal = try daemon.terminal("gas")
            let incident = try daemon.reporter().incident("a1", event: "gas")
            _ = try terminal.takeAlert()
            _ = try terminal.ask("TIP1 STATUS gas 1", #"{"state":"resolved","by":"王"}"#)
            let shown = try control.ask("TIP1 INCIDENT i1", #"{"incident":\#(incident)}"#).body
            #expect(shown["open"].flag == false)
            #expect(shown["timeline"].list.map { $0["state"].text } == ["stored", "received", "resolved", "closed"])
            #expect(shown["timeline"][3]["by"].isMissing)
        }

        @Test func `PENDING says what waits for whom`() throws {
            _ = try daemon.terminal("gas")
            _ = try daemon.reporter().incident("a1")
            let lines = try control.ask("TIP1 PENDING p1").body["mailboxes"].list
            #expect(lines.map { $0["recipient"].text } == ["fire", "gas", "police"])
            #expect(lines.map { $0["undelivered"].number } == [1, 0, 1])
            #expect(lines.map { $0["terminals"].number } == [0, 1, 0])
        }

        @Test func `EXPLAIN gives the reasons and stores nothing`() throws {
            let explanation = try control.ask("TIP1 EXPLAIN e1", report("a1")).body
            #expect(explanation["rules"].list.map { $0["verdict"].text } == ["matched", "failed", "failed", "failed"])
            #expect(explanation["addressees"].list.map { $0["recipient"].text } == ["fire", "police"])
            #expect(try control.ask("TIP1 EXPLAIN e2", #"{"sender":"x"}"#).refusal == "invalid")
            #expect(try daemon.info()["counts"]["reports"].number == 0)
        }

        @Test func `EXPLAIN judges a report at another time, and has what follows to its end`() throws {
            let told = try control.ask("TIP1 EXPLAIN e1", report("a1"), #"{"at":"2026-11-28T03:00:00+08:00"}"#).body
            #expect(told["at"].text == "2026-11-27T19:00:00.000Z")
            #expect(told["rules"][0]["line"].number == 3)
            #expect(told["timetable"][0]["at"].text == "2026-11-27T19:00:00.000Z")
            #expect(told["timetable"][0]["told"].list.map { $0["recipient"].text } == ["fire", "police"])
            #expect(told["unanswered"].list.map(\.text) == ["fire", "leader"])
            let now = try control.ask("TIP1 EXPLAIN e2", report("a1")).body
            #expect(now["at"].isMissing && now["timetable"][0]["at"].isMissing)
            #expect(now["timetable"].list.count == told["timetable"].list.count)
        }

        @Test func `CLOSE ends an incident with a name and a reason`() throws {
            let reporter = try daemon.reporter()
            let incident = try reporter.incident("a1")
            _ = try reporter.ask("TIP1 FOLLOW f1 \(incident)")
            _ = try reporter.settle()
            let closing = #"{"incident":\#(incident),"by":"Li","reason":"误报"}"#
            #expect(try control.ask("TIP1 CLOSE c1", closing).header == "TIP1 OK c1")
            let progress = try reporter.settle()
            #expect(try progress.map { try $0.body["state"].text } == ["cancelled", "cancelled", "closed"])
            #expect(try progress[0].body["note"].text == "误报")
            #expect(try control.ask("TIP1 CLOSE c2", closing).refusal == "unknownIncident")
            #expect(try control.ask("TIP1 CLOSE c3", #"{"incident":1,"by":"Li"}"#).refusal == "invalid")
        }
    }
}
