import Foundation
import GRDB
import GRDBSQLite
import Synchronization
import TocsinJournal
import TocsinModel

/// The table `record` and what stands beside it, in the file `journal.sqlite`.
///
/// SQLite's write-ahead log takes each transaction with one sync, and SQLite copies it into the file when it is long
/// (https://www.sqlite.org/wal.html#ckpt).
final class RecordTable: Sendable {
    /// What a probe writes: more than most appends.
    private static let probeBytes = 256 * 1024
    /// Bytes of rows after which SQLite's log is long: copying it takes a start some ten milliseconds.
    private static let manyBytes = 1024 * 1024
    /// Bytes of a transaction that is one of several: some ten milliseconds' work.
    static let transactionBytes = 1024 * 1024
    /// The number of bytes after which a batch of rows that are read ends.
    private static let batchBytes = 4 * 1024 * 1024

    /// The last record.
    struct Last: Sendable {
        var position: Int64 = 0
        /// The newest incident up to here; 0 where there is none.
        var incident: Int64 = 0
        var checksum: UInt32 = 0
    }

    let path: String
    /// Which names its incidents do not have, nor those that are still in the tail.
    let filter: NameFilter
    let pool: DatabasePool
    private let lock: StateLock
    private let newest: Mutex<Last>
    /// Bytes of rows that have been written since the log was copied by ``shortenLog()``.
    private let uncopiedBytes = Atomic(0)

    init(pool: DatabasePool, path: String, lock: StateLock) throws {
        self.pool = pool
        self.path = path
        self.lock = lock
        let last = try pool.writeWithoutTransaction { database in
            let statement = try RawStatement(database, RecordRow.select + " ORDER BY position DESC LIMIT 1")
            defer { statement.reset() }
            guard try statement.step() else { return Last() }
            return Last(RecordRow(statement))
        }
        newest = Mutex(last)
        filter = NameFilter(records: last.position)
    }

    var last: Last { newest.withLock { $0 } }

    var lastPosition: Int64 { last.position }

    /// Inserts the rows that `body` gives to its argument, all or none, and returns when they are on disk.
    func insert(_ body: ((RecordRow) throws -> Void) throws -> Void) throws(JournalError) {
        var last = last
        try transaction("Writing to") { database in
            let statement = try RawStatement(database, RecordRow.insert)
            try body { row in
                guard row.position == last.position + 1 else {
                    throw JournalError.damaged(
                        path, record: last.position + 1, "record \(row.position) follows instead")
                }
                try row.insert(by: statement)
                last = Last(row)
                uncopiedBytes.add(row.body.count + (row.report?.count ?? 0), ordering: .relaxed)
            }
        }
        newest.withLock { [last] in $0 = last }
    }

    /// The records after `position`, some thousand at a time; none at the end.
    ///
    /// `body` of the replay runs outside of SQLite, and no long read keeps the log from being reused.
    func read(after position: Int64, _ codec: RecordCodec) throws(JournalError) -> [StoredRecord] {
        do {
            return try pool.read { database in
                let statement = try RawStatement(
                    database, RecordRow.select + " WHERE position > ? ORDER BY position LIMIT 4096")
                defer { statement.reset() }
                try statement.bind(position, at: 1)
                var (batch, expected, bytes) = ([StoredRecord](), position + 1, 0)
                while bytes < Self.batchBytes, try statement.step() {
                    let row = RecordRow(statement)
                    guard row.position == expected else {
                        throw JournalError.damaged(path, record: expected, "it is missing")
                    }
                    bytes += row.body.count + (row.report?.count ?? 0)
                    batch.append(try StoredRecord(row, path: path, codec: codec))
                    expected += 1
                }
                return batch
            }
        } catch {
            throw JournalError(error, doing: "Reading", path: path)
        }
    }

    /// The next incidents' names after `name`, as the index has them; none at the end.
    func names(after name: ReportName?, limit: Int) throws(JournalError) -> [ReportName] {
        do {
            return try pool.read { database in
                let rows = try Row.fetchCursor(
                    database,
                    sql: """
                        SELECT sender, identifier FROM record
                        WHERE sender IS NOT NULL AND (sender, identifier) > (?, ?) ORDER BY sender, identifier LIMIT ?
                        """,
                    arguments: [name?.sender ?? "", name?.identifier ?? "", limit])
                return try Array(rows.map { ReportName(sender: $0[0], identifier: $0[1]) })
            }
        } catch {
            throw JournalError(error, doing: "Reading", path: path)
        }
    }

    /// Has SQLite copy its log into the file, if it has become long. One that fails does no harm: the log keeps it all.
    func shortenLog() {
        guard uncopiedBytes.load(ordering: .relaxed) >= Self.manyBytes else { return }
        uncopiedBytes.store(0, ordering: .relaxed)
        pool.writeWithoutTransaction { database in
            // A start would read what is left in the log. It is not waited for those who still read it.
            sqlite3_busy_timeout(database.sqliteConnection, 0)
            sqlite3_wal_checkpoint_v2(database.sqliteConnection, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
            sqlite3_busy_timeout(database.sqliteConnection, SQLiteJournalStore.patienceMilliseconds)
        }
    }

    /// Closes the file, so that whoever opens it next need not wait for that. Nothing can be asked afterwards.
    func close() {
        try? pool.close()
    }

    /// Writes and syncs something that leaves no trace.
    func probe() throws(JournalError) {
        // First what the log holds goes into the file, so that probes that fail do not fill the log themselves.
        try write("Probing") { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try transaction("Probing") { database in
            try database.execute(sql: "DELETE FROM scratch")
            try database.execute(sql: "INSERT INTO scratch VALUES (zeroblob(?))", arguments: [Self.probeBytes])
        }
        // The file must be able to take it too, and the log begins anew, with room that the system must find again.
        try write("Probing") { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try transaction("Probing") { try $0.execute(sql: "DELETE FROM scratch") }
    }

    /// Runs `body` on the connection that writes, for tests: what they see there is what a move sees.
    func withWritingConnection<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try pool.writeWithoutTransaction(body)
    }
}

extension RecordTable {
    func transaction(_ task: String, _ body: (Database) throws -> Void) throws(JournalError) {
        try write(task) { database in
            let (begin, commit) = (
                try RawStatement(database, "BEGIN IMMEDIATE"), try RawStatement(database, "COMMIT")
            )
            try begin.run()
            do {
                try body(database)
                try commit.run()
            } catch {
                // Where SQLite has rolled back by itself, there is nothing left to do.
                if database.isInsideTransaction { try? database.execute(sql: "ROLLBACK") }
                throw error
            }
        }
    }

    /// Runs `body` on the writing connection, on this thread: an asynchronous write could be cancelled at its commit.
    private func write(_ task: String, _ body: (Database) throws -> Void) throws(JournalError) {
        do {
            try pool.writeWithoutTransaction { database in
                do {
                    try body(database)
                } catch {
                    if (error as? DatabaseError)?.isFailedSync ?? false {
                        lock.logIsSynced.store(false, ordering: .relaxed)
                    }
                    throw JournalError(error, doing: task, path: path, systemError: database.systemError)
                }
            }
        } catch {
            throw JournalError(error, doing: task, path: path)
        }
    }
}

extension RecordTable.Last {
    fileprivate init(_ row: RecordRow) {
        self.init(position: row.position, incident: row.newestIncident, checksum: row.checksum)
    }
}
