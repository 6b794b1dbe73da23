import CLinux
import Glibc
import Synchronization
import TocsinJournal

/// The room of the file on its file system.
extension TailFile {
    /// The bytes that are written to see whether there is room: more than most appends have.
    private static let probeBytes = 256 * 1024

    /// Returns the error that an error number of the system means for a file in the folder.
    static func failure(_ code: Int32, _ path: String, _ otherwise: String) -> JournalError {
        if code == EROFS { return .cannotWrite(path) }
        guard meansNoRoom(code) else { return .failed("\(path) \(otherwise)") }
        return .full("There is no room for \(path): \(systemMessage(code)). Make room on its file system.")
    }

    /// Sets aside every block of the file. Then writes take no more room, whoever fills the rest of the disk. Nothing is
    /// done if the disk would have less left than is taken.
    func allocate() {
        guard !isAllocated, !isReadOnly else { return }
        var (information, system) = (stat(), statvfs())
        guard fstat(writing, &information) == 0, statvfs(path, &system) == 0 else { return }
        // st_blocks counts 512 bytes each, whatever the file system has (stat(3type)).
        let missing = Self.wholeBytes - Int(information.st_blocks) * 512
        if missing > 0 {
            guard Int(system.f_bavail) * Int(system.f_frsize) >= 2 * missing,
                linux_allocate(writing, Int64(Self.wholeBytes)) == 0
            else { return }
        }
        allocated.store(true, ordering: .relaxed)
    }

    private func size(of path: String) -> Int {
        var information = stat()
        return stat(path, &information) == 0 ? information.st_size : 0
    }

    /// Finds out whether a journal that was opened only for reading can be written by now, with the room that opening it
    /// for writing takes.
    ///
    /// - Throws: An error that is for later while it cannot be written. `JournalError.failed` once it can, after which the
    ///   journal is opened again.
    func askForWriting() throws(JournalError) {
        let path = folder.probe
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw Self.failure(errno, path, "cannot be made: \(systemMessage(errno)).")
        }
        defer {
            close(descriptor)
            unlink(path)
        }
        // Opening writes SQLite's log anew, and a try that fails once more has everybody told again.
        let before = size(of: folder.log)
        if before > 0, linux_allocate(descriptor, Int64(before + Self.probeBytes)) != 0, meansNoRoom(errno) {
            throw Self.failure(errno, path, "cannot be made as long as opening needs: \(systemMessage(errno)).")
        }
        let zeros = [UInt8](repeating: 0, count: Self.probeBytes)
        let count = pwrite(descriptor, zeros, zeros.count, before)
        let code = count < 0 ? errno : ENOSPC
        guard count == zeros.count else {
            throw Self.failure(code, path, "cannot be written: \(systemMessage(code)).")
        }
        guard fsync(descriptor) == 0 else {
            throw Self.failure(errno, path, "cannot be synced: \(systemMessage(errno)).")
        }
        throw .failed("\(folder.path) can be written again: the journal is opened anew.")
    }
}
