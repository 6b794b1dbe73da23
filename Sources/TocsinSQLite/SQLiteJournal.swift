import Foundation
import GRDB
import Synchronization
import TocsinJournal
import TocsinModel

/// A journal whose records are rows of one table.
///
/// SQLite's write-ahead log takes each append as one transaction and one sync. It is copied into the file beside the
/// appends (``Checkpointer``); closing copies the rest.
final class SQLiteJournal: Journal {
    /// What a probe writes: more than most appends.
    private static let probeBytes = 256 * 1024

    fileprivate struct State: ~Copyable {
        var lastPosition: Int64
        var lastIncident: Int64
        /// An append that failed; nothing is appended after it.
        var failure: JournalError?
        /// Kept from one record to the next, so that a steady flow allocates nothing.
        var body = JSONWriter(capacity: 64 * 1024)
        var words: [UInt8] = []
    }

    private let pool: DatabasePool
    private let path: String
    private let lock: StateLock
    private let configuration: Configuration
    private let checkpointer: Checkpointer
    private let logSize = LogSize()
    private let state: Mutex<State>

    init(pool: DatabasePool, path: String, lock: StateLock, configuration: Configuration) throws {
        self.pool = pool
        self.path = path
        self.lock = lock
        self.configuration = configuration
        checkpointer = try Checkpointer(path: path, configuration: configuration)
        let (position, incident) = try pool.writeWithoutTransaction { database in
            try Row.fetchOne(
                database, sql: "SELECT position, iif(kind = 'incident', position, previous) FROM record ORDER BY 1 DESC"
            ).map { row in (row[0] as Int64, row[1] as Int64) } ?? (0, 0)
        }
        state = Mutex(State(lastPosition: position, lastIncident: incident))
        pool.writeWithoutTransaction { logSize.watch($0.sqliteConnection) }
    }

    deinit {
        checkpointer.stop()
    }

    var lastPosition: Position { state.withLock { Position($0.lastPosition) } }

    func append(_ entries: [JournalEntry]) throws(JournalError) {
        guard !entries.isEmpty else { return }
        try state.withLock { state throws(JournalError) in
            if let failure = state.failure { throw failure }
            let (position, incident) = (state.lastPosition, state.lastIncident)
            do throws(JournalError) {
                try transaction("Appending to") { database in
                    let statement = try RawStatement(database, Self.insert)
                    defer { statement.reset() }
                    for entry in entries { try state.insert(entry, statement) }
                }
            } catch {
                (state.lastPosition, state.lastIncident, state.failure) = (position, incident, error)
                throw error
            }
        }
        keepLogShort()
    }

    /// Has the log copied when it is long, and does it here when appends come faster than copies end.
    private func keepLogShort() {
        let pages = logSize.pages
        if pages >= Checkpointer.pages { checkpointer.start() }
        if pages >= Checkpointer.mostPages {
            pool.writeWithoutTransaction { _ = Checkpointer.copyLog($0.sqliteConnection) }
        }
    }

    func replay(after position: Position, _ body: (JournalEntry) throws -> Void) throws {
        let (end, codec) = (lastPosition.value, RecordCodec())
        var (position, newest) = (position.value, nil as Int64?)
        while position < end {
            // A batch at a time, so that `body` runs outside of SQLite and no long read keeps the log from being reused.
            let batch = try read(after: position, codec)
            guard let last = batch.last else {
                throw JournalError.damaged(path, record: position + 1, "it is missing")
            }
            for record in batch {
                let found = record.entry.position.value
                guard record.previous == newest ?? record.previous else {
                    throw JournalError.damaged(path, record: found, "its chain of incidents is broken")
                }
                if case .incident = record.entry.record { newest = found } else { newest = record.previous }
                try body(record.entry)
            }
            position = last.entry.position.value
        }
    }

    func keep(_ snapshot: JournalSnapshot) throws(JournalError) {
        try transaction("Keeping a snapshot in") { database in
            try database.execute(sql: "DELETE FROM snapshot")
            try database.execute(
                sql: "INSERT INTO snapshot VALUES (?, ?, ?)",
                arguments: [snapshot.position.value, Data(snapshot.content), Int64(Self.checksum(of: snapshot))])
        }
    }

    func latestSnapshot() throws(JournalError) -> JournalSnapshot? {
        do {
            let row = try pool.read { try Row.fetchOne($0, sql: "SELECT position, content, checksum FROM snapshot") }
            guard let row else { return nil }
            let snapshot = JournalSnapshot(position: Position(row[0]), content: [UInt8](row[1] as Data))
            // One that is damaged or ahead of the records is no reason not to start: the records have everything.
            let isWhole = Int64(Self.checksum(of: snapshot)) == row[2] && snapshot.position <= lastPosition
            return isWhole ? snapshot : nil
        } catch {
            throw JournalError(error, doing: "Reading", path: path)
        }
    }

    private static func checksum(of snapshot: JournalSnapshot) -> UInt32 {
        var checksum = Checksum()
        checksum.add(snapshot.position.value)
        snapshot.content.withUnsafeBytes { checksum.add($0) }
        return checksum.value
    }

    func probe() throws(JournalError) {
        if let failure = state.withLock({ $0.failure }) { throw failure }
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

    func reader() throws(JournalError) -> any JournalReader {
        do {
            return try SQLiteJournalReader(path: path, configuration: configuration, lock: lock)
        } catch {
            throw JournalError(error, doing: "Opening", path: path)
        }
    }

    /// Runs `body` on the connection that appends, for tests: what they see there is what an append sees.
    func withAppendingConnection<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try pool.writeWithoutTransaction(body)
    }
}

extension SQLiteJournal {
    private static let insert = """
        INSERT INTO record (position, kind, at, body, sender, identifier, report, recipient, first, last, width, \
        incident, previous, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// The number of bytes after which a batch of the replay ends.
    private static let batchBytes = 4 * 1024 * 1024

    private func read(after position: Int64, _ codec: RecordCodec) throws(JournalError) -> [StoredRecord] {
        do {
            return try pool.read { database in
                let statement = try RawStatement(
                    database, StoredRecord.select + " WHERE position > ? ORDER BY position LIMIT 4096")
                defer { statement.reset() }
                try statement.bind(position, at: 1)
                var (batch, expected, bytes) = ([StoredRecord](), position + 1, 0)
                while bytes < Self.batchBytes, try statement.step() {
                    guard statement.integer(0) == expected else {
                        throw JournalError.damaged(path, record: expected, "it is missing")
                    }
                    bytes += statement.bytes(3).count + statement.bytes(4).count
                    batch.append(try StoredRecord(statement, path: path, codec: codec))
                    expected += 1
                }
                return batch
            }
        } catch {
            throw JournalError(error, doing: "Reading", path: path)
        }
    }

    private func transaction(_ task: String, _ body: (Database) throws -> Void) throws(JournalError) {
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

extension SQLiteJournal.State {
    fileprivate mutating func insert(_ entry: JournalEntry, _ statement: RawStatement) throws {
        precondition(entry.position.value == lastPosition + 1, "A journal's positions follow one another.")
        let columns = RecordColumns(entry.record)
        body.removeAll()
        RecordCodec.write(entry.record, to: &body)
        words.removeAll(keepingCapacity: true)
        let kind = add(entry.record.kind.rawValue)
        let sender = columns.name.map { add($0.sender) }
        let identifier = columns.name.map { add($0.identifier) }
        let recipient = columns.recipient.map { add($0.name) }

        try words.withUnsafeBytes { words in
            try body.withUnsafeBytes { body in
                try entry.record.withReport { report in
                    let checksum = Checksum.of(
                        position: entry.position, at: entry.at, kind: entry.record.kind, name: columns.name, body: body,
                        report: report ?? UnsafeRawBufferPointer(start: nil, count: 0))
                    try statement.bind(entry.position.value, at: 1)
                    try statement.bind(UnsafeRawBufferPointer(rebasing: words[kind]), at: 2)
                    try statement.bind(entry.at.milliseconds, at: 3)
                    try statement.bind(body, at: 4)
                    try statement.bind(sender.map { UnsafeRawBufferPointer(rebasing: words[$0]) }, at: 5)
                    try statement.bind(identifier.map { UnsafeRawBufferPointer(rebasing: words[$0]) }, at: 6)
                    try statement.bind(report, at: 7)
                    try statement.bind(recipient.map { UnsafeRawBufferPointer(rebasing: words[$0]) }, at: 8)
                    try statement.bind(columns.first, at: 9)
                    try statement.bind(columns.last, at: 10)
                    try statement.bind(columns.width, at: 11)
                    try statement.bind(columns.incident, at: 12)
                    try statement.bind(lastIncident, at: 13)
                    try statement.bind(Int64(checksum), at: 14)
                    _ = try statement.step()
                    statement.reset()
                }
            }
        }
        lastPosition = entry.position.value
        if case .incident = entry.record { lastIncident = lastPosition }
    }

    /// Adds a word to those that are bound, and returns where it is.
    private mutating func add(_ word: String) -> Range<Int> {
        let start = words.count
        words.append(contentsOf: word.utf8)
        return start..<words.count
    }
}

extension JournalRecord {
    /// Calls `body` with an incident's report; with nil for another record.
    fileprivate func withReport<Result>(_ body: (UnsafeRawBufferPointer?) throws -> Result) rethrows -> Result {
        guard case .incident(let incident) = self else { return try body(nil) }
        return try incident.report.withUnsafeBytes { try body($0) }
    }
}
