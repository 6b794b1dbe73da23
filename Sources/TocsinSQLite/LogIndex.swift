import CLinux
import Glibc
import Synchronization
import TocsinJournal

/// SQLite's index of its log, `journal.sqlite-shm`, which each user of the file maps into its memory.
///
/// SQLite writes one byte into each page of it. Where blocks are smaller than pages it has not all of its blocks then, and on
/// a full disk a write into the mapping ends the process (SIGBUS). So all blocks are set aside while there is room, and without
/// room the index is not written.
final class LogIndex: Sendable {
    /// The bytes of a part of the index, and the least bytes of the log that a part is for
    /// (https://www.sqlite.org/walformat.html).
    private static let (partBytes, logBytes): (Int64, Int64) = (32 * 1024, 4062 * (24 + 4096))
    /// The parts that are set aside, enough for a log of 64 MB.
    private static let parts: Int64 = 4

    private let folder: StateFolder
    /// The open file. Closing it earlier would end the locks that SQLite has on it in this process.
    private let descriptor = Mutex<Int32>(-1)

    init(of folder: StateFolder) {
        self.folder = folder
    }

    deinit {
        descriptor.withLock { if $0 >= 0 { close($0) } }
    }

    /// Checks that it can have all blocks that it needs for the log as it is.
    ///
    /// - Throws: `JournalError.full`.
    func requireRoom() throws(JournalError) {
        var (system, own) = (statvfs(), stat())
        guard statvfs(folder.path, &system) == 0 else { return }
        let ownBytes = stat(folder.logIndex, &own) == 0 ? Int64(own.st_blocks) * 512 : 0
        let freeBytes = Int64(clamping: UInt64(system.f_bavail) * UInt64(system.f_frsize))
        let parts = fileSize(folder.log) / Self.logBytes + 1
        guard freeBytes + ownBytes < parts * Self.partBytes else { return }
        throw .unwritable(folder.logIndex, "written", ENOSPC)
    }

    /// Sets its blocks aside, if it is there and there is room. Others may use it meanwhile.
    func setAside() {
        descriptor.withLock { held in
            if held < 0 || !isSameFile(held, folder.logIndex) {
                let file = open(folder.logIndex, O_RDWR | O_CLOEXEC)
                guard file >= 0 else { return }
                if held >= 0 { close(held) }
                held = file
            }
            _ = linux_allocate(held, Self.parts * Self.partBytes)
        }
    }
}
