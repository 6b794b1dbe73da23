import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal

@testable import TocsinSQLite

/// A state folder that is removed with its fixture.
final class StateFolderFixture {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "tocsin-" + UUID().uuidString
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var file: String { path + "/journal.sqlite" }

    var store: SQLiteJournalStore { SQLiteJournalStore(folder: path) }

    /// A journal with these entries, closed again.
    func fill(_ entries: [JournalEntry]) throws {
        try store.open().append(entries)
    }

    /// The table in the folder's file alone.
    func table() throws -> RecordTable {
        try RecordTable(
            writing: DatabaseQueue(path: file), reading: DatabaseQueue(path: file), path: file, syncState: SyncState())
    }

    /// The positions of the records that are in the table.
    func moved() throws -> [Int64] {
        try DatabaseQueue(path: file).read {
            try Int64.fetchAll($0, sql: "SELECT position FROM record ORDER BY position")
        }
    }

    /// Removes records, so that no file has anything of them.
    func lose(_ condition: String) throws {
        try tamper("DELETE FROM record WHERE \(condition)")
        try DatabaseQueue(path: file).writeWithoutTransaction { try $0.execute(sql: "VACUUM") }
        try DatabaseQueue(path: file).writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try FileManager.default.removeItem(atPath: path + "/journal.tail")
    }

    /// Changes the file behind the journal's back.
    func tamper(_ sql: String) throws {
        try DatabaseQueue(path: file).write { try $0.execute(sql: sql) }
    }

    /// The sentence of the error that `body` throws, with its kind before it.
    static func complaint(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "nothing"
        } catch let error as JournalError {
            return "\(error.code): \(error)"
        } catch {
            return "another error: \(error)"
        }
    }
}

extension TailFile {
    /// The whole batches with records after `position`.
    func batches(after position: Int64) throws(JournalError) -> [Batch] { try remains(after: position)?.batches ?? [] }
}
