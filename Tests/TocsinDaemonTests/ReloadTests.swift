import Foundation
import Glibc
import Testing

extension DaemonTests {
    /// Rules, departments and grids are read again all or nothing, while the daemon serves.
    @Suite struct ReloadTests {
        let station: Station
        let daemon: Daemon

        init() throws {
            station = try Station()
            daemon = try station.start()
        }

        private static let wrong = Station.rules.replacing("notify: gas", with: "notify: gaz")

        @Test func `RELOAD takes new rules and departments into force`() throws {
            let added = Station.departments + "  - { name: water, zh: 自来水集团, en: Waterworks }\n"
            try station.write("departments.yaml", added)
            try station.write("rules.yaml", Station.rules.replacing("notify: gas", with: "notify: [gas, water]"))
            let answer = try daemon.control().ask("TIP1 RELOAD r1")
            #expect(answer.header == "TIP1 OK r1")
            #expect(try answer.body["departments"].number == 6)
            let terminal = try daemon.terminal("water")
            _ = try daemon.reporter().incident("a1", event: "gas")
            #expect(try terminal.takeAlert().envelope["rule"].text == "gas")

            // The rules that decided are in the journal, and the incident explains itself by them.
            try daemon.killNow()
            let stored = try station.start().query("SELECT count(*) FROM record WHERE kind = 'rules'")
            #expect(stored == ["2"])
        }

        @Test func `rules of a megabyte keep no report waiting, and still explain what they decided after others`()
            throws
        {
            let many = (1...20_000).map {
                "  - { name: generated \($0), when: { event: generated-\($0) }, notify: gas }\n"
            }
            let reporter = try daemon.reporter()
            let operatorPeer = try daemon.control()
            try station.write("rules.yaml", Station.rules + many.joined())
            try operatorPeer.send("TIP1 RELOAD r1")
            var reports = 0
            var answers: [Answer] = []
            repeat {
                reports += 1
                _ = try reporter.incident("during-\(reports)")
                answers += try operatorPeer.receiveWhatIsThere()
            } while answers.isEmpty
            #expect(answers.map(\.header) == ["TIP1 OK r1"])
            let incident = try reporter.incident("a1", event: "generated-777")
            try station.write("rules.yaml", Station.rules)
            #expect(try operatorPeer.ask("TIP1 RELOAD r2").header == "TIP1 OK r2")
            let shown = try operatorPeer.ask("TIP1 INCIDENT i", #"{"incident":\#(incident)}"#).body
            #expect(shown["explanation"]["rules"].list.contains { $0["rule"].text == "generated 777" })
            let parts = try daemon.query("SELECT count(*) FROM record WHERE kind = 'rules' AND body ->> 'continues'")
            #expect(Int(parts.first ?? "") ?? 0 > 10)
        }

        @Test func `RELOAD that comes during another takes what the files hold by then`() throws {
            let many = (1...20_000).map {
                "  - { name: generated \($0), when: { event: generated-\($0) }, notify: gas }\n"
            }
            let (first, second) = (try daemon.control(), try daemon.control())
            try station.write("rules.yaml", Station.rules + many.joined())
            try first.send("TIP1 RELOAD r1")
            // Its answer comes when the reading has begun.
            _ = try daemon.info()
            try station.write("rules.yaml", Station.rules.replacing("notify: gas", with: "notify: desk"))
            #expect(try second.ask("TIP1 RELOAD r2").header == "TIP1 OK r2")
            #expect(try first.receive().header == "TIP1 OK r1")
            let receipt = try daemon.reporter().ask("TIP1 REPORT r", report("a1", event: "gas"))
            #expect(try receipt.body["recipients"][0]["recipient"].text == "desk")
        }

        @Test func `SIGHUP before the daemon serves does not end it`() throws {
            let many = (1...20_000).map {
                "  - { name: generated \($0), when: { event: generated-\($0) }, notify: gas }\n"
            }
            try station.write("rules.yaml", Station.rules + many.joined())
            // A check serves nobody, and reads for long enough to be sent a signal.
            let check = try ChildProcess(
                Daemon.program, ["--config", station.folder + "/tocsin.yaml", "--check"],
                environment: Daemon.environment, output: station.folder + "/check",
                errors: station.folder + "/check-errors")
            var isSent = false
            while !isSent, let status = try? String(contentsOfFile: "/proc/\(check.processID)/status", encoding: .utf8)
            {
                let ignored = status.split(separator: "\n").first { $0.hasPrefix("SigIgn:") }?.split(separator: "\t")
                    .last
                let bits = ignored.flatMap { UInt64($0, radix: 16) } ?? 0
                guard bits & 1 << UInt64(SIGHUP - 1) != 0 else {
                    // A program that has ended ignores nothing, and never will.
                    if status.contains("State:\tZ") { break }
                    sched_yield()
                    continue
                }
                check.send(SIGHUP)
                isSent = true
            }
            #expect(isSent)
            #expect(try check.waitForExit() == .code(0))
        }

        @Test func `RELOAD of rules that do not do what they expect is refused, and the rules in force stay`() throws {
            let expecting = Station.rules.replacing("notify: gas", with: "notify: desk")
            try station.write(
                "rules.yaml", expecting + "expect:\n  - { name: leak, report: { event: gas }, notify: [gas, desk] }\n")
            let answer = try daemon.control().ask("TIP1 RELOAD r1")
            #expect(answer.header == "TIP1 REFUSED r1 invalid")
            let message = try #require(try answer.body["message"].text)
            #expect(
                message.hasSuffix(
                    "/rules.yaml:23:52: 'leak': expected that gas must acknowledge; it is not told. Instead desk must "
                        + "acknowledge, by the rule 'gas'"), "\(message)")
            let receipt = try daemon.reporter().ask("TIP1 REPORT r", report("a1", event: "gas"))
            #expect(try receipt.body["recipients"][0]["recipient"].text == "gas")
            // Killed and started, it goes by the last good rules.
            try daemon.killNow()
            let again = try station.start()
            #expect(try again.info()["rules"]["fromJournal"].flag == true)
            #expect(try again.info()["rules"]["problems"][0].text == message)
            try station.write("rules.yaml", expecting + "expect:\n  - { report: { event: gas }, notify: desk }\n")
            #expect(try again.control().ask("TIP1 RELOAD r2").header == "TIP1 OK r2")
        }

        @Test func `RELOAD of wrong rules is refused with every problem, and the rules in force stay`() throws {
            try station.write("rules.yaml", Self.wrong)
            let answer = try daemon.control().ask("TIP1 RELOAD r1")
            #expect(answer.header == "TIP1 REFUSED r1 invalid")
            let problems = try #require(try answer.body["message"].text).split(separator: "\n")
            #expect(problems.count == 2)
            #expect(problems.allSatisfy { $0.hasPrefix("\(station.folder)/rules.yaml:") && $0.contains("'gaz'") })
            let receipt = try daemon.reporter().ask("TIP1 REPORT r", report("a1", event: "gas"))
            #expect(try receipt.body["recipients"][0]["recipient"].text == "gas")
        }

        @Test func `RELOAD of a file that is gone is refused, naming it`() throws {
            unlink(station.folder + "/departments.yaml")
            let answer = try daemon.control().ask("TIP1 RELOAD r1")
            #expect(answer.refusal == "invalid")
            #expect(try answer.body["message"].text?.contains("departments.yaml cannot be read") == true)
        }

        @Test func `SIGHUP reloads, and tells the service manager from RELOADING to READY`() throws {
            try station.write("rules.yaml", Station.rules.replacing("notify: gas", with: "notify: fire"))
            daemon.process.send(SIGHUP)
            let notice = try daemon.nextNotice()
            #expect(notice.first == "RELOADING=1")
            #expect(notice.contains { $0.hasPrefix("MONOTONIC_USEC=") })
            #expect(try daemon.nextNotice().first == "READY=1")
            let receipt = try daemon.reporter().ask("TIP1 REPORT r", report("a1", event: "gas"))
            #expect(try receipt.body["recipients"][0]["recipient"].text == "fire")
        }

        @Test func `SIGHUP with wrong rules logs the problems, and the rules in force stay`() throws {
            try station.write("rules.yaml", Self.wrong)
            daemon.process.send(SIGHUP)
            #expect(try daemon.nextNotice().first == "RELOADING=1")
            try daemon.waitForNotice("READY=1")
            let receipt = try daemon.reporter().ask("TIP1 REPORT r", report("a1", event: "gas"))
            #expect(try receipt.body["recipients"][0]["recipient"].text == "gas")
            let log = try daemon.logToTheEnd()
            #expect(log.contains("reload refused; the rules in force stay"))
            #expect(log.contains("rules.yaml:12:"))
        }

        @Test func `the service manager shows what a refused reload left to mend, and no longer when it is`() throws {
            try station.write("rules.yaml", Self.wrong)
            daemon.process.send(SIGHUP)
            let refused = try #require(
                try daemon.waitForNotice("READY=1").first { $0.hasPrefix("STATUS=Serving tcp://") })
            #expect(
                refused.contains("; the last reload was refused, mend the files and reload: 2 problems, the first: "))
            #expect(refused.contains("rules.yaml:12:"))
            try station.write("rules.yaml", Station.rules)
            daemon.process.send(SIGHUP)
            let mended = try #require(
                try daemon.waitForNotice("READY=1").first { $0.hasPrefix("STATUS=Serving tcp://") })
            #expect(!mended.contains("refused"))
        }

        @Test func `last good rules are in the service manager's line until a reload`() throws {
            // The first READY says that its rules are on disk.
            try station.write("rules.yaml", Self.wrong)
            try daemon.killNow()
            let next = try station.launch()
            let status = try #require(try next.waitForNotice("READY=1").first { $0.hasPrefix("STATUS=Serving tcp://") })
            #expect(status.contains(" by the last good rules; the files are refused, mend them and reload: 2 problems"))
            next.process.send(SIGHUP)
            #expect(try next.waitForNotice("READY=1").contains { $0.contains(" by the last good rules; ") })
            try station.write("rules.yaml", Station.rules)
            next.process.send(SIGHUP)
            #expect(try next.waitForNotice("READY=1").allSatisfy { !$0.contains("last good") })
        }

        @Test func `alerts of a department that is no longer in the directory are still delivered`() throws {
            _ = try daemon.reporter().incident("a1", event: "gas")
            try station.write("departments.yaml", Station.departments.replacing("name: gas", with: "name: gas-repair"))
            try station.write("rules.yaml", Station.rules.replacing("notify: gas", with: "notify: gas-repair"))
            #expect(try daemon.control().ask("TIP1 RELOAD r1").refusal == nil)
            #expect(try daemon.terminal("gas").takeAlert().report["identifier"].text == "a1")
        }
    }
}
