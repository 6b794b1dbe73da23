import JournalContract
import Testing
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

@testable import TocsinCore

/// Updates of incidents. The rules: a structure fire notifies fire, informs police, and tells leader and chief if nobody
/// answers.
@Suite struct UpdateTests {
    @Test func `everyone who was told is told, also by a step, and nobody is rung for the same again`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.advance(.seconds(60))
        #expect(harness.told(1) == ["fire action", "police information"])
        #expect(harness.escalations == ["leader unanswered"])
        try harness.send(.update, "r-2", of: "phone,r-1")
        #expect(harness.told(3) == ["fire information", "police information", "leader information"])
        let receipt = try #require(harness.receipts.last)
        #expect(receipt.updates == [IncidentNumber(1)] && !receipt.isRaised && receipt.astray.isEmpty)
        #expect(receipt.recipients.map(\.rule) == ["update: 1", "update: 1", "update: 1"])
        // The fallback stands in for nobody.
        #expect(!harness.told(3).contains { $0.hasPrefix("desk") })
    }

    @Test func `where the severity has risen it rings, with the steps of then, and only once for each rise`() throws {
        var harness = try Harness()
        harness.report("r-1", severity: .moderate)
        harness.join("fire", as: "f1")
        harness.acknowledge("fire", 1, by: "f1")
        try harness.send(.update, "r-2", of: "phone,r-1", severity: .extreme)
        #expect(harness.told(3) == ["fire action", "police information"])
        #expect(harness.news(3)?.isRaised == true)
        #expect(harness.receipts.last?.isRaised == true)
        harness.advance(.seconds(60))
        #expect(harness.escalations == ["leader unanswered"])
        let last = Int64(harness.store.entries.count)
        try harness.send(.update, "r-3", of: "phone,r-1", severity: .extreme)
        #expect(harness.told(last + 1) == ["fire information", "police information", "leader information"])
    }

    @Test func `who must know at the new severity is told as of an Alert`() throws {
        var harness = try Harness(
            rules: """
                fallback: desk
                rules:
                  - { name: fire, when: { event: structure-fire }, notify: fire }
                  - { name: bad, when: { severity: at least Severe }, notify: chief }
                  - { name: news, when: { message: [Update] }, inform: gas }
                """)
        harness.report("r-1", severity: .minor)
        try harness.send(.update, "r-2", of: "phone,r-1", severity: .minor)
        #expect(harness.told(2) == ["gas information", "fire information"])
        try harness.send(.update, "r-3", of: "phone,r-1", severity: .severe)
        #expect(harness.told(3) == ["gas information", "fire action", "chief action"])
    }

    @Test func `a rule that names Updates adds its recipients, and asks nobody twice who has to act already`() throws {
        var harness = try Harness(
            rules: """
                fallback: desk
                rules:
                  - { name: fire, when: { message: [Alert, Update] }, notify: fire, inform: police }
                  - { name: news, when: { message: [Update] }, notify: gas }
                """)
        harness.join("fire", as: "f1")
        harness.report("r-1")
        try harness.send(.update, "r-2", of: "phone,r-1")
        #expect(harness.told(2) == ["fire information", "police information", "gas action"])
        // Once the incident is over nobody has to act any more, and the rule's word counts.
        harness.close(1)
        let last = Int64(harness.store.entries.count)
        try harness.send(.update, "r-3", of: "phone,r-1")
        #expect(harness.told(last + 1) == ["fire action", "police information", "gas action"])
    }

    @Test func `an Update of a closed incident tells everyone who was told, and rings where it is worse`() throws {
        var harness = try Harness()
        harness.report("r-1", severity: .moderate)
        harness.advance(.seconds(60))
        harness.close(1)
        #expect(!harness.broker.isOpen(IncidentNumber(1)))
        try harness.send(.update, "r-2", of: "phone,r-1", severity: .moderate)
        #expect(harness.told(4) == ["fire information", "police information", "leader information"])
        try harness.send(.update, "r-3", of: "phone,r-1", severity: .severe)
        #expect(harness.told(5) == ["fire action", "police information", "leader action"])
    }

    @Test func `a chain of a thousand Updates leads to its root at once`() throws {
        var harness = try Harness()
        harness.report("r-0")
        for number in 1...1000 { try harness.send(.update, "r-\(number)", of: "phone,r-\(number - 1)") }
        #expect(harness.news(1001)?.roots == [ReportNews.Root(IncidentNumber(1), sender: "phone")])
        #expect(harness.told(1001) == ["fire information", "police information"])
    }

    @Test func `references with several names lead to several incidents, each once`() throws {
        var harness = try Harness()
        harness.report("r-1", event: "plain")
        harness.report("r-2", event: "gas-leak")
        try harness.send(.update, "r-3", of: "phone,r-2", event: "plain")
        try harness.send(.update, "r-4", of: "phone,r-3", "phone,r-1", "phone,r-2", "phone,r-1", event: "plain")
        #expect(harness.news(4)?.roots.map(\.incident.value) == [2, 1])
        #expect(harness.told(4) == ["gas information", "fire information"])
    }

    @Test func `another sender may add news`() throws {
        var harness = try Harness()
        harness.report("r-1", severity: .minor)
        try harness.send(.update, "c-1", of: "phone,r-1", severity: .severe, sender: "centre")
        #expect(harness.told(2) == ["fire action", "police information"])
    }

    @Test func `an Update in the turn of its Alert, and one whose Alert is not on disk, find it`() throws {
        var harness = try Harness()
        harness.handle(
            harness.reportInput("r-1"), try harness.newsInput(.update, "r-2", of: ["phone,r-1"]))
        #expect(harness.news(2)?.roots.map(\.incident.value) == [1])
        harness.commitsAtOnce = false
        harness.report("r-3")
        try harness.send(.update, "r-4", of: "phone,r-3")
        try harness.send(.update, "r-5", of: "phone,r-4")
        harness.commit()
        #expect(harness.news(5)?.roots.map(\.incident.value) == [3])
        #expect(harness.told(5) == ["fire information", "police information"])
    }

    @Test func `an Alert that closes before it is on disk is found, too`() throws {
        var harness = try Harness()
        harness.commitsAtOnce = false
        harness.report("r-1")
        harness.advance(.seconds(60))
        harness.close(1)
        try harness.send(.update, "r-2", of: "phone,r-1")
        harness.commit()
        #expect(harness.told(4) == ["fire information", "police information", "leader information"])
    }

    @Test func `the same Update again gets its first receipt`() throws {
        var harness = try Harness()
        harness.report("r-1")
        try harness.send(.update, "r-2", of: "phone,r-1")
        try harness.send(.update, "r-2", of: "phone,r-1")
        #expect(harness.store.entries.count == 2)
        let receipts = harness.receipts.suffix(2)
        #expect(receipts.map(\.isDuplicate) == [false, true])
        #expect(receipts.map(\.updates) == [[IncidentNumber(1)], [IncidentNumber(1)]])
    }

    @Test func `a reference to what is not there says so, and the rules decide`() throws {
        var harness = try Harness()
        harness.report("r-1", status: .exercise)
        try harness.send(.update, "r-2", of: "phone,r-9", "phone,r-1")
        #expect(harness.news(2)?.roots == [])
        let astray = try #require(harness.receipts.last?.astray)
        #expect(
            astray.map { "\($0.name) \($0.reason)" } == [
                "phone,r-9 unknown", "phone,r-1 otherStatus",
            ])
        #expect(harness.told(2) == ["desk action"])
    }

    @Test func `more incidents than a report can be news of are named in the receipt`() throws {
        var harness = try Harness()
        var names: [String] = []
        for number in 0...Limits.incidentsUpdated {
            harness.report("r-\(number)", event: "plain")
            names.append("phone,r-\(number)")
        }
        harness.handle(try harness.newsInput(.update, "u", of: names, event: "plain"))
        let receipt = try #require(harness.receipts.last)
        #expect(receipt.updates.count == Limits.incidentsUpdated)
        #expect(receipt.astray.map(\.reason) == ["tooMany"])
    }

    @Test func `a follower of the incident hears of the Update, and so does the feed`() throws {
        var harness = try Harness()
        harness.feedIsWatched = true
        harness.report("r-1")
        harness.follow(1, by: "phone")
        harness.forget()
        try harness.send(.update, "r-2", of: "phone,r-1", severity: .extreme)
        #expect(harness.progress == ["1 updated"])
        let published = harness.committed.compactMap { output -> Progress.News? in
            guard case .publish(.state(IncidentNumber(1), let progress), let position) = output else { return nil }
            return position == Position(2) ? progress.news : nil
        }
        #expect(published == [Progress.News(incident: IncidentNumber(2), type: .update, severity: .extreme)])
    }

    @Test func `a restart and a snapshot know what was told`() throws {
        var harness = try Harness()
        harness.report("r-1", severity: .minor)
        try harness.send(.update, "r-2", of: "phone,r-1", severity: .severe)
        let snapshot = harness.broker.snapshot()
        #expect(harness.broker.difference(from: snapshot, now: harness.now) == nil)
        try harness.restart()
        #expect(harness.broker.difference(from: snapshot, now: harness.now) == nil)
        try harness.send(.update, "r-3", of: "phone,r-1", severity: .severe)
        #expect(harness.told(3) == ["fire information", "police information"])
        // What has closed is forgotten.
        for incident in 1...3 as ClosedRange<Int64> { harness.close(incident) }
        #expect(harness.broker.news.isEmpty)
    }

    @Test func `a mailbox that is gone is not told, and if nobody is left the fallback is`() throws {
        var harness = try Harness()
        harness.report("r-1", event: "gas-leak")
        let directory = try Scene.directory(without: "gas")
        let rules = try Ruleset(yaml: "fallback: desk\nrules: []", file: "rules.yaml", directory: directory)
        harness.turn { broker, turn in broker.adopt(rules: rules, text: "new", directory: directory, into: &turn) }
        let last = Int64(harness.store.entries.count)
        try harness.send(.update, "r-2", of: "phone,r-1", event: "gas-leak")
        #expect(harness.told(last + 1) == ["fire information"])
    }

    @Test func `one answer is enough for what has become worse, too, but not for whom another incident asks`() throws {
        var harness = try Harness(
            rules: """
                fallback: desk
                rules:
                  - { name: any, when: { event: any }, notify: [fire, police], require: any }
                  - { name: plain, when: { event: plain }, notify: fire }
                """)
        harness.stay("fire", "police")
        harness.report("r-1", event: "any", severity: .moderate)
        harness.acknowledge("fire", 1, by: "fire")
        #expect(harness.states == ["acknowledged", "silenced"])
        try harness.send(.update, "r-2", of: "phone,r-1", event: "any", severity: .moderate)
        #expect(harness.told(harness.last.value) == ["fire information", "police information"])
        try harness.send(.update, "r-3", of: "phone,r-1", event: "any", severity: .severe)
        #expect(harness.told(harness.last.value) == ["fire action", "police action"])
        harness.acknowledge("fire", 3, by: "fire")
        #expect(harness.states == ["acknowledged", "silenced"])
        harness.report("r-4", event: "plain", severity: .moderate)
        try harness.send(.update, "r-5", of: "phone,r-1", "phone,r-4", event: "other", severity: .extreme)
        #expect(harness.told(harness.last.value) == ["fire action", "police action"])
        harness.acknowledge("police", 4, by: "police")
        #expect(harness.states == ["queued", "acknowledged"])
    }
}
