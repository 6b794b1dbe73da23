import Glibc
import Synchronization
import TocsinJournal

/// The folder that holds the journal, and the names of the files in it.
struct StateFolder: Sendable {
    let path: String

    var journal: String { path + "/journal.sqlite" }
    var tail: String { path + "/journal.tail" }
    /// The path of SQLite's log, and of the index of it that all users of the file share.
    var log: String { journal + "-wal" }
    var logIndex: String { journal + "-shm" }
    var lock: String { path + "/journal.lock" }
    /// The backup that is to take the journal's place. See ``completeRestore(goesOn:)``.
    var restored: String { path + "/journal.restored.sqlite" }
    /// The path of a file that exists only while somebody tries to write it.
    var probe: String { path + "/journal.probe" }

    /// True if its file system takes no writes.
    var isReadOnly: Bool {
        if isMountedReadOnly(path) { return true }
        // After an error a file system may refuse writes without saying so there.
        let descriptor = Glibc.open(probe, O_WRONLY | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { return errno == EROFS }
        close(descriptor)
        unlink(probe)
        return false
    }

    /// Refuses a folder that has the other files of a journal and no table. SQLite would make an empty table, and take the
    /// log, with records in it, for an old one of that table's.
    func requireTableOfRemains() throws(JournalError) {
        guard !hasBytes(journal), let part = [log, tail].first(where: hasBytes) else { return }
        throw .corrupt(
            "\(journal) is missing, and \(part) beside it has records of that journal. Nothing was changed. Bring the file "
                + "back into its place; 'tocsin salvage' saves what is whole of what is left. To begin another journal, move all "
                + "files of this one away")
    }

    /// Refuses a path that is no folder, or one that this user may not enter.
    func requireFolder() throws(JournalError) {
        var information = stat()
        guard stat(path, &information) == 0 else { throw .unreadable(path, errno) }
        guard information.st_mode & S_IFMT == S_IFDIR else {
            throw .failed(
                "\(path) is a file, and the state folder is expected: the one that has journal.sqlite and journal.tail."
            )
        }
        guard access(path, X_OK) == 0 else { throw .unreadable(path, errno) }
    }

    /// Makes the folder, for its owner and group alone, if it is missing.
    func create() throws(JournalError) {
        if mkdir(path, 0o750) == 0 {
            try syncFolder(path + "/..")
        } else if errno != EEXIST {
            throw .failed("The state folder \(path) cannot be made: \(systemMessage(errno)).")
        }
    }
}

/// Returns true if there is a file that is not empty.
func hasBytes(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_size > 0
}

/// Returns true if an open file is the one that a path names.
func isSameFile(_ descriptor: Int32, _ path: String) -> Bool {
    var (held, present) = (stat(), stat())
    return fstat(descriptor, &held) == 0 && stat(path, &present) == 0
        && (held.st_dev, held.st_ino) == (present.st_dev, present.st_ino)
}

/// Syncs a folder. A new name in it is certain to last only after such a sync.
func syncFolder(_ path: String) throws(JournalError) {
    let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .failed("The folder \(path) cannot be read: \(systemMessage(errno)).") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .failed("The folder \(path) cannot be synced: \(systemMessage(errno)).") }
}

/// A flag that is set while this process knows that the bytes it reads in SQLite's log and in the tail are on disk. It
/// has then written them again, and no sync has failed since. See ``WriteAheadLog``.
final class SyncState: Sendable {
    private let known = Atomic(false)

    /// True if the bytes are known to be on disk. Any thread may read and set it.
    var isKnown: Bool {
        get { known.load(ordering: .relaxed) }
        set { known.store(newValue, ordering: .relaxed) }
    }
}

/// The right to use a state folder: an exclusive lock on `journal.lock`, which holds the owner's process number.
///
/// The lock lives as long as this value or the process, whichever ends first. The file stays: removing it would let
/// a second process lock a new file of the same name while the first still holds the old one.
final class StateLock: Sendable {
    let syncState = SyncState()
    let logIndex: LogIndex

    private let descriptor: Int32

    init(folder: StateFolder) throws(JournalError) {
        var descriptor = Glibc.open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        // A lock needs no right to write.
        if descriptor < 0, errno == EROFS { descriptor = Glibc.open(folder.lock, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            throw .failed("The lock file \(folder.lock) cannot be opened: \(systemMessage(errno)).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            defer { close(descriptor) }
            guard code == EWOULDBLOCK else {
                throw .failed("The lock file \(folder.lock) cannot be locked: \(systemMessage(code)).")
            }
            throw .inUse(
                "\(folder.path) is used by another tocsind (process \(Self.owner(descriptor))). "
                    + "Stop that one first, or give this one another state folder.")
        }
        self.descriptor = descriptor
        logIndex = LogIndex(of: folder)
        // A lock file that root makes must not keep the folder's owner out.
        if geteuid() == 0, let owner = FileOwner(of: folder.path) { owner.take(descriptor) }
        // The number only helps a person. The lock itself is what counts, so a full disk does not matter here.
        let text = "\(getpid())\n"
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.utf8.count, 0) }
    }

    deinit {
        close(descriptor)
    }

    /// True if the lock is on the file that the folder has now.
    func isOf(_ folder: StateFolder) -> Bool {
        isSameFile(descriptor, folder.lock)
    }

    private static func owner(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(count, 0)).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return digits.isEmpty ? "unknown" : String(decoding: digits, as: UTF8.self)
    }
}

/// Returns true if an error number says that there is no room: on the disk, in a quota, or under a limit for files.
func meansNoRoom(_ code: Int32) -> Bool { [ENOSPC, EDQUOT, EFBIG].contains(code) }

/// Returns the system's message for an error number.
func systemMessage(_ code: Int32) -> String {
    strerror(code).map { String(cString: $0) } ?? "error \(code)"
}
