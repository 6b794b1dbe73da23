import JournalContract
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

struct FollowerTests {
    @Test func `a follower learns how it stands, each change, and the end`() throws {
        var harness = try Harness()
        harness.report("r-1", event: "plain")
        harness.follow(1, by: "phone")
        harness.join("fire", as: "f1")
        harness.received("fire", 1...1, by: "f1")
        harness.acknowledge("fire", 1, by: "f1")
        harness.status("fire", 1, .resolved, by: "f1")
        #expect(harness.oks == ["f-1"])
        #expect(
            harness.progress == [
                "1 queued fire 1", "1 sent fire 1", "1 received fire 1", "1 acknowledged fire 1", "1 resolved fire 1",
                "1 closed",
            ])
        #expect(harness.broker.overview.followers == 0)
    }

    @Test func `progress waits for the commit of what it tells`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1", event: "plain")
        harness.follow(1, by: "phone")
        harness.forget()
        harness.commitsAtOnce = false
        harness.acknowledge("fire", 1, by: "f1")
        #expect(harness.progress.isEmpty)
        harness.commit()
        #expect(harness.progress == ["1 acknowledged fire 1"])
    }

    @Test func `a follower learns of an escalation`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.follow(1, by: "phone")
        harness.forget()
        harness.advance(.seconds(60))
        #expect(harness.progress == ["1 escalated leader 1"])
    }

    @Test func `an incident that is over is closed at once, one that never was is unknown`() throws {
        var harness = try Harness()
        harness.follow(7, by: "phone", isStored: true)
        harness.follow(8, by: "phone")
        #expect(harness.progress == ["7 closed"])
        #expect(harness.refusals == ["FOLLOW f-8 unknownIncident"])
        #expect(harness.broker.overview.followers == 0)
    }

    @Test func `following twice is following once, and a connection that is gone follows nothing`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.follow(1, by: "phone")
        harness.follow(1, by: "phone")
        harness.follow(1, by: "pad")
        #expect(harness.broker.overview.followers == 2)
        harness.handle(.reporterGone(PeerIdentity(Array("phone".utf8))))
        #expect(harness.broker.overview.followers == 1)
        harness.forget()
        harness.close(1)
        #expect(harness.progress.filter { $0 == "1 closed" }.count == 1)
    }

    @Test(arguments: [(1, 1000), (100, 5000)])
    func `followers above the limit are refused busy, until all that follow have been checked`(
        _ count: Int, _ milliseconds: Int
    ) throws {
        var settings = BrokerSettings()
        settings.limits.followers = count
        settings.heartbeat = .seconds(5)
        var harness = try Harness(settings: settings)
        harness.report("r-1")
        for number in 1...count { harness.follow(1, by: "phone-\(number)") }
        harness.follow(1, by: "pad")
        #expect(harness.refusals == ["FOLLOW f-1 busy"])
        let times = harness.immediate.compactMap {
            if case .refused(_, _, _, let refusal, _, _) = $0 { refusal.retryAfterMilliseconds } else { nil }
        }
        #expect(times == [milliseconds])
    }

    @Test func `an operator's closing cancels what is owed and tells the followers`() throws {
        var harness = try Harness()
        harness.join("police", as: "p1")
        harness.report("r-1")
        harness.received("police", 1...1, by: "p1")
        harness.follow(1, by: "phone")
        harness.forget()
        harness.close(1)
        #expect(harness.oks == ["c-1"])
        #expect(harness.progress == ["1 cancelled fire 1", "1 closed"])
        #expect(harness.recorded == [.incident, .received, .closed])
        #expect(harness.owed.isEmpty)

        harness.advance(.seconds(3600))
        harness.join("fire", as: "f1")
        #expect(harness.escalations.isEmpty)
        #expect(harness.alerts.isEmpty)
        harness.close(1)
        #expect(harness.refusals.last == "CLOSE c-1 unknownIncident")
    }

    @Test func `what people say of an alert for information is told while its incident is open`() throws {
        var harness = try Harness()
        harness.join("police", as: "p1")
        harness.report("r-1")
        harness.follow(1, by: "phone")
        harness.received("police", 1...1, by: "p1")
        harness.forget()
        harness.acknowledge("police", 1, by: "p1")
        #expect(harness.progress == ["1 acknowledged police 1"])
        harness.forget()
        harness.follow(1, by: "another phone")
        #expect(harness.progress == ["1 queued fire 1", "1 acknowledged police 1"])
    }

    @Test func `whoever asked twice hears of the end once, when the journal fails with it`() throws {
        var harness = try Harness()
        harness.report("r-1", event: "plain")
        harness.follow(1, by: "phone")
        harness.forget()
        harness.commitsAtOnce = false
        let person = Person(by: "operator", note: "false alarm")
        harness.handle(.close(Scene.peer("operator"), Scene.reference("c"), IncidentNumber(1), person))
        harness.follow(1, by: "phone", isStored: true)
        try harness.store.open().append(harness.uncommitted)
        try harness.rebuild()
        harness.commit()
        #expect(harness.progress == ["1 closed"])
    }

    @Test func `nobody is told of the end of an incident that was never stored`() throws {
        var harness = try Harness()
        harness.commitsAtOnce = false
        harness.report("r-1", event: "plain")
        harness.follow(1, by: "phone")
        try harness.rebuild()
        harness.commit()
        #expect(harness.progress.isEmpty)
        #expect(harness.broker.overview.followers == 0)
    }

    @Test func `a terminal may say RECEIVED for an alert that was cancelled meanwhile`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1", credit: 1)
        harness.report("r-1", event: "plain")
        harness.report("r-2", event: "plain")
        harness.close(1)
        harness.received("fire", 1...1, by: "f1")
        #expect(harness.refusals.isEmpty)
        #expect(harness.numbers(at: "f1") == [1, 2])
    }

    @Test func `the feed tells of incidents, alerts and changes while somebody watches`() throws {
        var harness = try Harness()
        harness.report("r-0")
        #expect(harness.published.isEmpty)
        harness.feedIsWatched = true
        harness.report("r-1")
        harness.advance(.seconds(60))
        harness.join("fire", as: "f1")
        harness.acknowledge("fire", 2, by: "f1")
        let kinds = harness.published.map { item in
            switch item {
            case .incident(let number, _, let recipients): "incident \(number) \(recipients.map(\.name))"
            case .alert(let number, _, let recipient, let alert, _, let step):
                "alert \(number) \(recipient) \(alert) \(step)"
            case .state(let number, let progress): "state \(number) \(progress.event.word)"
            }
        }
        #expect(
            kinds.filter { $0.contains(" 2 ") && !$0.contains("alert 1") } == [
                #"incident 2 ["fire", "police"]"#, "alert 2 fire 2 0", "alert 2 police 2 0", "state 2 escalated",
                "alert 2 leader 2 1", "state 2 sent", "state 2 acknowledged",
            ])
    }

    @Test func `each item on the feed says how far the journal was`() throws {
        var harness = try Harness()
        harness.feedIsWatched = true
        harness.join("fire", as: "f1")
        harness.commitsAtOnce = false
        harness.report("r-1", event: "plain")
        harness.report("r-2", event: "plain")
        harness.received("fire", 1...2, by: "f1")
        harness.commit()
        let said = zip(harness.published, harness.publishedPositions).map { item, position in
            switch item {
            case .incident(let number, _, _): "incident \(number) at \(position)"
            case .alert(let number, _, _, _, _, _): "alert \(number) at \(position)"
            case .state(let number, let progress): "\(progress.event.word) \(number) at \(position)"
            }
        }
        #expect(
            said == [
                "sent 1 at 1", "incident 1 at 1", "alert 1 at 1", "sent 2 at 2", "incident 2 at 2", "alert 2 at 2",
                "received 1 at 3", "received 2 at 3",
            ])
    }

    @Test func `a thousand followers that are gone cost what they followed, not what all follow`() throws {
        var harness = try Harness()
        for index in 1...5 { harness.report("r-\(index)", event: "plain") }
        let peers = (0..<3000).map { "phone-\($0)" }
        harness.turn { broker, turn in
            for peer in peers {
                for incident in 1...5 {
                    broker.handle(
                        .follow(
                            Scene.peer(peer), Scene.reference("f"), IncidentNumber(Int64(incident)), isStored: false),
                        into: &turn)
                }
            }
        }
        #expect(harness.broker.overview.followers == 15_000)
        let took = ContinuousClock().measure {
            for peer in peers { harness.handle(.reporterGone(PeerIdentity(Array(peer.utf8)))) }
        }
        #expect(harness.broker.overview.followers == 0)
        // Each one's walk through all that is followed takes half a minute in a debug build.
        #expect(took < .seconds(3))
    }

    @Test func `one connection follows so many incidents and no more, and others still follow`() throws {
        var harness = try Harness()
        let count = Limits.followsPerConnection
        let reports = (0...count).map { harness.reportInput("r-\($0)", event: "plain") }
        harness.turn { broker, turn in
            for report in reports { broker.handle(report, into: &turn) }
        }
        for incident in 1...count + 1 { harness.follow(Int64(incident), by: "phone") }
        #expect(harness.refusals == ["FOLLOW f-\(count + 1) busy"])
        harness.follow(1, by: "phone")
        harness.follow(Int64(count + 1), by: "pad")
        #expect(harness.refusals.count == 1)
    }

    @Test func `every follower is pinged once in a heartbeat, and one that cannot be reached follows nothing more`()
        throws
    {
        var harness = try Harness()
        harness.report("r-1")
        for peer in ["phone", "pad", "desk"] { harness.follow(1, by: peer) }
        harness.advance(.seconds(5))
        #expect(harness.pinged.sorted() == ["desk", "pad", "phone"])
        harness.handle(.reporterGone(PeerIdentity(Array("pad".utf8))))
        harness.forget()
        harness.advance(.seconds(5))
        #expect(harness.pinged.sorted() == ["desk", "phone"])
        harness.close(1)
        harness.forget()
        harness.advance(.seconds(60))
        #expect(harness.pinged.isEmpty)
    }

    @Test func `followers at the bound are looked at before the next one asks again`() throws {
        var settings = BrokerSettings()
        settings.limits.followers = 1
        settings.heartbeat = .seconds(3600)
        var harness = try Harness(settings: settings)
        harness.report("r-1")
        harness.follow(1, by: "phone")
        harness.follow(1, by: "pad")
        harness.advance(.seconds(1))
        #expect(harness.pinged == ["phone"])
    }

    @Test func `who follows is the same after everybody has come and gone in another order`() throws {
        var harness = try Harness()
        for index in 1...3 { harness.report("r-\(index)", event: "plain") }
        for peer in ["a", "b", "c", "d"] { for incident in 1...3 { harness.follow(Int64(incident), by: peer) } }
        for peer in ["b", "d"] { harness.handle(.reporterGone(PeerIdentity(Array(peer.utf8)))) }
        harness.close(2)
        harness.follow(1, by: "e")
        #expect(harness.broker.overview.followers == 5)
        try harness.rebuild()
        #expect(harness.broker.overview.followers == 5)
        harness.forget()
        harness.close(1)
        #expect(harness.progress.filter { $0 == "1 closed" }.count == 3)
        #expect(harness.broker.overview.followers == 2)
    }
}
