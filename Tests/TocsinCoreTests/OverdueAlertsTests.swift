import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinCore

/// The count of alerts that nobody has taken in time, against the lives of all incidents as the journal has them.
@Suite struct OverdueAlertsTests {
    @Test(arguments: 0..<20)
    func `the overdue alerts are those of the records, also after a snapshot`(seed: UInt64) throws {
        var harness = try Harness()
        var day = RandomDay(seed: seed)
        for turn in 0..<120 {
            day.happen(in: &harness)
            guard turn % 30 == 29 else { continue }
            harness.commit()
            let entries = try harness.store.open().allEntries()
            var restored = Broker(
                rules: try Scene.ruleset(Scene.rules), directory: try Scene.directory(), settings: BrokerSettings())
            try restored.restore(harness.broker.snapshot(), now: harness.now)
            let unanswered = Self.unanswered(entries)
            #expect(Self.unanswered(harness.broker) == unanswered)
            #expect(Self.unanswered(restored) == unanswered)
            for seconds in [0, 30, 61, 600, 86_400] {
                let time = Moment(
                    wall: harness.now.wall + .seconds(seconds), uptime: harness.now.uptime + Int64(seconds) * 1000)
                let expected = Self.overdue(entries, at: time.wall)
                #expect(harness.broker.overdueAlerts(at: time) == expected)
                #expect(restored.overdueAlerts(at: time) == expected)
            }
        }
    }

    @Test(arguments: [-3600, 3600])
    func `a clock that is set makes no alert late or early, also when the journal fails after it`(seconds: Int) throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.advance(.seconds(20))
        harness.setWallClock(by: .seconds(seconds))
        #expect(harness.broker.overdueAlerts(at: harness.now).count == 0)
        try harness.rebuild()
        harness.advance(.seconds(39))
        #expect(harness.broker.overdueAlerts(at: harness.now).count == 0)
        harness.advance(.seconds(11))
        let overdue = harness.broker.overdueAlerts(at: harness.now)
        #expect(overdue.count == 1)
        #expect(overdue.since == harness.now.wall + .seconds(-10))
        // The leader, whom the step at 60 s told, has the rule's minute as well.
        harness.advance(.seconds(49))
        #expect(harness.broker.overdueAlerts(at: harness.now).count == 1)
        harness.advance(.seconds(1))
        #expect(harness.broker.overdueAlerts(at: harness.now).count == 2)
    }

    @Test(arguments: [-3600, 3600])
    func `so does it to an alert that a step had brought when the journal failed`(seconds: Int) throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.advance(.seconds(20))
        harness.setWallClock(by: .seconds(seconds))
        harness.advance(.seconds(50))
        #expect(harness.broker.overdueAlerts(at: harness.now).count == 1)
        try harness.rebuild()
        harness.advance(.seconds(49))
        #expect(harness.broker.overdueAlerts(at: harness.now).count == 1)
        harness.advance(.seconds(1))
        #expect(harness.broker.overdueAlerts(at: harness.now).count == 2)
    }

    /// The alerts of each recipient that a terminal has had and nobody has taken, as whoever joins is told.
    private static func unanswered(_ broker: borrowing Broker) -> [Recipient: Int] {
        var counts: [Recipient: Int] = [:]
        for mailbox in broker.mailboxes where mailbox.unanswered != 0 {
            counts[mailbox.recipient] = mailbox.unanswered
        }
        return counts
    }

    private static func unanswered(_ entries: [JournalEntry]) -> [Recipient: Int] {
        var counts: [Recipient: Int] = [:]
        for incident in entries {
            guard var life = IncidentLife(incident) else { continue }
            for entry in entries { life.apply(entry) }
            for alert in life.alerts where alert.state.awaitsPerson(for: alert.purpose) {
                counts[alert.recipient, default: 0] += 1
            }
        }
        return counts
    }

    /// The same by looking at each alert of each incident.
    private static func overdue(_ entries: [JournalEntry], at now: Timestamp) -> OverdueAlerts {
        var overdue = OverdueAlerts(since: nil, counts: Severity.allCases.map { _ in 0 })
        for incident in entries {
            guard var life = IncidentLife(incident) else { continue }
            for entry in entries { life.apply(entry) }
            for alert in life.alerts {
                guard let time = alert.acknowledgeBy, alert.state.isUnanswered(for: alert.purpose) else { continue }
                let second = Timestamp(milliseconds: (time.milliseconds + 999) / 1000 * 1000)
                guard second <= now else { continue }
                overdue.since = min(overdue.since ?? second, second)
                overdue.counts[Severity.allCases.firstIndex(of: life.record.severity) ?? 0] += 1
            }
        }
        return overdue
    }
}
