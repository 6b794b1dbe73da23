import GRDB
import Glibc
import TocsinJournal

/// A journal's file in the making, under the name `….partial`. It gets its own name once it is whole and synced. The
/// next process overwrites a file that was left unfinished.
///
/// The file is locked, so that two processes do not make the same one.
struct PartialFile: ~Copyable {
    let path: String
    private let target: String
    private let descriptor: Int32

    /// Makes an empty file, for its owner alone.
    init(for target: String) throws(JournalError) {
        self.target = target
        path = target + ".partial"
        descriptor = try Self.begin(path)
    }

    private static func begin(_ path: String) throws(JournalError) -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unwritable(path, "made", errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .inUse("\(path) is being written by another process.")
        }
        for suffix in ["-journal", "-wal", "-shm"] { unlink(path + suffix) }
        guard ftruncate(descriptor, 0) == 0, fchmod(descriptor, 0o600) == 0 else {
            let code = errno
            close(descriptor)
            throw .unwritable(path, "made", code)
        }
        return descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Opens the file as a database without syncs. One sync at the end covers them.
    func edit(_ body: (Database) throws -> Void) throws(JournalError) {
        do {
            let queue = try DatabaseQueue(path: path)
            try queue.writeWithoutTransaction { database in
                // A copy of a running journal's file asks for SQLite's log. This file stands alone.
                try database.execute(sql: "PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE")
                try database.execute(sql: "PRAGMA journal_mode = OFF")
                do {
                    try body(database)
                } catch {
                    throw JournalError(error, doing: "Writing", path: path, systemError: database.systemError)
                }
            }
            try queue.close()
        } catch {
            throw JournalError(error, doing: "Writing", path: path)
        }
    }

    /// Copies another file into it.
    func copy(_ source: String, report: JournalProgress.Report) throws(JournalError) {
        let file = open(source, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable(source, errno) }
        defer { close(file) }
        var information = stat()
        guard fstat(file, &information) == 0 else { throw .unreadable(source, errno) }
        var (bytes, offset) = ([UInt8](repeating: 0, count: 1024 * 1024), 0)
        while true {
            let count = pread(file, &bytes, bytes.count, off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(source, errno) }
            guard count > 0 else { return }
            var done = 0
            while done < count {
                let written = bytes.withUnsafeBytes {
                    pwrite(descriptor, $0.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
                }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw .unwritable(path, "written", written == 0 ? ENOSPC : errno) }
                done += written
            }
            offset += count
            report(JournalProgress(task: .copying, done: Int64(offset), total: Int64(information.st_size)))
        }
    }

    /// Gives the file an owner and a mode, and returns when it is on disk.
    func seal(owner: FileOwner?, mode: mode_t) throws(JournalError) {
        if let owner { owner.take(descriptor) }
        guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw .unwritable(path, "synced", errno) }
    }

    /// Gives the file its name, and returns when the name is on disk.
    ///
    /// - Parameter replacing: True if a file that has the name goes.
    func takePlace(replacing: Bool) throws(JournalError) {
        if replacing {
            try move(path, to: target)
        } else {
            // rename(2) would overwrite a file that has come in between.
            guard link(path, target) == 0 else {
                throw errno == EEXIST ? .exists(target) : .unwritable(path, "moved to \(target)", errno)
            }
            unlink(path)
        }
        try syncFolder(parent(of: target))
    }

    /// Removes the unfinished file.
    func remove() {
        removeUnfinished(path)
    }
}

extension JournalError {
    static func exists(_ path: String) -> JournalError {
        .failed("\(path) exists. Give another name, or --force to have it replaced.")
    }
}
