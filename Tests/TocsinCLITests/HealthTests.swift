import Testing
import TocsinClient
import TocsinModel

@testable import tocsin

@Suite struct HealthTests {
    private let thresholds = HealthThresholds(
        warnUndelivered: 10, criticalUndelivered: 100, warnOverdue: .seconds(300), criticalOverdue: .seconds(1800),
        warnFree: 2_000_000_000, criticalFree: 300_000_000)

    private func facts(_ change: (inout HealthFacts) -> Void = { _ in }) throws -> HealthFacts {
        var facts = try HealthFacts(info: Array(AnswerTests.info.utf8), answerTime: .milliseconds(3))
        change(&facts)
        return facts
    }

    /// The facts of a broker that says these members too.
    private func facts(rules: String, beside members: String = "") throws -> HealthFacts {
        let info = AnswerTests.info.replacing(#""count":2,"#, with: #""count":2,\#(rules)"#)
            .replacing(#""terminals":6,"#, with: #""terminals":6,\#(members)"#)
        return try HealthFacts(info: Array(info.utf8), answerTime: .milliseconds(3))
    }

    @Test func `a broker that does well is OK, with its numbers`() throws {
        let verdict = thresholds.judge(try facts())
        #expect(verdict.level == .ok)
        #expect(
            verdict.line
                == "TOCSIN OK - 1 incident open, 0 alerts unanswered beyond their time, 6 terminals connected | "
                + "waiting_steps=0;;0;0 open=1;;;0 overdue_age=0ms;300000;1800000;0 overdue=0;;;0 undelivered=2;10;100;0 "
                + "unattended=0;0;;0 terminals=6;;;0 hung=0;0;;0 time=3ms;;;0")
    }

    @Test func `a configuration that has changed, or that no start would take, is a warning, and so are no rules`()
        throws
    {
        let changed = #""configuration":{"file":"/t.yaml","changed":["heartbeat"],"problemCount":0,"problems":[]},"#
        let wrong = #""configuration":{"file":"/t.yaml","changed":[],"problemCount":2,"problems":["a","b"]},"#
        let same = #""configuration":{"file":"/t.yaml","changed":[],"problemCount":0,"problems":[]},"#
        #expect(thresholds.judge(try facts(rules: "", beside: same)).level == .ok)
        let verdict = thresholds.judge(try facts(rules: "", beside: changed))
        #expect(verdict.level == .warning)
        #expect(
            verdict.problems == [
                "the configuration has changed since the start (heartbeat): a restart brings that into force"
            ])
        #expect(
            thresholds.judge(try facts(rules: "", beside: wrong)).problems == [
                "the configuration is wrong now, and tocsind would not start again: 2 problems, see tocsin check --config "
                    + "/t.yaml"
            ])
        let another =
            #""configuration":{"file":"/t.yaml","changed":[],"anotherKey":true,"problemCount":0,"problems":[]},"#
        #expect(
            thresholds.judge(try facts(rules: "", beside: another)).problems == [
                "the broker's key file has another key than at the start: a restart brings another key into force"
            ])
        let none = try facts { $0.status.ruleCount = 0 }
        #expect(thresholds.judge(none).level == .warning)
    }

    @Test(
        arguments: [
            (1_000_000_000_000, 0, "less than a minute"), (1_000_000_000_000, 59, "less than a minute"),
            (1_000_000_000_000, 3600, "60 min"), (0, 0, nil),
        ] as [(Int64, Int64, String?)])
    func `a disk is full in a time that people know, or is full`(free: Int64, seconds: Int64, words: String?) throws {
        let disk = BrokerStatus.Disk(freeBytes: free, bytesPerHour: 1, lastsSeconds: seconds)
        let line = DiskView.line(disk, style: .plain)
        #expect(line == "\(byteCount(free)) free" + (words.map { ", for \($0) at the present rate" } ?? ""))
        let problems = thresholds.judge(try facts { $0.status.disk = disk }).problems
        #expect(problems.contains { $0.hasPrefix("the journal's disk is full in ") } == (words != nil))
        if let words { #expect(problems == ["the journal's disk is full in \(words) at the present rate"]) }
    }

    @Test func `clients who are left out at a start by the last good rules are counted`() throws {
        let facts = try facts(rules: #""fromJournal":true,"clientsLeftOut":2,"problemCount":1,"problems":["a"],"#)
        #expect(
            thresholds.judge(facts).problems == [
                "the last good rules are in force, for the files are refused: 1 problem",
                "2 clients of the last good list left out, whom the clients file does not have",
            ])
        #expect(
            StatusView.lines(facts.status, style: .plain).contains {
                $0.contains("the files are refused, and 2 clients of the last good list left out")
            })
    }

    @Test func `what is not well is named, the worst first`() throws {
        let fire = try #require(Recipient("fire"))
        let verdict = thresholds.judge(
            try facts { facts in
                facts.unattended = [fire]
                facts.status.underWay?.overdueAlerts = 2
                facts.status.underWay?.overdueExtreme = 1
                facts.status.underWay?.overdueSince = facts.status.now + .seconds(-7200)
                facts.status.isJournalAvailable = true
                facts.status.terminalsNotReceiving = 1
            })
        #expect(verdict.level == .critical)
        #expect(
            verdict.line.hasPrefix(
                "TOCSIN CRITICAL - 2 alerts unanswered, 1 of them Extreme, the oldest for 2 h beyond its time; alerts wait and nobody "
                    + "listens: fire; 1 terminal without RECEIVED | "))
    }

    @Test(arguments: [(10, "OK"), (11, "WARNING"), (100, "WARNING"), (101, "CRITICAL")])
    func `a threshold counts when it is passed`(undelivered: Int64, word: String) throws {
        let verdict = thresholds.judge(try facts { $0.status.underWay?.undeliveredAlerts = undelivered })
        #expect(verdict.line.hasPrefix("TOCSIN \(word) - "))
    }

    @Test func `a journal that cannot write is critical, and so is one that is read again`() throws {
        let full = thresholds.judge(try facts { $0.status.isJournalAvailable = false })
        #expect(full.line.hasPrefix("TOCSIN CRITICAL - the journal cannot write: reports are refused | "))
        let sparing = thresholds.judge(
            try facts {
                $0.status.isJournalAvailable = false
                $0.status.isJournalSparing = true
            })
        #expect(
            sparing.line.hasPrefix(
                "TOCSIN CRITICAL - there is no room for new reports; what people say is written | "))
        let missing = thresholds.judge(
            try facts {
                $0.status.isJournalAvailable = false
                $0.status.journalError = "It is gone."
            })
        #expect(
            missing.line.hasPrefix("TOCSIN CRITICAL - the journal cannot write: reports are refused: It is gone. | "))
        let recovering = thresholds.judge(try facts { $0.status.underWay = nil })
        #expect(
            recovering.line == "TOCSIN CRITICAL - the journal is being read again: what is under way is not known")
    }

    @Test(arguments: [
        (
            #""fromJournal":true,"problemCount":3"#,
            "the last good rules are in force, for the files are refused: 3 problems"
        ),
        (#""fromJournal":false,"problemCount":1"#, "the files were refused when they were read again: 1 problem"),
    ])
    func `rules that are not those of the files are a warning`(members: String, words: String) throws {
        let verdict = thresholds.judge(try facts(rules: members + ","))
        #expect(verdict.line.hasPrefix("TOCSIN WARNING - \(words) | "))
        #expect(BrokerCheck.rules(try facts(rules: members + ",").status).state == .todo)
        #expect(BrokerCheck.rules(try facts().status).text.hasPrefix("2 rules of rules.yaml, loaded 2026-11-23"))
    }

    @Test(arguments: [
        (#"{"freeBytes":5000000000}"#, "OK - 1 incident", "disk_free=5000000000B;2000000000:;300000000:;0"),
        (#"{"freeBytes":1500000000}"#, "WARNING - 1.5 GB free on the journal's disk", "disk_free=1500000000B"),
        (#"{"freeBytes":1000}"#, "CRITICAL - 1 kB free on the journal's disk", "disk_free=1000B"),
        (
            #"{"freeBytes":5000000000,"lastsSeconds":7200}"#,
            "WARNING - the journal's disk is full in 2 h at the present rate", "disk_free="
        ),
    ])
    func `little room is said, and how long it lasts`(disk: String, words: String, metric: String) throws {
        let verdict = thresholds.judge(try facts(rules: "", beside: #""disk":\#(disk),"#))
        #expect(verdict.line.hasPrefix("TOCSIN \(words)"))
        #expect(verdict.line.contains(" \(metric)"))
    }

    @Test func `without a broker it is critical, and says so on standard output`() throws {
        try expect(
            ["health", "--control", "ipc:///nonexistent/control.ipc"],
            output: """
                TOCSIN CRITICAL - No broker can be reached at ipc:///nonexistent/control.ipc: there is no such socket. \
                Start it ('systemctl start tocsind'), say where it is with --control, or wait for it with --wait.

                """, status: 2)
    }

    @Test(arguments: [
        ["health", "--warn-overdue", "soon"], ["health", "--control", "nowhere"], ["health", "--what"],
    ])
    func `what cannot be asked is unknown`(words: [String]) throws {
        let run = try CommandRun(words)
        #expect(run.output.hasPrefix("TOCSIN UNKNOWN - "))
        #expect(run.output.count { $0 == "\n" } == 1)
        #expect(run.status == 3)
    }
}
