import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

@Suite struct JournalRestoreTests {
    private let folder = StateFolderFixture()
    private let origin = StateFolderFixture()
    private var backup: String { origin.path + "/backup.sqlite" }
    /// What the backup has, and what the present journal has.
    private let old = Sample.everyKind
    private let present = [Sample.entry(1, Sample.incident("P", telling: [(Sample.police, 1)]))]

    private func makeBackup() throws {
        try origin.fill(old)
        _ = try JournalBackup.write(origin.path, to: backup, replacing: false, folding: CountingFold())
    }

    private func restore(goesOn: (JournalRestore.Step) -> Bool = { _ in true }) throws -> JournalRestore {
        try JournalRestore.run(backup, into: folder.path, folding: CountingFold(), report: { _ in }, goesOn: goesOn)
    }

    private func asides() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("before-restore-") }
    }

    @Test func `the backup takes the journal's place, in another epoch, and what was there lies aside, whole`() throws {
        try makeBackup()
        try folder.fill(present)
        let epochs = try [origin.store.open().log.epoch, folder.store.open().log.epoch]
        let result = try restore()
        #expect(try folder.store.open().allEntries() == old)
        #expect(try folder.store.open().log.epoch == result.epoch && !epochs.contains(result.epoch))
        let aside = try #require(result.aside)
        #expect(try JournalCheck.run(aside, folding: CountingFold()).faults == [])
        #expect(try SQLiteJournalStore(folder: aside).open().allEntries() == present)
        #expect(try JournalCheck.run(folder.path, folding: CountingFold()).faults == [])
    }

    @Test func `a folder that has nothing takes a backup, and a second one moves the first aside`() throws {
        try makeBackup()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        #expect(try restore().aside == nil)
        #expect(try folder.store.open().allEntries() == old)
        #expect(try restore().aside != nil)
        #expect(try folder.store.open().allEntries() == old)
        #expect(try asides().count == 1)
    }

    private static let steps: [JournalRestore.Step] =
        [.copied, .declared, .checked, .sealed, .ready, .completing(.folderMade), .completing(.placed)]
        + ["journal.sqlite-shm", "journal.sqlite-wal", "journal.tail", "journal.sqlite"].map {
            .completing(.moved($0))
        }

    @Test(arguments: steps)
    func `cut short after any step, the journal that was there starts, or the restored one`(
        step: JournalRestore.Step
    ) throws {
        try makeBackup()
        try leaveKilled()
        let complaint = StateFolderFixture.complaint { _ = try restore { $0 != step } }
        #expect(complaint == "failed: It was cut short.")
        let isDecided = [.copied, .declared, .checked, .sealed].firstIndex(of: step) == nil
        if isDecided, step != .completing(.moved("journal.sqlite")) {
            #expect(
                try JournalCheck.run(folder.path, folding: CountingFold()).notes.count
                    == (step == .completing(.placed) ? 0 : 1))
        }
        #expect(try folder.store.open().allEntries() == (isDecided ? old : present))
        #expect(try JournalCheck.run(folder.path, folding: CountingFold()).faults == [])
        #expect(try asides().count == (isDecided ? 1 : 0))
        for aside in try asides() {
            #expect(try SQLiteJournalStore(folder: "\(folder.path)/\(aside)").open().allEntries() == present)
        }
        _ = try restore()
        #expect(try folder.store.open().allEntries() == old)
    }

    /// The present journal as kill -9 leaves it: with SQLite's log, and records in the tail alone.
    private func leaveKilled() throws {
        let running = StateFolderFixture()
        let journal = try running.store.open()
        let lock = try WriteLock(running.file)
        try journal.append(present)
        try FileManager.default.copyItem(atPath: running.path, toPath: folder.path)
        try lock.release()
        journal.close()
    }

    @Test func `a journal that a daemon has is left alone`() throws {
        try makeBackup()
        let journal = try folder.store.open()
        try journal.append(present)
        let complaint = StateFolderFixture.complaint { _ = try restore() }
        #expect(complaint == "inUse: A tocsind uses \(folder.path). Stop it first: systemctl stop tocsind")
        #expect(try journal.allEntries() == present)
    }

    @Test(arguments: [
        "UPDATE record SET at = at + 1 WHERE position = 3",
        "DELETE FROM record WHERE position = 9; DROP INDEX record_by_alert",
        "INSERT INTO grdb_migrations VALUES ('99: something new')", "PRAGMA application_id = 7",
    ])
    func `a backup that is not whole, or no journal, changes nothing`(damage: String) throws {
        try makeBackup()
        try DatabaseQueue(path: backup).writeWithoutTransaction { try $0.execute(sql: damage) }
        try folder.fill(present)
        let complaint = StateFolderFixture.complaint { _ = try restore() }
        #expect(
            complaint.hasPrefix("damaged: \(backup) is not whole (") || complaint.hasPrefix("incompatible: "),
            "\(complaint)")
        #expect(try folder.store.open().allEntries() == present)
        #expect(try asides() == [])
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/journal.restored.sqlite.partial"))
    }

    @Test func `a damaged backup is named once, with what is wrong`() throws {
        try makeBackup()
        let (page, size) = try DatabaseQueue(path: backup).read { database in
            (
                try Int.fetchOne(database, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'record'") ?? 0,
                try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
            )
        }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: backup))
        bytes.replaceSubrange((page - 1) * size..<page * size, with: Data(repeating: 0x5a, count: size))
        try bytes.write(to: URL(fileURLWithPath: backup))
        try folder.fill(present)
        let what = "it cannot be read (SQLite: database disk image is malformed)"
        let complaint = StateFolderFixture.complaint { _ = try restore() }
        #expect(
            complaint.hasPrefix("damaged: \(backup) is not whole (\(what)), so nothing was changed. "), "\(complaint)")
        #expect(complaint.ranges(of: "nothing was changed").count == 1)
        #expect(try JournalCheck.run(backup, folding: CountingFold()).faults == ["\(backup): \(what)"])
    }

    @Test func `what is no database, and what is not there, changes nothing`() throws {
        try makeBackup()
        try folder.fill(present)
        try Data(repeating: 9, count: 5000).write(to: URL(fileURLWithPath: backup))
        #expect(
            StateFolderFixture.complaint { _ = try restore() }
                == "incompatible: \(backup) is not a file of SQLite's, and no backup of Tocsin's. Nothing was changed.")
        try FileManager.default.removeItem(atPath: backup)
        #expect(
            StateFolderFixture.complaint { _ = try restore() }
                == "failed: \(backup) cannot be read: No such file or directory.")
        #expect(try folder.store.open().allEntries() == present)
    }

    @Test func `a table whose newest records are in the files beside it is not restored without them`() throws {
        try origin.fill(old)
        try folder.fill(present)
        let table = origin.file
        let complaint = StateFolderFixture.complaint {
            _ = try JournalRestore.run(table, into: folder.path, folding: CountingFold(), report: { _ in }) { _ in true
            }
        }
        #expect(complaint.hasPrefix("failed: \(table) is not whole by itself: "))
        #expect(complaint.contains("tocsin backup FILE --journal \(origin.path)"))
        #expect(try folder.store.open().allEntries() == present && asides() == [])
        _ = try JournalBackup.write(origin.path, to: backup, replacing: false, folding: CountingFold())
        _ = try restore()
        #expect(try folder.store.open().allEntries() == old)
    }

    @Test func `a copy that SQLite made serves as well`() throws {
        try origin.fill(old)
        try DatabaseQueue(path: origin.file).writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO '\(backup)'") }
        try folder.fill(present)
        _ = try restore()
        #expect(try folder.store.open().allEntries() == old)
    }
}
