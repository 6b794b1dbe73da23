import Foundation
import GRDB
import Glibc
public import TocsinJournal
import TocsinModel

/// A backup of a journal: one file that has all records, the tail's included. It is checked before it gets its name.
///
/// It is taken beside a running daemon or without one, and the daemon does not wait for it. It has every record that
/// was on disk before it began. See `TailCopy`. The file is an SQLite file with the journal's tables, so it answers
/// queries too.
public struct JournalBackup: Sendable {
    /// The pages that are copied between two reports of progress: a megabyte.
    private static let pages: CInt = 256

    /// The findings of its check.
    public let findings: JournalFindings
    public let bytes: Int64

    /// Writes one.
    ///
    /// - Parameters:
    ///   - folder: The state folder.
    ///   - file: The backup's name. Until it is whole, the name ends with `.partial`.
    ///   - replacing: True if a file of that name is replaced.
    ///   - fold: A fold that has no records yet.
    ///   - report: Takes the progress.
    /// - Throws: `JournalError.failed` if there is no journal, if the file exists, or if the system refuses.
    ///   `JournalError.corrupt` if the journal is damaged. There is no file then.
    public static func write(
        _ folder: String, to file: String, replacing: Bool, folding fold: some RecordFold,
        report: @escaping JournalProgress.Report = { _ in }
    ) throws(JournalError) -> JournalBackup {
        try write(folder, to: file, replacing: replacing, folding: fold, report: report) { _ in true }
    }

    enum Step: CaseIterable {
        case copied, tailAdded, checked, sealed
    }

    /// `goesOn` is for tests, and is called after each step. False ends the backup there, as kill -9 would.
    static func write(
        _ folder: String, to file: String, replacing: Bool, folding fold: some RecordFold,
        report: @escaping JournalProgress.Report, goesOn: (Step) -> Bool
    ) throws(JournalError) -> JournalBackup {
        let folder = StateFolder(path: folder)
        try refuse(file, of: folder, replacing: replacing)
        let partial = try PartialFile(for: file)
        do throws(JournalError) {
            let rows = try copy(folder, into: partial, report)
            guard goesOn(.copied) else { throw .interrupted }
            try partial.edit { database in
                try database.inTransaction {
                    let statement = try RawStatement(database, RecordRow.insert)
                    try rows.tail?.forEachRow(from: rows.tablePosition + 1) { try $0.insert(by: statement) }
                    return .commit
                }
            }
            guard goesOn(.tailAdded) else { throw .interrupted }
            let findings = try JournalCheck.run(.backup(partial.path), folding: fold, report: report)
            guard findings.isWhole else { throw .notWhole(folder, findings) }
            guard goesOn(.checked) else { throw .interrupted }
            try partial.seal(owner: FileOwner(of: folder.journal), mode: 0o600)
            guard goesOn(.sealed) else { throw .interrupted }
            try partial.takePlace(replacing: replacing)
            return JournalBackup(findings: findings, bytes: fileSize(file))
        } catch {
            if error != .interrupted { partial.remove() }
            throw error
        }
    }

    /// Refuses a name that is taken, and a name of the journal's own files.
    private static func refuse(_ file: String, of folder: StateFolder, replacing: Bool) throws(JournalError) {
        let name = file.split(separator: "/").last.map(String.init) ?? ""
        let isBeside = realPath(parent(of: file)) == realPath(folder.path)
        guard !isBeside || !name.hasPrefix("journal.") else {
            throw .failed("\(file) is a name of the journal's own files. Give the backup another, on another disk.")
        }
        var information = stat()
        guard lstat(file, &information) == 0 else { return }
        guard information.st_mode & S_IFMT == S_IFREG else { throw .failed("\(file) is not a file.") }
        guard replacing else { throw .exists(file) }
    }

    /// Copies the table as it is at one moment, and returns the tail as it was before that.
    private static func copy(
        _ folder: StateFolder, into partial: borrowing PartialFile, _ report: @escaping JournalProgress.Report
    ) throws(JournalError) -> (tail: TailCopy?, tablePosition: Int64) {
        let path = partial.path
        return try JournalPlace.folder(folder).read { reading in
            if let error = reading.tailError { throw error }
            do {
                let target = try DatabaseQueue(path: path)
                try target.writeWithoutTransaction { target in
                    try target.execute(sql: "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF")
                    do {
                        try reading.database.backup(to: target, pagesPerStep: pages) { step in
                            let total = Int64(step.totalPageCount)
                            report(
                                JournalProgress(
                                    task: .copying, done: total - Int64(step.remainingPageCount), total: total))
                        }
                    } catch {
                        throw JournalError(error, doing: "Writing", path: path, systemError: target.systemError)
                    }
                }
                try target.close()
            } catch {
                throw JournalError(error, doing: "Writing", path: path)
            }
            return (reading.tail, reading.tablePosition)
        }
    }
}

extension JournalError {
    /// The error for a step at which a test ends the task.
    static let interrupted = JournalError.failed("It was cut short.")

    /// The error for a damaged journal, whose copy is no backup.
    fileprivate static func notWhole(_ folder: StateFolder, _ findings: JournalFindings) -> JournalError {
        .corrupt(
            """
            The journal in \(folder.path) is damaged (\(findings.summary)), so there is no backup. \
            tocsin verify --journal \(folder.path) says what is wrong
            """)
    }
}

extension JournalFindings {
    /// The first fault, and the number of the others.
    var summary: String {
        (faults.first ?? "") + (faultCount > 1 ? ", and \(faultCount - 1) more" : "")
    }
}
