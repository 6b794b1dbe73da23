import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

@Suite struct SchemaTests {
    let folder = StateFolderFixture()

    @Test func `a journal of the first version is brought up to date and keeps its records`() throws {
        try folder.fill(Sample.everyKind)
        // What version 1 left behind: the tables, and nothing of what came later.
        try folder.tamper(
            """
            DROP TABLE snapshot; DROP TABLE journal; DROP VIEW subscriptions; DROP VIEW rings; DROP VIEW news;
            DROP INDEX record_by_subscription; DROP VIEW joined; DROP INDEX record_by_split; DROP VIEW silences;
            DROP INDEX record_by_silence;
            DROP VIEW alerts; DROP VIEW acknowledgements; DROP VIEW addressed; DROP VIEW incidents; DROP VIEW operations;
            DROP TABLE course; DROP TABLE course_name; DROP TABLE counted; DROP VIEW ratings;
            DROP TABLE removal; DROP TABLE kept; DROP INDEX record_by_removed_name;
            DELETE FROM grdb_migrations WHERE identifier <> '1: records, told in groups';
            """)
        let journal = try folder.store.openJournal()
        #expect(try journal.allEntries() == Sample.everyKind)
        let incidents = try journal.withTable {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM incidents")
        }
        #expect(incidents == 2)
    }

    @Test func `a journal of the version before gets the view that says what everybody says`() throws {
        let late = [
            Sample.entry(10, Sample.incident("A-3", telling: [(Sample.fire, 3)])),
            Sample.entry(11, Sample.personal(Sample.fire, .resolved, 3...3)),
            Sample.entry(12, Sample.personal(Sample.fire, .declined, 3...3)),
        ]
        try folder.fill(Sample.everyKind + late)
        try folder.tamper(
            """
            DROP VIEW alerts;
            CREATE VIEW alerts AS SELECT 'as it was' AS state;
            DELETE FROM grdb_migrations WHERE identifier = '5: alerts by one fold';
            """)
        let journal = try folder.store.openJournal()
        #expect(try journal.allEntries() == Sample.everyKind + late)
        let state = try journal.withTable {
            try String.fetchOne($0, sql: "SELECT state FROM alerts WHERE incident = 10")
        }
        #expect(state == "resolved")
    }

    @Test func `a snapshot in one row is passed over, and the next one is kept in pieces`() throws {
        try folder.fill(Sample.everyKind)
        try folder.tamper(
            """
            DROP TABLE snapshot;
            CREATE TABLE snapshot (
                position INTEGER PRIMARY KEY, content BLOB NOT NULL, checksum INTEGER NOT NULL) STRICT;
            INSERT INTO snapshot VALUES (3, x'030303', 17);
            DELETE FROM grdb_migrations WHERE identifier = '4: snapshot in pieces';
            """)
        let journal = try folder.store.open()
        #expect(try journal.snapshots.latest() == nil)
        #expect(try journal.allEntries() == Sample.everyKind)
        let snapshot = JournalSnapshot(position: Position(4), pieces: [[4], [5]])
        journal.snapshots.keep(snapshot)
        #expect(try journal.snapshots.latest() == snapshot)
    }

    @Test func `a start that was cut off before the first table is taken up again`() throws {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try folder.tamper("PRAGMA journal_mode = WAL; CREATE TABLE a (b); DROP TABLE a")
        try folder.store.open().append(Sample.everyKind)
    }

    @Test func `the table reach has the window of every width`() throws {
        let journal = try folder.store.openJournal()
        let rows = try journal.withTable { database in
            try Row.fetchAll(database, sql: "SELECT width, reach FROM reach ORDER BY width")
        }
        #expect(rows.map { $0[0] as Int64 } == Array(0...RecordColumns.widest))
        for row in rows.dropLast() { #expect(row[1] as Int64 == 1 << (2 * (row[0] as Int64))) }
    }

    /// The insert of an incident is the hot path.
    @Test func `an incident touches the table and one index`() throws {
        let journal = try folder.store.openJournal()
        try journal.append([Sample.entry(1, Sample.incident("A", telling: [(Sample.fire, 1)]))])
        let counts = try journal.withTable { database in
            try ["record_by_alert", "record_by_incident"].map { index in
                try Int.fetchOne(
                    database,
                    sql: index == "record_by_alert"
                        ? "SELECT count(*) FROM record INDEXED BY record_by_alert WHERE recipient IS NOT NULL"
                        : "SELECT count(*) FROM record INDEXED BY record_by_incident WHERE incident IS NOT NULL")
            }
        }
        #expect(counts == [0, 0])
    }
}
