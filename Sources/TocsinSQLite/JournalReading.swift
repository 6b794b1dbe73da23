import Foundation
import GRDB
import Glibc
import TocsinJournal
import TocsinModel

/// A journal at one moment, for a reader that does not hold its folder: the table in one transaction, and the tail as
/// it was before that. A daemon may write meanwhile, and is not held up.
struct JournalReading {
    let database: Database
    /// Nil in a backup, and in a journal that has had no tail yet.
    let tail: TailCopy?
    /// The reason if the tail cannot be read.
    let tailError: JournalError?
    /// The path of the file.
    let path: String
    /// The format of the file.
    let format: Int
    /// The table's last record.
    let tablePosition: Int64
    /// True if some process holds the folder, and may have written meanwhile.
    let isBesideDaemon: Bool

    /// Calls `body` with the tail's rows that are not in the table, in order.
    func forEachUnmovedRow(_ body: (RecordRow) throws -> Void) throws {
        try tail?.forEachRow(from: tablePosition + 1, body)
    }

    /// Returns true if the file's format has this part.
    func has(_ part: JournalPart) -> Bool { format >= part.rawValue }
}

/// A part of the file that earlier formats do not have. Its raw value is the format that brought it.
enum JournalPart: Int {
    case snapshotInPieces = 4
    case alertsByOneFold = 5
    case origin = 6
    case originChecksum = 7
    case principals = 8
    case subscriptions = 9
    case courses = 10
}

/// The place of a journal that is to be read.
enum JournalPlace {
    /// The journal in a state folder.
    case folder(StateFolder)
    /// A backup, which is one file.
    case backup(String)

    /// Takes a path for a backup if a file is there, otherwise for a state folder.
    init(_ path: String) {
        var isFolder = ObjCBool(false)
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        self = exists && !isFolder.boolValue ? .backup(path) : .folder(StateFolder(path: path))
    }

    var file: String {
        switch self {
        case .folder(let folder): folder.journal
        case .backup(let path): path
        }
    }

    /// Runs `body` over the journal at one moment. Nothing is written, and the file system may be read-only.
    ///
    /// - Throws: `JournalError.incompatible` for a file of a later version or of another program.
    ///   `JournalError.corrupt` for a file that SQLite cannot read. `JournalError.readOnly` if that cannot be done
    ///   without writing. `JournalError.failed` if the system refuses. The
    ///   errors of `body`.
    func read<Result>(_ body: (JournalReading) throws -> Result) throws(JournalError) -> Result {
        do {
            try requireReadable()
            var configuration = Configuration()
            configuration.readonly = true
            configuration.label = "journal"
            configuration.busyMode = .timeout(5)
            let address = isMountedReadOnly(file) ? try ReadingAddress(file, isReadOnly: true).uri : file
            let queue = try DatabaseQueue(path: address, configuration: configuration)
            return try queue.unsafeRead { database in
                let format = try Schema.format(of: database, path: file)
                guard format > 0 else { throw JournalError.failed("There is no journal in \(file).") }
                var (tail, tailError) = try copyTail(beside: database, format)
                try database.execute(sql: "BEGIN")
                defer { try? database.execute(sql: "COMMIT") }
                let last = try Self.lastPosition(in: database)
                if let known = tail?.position, known > max(tail?.lastPosition ?? 0, last) {
                    tailError = .damagedTail(
                        file, "the tail was written when it had \(known) records, and it has \(last)")
                    tail = nil
                }
                return try body(
                    JournalReading(
                        database: database, tail: tail, tailError: tailError, path: file, format: format,
                        tablePosition: last, isBesideDaemon: isInUse))
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB && isBackup {
            throw .incompatible(
                "\(file) is no journal and no backup of Tocsin's, or its beginning is damaged (SQLite: "
                    + "\(error.message ?? "not a database")). Name a state folder, or a file that tocsin backup has written"
            )
        } catch {
            throw JournalError(error, doing: "Reading", path: file)
        }
    }

    private var isBackup: Bool { if case .backup = self { true } else { false } }

    private var isInUse: Bool {
        if case .folder(let folder) = self { folder.isInUse } else { false }
    }

    /// Checks the permissions first, because SQLite's own error gives no reason.
    private func requireReadable() throws(JournalError) {
        if case .folder(let folder) = self { try folder.requireFolder() }
        guard access(file, R_OK) != 0 else { return }
        guard errno == ENOENT else { throw .unreadable(file, errno) }
        if case .folder(let folder) = self, access(folder.restored, F_OK) == 0 {
            throw .failed("\(folder.restored) is a restore that was cut short. Start tocsind, which completes it.")
        }
        throw .failed("There is no journal in \(file).")
    }

    private func copyTail(beside database: Database, _ format: Int) throws -> (TailCopy?, JournalError?) {
        guard case .folder(let folder) = self else { return (nil, nil) }
        guard access(folder.tail, F_OK) == 0 || isMarked(database, format) else { return (nil, nil) }
        do {
            let tail = try folder.copyTail { try Self.lastPosition(in: database) }
            if format >= JournalPart.originChecksum.rawValue {
                try tail.requireBelonging(
                    to: JournalOrigin(in: database, path: file, isTrusted: true).mark, folder.tail)
            }
            return (tail, nil)
        } catch let error as JournalError {
            guard case .corrupt = error else { throw error }
            return (nil, error)
        }
    }

    /// Returns true if the table says that it has a tail.
    private func isMarked(_ database: Database, _ format: Int) -> Bool {
        // The check of the row reports damage.
        format >= JournalPart.origin.rawValue
            && (try? Int.fetchOne(database, sql: "SELECT count(*) FROM journal WHERE tail IS NOT NULL")) ?? 0 > 0
    }

    private static func lastPosition(in database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "SELECT max(position) FROM record") ?? 0
    }
}
