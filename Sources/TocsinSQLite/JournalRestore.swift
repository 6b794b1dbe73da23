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
        guard access(path, X_OK) == 0 else {
            throw errno == ENOENT
                ? .failed("There is no folder \(path). Make it for the user that tocsind runs as.")
                : .unreadable(path, errno)
        }
        let lock = try lock(folder)
        defer { withExtendedLifetime(lock) {} }
        try folder.completeRestore()
        try requireWholeByItself(backup, folder)
        let partial = try PartialFile(for: folder.restored)
        do throws(JournalError) {
            try partial.copy(backup, report: report)
            guard goesOn(.copied) else { throw .interrupted }
            let epoch = try declare(partial)
            guard goesOn(.declared) else { throw .interrupted }
            let findings = try JournalCheck.run(.backup(partial.path), folding: fold, report: report)
            guard findings.isWhole else { throw .damagedBackup(backup, findings.summary) }
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
            guard case .corrupt(let text) = error, text.contains(partial.path) else { throw error }
            throw .damagedBackup(backup, error.what)
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
                throw JournalError.incompatible("It is no journal.")
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
    fileprivate static func damagedBackup(_ backup: String, _ what: String) -> JournalError {
        .corrupt(
            """
            \(backup) is not whole (\(what)), so nothing was changed. Choose another backup; tocsin salvage saves what is \
            whole of a damaged journal
            """)
    }
}
