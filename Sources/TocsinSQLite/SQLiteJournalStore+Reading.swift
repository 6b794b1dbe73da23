import Foundation
import GRDB
import Glibc
import TocsinJournal

/// Opening a journal that cannot be written. Stored alerts go out, and repeated reports get their receipts. The journal
/// takes no records, and its probe tells when it is to be opened again.
extension SQLiteJournalStore {
    /// Opens the journal only for reading.
    ///
    /// SQLite's log is compared with what is read past the system's cache, so its records are on disk for certain. The tail
    /// is left as it is.
    func openToBeRead(_ lock: StateLock) throws(JournalError) -> SQLiteJournal {
        do {
            let address = try address()
            var configuration = configuration(cacheKibibytes: 2048)
            configuration.readonly = true
            let writing = try DatabaseQueue(path: address, configuration: configuration)
            try refuseForeign(writing)
            guard try writing.read(Schema.migrator().hasCompletedMigrations) else {
                throw JournalError.readOnly(
                    "\(folder.journal) was written by an earlier version, and must be written once by this one. Its file "
                        + "system takes no writes: mount it for writing, or make room.")
            }
            let reading = try DatabaseQueue(path: address, configuration: configuration)
            let table = try RecordTable(
                writing: writing, reading: reading, path: folder.journal, syncState: lock.syncState,
                address: address)
            try WriteAheadLog(path: folder.log).requireOnDisk()
            let file = try TailFile(in: folder, mustExist: table.mark != nil, readOnly: true)
            _ = try file.belong(to: table.mark)
            let tail = try Tail(
                file: file, after: table.last.position, lastChecksum: table.last.checksum, names: table.filter)
            return try journal(of: table, tail, Indexer(moving: tail, into: table), lock, configuration)
        } catch {
            throw JournalError(error, doing: "Opening", path: folder.journal)
        }
    }

    /// Returns the URI by which SQLite opens the file without writing anything. See https://www.sqlite.org/uri.html.
    ///
    /// - Throws: `JournalError.full` or `JournalError.readOnly` if there is none.
    private func address() throws(JournalError) -> String {
        func fail(_ what: String) -> JournalError {
            folder.isReadOnly
                ? .readOnly("\(what) Its file system is read-only: mount it for writing.")
                : .full("\(what) There is no room for it: make room.")
        }
        guard Self.size(folder.journal) > 0 else { throw fail("There is no journal in \(folder.path).") }
        let address = "file:" + folder.journal.map(Self.escaped).joined() + "?mode=ro"
        guard Self.size(folder.log) > 0 else {
            // The file has all records. It cannot change on a file system that is read-only.
            guard folder.isReadOnly else { throw fail("SQLite needs \(folder.log).") }
            return address + "&immutable=1"
        }
        // If nobody else has the index open, SQLite does not believe it. It reads the log and keeps an index in memory.
        guard access(folder.logIndex, F_OK) == 0 else { throw fail("SQLite needs \(folder.logIndex) to read its log.") }
        return address + "&readonly_shm=1"
    }

    private static func escaped(_ character: Character) -> String {
        ["%", "?", "#"].contains(character)
            ? "%" + String(character.asciiValue ?? 0, radix: 16, uppercase: true) : String(character)
    }

    private static func size(_ path: String) -> Int {
        var information = stat()
        return stat(path, &information) == 0 ? Int(information.st_size) : 0
    }
}
