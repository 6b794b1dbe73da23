import Testing
import TocsinDuty
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

@testable import TocsinCore

/// Alerts say who is on duty for their recipient when they are sent.
struct OnDutyTests {
    /// 2026-11-23T00:10Z is the harness's time, and turns are of a day from 00:00 UTC on.
    private static let duty = """
        time-zone: UTC
        persons: [王, 李]
        rosters:
          - recipient: fire
            layers: [{ name: days, persons: [王, 李], every: day, from: 2026-11-23 }]
          - recipient: police
            overrides: [{ from: 2026-11-22T00:00, to: 2026-11-23T00:10, persons: 王 }]

        """

    private func files(_ yaml: String = duty) throws -> RuleFiles {
        let directory = try Scene.directory()
        let table = try DutyTable(
            yaml: yaml, file: "duty.yaml", calendars: { .failure(UnreadableCalendar($0)) }, directory: directory,
            holidays: nil, zones: .none)
        return RuleFiles(
            rules: try Scene.ruleset(Scene.rules), directory: directory, duty: table,
            texts: RuleTexts(rules: Scene.rules, duty: yaml), loadedAt: Timestamp(milliseconds: 0))
    }

    @Test func `an alert names those on duty, nobody where nobody is, and says nothing without a roster`() throws {
        var harness = Harness(try files())
        for recipient in ["fire", "police", "gas"] { harness.join(recipient, as: recipient) }
        harness.report("r-1")
        harness.report("r-2", event: "gas-leak")
        let onDuty = Dictionary(
            harness.alerts.map { ($0.recipient, $0.envelope.onDuty) }, uniquingKeysWith: { first, _ in first })
        #expect(onDuty["fire"] == .some(["王"]))
        #expect(onDuty["police"] == .some([]))
        #expect(onDuty["gas"] == .some(nil))
    }

    @Test func `the hand-over is at its minute, and a clock that was set back is believed`() throws {
        var harness = Harness(try files())
        harness.join("fire", as: "f1")
        let (start, midnight) = (harness.now.wall, Timestamp(milliseconds: 1_795_392_000_000 + 86_400_000))
        for (index, time) in [midnight + .milliseconds(-1), midnight, start].enumerated() {
            harness.now.wall = time
            harness.report("r-\(index)", event: "plain")
        }
        #expect(midnight.description == "2026-11-24T00:00:00.000Z")
        #expect(harness.alerts.map(\.envelope.onDuty) == [["王"], ["李"], ["王"]])
    }

    @Test func `a reload brings another sheet into force, and its text into the journal`() throws {
        var harness = Harness(try files())
        harness.join("fire", as: "f1")
        harness.report("r-1", event: "plain")
        var turn = Turn(now: harness.now)
        harness.pipeline.broker.adopt(
            try files(Self.duty.replacing("[王, 李], every", with: "[李, 王], every")), into: &turn)
        let records = turn.records.compactMap { (entry) -> String? in
            if case .rules(let rules) = entry.record { rules.texts.duty } else { nil }
        }
        #expect(records.first?.contains("[李, 王], every") == true)
        var duty = harness.pipeline.broker.duty
        let persons = duty.persons(of: Scene.recipient("fire"), MailboxID(index: 0), at: harness.now.wall)
        #expect(persons == ["李"])
    }
}
