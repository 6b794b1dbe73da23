import Glibc
import TocsinJournal

/// The address by which SQLite opens a file without writing anything, for a file system that takes no writes. See
/// https://www.sqlite.org/uri.html.
struct ReadingAddress {
    let uri: String

    /// - Parameters:
    ///   - file: The path of the file.
    ///   - isReadOnly: True if the file system is read-only. Otherwise it has no room.
    /// - Throws: `JournalError.full` or `JournalError.readOnly` if there is no such address.
    init(_ file: String, isReadOnly: Bool) throws(JournalError) {
        func fail(_ what: String) -> JournalError {
            isReadOnly
                ? .readOnly("\(what) Its file system is read-only: mount it for writing.")
                : .full("\(what) There is no room for it: make room.")
        }
        let (log, logIndex) = (file + "-wal", file + "-shm")
        guard fileSize(file) > 0 else { throw fail("There is no journal in \(file).") }
        let uri = "file:" + file.map(Self.escaped).joined() + "?mode=ro"
        guard fileSize(log) > 0 else {
            // The file has all records. It cannot change on a file system that is read-only.
            guard isReadOnly else { throw fail("SQLite needs \(log).") }
            self.uri = uri + "&immutable=1"
            return
        }
        // If nobody else has the index open, SQLite does not believe it. It reads the log and keeps an index in memory.
        guard access(logIndex, F_OK) == 0 else { throw fail("SQLite needs \(logIndex) to read its log.") }
        self.uri = uri + "&readonly_shm=1"
    }

    private static func escaped(_ character: Character) -> String {
        ["%", "?", "#"].contains(character)
            ? "%" + String(character.asciiValue ?? 0, radix: 16, uppercase: true) : String(character)
    }
}

/// Returns the bytes of a file, or 0 if there is none.
func fileSize(_ path: String) -> Int64 {
    var information = stat()
    return stat(path, &information) == 0 ? Int64(information.st_size) : 0
}

/// Returns true if the file system of a path is mounted read-only, or has been made so by an error of the disk.
func isMountedReadOnly(_ path: String) -> Bool {
    var system = statvfs()
    // ST_RDONLY. See statvfs(3).
    return statvfs(path, &system) == 0 && system.f_flag & 1 != 0
}
