import JournalContract
import Testing
import TocsinDuty
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

@testable import TocsinCore

/// A gap in a roster becomes an incident of the broker's own before it comes.
struct DutyGapTests {
    /// The harness's time is 2026-11-23T00:10Z.
    private func files(_ overrides: String, notice: String? = "2h", supervised: Bool = true) throws -> RuleFiles {
        let departments = """
            departments:
              - { name: fire, zh: 消防, en: Fire\(supervised ? ", supervised-by: desk" : "") }
              - { name: desk, zh: 值班室, en: Duty Office }
              - { name: chief, zh: 领导, en: Duty Leader }
            """
        let rules = "fallback: chief\nrules: []\n"
        let directory = try Directory(
            departments: departments, departmentsFile: "departments.yaml", grids: nil, gridsFile: "grids.yaml")
        let duty = """
            time-zone: UTC
            \(notice.map { "gap-notice: \($0)" } ?? "")
            persons: [王, 李]
            rosters:
              - recipient: fire
                layers: [{ persons: 王, until: 2026-11-23T06:00 }, { name: later, persons: 李, from: 2026-11-23, hand-over: "09:00" }]
                overrides: [\(overrides)]

            """
        return RuleFiles(
            rules: try Ruleset(yaml: rules, file: "rules.yaml", directory: directory), directory: directory,
            duty: try DutyTable(
                yaml: duty, file: "duty.yaml", calendars: { .failure(UnreadableCalendar($0)) }, directory: directory,
                holidays: nil, zones: .none),
            texts: RuleTexts(rules: rules, departments: departments, duty: duty), loadedAt: Timestamp(milliseconds: 0))
    }

    private static let filled = "{ from: 2026-11-23T06:00, to: 2026-11-23T09:00, persons: 李 }"

    @Test func `a gap is told in time, once, and closed when it is over`() throws {
        var harness = Harness(try files("", supervised: false))
        harness.advance(.seconds(3 * 3600 + 1800))
        #expect(harness.linkIncidents == [])
        harness.advance(.seconds(1200))
        #expect(harness.linkIncidents == ["duty-gap fire → chief"])
        let report = try #require(harness.linkReports.first)
        #expect(report.headline?.contains("消防自 Mon 2026-11-23 06:00 起无人值班 Nobody is on duty for Fire") == true)
        #expect(report.parameters.contains { $0.name == "until" && $0.value == "2026-11-23T09:00:00.000Z" })
        harness.advance(.seconds(4 * 3600))
        #expect(harness.linkIncidents.count == 1)
        #expect(harness.broker.overview.openIncidents == 1)
        harness.advance(.seconds(2 * 3600))
        #expect(harness.broker.overview.openIncidents == 0)
        #expect(harness.linkIncidents.count == 1)
    }

    @Test func `a gap that is filled closes its incident, and one without notice is not told`() throws {
        var harness = Harness(try files(""))
        harness.advance(.seconds(4 * 3600))
        #expect(harness.linkIncidents.last == "duty-gap fire → desk")
        harness.reload(try files(Self.filled))
        harness.advance(.seconds(1))
        let notes = harness.store.entries.compactMap { (entry) -> String? in
            if case .closed(let closed) = entry.record { closed.person.note } else { nil }
        }
        #expect(notes.contains("Somebody is on duty then."))
        var silent = Harness(try files("", notice: nil, supervised: false))
        silent.advance(.seconds(12 * 3600))
        #expect(silent.linkIncidents == [])
        #expect(silent.broker.nextTick == nil)
    }

    @Test func `a reload does not tell a gap again`() throws {
        var harness = Harness(try files("", supervised: false))
        harness.advance(.seconds(4 * 3600))
        harness.reload(try files("", notice: "3h", supervised: false))
        harness.advance(.seconds(1200))
        #expect(harness.linkIncidents.count == 1)
        harness.reload(try files("", notice: nil, supervised: false))
        #expect(harness.broker.overview.openIncidents == 0)
    }
}
