import Glibc
import TocsinJournal

/// The owner and the mode of a file, for files that root makes in the owner's place.
struct FileOwner {
    let user: uid_t
    let group: gid_t
    /// The permission bits.
    let mode: mode_t

    /// Nil for a file that is not there.
    init?(of path: String) {
        var information = stat()
        guard stat(path, &information) == 0 else { return nil }
        (user, group, mode) = (information.st_uid, information.st_gid, information.st_mode & 0o777)
    }

    /// Gives an open file to this owner, if the process may do that. A process that may not is the owner's.
    func take(_ descriptor: Int32) {
        _ = fchown(descriptor, user, group)
    }
}

extension JournalError {
    /// The error for a file that cannot be made, written or moved.
    static func unwritable(_ path: String, _ verb: String, _ code: Int32) -> JournalError {
        meansNoRoom(code)
            ? .full("There is no room for \(path): \(systemMessage(code)). Make room on its file system.")
            : .failed("\(path) cannot be \(verb): \(systemMessage(code)).")
    }
}

/// Gives a file another name. A file that has the name goes.
func move(_ path: String, to other: String) throws(JournalError) {
    guard rename(path, other) == 0 else { throw .unwritable(path, "moved to \(other)", errno) }
}

/// Returns the path that a path leads to, without links. Nil if nothing is there.
func realPath(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
}

/// Removes an unfinished file of SQLite's, and the files that SQLite puts beside it.
func removeUnfinished(_ path: String) {
    for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
}

/// Returns the folder of a file.
func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}
