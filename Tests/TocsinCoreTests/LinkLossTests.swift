import JournalContract
import Testing
import TocsinAccess
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

@testable import TocsinCore

/// What is lost is told to whoever supervises it, and what is back as well.
struct LinkLossTests {
    /// One in which fire has a terminal, gas too, and nothing was ever lost.
    private func manned(_ settings: BrokerSettings = BrokerSettings()) throws -> Harness {
        var harness = Harness(try LinkScene.files(), settings: settings)
        harness.join("fire", as: "engine-1")
        harness.join("gas", as: "gas-1")
        return harness
    }

    @Test func `a recipient whose last terminal leaves is lost within 20 s, and not before 15 s`() throws {
        var harness = try manned()
        harness.leave("fire", "engine-1")
        harness.advance(.milliseconds(14_900), answering: "gas-1")
        #expect(harness.linkIncidents == [])
        harness.advance(.milliseconds(3_000), answering: "gas-1")
        #expect(harness.linkIncidents == ["link-lost fire → desk"])
        harness.advance(.seconds(3600), answering: "gas-1")
        #expect(harness.linkIncidents == ["link-lost fire → desk"])
    }

    @Test(arguments: [Duration.seconds(5), .seconds(60)])
    func `a recipient that falls silent is lost within 20 s of its last sign of life, whatever the heartbeat`(
        _ heartbeat: Duration
    ) throws {
        var settings = BrokerSettings()
        settings.heartbeat = heartbeat
        var harness = try manned(settings)
        #expect(harness.joined.map(\.heartbeatMilliseconds) == [5_000, 5_000])
        harness.advance(.milliseconds(7_300), answering: "engine-1", "gas-1")
        let silentSince = harness.now
        harness.handle(.heard(Scene.peer("engine-1")))
        harness.advance(.seconds(20), answering: "gas-1")
        #expect(harness.linkIncidents == ["link-lost fire → desk"])
        let stored = try #require(harness.store.entries.last?.at)
        #expect(stored <= silentSince.wall + .seconds(20) && stored >= silentSince.wall + .seconds(15))
    }

    @Test func `a recipient with a second terminal is not lost`() throws {
        var harness = try manned()
        harness.join("fire", as: "engine-2")
        harness.leave("fire", "engine-1")
        harness.advance(.seconds(60), answering: "engine-2", "gas-1")
        #expect(harness.linkIncidents == [])
    }

    @Test func `who is back before 15 s have passed was never lost`() throws {
        var harness = try manned()
        for _ in 1...20 {
            harness.leave("fire", "engine-1")
            harness.advance(.seconds(14), answering: "gas-1")
            harness.join("fire", as: "engine-1")
            harness.advance(.seconds(1), answering: "engine-1", "gas-1")
        }
        #expect(harness.linkIncidents == [])
    }

    @Test func `the report of a loss is complete, in both languages, and says why it is this recipient`() throws {
        var harness = try manned()
        harness.join("desk", as: "desk-1")
        harness.leave("fire", "engine-1")
        let left = harness.now.wall
        harness.advance(.seconds(18), answering: "gas-1", "desk-1")
        let report = try #require(harness.linkReports.first)
        let entry = try #require(harness.store.entries.first { $0.record.kind == .incident })
        #expect(report.name == ReportName(sender: "tocsind", identifier: "link-lost/fire/\(entry.position)"))
        #expect(report.event == "link-lost" && report.category == .infra && report.status == .actual)
        #expect(report.severity == .severe && report.urgency == .immediate && report.certainty == .observed)
        #expect(report.headline == "消防救援支队链路中断 The link to Fire and Rescue Detachment is lost")
        #expect(report.sent == entry.at)
        #expect(
            report.parameters == [
                .init(name: "link", value: "fire"), .init(name: "supervisor", value: "desk"),
                .init(name: "lastHeard", value: left.description.prefix(19) + "Z"),
            ])
        let alert = try #require(harness.alerts.first { $0.terminal == "desk-1" })
        #expect(alert.envelope.rule == "supervised-by: fire" && alert.envelope.purpose == .action)
    }

    @Test func `the value that rules are asked with is what its JSON says`() throws {
        var directory = [Title?.none, Title(chinese: "消防", english: "Fire \"and\" Rescue")]
        let link = SupervisedLink(
            try #require(LinkName("police@110101005")), supervisor: Scene.recipient("desk"), silence: 1, due: 0)
        let client = SupervisedLink(
            try #require(LinkName("client:handheld-7")), supervisor: Scene.recipient("desk"), silence: 1, due: 0)
        let now = Timestamp(milliseconds: 1_795_392_600_000)
        let loss = SupervisedLink.Loss(incident: IncidentNumber(7), storedAt: now, since: 0, times: 3)
        while let title = directory.popLast() {
            for link in [link, client] {
                for heard in [now, nil] {
                    let lost = LinkReport(lost: link, IncidentNumber(7), title: title, lastHeard: heard, now: now)
                    #expect(try ReportDecoder().decode(lost.body) == lost.report)
                }
                let restored = LinkReport(
                    restored: link, after: loss, seconds: 95, IncidentNumber(9), title: title, now: now)
                #expect(try ReportDecoder().decode(restored.body) == restored.report)
                #expect(restored.report.references?.hasPrefix("tocsind,link-lost/\(link.name)/7,") == true)
            }
        }
    }

    @Test func `rules add recipients, and the supervisor comes first`() throws {
        var harness = try manned()
        harness.leave("gas", "gas-1")
        harness.advance(.seconds(18), answering: "engine-1")
        #expect(harness.linkIncidents == ["link-lost gas → desk, police"])
    }

    @Test func `a supervisor who does not answer is not the end of it`() throws {
        var harness = try manned()
        harness.leave("fire", "engine-1")
        harness.advance(.seconds(330), answering: "gas-1")
        #expect(harness.escalations == ["chief unanswered"])
    }

    @Test func `a link that is back is told to everybody who was told, and nobody need answer any more`() throws {
        var harness = try manned()
        harness.join("desk", as: "desk-1")
        harness.leave("gas", "gas-1")
        harness.advance(.seconds(100), answering: "engine-1", "desk-1")
        harness.join("gas", as: "gas-2")
        harness.advance(.seconds(29), answering: "engine-1", "desk-1", "gas-2")
        #expect(harness.linkIncidents == ["link-lost gas → desk, police"])
        harness.advance(.seconds(3), answering: "engine-1", "desk-1", "gas-2")
        #expect(
            harness.linkIncidents == [
                "link-lost gas → desk, police", "link-restored gas → desk (information), police (information)",
            ])
        let restored = try #require(harness.linkReports.last)
        #expect(restored.severity == .minor && restored.messageType == .update)
        #expect(
            restored.parameters.suffix(2) == [.init(name: "losses", value: "1"), .init(name: "seconds", value: "100")])
        #expect(restored.headline == "燃气集团链路恢复 The link to Gas Group is back")
        guard case .closed(let closed)? = harness.store.entries.last?.record else {
            Issue.record("The loss is not closed.")
            return
        }
        #expect(closed.person == Person(by: "tocsind", note: "The link to gas is back."))
        // What is left is information, which is done when it is RECEIVED.
        harness.received("desk", 1...2, by: "desk-1")
        #expect(harness.owed == ["police 1 open 1 undelivered"])
    }

    @Test func `a link that is back after an operator has closed its loss is told to its supervisor`() throws {
        var harness = try manned()
        harness.leave("gas", "gas-1")
        harness.advance(.seconds(18), answering: "engine-1")
        harness.close(harness.store.entries.last?.position.value ?? 0)
        harness.advance(.seconds(60), answering: "engine-1")
        #expect(harness.linkIncidents.count == 1)
        harness.join("gas", as: "gas-1")
        harness.advance(.seconds(40), answering: "engine-1", "gas-1")
        #expect(harness.linkIncidents.last == "link-restored gas → desk (information)")
    }

    @Test func `nobody else reports under the broker's own name`() throws {
        var harness = try manned()
        harness.report("link-lost/fire/2", sender: "tocsind")
        #expect(harness.refusals == ["REPORT link-lost/fire/2 invalid"])
        #expect(harness.recorded == [.rules])
    }

    @Test func `three hundred links that are lost at once are told of within 20 s`() throws {
        let many = (1...300).map { "  - { name: d-\($0), zh: 部门, en: D, supervised-by: chief }" }
        var harness = Harness(
            try LinkScene.files(
                departments: "departments:\n  - { name: chief, zh: 值班领导, en: Duty Leader }\n"
                    + "  - { name: police, zh: 公安, en: P }\n" + many.joined(separator: "\n")))
        for number in 1...300 { harness.join("d-\(number)", as: "t-\(number)") }
        for number in 1...300 { harness.handle(.unreachable(Scene.peer("t-\(number)").identity)) }
        harness.advance(.seconds(18))
        #expect(harness.linkIncidents.count == 300)
        #expect(harness.broker.linkOverview(at: harness.now).lost.count == 300)
    }
}
