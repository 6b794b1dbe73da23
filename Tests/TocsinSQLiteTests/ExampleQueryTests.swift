import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// The queries that the README shows.
enum ExampleQuery {
    static let unanswered = """
        SELECT incident, recipient, number, alerted_at, acknowledge_by, rings, acknowledged_by AS first_acknowledged_by
        FROM alerts
        WHERE purpose = 'action' AND state IN ('queued', 'received', 'declined')
        ORDER BY alerted_at;
        """

    static let answerTimes = """
        WITH answered AS (
            SELECT recipient, (julianday(acknowledged_at) - julianday(stored_at)) * 86400 AS seconds
            FROM alerts JOIN incidents USING (incident)
            WHERE acknowledged_at IS NOT NULL AND date(stored_at, 'localtime') = date('now', 'localtime')
        ), ranked AS (
            SELECT *, row_number() OVER (PARTITION BY recipient ORDER BY seconds) AS place,
                count(*) OVER (PARTITION BY recipient) AS answers
            FROM answered
        )
        SELECT recipient, answers, round(max(seconds), 1) AS worst_seconds,
            round(avg(seconds) FILTER (WHERE place IN ((answers + 1) / 2, (answers + 2) / 2)), 1) AS median_seconds
        FROM ranked
        GROUP BY recipient
        ORDER BY median_seconds DESC;
        """

    static let everything = """
        SELECT * FROM incidents WHERE incident = 42;
        SELECT * FROM alerts WHERE incident = 42 ORDER BY alerted_at, recipient;
        SELECT * FROM acknowledgements WHERE incident = 42 ORDER BY at;
        """

    static let operations = """
        SELECT at, principal, operation, incident, recipient, numbers, by, note, connections_closed
        FROM operations
        WHERE date(at, 'localtime') = date('now', 'localtime')
        ORDER BY position;
        """

    static let all = [unanswered, answerTimes, everything, operations]
}

@Suite struct ExampleQueryTests {
    static let shell = "/usr/bin/sqlite3"
    static let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("README.md").path

    let folder = StateFolderFixture()

    /// Incidents stored now, one for each number of seconds until the fire department's answer; nil for none.
    private func fill(answeredAfter seconds: [Int64?]) throws -> SQLiteJournal {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        var entries: [JournalEntry] = []
        func add(_ milliseconds: Int64, _ record: JournalRecord) {
            entries.append(
                Sample.entry(Int64(entries.count) + 1, record, at: Timestamp(milliseconds: now + milliseconds)))
        }
        for (number, seconds) in zip(Int64(1)..., seconds) {
            add(number, Sample.incident("Q-\(number)", telling: [(Sample.fire, number)]))
            guard let seconds else { continue }
            add(number + seconds * 1000, Sample.personal(Sample.fire, .acknowledged, number...number))
        }
        let journal = try folder.store.openJournal()
        try journal.append(entries)
        try journal.withTable { _ in }
        return journal
    }

    @Test func `alerts that nobody has now come oldest first, with those whose acknowledgement has lapsed`() throws {
        let journal = try fill(answeredAfter: [5, nil, 7, nil, nil, 9])
        let lapse = RungRecord(
            incident: IncidentNumber(1), recipient: Sample.fire, number: AlertNumber(1), cause: .silent)
        try journal.append([
            Sample.entry(10, Sample.personal(Sample.fire, .declined, 4...4)), Sample.entry(11, Sample.closed(7)),
            Sample.entry(12, .rung(lapse)), Sample.entry(13, Sample.personal(Sample.fire, .declined, 3...3)),
        ])
        let found = try journal.withTable { try Row.fetchAll($0, sql: ExampleQuery.unanswered) }
        #expect(found.map { $0["number"] as Int64 } == [1, 2, 3, 4])
        #expect(found.map { $0["rings"] as Int64 } == [1, 0, 0, 0])
        #expect(found.map { ($0["first_acknowledged_by"] as String?) != nil } == [true, false, true, false])
    }

    @Test(arguments: [([9] as [Int64?], 1, 9.0, 9.0), ([9, 1, nil, 60], 3, 60, 9), ([4, 10, 2, 90], 4, 90, 7)])
    func `median and worst time to the answer are those of today`(
        _ seconds: [Int64?], _ answers: Int, _ worst: Double, _ median: Double
    ) throws {
        let journal = try fill(answeredAfter: seconds)
        let found = try journal.withTable { try Row.fetchAll($0, sql: ExampleQuery.answerTimes) }
        let row = try #require(found.first)
        #expect(found.count == 1)
        #expect(row["recipient"] as String == "fire")
        #expect(row["answers"] as Int == answers)
        #expect(row["worst_seconds"] as Double == worst)
        #expect(row["median_seconds"] as Double == median)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: shell)), arguments: ExampleQuery.all)
    func `the plain shell runs them beside the journal that is in use`(_ query: String) throws {
        let journal = try fill(answeredAfter: [5, nil])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.shell)
        process.arguments = ["-readonly", "-bail", folder.file, query.replacingOccurrences(of: "42", with: "1")]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
        #expect(text.contains("fire"))
        #expect(journal.lastPosition == Position(3))
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: readme)))
    func `the README names every view, and every column of it in order`() throws {
        let text = try String(contentsOfFile: Self.readme, encoding: .utf8)
        let journal = try folder.store.openJournal()
        let views = try journal.withTable { database in
            try String.fetchAll(database, sql: "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name")
        }
        #expect(views.count > 10)
        for view in views {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("| `\(view)` |") }, "\(view)")
            let columns = try journal.withTable { database in
                try String.fetchAll(database, sql: "SELECT name FROM pragma_table_info(?)", arguments: [view])
            }
            let named = line.split(separator: "`").map { $0.filter { $0 != "\"" } }
            var rest = named.dropFirst(2)
            for column in columns {
                let place = try #require(rest.firstIndex(of: column), "\(view) has \(column)")
                rest = rest[(place + 1)...]
            }
        }
    }

    @Test(.enabled(if: (try? String(contentsOfFile: readme, encoding: .utf8))?.contains("FROM alerts") ?? false))
    func `the README shows these very queries`() throws {
        let text = try String(contentsOfFile: Self.readme, encoding: .utf8)
        for query in ExampleQuery.all { #expect(text.contains(query)) }
    }
}
