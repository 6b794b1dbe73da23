import GRDB
import Glibc
public import TocsinJournal
public import TocsinModel

/// A backup that has taken the place of a state folder's journal.
public struct JournalRestore: Sendable {
    /// The findings of the backup's check.
    public let findings: JournalFindings
    /// The journal's new epoch.
    public let epoch: JournalEpoch
    /// The folder of the journal that was moved away, or nil if there was none.
    public let aside: String?

    enum Step: Hashable {
        case copied, declared, checked, sealed, ready
        case completing(StateFolder.RestoreStep)
    }

    /// Checks a copy of the backup, gives it another epoch, moves the present journal aside, and puts the copy in its
    /// place. The daemon only needs to be started afterwards. A process that is killed on the way leaves the present
    /// journal or the restored one. See `StateFolder.completeRestore`.
    ///
    /// - Parameters:
    ///   - backup: A file of ``JournalBackup``, or another copy of a `journal.sqlite` that is whole by itself.
    ///   - folder: The state folder.
    ///   - fold: A fold that has no records yet.
    ///   - report: Takes the progress.
    /// - Throws: `JournalError.inUse` while a daemon holds the folder. `JournalError.corrupt` for a backup that is not
    ///   whole. `JournalError.incompatible` for a backup of a later version. The journal is unchanged then.
    public static func run(
        _ backup: String, into folder: String, folding fold: some RecordFold,
        report: @escaping JournalProgress.Report = { _ in }
    ) throws(JournalError) -> JournalRestore {
        try run(backup, into: folder, folding: fold, report: report) { _ in true }
    }

    /// `goesOn` is for tests, and is called after each step. False ends the restore there, as kill -9 would.
    static func run(
        _ backup: String, into path: String, folding fold: some RecordFold, report: @escaping JournalProgress.Report,
        goesOn: (Step) -> Bool
    ) throws(JournalError) -> JournalRestore {
        let folder = StateFolder(path: path)
        guard access(path, F_OK) == 0 || errno != ENOENT else {
            throw .failed("There is no folder \(path). Make it for the user that tocsind runs as.")
        }
        try folder.requireFolder()
        let lock = try lock(folder)
        defer { withExtendedLifetime(lock) {} }
        try folder.completeRestore()
        try requireWholeByItself(backup, folder)
        try requireBackup(backup)
        let partial = try PartialFile(for: folder.restored)
        do throws(JournalError) {
            try partial.copy(backup, report: report)
            guard goesOn(.copied) else { throw .interrupted }
            let epoch = try declare(partial)
            guard goesOn(.declared) else { throw .interrupted }
            let findings = try JournalCheck.run(.backup(partial.path), folding: fold, report: report)
            guard findings.isWhole else {
                throw .damagedBackup(backup, findings.summary.replacing("\(partial.path): ", with: ""))
            }
            guard goesOn(.checked) else { throw .interrupted }
            let present = FileOwner(of: folder.journal)
            try partial.seal(owner: present ?? FileOwner(of: path), mode: present?.mode ?? 0o640)
            guard goesOn(.sealed) else { throw .interrupted }
            try partial.takePlace(replacing: true)
            guard goesOn(.ready) else { throw .interrupted }
            let aside = try folder.completeRestore { goesOn(.completing($0)) }
            return JournalRestore(findings: findings, epoch: epoch, aside: aside)
        } catch {
            if error != .interrupted { partial.remove() }
            // The error names the backup, and not its copy.
            guard error.description.contains(partial.path) else { throw error }
            switch error {
            case .corrupt: throw .damagedBackup(backup, error.what.replacing("\(partial.path) is damaged: ", with: ""))
            case .incompatible(let text): throw .incompatible(text.replacing(partial.path, with: backup))
            case .full, .busy, .readOnly, .missing, .failed, .fenced, .inUse: throw error
            }
        }
    }

    /// Refuses what cannot be a backup by the first bytes of an SQLite file, which say whose it is
    /// (https://www.sqlite.org/fileformat2.html#the_database_header).
    private static func requireBackup(_ backup: String) throws(JournalError) {
        let file = open(backup, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable(backup, errno) }
        defer { close(file) }
        var information = stat()
        guard fstat(file, &information) == 0 else { throw .unreadable(backup, errno) }
        guard information.st_mode & S_IFMT == S_IFREG else {
            throw .failed("\(backup) is not a file. Give the file that tocsin backup has written.")
        }
        var header = [UInt8](repeating: 0, count: 100)
        let count = pread(file, &header, header.count, 0)
        guard count >= 0 else { throw .unreadable(backup, errno) }
        guard count > 0 else { throw .noBackup(backup, "is empty") }
        guard header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw .noBackup(backup, "is not a file of SQLite's")
        }
        guard count == header.count else { throw .damagedBackup(backup, "it ends after \(count) bytes") }
        let identifier = header[68..<72].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        guard Int32(bitPattern: identifier) == Schema.applicationID else {
            throw .noBackup(backup, "is an SQLite file of another program")
        }
    }

    /// Refuses a file whose newest records are in others beside it, and the journal itself.
    private static func requireWholeByItself(_ backup: String, _ folder: StateFolder) throws(JournalError) {
        let isTable = backup == "journal.sqlite" || backup.hasSuffix("/journal.sqlite")
        let beside = backup.lastIndex(of: "/").map { String(backup[..<$0]) } ?? "."
        let parts = [backup + "-wal"] + (isTable ? [StateFolder(path: beside).tail] : [])
        guard let part = parts.first(where: hasBytes) else { return }
        throw .failed(
            "\(backup) is not whole by itself: \(part) has the newest records of it. Nothing was changed. Say "
                + "'tocsin backup FILE --journal \(beside)', and restore that file.")
    }

    private static func lock(_ folder: StateFolder) throws(JournalError) -> StateLock {
        do throws(JournalError) {
            return try StateLock(folder: folder)
        } catch .inUse {
            throw .inUse("A tocsind uses \(folder.path). Stop it first: systemctl stop tocsind")
        }
    }

    /// Brings the copy to this version's format, and gives it another epoch, because its numbers may be given again.
    private static func declare(_ partial: borrowing PartialFile) throws(JournalError) -> JournalEpoch {
        var epoch = JournalEpoch("")
        let path = partial.path
        try partial.edit { database in
            guard try Schema.format(of: database, path: path) > 0 else {
                throw JournalError.incompatible("\(path) has no journal in it.")
            }
        }
        do {
            let queue = try DatabaseQueue(path: path)
            try Schema.migrator().migrate(queue)
            try queue.close()
        } catch {
            throw JournalError(error, doing: "Writing", path: path)
        }
        try partial.edit { database in
            try JournalOrigin.beginEpoch(in: database, keepingTail: false)
            epoch = try JournalOrigin(in: database, path: path).epoch
        }
        return epoch
    }
}

extension JournalError {
    fileprivate static func noBackup(_ file: String, _ what: String) -> JournalError {
        .incompatible("\(file) \(what), and no backup of Tocsin's. Nothing was changed.")
    }

    fileprivate static func damagedBackup(_ backup: String, _ what: String) -> JournalError {
        .corrupt(
            """
            \(backup) is not whole (\(what)), so nothing was changed. Choose another backup; tocsin salvage saves what is \
            whole of a damaged journal
            """)
    }
}
