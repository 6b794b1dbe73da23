import Foundation
import GRDB
import Synchronization
public import TocsinJournal
public import TocsinModel

/// The journal on SQLite: the file `journal.sqlite` in a state folder.
///
///     let store = SQLiteJournalStore(folder: "/var/lib/tocsin")
///     let journal = try store.open()
///
/// One process uses a folder at a time. Once ``open()`` has succeeded, this store keeps the folder to itself for as
/// long as it or one of its journals lives.
///
/// The file can be queried in plain SQL at any time, also while the journal is in use (`sqlite3 -readonly
/// journal.sqlite`). See its views `incidents`, `alerts`, `acknowledgements`.
public final class SQLiteJournalStore: JournalStore {
    /// How long a connection waits for a lock, in seconds. If it does not get the lock it tries again later, and keeps
    /// nobody waiting meanwhile.
    private static let patience: TimeInterval = 0.02
    /// The pages in SQLite's log after which it copies them into the file, on the thread that moves. All of them go to
    /// the disk at once, and an append that comes meanwhile waits behind them: with the usual 1,000 for up to 2.1 ms.
    static let pagesCopiedAtOnce = 300

    let folder: StateFolder
    /// The bytes of the tail that are kept for people's words while the disk is full.
    private let keptBytes: Int
    private let retention: Retention
    private let clock: RemovalClock
    private let state = Mutex(State())

    private struct State {
        var lock: StateLock?
        /// True once a journal has been opened here.
        var hasOpened = false
        /// The tail and the indexer of the journal that was opened last. Opening another journal ends them.
        var tail: Tail?
        var indexer: Indexer?
    }

    /// Names the folder. Nothing is read or made before ``open()``.
    ///
    /// - Parameters:
    ///   - folder: The path of the folder.
    ///   - reserveBytes: The bytes of `journal.tail` that are kept for people's words while the disk is full. All blocks of
    ///     the file are set aside then. 0 for none.
    ///   - retention: How long what is over is kept: for ever, if it says nothing.
    public convenience init(folder: String, reserveBytes: Int = 0, retention: Retention = Retention()) {
        self.init(folder: folder, reserveBytes: reserveBytes, retention: retention, clock: .system)
    }

    /// `clock` is for tests.
    init(folder: String, reserveBytes: Int = 0, retention: Retention, clock: RemovalClock) {
        self.folder = StateFolder(path: folder)
        keptBytes = min(max(0, reserveBytes), TailFile.halfBytes)
        (self.retention, self.clock) = (retention, clock)
    }

    /// The path of the journal's file.
    public var location: String { folder.journal }

    /// Opens the journal, and makes the folder, the file and its tables if they are missing.
    ///
    /// It may be called again at any time, which is how a journal that has failed is replaced. The failed one must not
    /// be used any more, but need not be gone yet. Opening does not read the records.
    /// ``TocsinJournal/Log/reader(after:)`` reads them, and checks each. SQLite's own `quick_check` is not run, because
    /// it reads the whole file.
    ///
    /// Once it has been open, the journal must still be there: a folder that has become empty gets no new one.
    ///
    /// On a file system that is read-only, or has not the little room that opening needs, the journal is opened only for
    /// reading. Its room is ``TocsinJournal/JournalRoom/none`` then.
    ///
    /// - Throws: `JournalError.inUse` if another process or another store has the folder, `JournalError.incompatible`
    ///   for a file of another version or of another program, `JournalError.corrupt` for a file that is damaged or is
    ///   not of SQLite at all, `JournalError.missing` for one that was open and has gone, `JournalError.full`,
    ///   `JournalError.readOnly` and `JournalError.failed` for errors of the disk.
    public func open() throws(JournalError) -> any Journal {
        try openJournal()
    }

    /// Declares that the files in the folder are a restored backup, or that a damaged tail was moved away. From now on
    /// no tail is missed, and the journal has another epoch, because numbers may be given again.
    ///
    /// - Returns: The epoch.
    /// - Throws: The errors of ``open()``, and `JournalError.corrupt` if there is a tail that belongs to another
    ///   journal.
    public func declareRestored() throws(JournalError) -> JournalEpoch {
        guard access(folder.journal, F_OK) == 0 || access(folder.restored, F_OK) == 0 else {
            throw .failed("There is no \(folder.journal). Put the backup in its place first.")
        }
        let lock = try lockFolder()
        try folder.completeRestore()
        do {
            try refuseForeignFile()
            let table = try openTable(lock, isTrusted: true)
            try table.beginEpoch(keepingTail: access(folder.tail, F_OK) == 0)
            table.close()
        } catch {
            throw JournalError(error, doing: "Opening", path: folder.journal)
        }
        let journal = try openJournal()
        journal.close()
        return journal.log.epoch
    }

    func openJournal() throws(JournalError) -> SQLiteJournal {
        if state.withLock({ $0.hasOpened }) { try requireJournal() } else { try folder.create() }
        let lock = try lockFolder()
        try folder.completeRestore()
        state.withLock { state in
            state.indexer?.stop()
            state.tail?.retire()
            (state.tail, state.indexer) = (nil, nil)
        }
        guard !folder.isReadOnly else { return try openToBeRead(lock) }
        do throws(JournalError) {
            return try openForWriting(lock)
        } catch .full(let text) {
            do throws(JournalError) {
                return try openToBeRead(lock)
            } catch .full, .readOnly {
                throw .full(text)
            }
        }
    }

    private func openForWriting(_ lock: StateLock) throws(JournalError) -> SQLiteJournal {
        do {
            try lock.logIndex.requireRoom()
            try refuseForeignFile()
            try folder.requireTableOfRemains()
            let wasSynced = lock.syncState.isKnown
            let table = try openTable(lock)
            lock.logIndex.setAside()
            let file = try TailFile(in: folder, mustExist: table.mark != nil)
            let mark = try file.belong(to: table.mark)
            let tail = try Tail(
                file: file, after: table.last.position, lastChecksum: table.last.checksum, names: table.filter)
            if let mark, mark != table.mark { try noteIfPossible(mark, in: table) }
            let indexer = try Indexer(
                moving: tail, into: table, keeping: keptBytes, removing: retention.removes ? (retention, clock) : nil)
            do throws(JournalError) {
                try moveWhatIsLeft(in: tail, by: indexer, wasSynced)
            } catch {
                indexer.stop()
                throw error
            }
            return try journal(of: table, tail, indexer, lock, configuration(cacheKibibytes: 2048))
        } catch {
            // A file that has been settled only in part is not known to be on disk.
            lock.syncState.isKnown = false
            throw JournalError(error, doing: "Opening", path: folder.journal)
        }
    }

    /// Composes the journal of its parts. The next open ends it.
    func journal(
        of table: RecordTable, _ tail: Tail, _ indexer: Indexer, _ lock: StateLock, _ configuration: Configuration
    ) throws -> SQLiteJournal {
        table.filter.fill(from: table)
        state.withLock { ($0.tail, $0.indexer, $0.hasOpened) = (tail, indexer, true) }
        return try SQLiteJournal(
            table: table, tail: tail, indexer: indexer, lock: lock, indexConfiguration: configuration)
    }

    /// Stores the mark in the table. If that is not possible now, the next start does it.
    private func noteIfPossible(_ mark: TailMark, in table: RecordTable) throws(JournalError) {
        do throws(JournalError) {
            try table.store(mark)
        } catch {
            guard error.isForLater else { throw error }
        }
    }

    /// Opens the table, and makes it if it is missing. Everything that can be read in it is on disk.
    private func openTable(_ lock: StateLock, isTrusted: Bool = false) throws -> RecordTable {
        // The index by name has as many leaves in use as there are senders.
        let writing = try DatabaseQueue(path: folder.journal, configuration: configuration(cacheKibibytes: 8 * 1024))
        var forReading = configuration(cacheKibibytes: 2048)
        forReading.readonly = true
        do {
            try writing.writeWithoutTransaction { database in
                do {
                    try prepare(database)
                } catch {
                    throw JournalError(
                        database.cause(of: error), doing: "Opening", path: folder.journal,
                        systemError: database.systemError)
                }
            }
            // Migrations run only if one is missing: they would need the lock for writing.
            let migrator = Schema.migrator()
            if try !writing.read(migrator.hasCompletedMigrations) { try migrator.migrate(writing) }
            let reading = try DatabaseQueue(path: folder.journal, configuration: forReading)
            let table = try RecordTable(
                writing: writing, reading: reading, path: folder.journal, syncState: lock.syncState,
                isTrusted: isTrusted)
            try table.settle()
            table.copyLog()
            return table
        } catch {
            throw writing.cause(of: error)
        }
    }

    /// Moves the remains of a crash in the tail into the table. If that is not possible now, the tail as it stands will
    /// do, once it is certain that it is on disk.
    private func moveWhatIsLeft(
        in tail: Tail, by indexer: Indexer, _ wasSynced: Bool
    ) throws(JournalError) {
        do throws(JournalError) {
            try indexer.settle()
        } catch {
            guard error.isForLater else { throw error }
            try tail.goOnBehindWhatIsLeft(writingItAgain: !wasSynced)
        }
    }

    /// Checks that the journal is still in the folder.
    private func requireJournal() throws(JournalError) {
        guard fileSize(folder.journal) > 0 || access(folder.restored, F_OK) == 0 else { throw .gone(folder.journal) }
    }

    /// Locks the folder, if this store does not have it yet, or another folder has come in its place.
    private func lockFolder() throws(JournalError) -> StateLock {
        try state.withLock { state throws(JournalError) in
            if let lock = state.lock, lock.isOf(folder) { return lock }
            let lock = try StateLock(folder: folder)
            state.lock = lock
            return lock
        }
    }

    /// Refuses a file that is not a journal before anything writes to it.
    private func refuseForeignFile() throws {
        let size = try? FileManager.default.attributesOfItem(atPath: folder.journal)[.size] as? Int
        guard let size, size > 0 else { return }
        try refuseForeign(DatabaseQueue(path: folder.journal, configuration: configuration(cacheKibibytes: 1024)))
    }

    func refuseForeign(_ queue: DatabaseQueue) throws {
        do {
            _ = try queue.read { try Schema.format(of: $0, path: folder.journal) }
        } catch {
            throw queue.cause(of: error)
        }
    }

    /// - Parameter cacheKibibytes: The size of the pages that a connection keeps. Each commit of another makes it
    ///   forget them.
    func configuration(cacheKibibytes: Int) -> Configuration {
        var configuration = Configuration()
        configuration.label = "journal"
        configuration.busyMode = .timeout(Self.patience)
        configuration.prepareDatabase { database in
            // A single report changes two or three pages, which are written and summed up before anybody is told. With
            // twice the size that takes some fifty microseconds longer. SQLite takes the size only for a file that it
            // makes, so this never changes a journal.
            do {
                try database.execute(sql: "PRAGMA page_size = 4096")
                try database.execute(sql: "PRAGMA cache_size = -\(cacheKibibytes)")
                // GRDB reads the first page too, but would not give the cause of its error.
                _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema")
            } catch {
                throw database.cause(of: error)
            }
        }
        return configuration
    }

    private func prepare(_ database: Database) throws {
        // The mode is set only if it differs, like the settings below. A journal must open on a disk on which not one
        // page can be written, and while another program has it locked.
        if try String.fetchOne(database, sql: "PRAGMA journal_mode") != "wal" {
            try database.execute(sql: "PRAGMA journal_mode = WAL")
        }
        // With FULL, SQLite syncs the write-ahead log before a commit returns
        // (https://www.sqlite.org/pragma.html#pragma_synchronous).
        try database.execute(sql: "PRAGMA synchronous = FULL")
        // What is removed is overwritten, and not only forgotten.
        try database.execute(sql: "PRAGMA secure_delete = ON")
        let synchronous = try Int.fetchOne(database, sql: "PRAGMA synchronous")
        guard synchronous == 2 else {
            throw JournalError.failed(
                "SQLite does not sync \(folder.journal) at commit (synchronous is \(synchronous ?? -1), not 2).")
        }
        try database.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.pagesCopiedAtOnce)")
        guard try Int32.fetchOne(database, sql: "PRAGMA application_id") != Schema.applicationID else { return }
        try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
    }
}
