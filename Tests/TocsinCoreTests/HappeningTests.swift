import JournalContract
import Testing
import TocsinJournal
import TocsinModel
import TocsinWire

@testable import TocsinCore

/// Reports of one happening, where other things happen to its incident too.
@Suite struct HappeningTests {
    private static let rules = """
        fallback: desk
        rules:
          - name: smoke
            when: { event: smoke }
            notify: fire
            inform: police
            correlate: { by: grid, within: 10m }
          - name: bad smoke
            when: { event: smoke, severity: at least Severe }
            notify: fire
            acknowledge-within: 10s
            escalate: [{ after: 10s, to: leader }]
        """

    @Test func `what a silence keeps still swallows nothing that rings, nor the other way round`() throws {
        var harness = try Harness(rules: Self.rules)
        harness.adoptFiles()
        harness.stay("fire", "police")
        _ = harness.silence(#"{"sender":"sensor"}"#, for: .seconds(300))
        for number in 1...3 { try harness.smoke("s-\(number)", sender: "sensor") }
        #expect(harness.alerts.isEmpty)
        try harness.smoke("r-1", sender: "citizen")
        #expect(harness.news(harness.broker.lastPosition.value) == nil)
        #expect(harness.alerts.map(\.recipient).sorted() == ["fire", "police"])
        #expect(harness.alerts.contains { $0.recipient == "fire" && $0.envelope.purpose == .action })
        harness.forget()
        // The sensor goes on to report to its own, and the citizens to theirs.
        try harness.smoke("s-4", severity: .severe, sender: "sensor")
        #expect(harness.alerts.isEmpty)
        try harness.smoke("r-2", severity: .severe, sender: "citizen")
        #expect(harness.alerts.contains { $0.recipient == "fire" && $0.envelope.purpose == .action })
    }

    @Test func `a rule that matched none of the reports before is followed with its steps and its time`() throws {
        var harness = try Harness(rules: Self.rules)
        harness.stay("fire", "leader")
        try harness.smoke("s-1", severity: .severe, sender: "a", status: .actual)
        harness.forget()
        harness.close(1)
        try harness.smoke("s-2", sender: "b")
        try harness.smoke("s-3", sender: "c")
        harness.forget()
        try harness.smoke("s-4", severity: .severe, sender: "d")
        let alert = try #require(harness.alerts.first { $0.recipient == "fire" })
        #expect(alert.envelope.purpose == .action && alert.envelope.joined?.count == 3)
        #expect(alert.envelope.acknowledgeBy == harness.now.wall + .seconds(10))
        harness.stayAwake(.seconds(11))
        #expect(harness.escalations.contains("leader unanswered"))
        // One more such report is counted.
        harness.forget()
        try harness.smoke("s-5", severity: .severe, sender: "e")
        #expect(harness.receipts.last?.recipients.isEmpty == true)
    }

    @Test func `what is left after a split is told again, and what was taken out is asked for once`() throws {
        var harness = try Harness(rules: Self.rules)
        harness.stay("fire")
        try harness.smoke("s-1", severity: .minor)
        try harness.smoke("x", severity: .severe)
        let update = harness.broker.lastPosition.value
        harness.forget()
        let answer = try harness.split("x", of: 1)
        #expect(answer?.from == IncidentNumber(1))
        #expect(!harness.broker.isOpen(IncidentNumber(update)))
        #expect(harness.broker.isOpen(IncidentNumber(1)))
        harness.forget()
        try harness.smoke("s-3", severity: .moderate)
        #expect(harness.alerts.contains { $0.recipient == "fire" })
    }

    @Test func `after a split only what is more severe than what is left rings`() throws {
        var harness = try Harness(rules: Self.rules)
        harness.stay("fire")
        for name in ["s-1", "s-2", "x", "y"] { try harness.smoke(name, severity: .severe) }
        _ = try harness.split("x", of: 1)
        #expect(harness.broker.reportCounts == [IncidentNumber(1): 3])
        harness.forget()
        for severity: Severity in [.minor, .severe, .unknown] { try harness.smoke("\(severity)", severity: severity) }
        #expect(harness.alerts.isEmpty)
        try harness.send(.update, "u-1", of: "phone,s-1", severity: .extreme)
        _ = try harness.split("y", of: 1)
        harness.forget()
        try harness.send(.update, "u-2", of: "phone,s-1", severity: .extreme)
        #expect(harness.alerts.contains { $0.recipient == "fire" })
        #expect(harness.alerts.allSatisfy { $0.envelope.purpose == .information })
    }

    @Test func `whoever was told of what a report became is told of its news, also when it was opened again`() throws {
        var harness = try Harness(rules: Self.rules)
        harness.stay("fire", "police")
        for name in ["s-1", "s-2", "x"] { try harness.smoke(name) }
        let answer = try harness.split("x", of: 1)
        let own = try #require(answer?.incident?.value)
        #expect(harness.told(own) == ["fire action", "police information"])
        harness.receivedAll("police")
        harness.close(own)
        try harness.reopen(own)
        try harness.send(.cancel, "c-1", of: "phone,x")
        #expect(Set(harness.told(harness.broker.lastPosition.value)) == ["fire information", "police information"])
    }

    @Test func `what no rule has foreseen is read by somebody, also where it joins what nobody acts on`() throws {
        let rules = """
            fallback: desk
            rules:
              - { name: parade, when: { event: parade }, inform: police }
            """
        var harness = try Harness(rules: rules)
        harness.stay("police", "desk")
        try harness.smoke("p-1", event: "parade", happenings: ["fair"])
        harness.receivedAll("police")
        try harness.smoke("k-1", event: "stabbing", severity: .extreme, happenings: ["fair"])
        #expect(harness.told(harness.broker.lastPosition.value) == ["desk action", "police information"])
        let asked = harness.broker.lastPosition.value
        // Somebody reads it; the next one counts.
        try harness.smoke("k-2", event: "stabbing", severity: .extreme, happenings: ["fair"])
        #expect(harness.receipts.last?.recipients.isEmpty == true)
        harness.receivedAll("police")
        harness.status("desk", 1, .resolved, by: "desk")
        let isOpen = harness.broker.isOpen(IncidentNumber(asked))
        #expect(!isOpen)
        try harness.smoke("k-3", event: "stabbing", severity: .extreme, happenings: ["fair"])
        #expect(harness.told(harness.broker.lastPosition.value).contains("desk action"))
    }

    @Test func `what one silence keeps still joins nothing that another keeps still for longer`() throws {
        var harness = try Harness(rules: Self.rules)
        harness.adoptFiles()
        harness.stay("fire", "police")
        _ = harness.silence(#"{"sender":"sensor"}"#, for: .seconds(3600))
        _ = harness.silence(#"{"sender":"kitchen"}"#, for: .seconds(10))
        try harness.smoke("s-1", sender: "sensor")
        for number in 1...3 { try harness.smoke("k-\(number)", sender: "kitchen") }
        harness.stayAwake(.seconds(12))
        #expect(harness.alerts.contains { $0.recipient == "fire" && $0.envelope.purpose == .action })
        #expect(harness.journalStates("s-1") == ["silenced", "silenced"])
    }

    @Test(arguments: ["\n\u{1F}2", "\u{1F}2", "\\10;\\31;2"])
    func `no name passes for one that a silence keeps still`(_ end: String) throws {
        var harness = try Harness(rules: Self.rules)
        harness.adoptFiles()
        harness.stay("fire", "police")
        let number = harness.silence(#"{"sender":"sensor"}"#, for: .seconds(3600))
        #expect(number.value == 2)
        try harness.smoke("s-1", sender: "sensor", happenings: ["fair"])
        try harness.smoke("r-1", sender: "citizen", happenings: ["fair" + end])
        #expect(harness.news(harness.broker.lastPosition.value) == nil)
        #expect(harness.alerts.contains { $0.recipient == "fire" && $0.envelope.purpose == .action })
    }

    @Test func `leaders and the informed hear of an Extreme report that joins what a silence keeps still`() throws {
        let rules = """
            fallback: desk
            rules:
              - name: smoke
                when: { event: smoke }
                notify: [fire, leader]
                inform: police
                acknowledge-within: 60s
                escalate: [{ after: 60s, to: leader }]
                correlate: { by: grid, within: 10m }
            """
        var harness = try Harness(rules: rules)
        harness.adoptFiles()
        harness.stay("fire", "police", "leader", "desk")
        _ = harness.silence(#"{"event":"smoke"}"#, for: .seconds(3600), evenExtreme: true)
        try harness.smoke("s-1", severity: .minor)
        #expect(harness.alerts.isEmpty)
        try harness.smoke("s-2", severity: .extreme)
        #expect(harness.receipts.last?.joined == 2)
        #expect(Set(harness.alerts.map(\.recipient)) == ["leader", "police"])
    }

    @Test func `after a split from what only informed and has closed the next one is told`() throws {
        let rules = """
            fallback: desk
            rules:
              - { name: smoke, when: { event: smoke }, inform: fire, correlate: { by: grid, within: 10m } }
            """
        var harness = try Harness(rules: rules)
        harness.stay("fire")
        try harness.smoke("s-1", severity: .minor)
        harness.receivedAll("fire")
        let isOpen = harness.broker.isOpen(IncidentNumber(1))
        #expect(!isOpen)
        try harness.smoke("x", severity: .extreme)
        _ = try harness.split("x", of: 1)
        harness.forget()
        try harness.smoke("s-3", severity: .extreme)
        #expect(harness.alerts.map(\.recipient) == ["fire"])
    }

    @Test func `whom a silence keeps still is not informed of what joins either`() throws {
        var harness = try Harness(rules: Self.rules)
        harness.adoptFiles()
        harness.stay("fire", "police", "desk")
        _ = harness.silence(#"{"event":"smoke"}"#, for: .seconds(3600), evenExtreme: true)
        try harness.smoke("s-1", severity: .extreme)
        try harness.smoke("s-2", severity: .extreme)
        #expect(!harness.alerts.contains { $0.recipient == "fire" })
        #expect(harness.alerts.contains { $0.recipient == "police" })
    }

    @Test func `an Update of a report that was taken out is news of what it became`() throws {
        var harness = try Harness(rules: Self.rules)
        harness.stay("fire")
        try harness.smoke("s-1")
        try harness.smoke("x")
        let answer = try harness.split("x", of: 1)
        let own = try #require(answer?.incident)
        try harness.send(.update, "u", of: "phone,x")
        let news = harness.news(harness.broker.lastPosition.value)
        #expect(news?.roots.map(\.incident) == [own])
    }

    @Test func `an incident that is opened again keeps its count, its senders and what was taken out`() throws {
        var harness = try Harness(rules: Self.rules)
        harness.stay("fire")
        try harness.smoke("s-1", sender: "a")
        try harness.smoke("s-2", sender: "b")
        try harness.smoke("x")
        let answer = try harness.split("x", of: 1)
        let own = try #require(answer?.incident)
        harness.close(1)
        try harness.reopen(1)
        let line = try #require(harness.broker.correlations[IncidentNumber(1)])
        #expect(line.count == 3 && line.splits.map(\.value) == [own])
        try harness.restart()
        #expect(harness.broker.correlations[IncidentNumber(1)] == line)
        let again = try harness.split("x", of: 1)
        #expect(again == nil)
        try harness.smoke("s-4", sender: "c")
        #expect(harness.news(harness.broker.lastPosition.value) == nil)
    }

    @Test func `what is opened again is ended by no Cancel of one of its reports`() throws {
        var harness = try Harness(rules: Self.rules)
        harness.stay("fire", "police")
        try harness.smoke("s-1", sender: "a", happenings: ["quake"])
        try harness.smoke("s-2", sender: "b", happenings: ["quake"])
        harness.receivedAll("police")
        harness.status("fire", 1, .resolved, by: "fire")
        #expect(!harness.broker.isOpen(IncidentNumber(1)))
        try harness.reopen(1)
        #expect(harness.broker.correlations[IncidentNumber(1)]?.count == 2)
        try harness.send(.cancel, "c-1", of: "b,s-2", sender: "b")
        #expect(harness.broker.isOpen(IncidentNumber(1)))
    }

    @Test func `a happening with very many places tells each of the first, and then its counts`() throws {
        var harness = try Harness(rules: Self.rules)
        for number in 1...300 {
            try harness.smoke(
                "s-\(number)", grid: "110101001001\(String(100 + number).suffix(3))", happenings: ["quake"])
        }
        let told = harness.store.entries.filter { $0.record.kind == .incident }.count
        #expect(told <= Limits.happeningAspects + 4)
    }

    @Test func `who may report from one place alone joins no incident of another by the happening's name`() throws {
        var harness = try Harness(rules: Self.rules)
        let (here, there) = ("110101001001001", "110101002001001")
        func joined() -> IncidentNumber? {
            harness.store.entries.last?.record.reported?.news?.joinedReport?.incident
        }
        try harness.smoke("a-1", grid: here, happenings: ["quake"])
        try harness.smoke("b-1", grid: there, sender: "b", happenings: ["quake"], within: ["110101002"])
        #expect(joined() == nil)
        let own = IncidentNumber(harness.broker.lastPosition)
        // Those of the place are of one happening, and do not take the name from the others.
        try harness.smoke("b-2", grid: there, sender: "c", happenings: ["quake"], within: ["110101002"])
        #expect(joined() == own)
        try harness.smoke("a-2", grid: here, happenings: ["quake"], within: ["110101001"])
        #expect(joined() == IncidentNumber(1))
        // Whoever may report from everywhere joins the first.
        try harness.smoke("b-3", grid: there, happenings: ["quake"])
        #expect(joined() == IncidentNumber(1))
        try harness.restart()
        try harness.smoke("b-4", grid: there, sender: "b", happenings: ["quake"], within: ["110101002", "110101003"])
        #expect(joined() == own)
    }

    @Test func `a report of a clock that was ahead takes no later ones in`() throws {
        var harness = try Harness(rules: Self.rules)
        harness.setWallClock(by: .seconds(86_400 * 365))
        try harness.smoke("s-1")
        harness.setWallClock(by: .seconds(-86_400 * 365))
        harness.advance(.seconds(11))
        try harness.smoke("s-2")
        #expect(harness.news(2) == nil)
    }
}
