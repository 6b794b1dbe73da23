import GRDB
import Synchronization
import TocsinJournal
import TocsinModel

/// The journal of one machine. The ``Tail`` is its log, the ``RecordTable`` its index, and the ``Indexer`` moves
/// records from the one to the other. Both are on disk.
final class SQLiteJournal: Journal {
    let table: RecordTable
    let tail: Tail
    private let indexer: Indexer
    private let lock: StateLock
    private let indexConfiguration: Configuration
    let appender: TailAppender
    private let tailLog: TailLog
    /// The indices of a journal that was opened only for reading.
    private let readers = Mutex<[SQLiteIndex]>([])
    private let tableSnapshots: TableSnapshots

    /// Creates a journal over the records of `tail` and `table`.
    ///
    /// - Throws: `JournalError.failed` if the system has no thread to give.
    init(
        table: RecordTable, tail: Tail, indexer: Indexer, lock: StateLock, indexConfiguration: Configuration
    ) throws {
        self.table = table
        self.tail = tail
        self.indexer = indexer
        self.lock = lock
        self.indexConfiguration = indexConfiguration
        appender = try TailAppender(table: table, tail: tail, indexer: indexer, syncState: lock.syncState)
        tailLog = try TailLog(appender)
        tableSnapshots = TableSnapshots(table: table, indexer: indexer, log: tailLog)
    }

    deinit {
        close()
    }

    var log: any Log { tailLog }
    var snapshots: any SnapshotStore { tableSnapshots }

    func index() throws(JournalError) -> any IncidentIndex {
        do {
            let index = try SQLiteIndex(table: table, tail: tail, configuration: indexConfiguration, lock: lock)
            if tail.file.isReadOnly { readers.withLock { $0.append(index) } }
            return index
        } catch {
            throw JournalError(error, doing: "Opening", path: table.path)
        }
    }

    var room: JournalRoom {
        if tail.file.isReadOnly { return .none }
        return indexer.isRoomScarce ? .kept : .ample
    }

    func takeTroubles() -> [JournalTrouble] { indexer.takeTroubles() }

    func close() {
        tailLog.stop()
        // Records that cannot be moved now are moved when the journal is opened next.
        try? indexer.settle()
        indexer.stop()
        try? tail.close()
        table.close()
        for index in readers.withLock({ $0 }) { index.close() }
    }

    /// Moves everything into the table and counts it, for tests.
    func countAll() throws {
        try indexer.settle()
        _ = indexer.counter.count()
    }

    /// Moves everything into the table, counts it, and removes what is over, for tests.
    func removeAll() throws {
        try countAll()
        try indexer.removeAll()
    }

    /// Moves everything into the table, and runs `body` on the connection that writes it, for tests.
    func withTable<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try indexer.settle()
        return try table.withWritingConnection(body)
    }
}

/// The snapshots that stand beside the records in the table.
final class TableSnapshots: SnapshotStore {
    private let table: RecordTable
    private let indexer: Indexer
    private let log: TailLog

    init(table: RecordTable, indexer: Indexer, log: TailLog) {
        self.table = table
        self.indexer = indexer
        self.log = log
    }

    func keep(_ snapshot: JournalSnapshot) {
        indexer.keep(snapshot)
    }

    func latest() throws(JournalError) -> JournalSnapshot? {
        try? indexer.settle()
        // A snapshot that is damaged or ahead of the records is no reason not to start: the records have everything.
        guard let snapshot = try table.latestSnapshot(), snapshot.position <= log.lastPosition else { return nil }
        return snapshot
    }
}
