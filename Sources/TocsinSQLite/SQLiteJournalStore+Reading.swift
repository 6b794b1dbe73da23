import GRDB
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
            let address = try ReadingAddress(folder.journal, isReadOnly: folder.isReadOnly).uri
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
}
