import GRDB
import GRDBSQLite
import Glibc
import TocsinJournal

extension JournalError {
    /// Creates the journal's error for an error of SQLite, in the operator's words and SQLite's.
    ///
    /// `systemError` is the error number behind it, if there is one. SQLite reports ENOSPC as SQLITE_FULL, but an
    /// exhausted quota and a file-size limit as a failed write.
    init(_ error: any Error, doing task: String, path: String, systemError: Int32 = 0) {
        guard let error = error as? DatabaseError else {
            self = error as? JournalError ?? .failed("\(task) \(path) failed: \(error).")
            return
        }
        let message = error.words
        switch error.resultCode {
        case .SQLITE_FULL:
            self = .noRoom(path, message)
        case .SQLITE_IOERR where systemError == EROFS && error.extendedResultCode == .SQLITE_IOERR_WRITE:
            self = .cannotWrite(path)
        case .SQLITE_IOERR where meansNoRoom(systemError):
            self = .noRoom(path, systemMessage(systemError))
        case .SQLITE_IOERR where systemError == 0 && error.extendedResultCode == .SQLITE_IOERR_WRITE:
            // A file-size limit that is met again.
            self = .noRoom(path, message)
        case .SQLITE_IOERR:
            let cause = systemError == 0 ? message : "\(message): \(systemMessage(systemError))"
            self = .failed("\(task) \(path) failed (SQLite: \(cause)). Look at the disk and the kernel's log.")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self = .damaged(path, "it cannot be read (SQLite: \(message))")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self = .busy(
                "\(path) is locked by another program, perhaps a sqlite3 shell (SQLite: \(message)). "
                    + "End that program's transaction.")
        default:
            self = .failed("\(task) \(path) failed (SQLite: \(message)).")
        }
    }

    /// Returns the error for a path whose file system takes no writes.
    static func cannotWrite(_ path: String) -> JournalError {
        .readOnly(
            "\(path) cannot be written: its file system is read-only. Look at the kernel's log, and mount it for writing."
        )
    }

    /// Returns the error for a file that was opened only for reading, because its file system took no writes or had no
    /// room then.
    static func openForReadingOnly(_ path: String) -> JournalError {
        .readOnly("\(path) could be opened only for reading; it is opened for writing as soon as that is possible.")
    }

    private static func noRoom(_ path: String, _ message: String) -> JournalError {
        .full("There is no room for \(path) (SQLite: \(message)). Make room on its file system.")
    }

    /// The error for a file that cannot be opened for reading.
    static func unreadable(_ path: String, _ code: Int32) -> JournalError {
        let whose =
            "The journal belongs to the user of its folder: run this as that user (sudo -u tocsin …) or as root."
        return .failed("\(path) cannot be read: \(systemMessage(code))." + (code == EACCES ? " " + whose : ""))
    }

    /// The error for a journal that was open and is not in its folder any more.
    static func gone(_ path: String) -> JournalError {
        .missing(
            "\(path) is not there any more, and no other is made in its place: that would have nothing of what was receipted. "
                + "Mount its file system, or bring the folder back. To begin anew, restart tocsind.")
    }

    /// The error for a file that a later version of Tocsin has written.
    static func later(_ path: String, format: String, known: Int) -> JournalError {
        .incompatible(
            """
            \(path) was written by a later version of Tocsin: it has format \(format), and this version reads formats 1 to \
            \(known). Start that version, or restore a backup of this one's with tocsin restore FILE
            """)
    }

    /// The error for a journal whose content is not what was written.
    static func damaged(_ path: String, _ what: String) -> JournalError {
        .corrupt(
            """
            \(path) is damaged: \(what). Tocsin does not serve on a damaged journal. Keep a copy of the folder. Where only \
            an index is damaged, this mends it: sqlite3 \(path) REINDEX. Otherwise restore a backup, or save what \
            is whole with tocsin salvage FOLDER. tocsin verify says everything that is wrong
            """)
    }

    /// The error for a record that is not what was written.
    static func damaged(_ path: String, record position: Int64, _ what: String) -> JournalError {
        .corrupt(
            """
            record \(position) in \(path) is not what was written (\(what)). Tocsin does not serve on a damaged \
            journal. Keep a copy of the folder, then restore a backup, or save what is whole with \
            tocsin salvage FOLDER. tocsin verify says everything that is wrong
            """)
    }

    /// The error for a journal whose row of origin is not what was written.
    static func damagedOrigin(_ path: String) -> JournalError {
        .corrupt(
            """
            \(path) is damaged: the row of its table journal, with its epoch and its tail, is not what was written. Keep a \
            copy of the folder. Then have it written anew, once, with tocsind --config FILE --restored: terminals will \
            forget the numbers they know
            """)
    }

    /// The error for a tail whose content is not what was written, or not this journal's.
    static func damagedTail(_ path: String, _ what: String) -> JournalError {
        .corrupt(
            """
            \(path) is damaged: \(what). Its records were receipted, so Tocsin does not go on without them. Keep a copy of \
            the folder. Then restore a backup, or move this one away: what is in it alone is lost then. After either, say \
            so once, with tocsind --config FILE --restored
            """)
    }
}

extension DatabaseError {
    /// SQLite's words. A copy of pages that fails leaves none with the connection, whose words then are "not an error".
    fileprivate var words: String {
        guard let message, message != String(cString: sqlite3_errstr(0)) else {
            return String(cString: sqlite3_errstr(extendedResultCode.rawValue))
        }
        return message
    }
}

extension Database {
    /// The system's error number behind this connection's last failed read, write or sync.
    var systemError: Int32 { sqlite3_system_errno(sqliteConnection) }

    /// Returns an error of this connection as a failed read, if the system could not read the file. SQLite calls every
    /// read that ends with EIO damage of the file, and keeps the error's number apart.
    func cause(of error: any Error) -> any Error {
        guard let damage = error as? DatabaseError, damage.resultCode == .SQLITE_CORRUPT,
            let number = [lastError(ofLog: false), lastError(ofLog: true)].first(where: { $0 != 0 })
        else { return error }
        return DatabaseError(resultCode: .SQLITE_IOERR_READ, message: "disk I/O error: \(systemMessage(number))")
    }

    /// The number of the system's last error at the file, or at its log. 0 if there was none.
    private func lastError(ofLog isLog: Bool) -> Int32 {
        var file: UnsafeMutablePointer<sqlite3_file>?
        var number: Int32 = 0
        let which = isLog ? SQLITE_FCNTL_JOURNAL_POINTER : SQLITE_FCNTL_FILE_POINTER
        guard sqlite3_file_control(sqliteConnection, nil, which, &file) == SQLITE_OK, let file,
            let control = file.pointee.pMethods?.pointee.xFileControl,
            control(file, SQLITE_FCNTL_LAST_ERRNO, &number) == SQLITE_OK
        else { return 0 }
        return number
    }
}

extension DatabaseReader {
    /// Returns what ``GRDB/Database/cause(of:)`` makes of an error of this connection.
    func cause(of error: any Error) -> any Error { (try? unsafeRead { $0.cause(of: error) }) ?? error }
}

extension DatabaseError {
    /// True if written bytes may not be on disk, though they read back.
    var isFailedSync: Bool {
        // This is every failure of the system except a write that did not happen, which leaves the disk as it was.
        resultCode == .SQLITE_IOERR && extendedResultCode != .SQLITE_IOERR_WRITE
    }
}
