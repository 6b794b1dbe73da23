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
            for seconds in [0, 30, 61, 600, 86_400] {
                let time = harness.now.wall + .seconds(seconds)
                let expected = Self.overdue(entries, at: time)
                #expect(harness.broker.overdueAlerts(at: time) == expected)
                #expect(restored.overdueAlerts(at: time) == expected)
            }
        }
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
