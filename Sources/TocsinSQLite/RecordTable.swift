import Foundation
import GRDB
import GRDBSQLite
import Synchronization
import TocsinJournal
import TocsinModel

/// The table `record` and the tables beside it, in the file `journal.sqlite`.
///
/// SQLite's write-ahead log takes each transaction with one sync, and SQLite copies it into the file when it is long
/// (https://www.sqlite.org/wal.html#ckpt).
final class RecordTable: Sendable {
    /// The bytes that a probe writes: more than most appends.
    private static let probeBytes = 256 * 1024
    /// The bytes of rows after which SQLite's log is long. Copying it takes a start some ten milliseconds.
    private static let manyBytes = 1024 * 1024
    /// The bytes of a transaction that is one of several: some ten milliseconds' work.
    static let transactionBytes = 1024 * 1024
    /// The last record.
    struct Last: Sendable {
        var position: Int64 = 0
        /// The newest incident up to here, or 0 if there is none.
        var incident: Int64 = 0
        var checksum: UInt32 = 0
    }

    let path: String
    /// The path or URI by which SQLite opens it.
    let address: String
    /// True if it was opened only for reading.
    let isReadOnly: Bool
    /// The filter of the names of its incidents, and of those still in the tail.
    let filter: NameFilter
    let epoch: JournalEpoch
    /// The mark of the tail that belongs to it, as it was when the table was opened.
    let mark: TailMark?
    private let writing: DatabaseQueue
    private let reading: Mutex<DatabaseQueue?>
    private let syncState: SyncState
    private let newest: Mutex<Last>
    /// The bytes of rows that have been written since the log was copied by ``shortenLog()``.
    private let uncopiedBytes = Atomic(0)

    /// - Parameters:
    ///   - writing: The connection that writes, on which SQLite's log is kept and each commit synced.
    ///   - reading: Another connection, for concurrent reads. It is not a pool of GRDB's, which would write to the file
    ///     when it is opened, while another program may have it locked.
    ///   - path: The path of the file.
    ///   - syncState: Tells whether the bytes that can be read are known to be on disk.
    ///   - address: The URI by which SQLite opens a file that is only read. Nil for a file that is written.
    ///   - isTrusted: True if its epoch and its tail are taken as they stand.
    init(
        writing: DatabaseQueue, reading: DatabaseQueue, path: String, syncState: SyncState, address: String? = nil,
        isTrusted: Bool = false
    ) throws {
        self.writing = writing
        self.reading = Mutex(reading)
        self.path = path
        self.address = address ?? path
        isReadOnly = address != nil
        self.syncState = syncState
        let origin = try writing.read { try JournalOrigin(in: $0, path: path, isTrusted: isTrusted) }
        (epoch, mark) = (origin.epoch, origin.mark)
        let last = try writing.writeWithoutTransaction { database in
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

    /// Inserts the rows that `body` passes to its argument, all or none, and returns when they are on disk.
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

    /// Returns the records after `position`, some thousand at a time, and none at the end.
    ///
    /// The caller folds them outside of SQLite: no long read keeps the log from being reused.
    func read(after position: Int64, _ codec: RecordCodec) throws(JournalError) -> [StoredRecord] {
        do {
            return try read { database in
                let statement = try RawStatement(
                    database, RecordRow.select + " WHERE position > ? ORDER BY position LIMIT \(TailLogReader.records)")
                defer { statement.reset() }
                try statement.bind(position, at: 1)
                var (batch, expected, bytes) = ([StoredRecord](), position + 1, 0)
                while bytes < TailLogReader.bytes, try statement.step() {
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

    /// Returns the next incidents' names after `name`, as the index has them, and none at the end.
    func names(after name: ReportName?, limit: Int) throws(JournalError) -> [ReportName] {
        do {
            return try read { database in
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

    /// Makes the log count as long, so that it is shortened: what was removed is in its older pages.
    func noteRemoval() {
        uncopiedBytes.add(Self.manyBytes, ordering: .relaxed)
    }

    /// Makes SQLite copy its log into the file, if the log has become long. A failure does no harm: the log keeps it
    /// all.
    func shortenLog() {
        guard uncopiedBytes.load(ordering: .relaxed) >= Self.manyBytes, !isReadOnly else { return }
        uncopiedBytes.store(0, ordering: .relaxed)
        _ = writing.writeWithoutTransaction { database in
            // A start would read the rest of the log.
            sqlite3_wal_checkpoint_v2(database.sqliteConnection, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        }
    }

    /// Makes SQLite copy as much of its log as it can without waiting for anybody. Then the next write finds room in
    /// the log, even if the disk has none for a longer one.
    func copyLog() {
        _ = writing.writeWithoutTransaction { database in
            sqlite3_wal_checkpoint_v2(database.sqliteConnection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        }
    }

    /// Makes sure that the bytes that can be read are on disk. See ``WriteAheadLog``.
    ///
    /// - Throws: `JournalError.failed` if the disk does not take them.
    func settle() throws(JournalError) {
        guard !syncState.isKnown else { return }
        do throws(JournalError) {
            // A transaction that writes first writes the log again.
            try transaction("Opening") { _ in }
        } catch .busy {
            try settleBesideWriter()
        }
    }

    /// Does the work of ``settle()`` while another program has the lock for writing. If a third one copies the log, or
    /// waits to, nobody can write the log again. Then it is compared with the disk.
    private func settleBesideWriter() throws(JournalError) {
        do throws(JournalError) {
            try copyOrWriteAgain()
        } catch .busy {
            try WriteAheadLog(path: path + "-wal").requireOnDisk()
        }
    }

    private func copyOrWriteAgain() throws(JournalError) {
        try write("Opening") { database in
            // The frames that can be copied are in the file now, and synced there. A reader of an older state holds
            // back the rest.
            let (frames, copied) = try database.checkpoint(.passive)
            guard copied < frames else { return }
            let pageBytes = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
            // While this transaction reads those frames, no program begins the log anew.
            try database.inTransaction(.deferred) {
                _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema")
                try WriteAheadLog(path: path + "-wal").writeAgain(frames: frames, pageBytes: pageBytes)
                return .commit
            }
            syncState.isKnown = true
        }
    }

    /// Closes the file, so that the next opener need not wait for that. Later reads throw. Nothing is written.
    func close() {
        reading.withLock { try? $0.take()?.close() }
        try? writing.close()
    }

    /// Checks whether there is room, by a synced write that leaves no trace.
    func probe() throws(JournalError) {
        // The log's content goes into the file first, so that failing probes do not fill the log themselves.
        try write("Probing") { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try transaction("Probing") { database in
            try database.execute(sql: "DELETE FROM scratch")
            try database.execute(sql: "INSERT INTO scratch VALUES (zeroblob(?))", arguments: [Self.probeBytes])
        }
        // The file must be able to take the content too. The log begins anew, with room that the system must find
        // again.
        try write("Probing") { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try transaction("Probing") { try $0.execute(sql: "DELETE FROM scratch") }
    }

    /// Runs `body` in a transaction on the connection that reads.
    ///
    /// - Throws: The errors of `body`, and `JournalError.failed` once the table has been closed: GRDB would trap.
    func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        var result: Result?
        try reading.withLock { reading in
            result = try reading?.read { database in
                do { return try body(database) } catch { throw database.cause(of: error) }
            }
        }
        guard let result else { throw JournalError.failed("\(path) has been closed.") }
        return result
    }

    /// Runs `body` on the connection that writes, for tests. They see what a move sees.
    func withWritingConnection<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try writing.writeWithoutTransaction(body)
    }
}

extension RecordTable {
    func transaction(_ task: String, _ body: (Database) throws -> Void) throws(JournalError) {
        guard !isReadOnly else { throw .openForReadingOnly(path) }
        try write(task) { database in
            let (begin, commit) = (
                try RawStatement(database, "BEGIN IMMEDIATE"), try RawStatement(database, "COMMIT")
            )
            try begin.run()
            do {
                if !syncState.isKnown {
                    try WriteAheadLog(path: path + "-wal").writeAgain()
                    syncState.isKnown = true
                }
                try body(database)
                try commit.run()
            } catch {
                // If SQLite has rolled back by itself, there is nothing left to do.
                if database.isInsideTransaction { try? database.execute(sql: "ROLLBACK") }
                throw error
            }
        }
    }

    /// Runs `body` on the writing connection, on this thread: an asynchronous write could be cancelled at its commit.
    private func write(_ task: String, _ body: (Database) throws -> Void) throws(JournalError) {
        do {
            try writing.writeWithoutTransaction { database in
                do {
                    try body(database)
                } catch {
                    if (error as? DatabaseError)?.isFailedSync ?? false {
                        syncState.isKnown = false
                    }
                    throw JournalError(
                        database.cause(of: error), doing: task, path: path, systemError: database.systemError)
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
