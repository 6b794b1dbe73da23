import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

@Suite struct ViewTests {
    let folder = StateFolderFixture()

    /// 16:00:00.123Z of a day, and the records below at so many milliseconds after it.
    private let start = Sample.start

    private func entry(_ position: Int64, after milliseconds: Int64, _ record: JournalRecord) -> JournalEntry {
        Sample.entry(position, record, at: Timestamp(milliseconds: start.milliseconds + milliseconds))
    }

    private var story: [JournalEntry] {
        [
            entry(1, after: 0, Sample.rules),
            entry(
                2, after: 1000,
                Sample.incident(
                    "A-1", telling: [(Sample.fire, 1), (Sample.police, 7)], plan: true, headline: "烟 \"x\"")),
            entry(3, after: 2000, Sample.incident("A-2", telling: [(Sample.fire, 2)])),
            entry(4, after: 3000, Sample.received(Sample.fire, 1...2)),
            entry(5, after: 4000, Sample.received(Sample.fire, 1...1)),
            entry(6, after: 10_000, Sample.personal(Sample.fire, .declined, 1...1, note: "没有车")),
            entry(7, after: 10_001, Sample.escalated(2, to: Sample.leader, 1)),
            entry(8, after: 21_000, Sample.personal(Sample.leader, .acknowledged, 1...1)),
            entry(9, after: 32_000, Sample.personal(Sample.fire, .enRoute, 2...2, note: "两分钟")),
            entry(10, after: 33_000, Sample.personal(Sample.fire, .resolved, 2...2)),
            entry(11, after: 40_000, Sample.closed(2)),
        ]
    }

    private func rows(_ sql: String, upTo count: Int = 11) throws -> [String] {
        let journal = try folder.store.openJournal()
        let missing = story.prefix(count).dropFirst(Int(journal.lastPosition.value))
        try journal.append(Array(missing))
        return try journal.withTable { database in
            try Row.fetchAll(database, sql: sql).map { row in
                row.databaseValues.map { $0.isNull ? "-" : $0.description }.joined(separator: "|")
                    .replacingOccurrences(of: "\"", with: "")
            }
        }
    }

    @Test func `incidents has a row for each report`() throws {
        let found = try rows(
            "SELECT incident, stored_at, sender, identifier, event, category, severity, status, grid, area FROM incidents"
        )
        let sender = "网格员@110101005003002"
        #expect(
            found == [
                "2|\(start + .seconds(1))|\(sender)|A-1|structure-fire|Fire|Severe|Actual|110101005003002|-",
                "3|\(start + .seconds(2))|\(sender)|A-2|structure-fire|Fire|Severe|Actual|110101005003002|-",
            ])
    }

    @Test func `alerts says how each one stands, escalated ones included`() throws {
        let select =
            "SELECT incident, recipient, number, escalation, state, acknowledged_by FROM alerts ORDER BY 1, 4, 2"
        #expect(
            try rows(select, upTo: 5) == [
                "2|fire|1|0|received|-", "2|police@110101005|7|0|queued|-", "3|fire|2|0|received|-",
            ])
        #expect(
            try rows(select, upTo: 10) == [
                "2|fire|1|0|declined|-", "2|police@110101005|7|0|queued|-",
                "2|leader@110101|1|1|acknowledged|王警官, desk 2", "3|fire|2|0|resolved|王警官, desk 2",
            ])
        #expect(
            try rows(select) == [
                "2|fire|1|0|cancelled|-", "2|police@110101005|7|0|cancelled|-",
                "2|leader@110101|1|1|cancelled|王警官, desk 2", "3|fire|2|0|resolved|王警官, desk 2",
            ])
    }

    @Test func `alerts has the times`() throws {
        let found = try rows(
            "SELECT alerted_at, acknowledge_by, received_at, acknowledged_at, note FROM alerts WHERE incident = 2 "
                + "ORDER BY escalation, recipient")
        #expect(
            found == [
                "\(start + .seconds(1))|\(start + .seconds(61))|\(start + .seconds(3))|-|没有车",
                "\(start + .seconds(1))|-|-|-|-",
                "\(start + .milliseconds(10_001))|\(start + .milliseconds(70_001))|-|\(start + .seconds(21))|-",
            ])
    }

    @Test func `acknowledgements has every word of a person`() throws {
        let found = try rows(
            "SELECT recipient, number, incident, state, by, note, at FROM acknowledgements ORDER BY at")
        #expect(
            found == [
                "fire|1|2|declined|王警官, desk 2|没有车|\(start + .seconds(10))",
                "leader@110101|1|2|acknowledged|王警官, desk 2|-|\(start + .seconds(21))",
                "fire|2|3|enRoute|王警官, desk 2|两分钟|\(start + .seconds(32))",
                "fire|2|3|resolved|王警官, desk 2|-|\(start + .seconds(33))",
            ])
    }

    /// One incident's rows must not cost a walk through the journal.
    @Test(arguments: ["incidents", "alerts", "acknowledgements"])
    func `one incident's rows are searched, not scanned for`(_ view: String) throws {
        let plan = try rows("EXPLAIN QUERY PLAN SELECT * FROM \(view) WHERE incident = 2")
        let scans = plan.filter { $0.contains("SCAN record") || $0.contains("SCAN step") || $0.contains("SCAN word") }
        #expect(scans.isEmpty, "\(plan.joined(separator: "\n"))")
    }
}
