import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

@Suite struct SQLiteJournalTests {
    let folder = StateFolderFixture()

    @Test(arguments: [false, true])
    func `the journal on SQLite keeps the contract, by its tail and by its table`(_ moves: Bool) throws {
        var fixtures: [SQLiteJournalFixture] = []
        try JournalContract {
            fixtures.append(SQLiteJournalFixture(movesAtOnce: moves))
            return fixtures[fixtures.count - 1]
        }.run()
    }

    @Test func `every commit is synced, on the very connection that appends`() throws {
        let journal = try folder.store.openJournal()
        #expect(try journal.synchronous == 2)
        try journal.append(Sample.everyKind)
        #expect(try journal.synchronous == 2)
        let mode = try journal.withTable { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
        #expect(mode == "wal")
    }

    /// Whatever SQLite copies at once, an append beside it waits for.
    @Test func `SQLite's log is copied a little at a time`() throws {
        let journal = try folder.store.openJournal()
        let pageBytes = 24 + 4096
        for position in 1...500 {
            try journal.append([Sample.entry(Int64(position), Sample.rules)])
            // A move of its own, of two pages at least.
            try journal.withTable { _ in }
        }
        let log = try FileManager.default.attributesOfItem(atPath: folder.file + "-wal")[.size] as? Int
        #expect(try #require(log) > pageBytes)
        #expect(try #require(log) < (SQLiteJournalStore.pagesCopiedAtOnce + 20) * pageBytes)
    }

    @Test func `the folder is for its owner and group alone`() throws {
        _ = try folder.store.open()
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path)
        #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o027 } == 0)
    }

    @Test func `a folder that cannot be made is named`() {
        let store = SQLiteJournalStore(folder: "/proc/tocsin/state")
        #expect(
            StateFolderFixture.complaint { _ = try store.open() }.hasPrefix("failed: The state folder /proc/tocsin"))
    }

    @Test func `a journal that failed can be replaced while it is still there`() throws {
        let store = folder.store
        let failed = try store.open()
        try failed.append(Sample.everyKind)
        let reader = try failed.index()
        let replacement = try store.open()
        #expect(try replacement.allEntries() == Sample.everyKind)
        #expect(try reader.entry(at: Position(9)) == Sample.everyKind.last)
    }

    /// `max_page_count` makes SQLite answer as it does when the file system has no room for the next page.
    @Test func `a full disk is called full, and nothing is lost or half stored when there is room again`() throws {
        let store = folder.store
        let journal = try store.openJournal()
        try journal.append(Sample.everyKind)
        try journal.withTable { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages + 4)")
        }
        #expect(StateFolderFixture.complaint { try journal.probe() }.hasPrefix("full: There is no room for"))
        var kept = Sample.everyKind
        var complaint: String
        repeat {
            let next = (1...3).map { number in
                let position = Int64(kept.count + number)
                return Sample.entry(position, Sample.incident("F-\(position)", telling: [(Sample.fire, position)]))
            }
            try journal.append(next)
            kept += next
            complaint = StateFolderFixture.complaint { try journal.withTable { _ in } }
        } while complaint == "nothing" && kept.count < 1000
        #expect(complaint.hasPrefix("full: There is no room for \(folder.file) (SQLite: database or disk is full)"))

        // The tail has room, so more is taken, and what is in it can be read.
        let more = [Sample.entry(Int64(kept.count) + 1, Sample.rules)]
        try journal.append(more)
        kept += more
        #expect(StateFolderFixture.complaint { try journal.probe() } == complaint)
        #expect(try journal.index().entry(at: Position(Int64(kept.count))) == kept.last)

        let reopened = try store.open()
        try reopened.probe()
        #expect(try reopened.allEntries() == kept)
        try reopened.append([Sample.entry(Int64(kept.count) + 1, Sample.rules)])
        #expect(reopened.lastPosition == Position(Int64(kept.count) + 1))
    }

    @Test func `a record that the table refuses stops the journal, and none of its move is stored`() throws {
        let journal = try folder.store.openJournal()
        try journal.append([Sample.entry(1, Sample.incident("A", telling: [(Sample.fire, 1)]))])
        try journal.withTable { _ in }
        try journal.append([
            Sample.entry(2, Sample.incident("B", telling: [(Sample.fire, 2)])),
            Sample.entry(3, Sample.incident("A", telling: [(Sample.fire, 3)])),
        ])
        let complaint = StateFolderFixture.complaint { try journal.withTable { _ in } }
        #expect(complaint.hasPrefix("failed: Writing to \(folder.file) failed (SQLite: UNIQUE"))
        #expect(StateFolderFixture.complaint { try journal.append([Sample.entry(4, Sample.rules)]) } == complaint)
        #expect(StateFolderFixture.complaint { try journal.probe() } == complaint)
        let stored = try DatabaseQueue(path: folder.file).read {
            try Int64.fetchAll($0, sql: "SELECT position FROM record")
        }
        #expect(stored == [1])
    }

    @Test func `what was not committed when the process died is not there, and all that was is`() throws {
        let other = StateFolderFixture()
        try FileManager.default.createDirectory(atPath: other.path, withIntermediateDirectories: true)
        let journal = try folder.store.openJournal()
        try journal.append(Sample.everyKind)
        try journal.withTable { database in
            try database.inTransaction(.immediate) {
                // More than the cache holds, so that part of the transaction is in the log already.
                try database.execute(sql: "PRAGMA cache_size = 10")
                try database.execute(sql: "INSERT INTO scratch VALUES (randomblob(1000000))")
                try database.execute(
                    sql:
                        "INSERT INTO record SELECT 10, kind, at, body, NULL, NULL, NULL, recipient, first, last, width, "
                        + "incident, previous, checksum FROM record WHERE position = 9")
                for name in ["journal.sqlite", "journal.sqlite-wal", "journal.tail"] {
                    try FileManager.default.copyItem(atPath: "\(folder.path)/\(name)", toPath: "\(other.path)/\(name)")
                }
                return .rollback
            }
        }
        let log = try FileManager.default.attributesOfItem(atPath: other.file + "-wal")[.size] as? Int
        #expect(log ?? 0 > 500_000)
        let copy = try other.store.openJournal()
        #expect(copy.lastPosition == Position(9))
        #expect(try copy.allEntries() == Sample.everyKind)
    }

    @Test func `a long replay comes in batches and loses nothing between them`() throws {
        let store = folder.store
        let journal = try store.open()
        let entries = (1...9000).map { position in
            position % 3 == 0
                ? Sample.entry(position, Sample.received(Sample.fire, position...position))
                : Sample.entry(position, Sample.incident("L-\(position)", telling: [(Sample.fire, position)]))
        }
        try journal.append(entries)
        #expect(try journal.allEntries() == entries)
        #expect(try store.open().allEntries(after: Position(4095)) == Array(entries.dropFirst(4095)))
    }
}

extension SQLiteJournal {
    fileprivate var synchronous: Int? {
        get throws { try withTable { try Int.fetchOne($0, sql: "PRAGMA synchronous") } }
    }
}
