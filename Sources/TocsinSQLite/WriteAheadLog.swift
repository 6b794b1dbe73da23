import Glibc
import TocsinJournal

/// SQLite's write-ahead log, `journal.sqlite-wal`, as a file that is written again as it stands.
///
/// What a process reads there may be in memory only: another may have ended between a commit's write and its sync, and
/// after a sync that failed the system shows pages as if they were on disk (Rebello et al., section 4.3). So before
/// anything rests on it, its bytes are written once more, in their place, and synced: either this sync succeeds, or the
/// journal does not open. That needs no room, and nobody who reads the file has to end his transaction for it, as a
/// checkpoint that begins the log anew would have it.
struct WriteAheadLog {
    /// Bytes that are read and written together.
    private static let chunk = 1024 * 1024
    /// Bytes before the first frame, and of a frame besides its page (https://www.sqlite.org/walformat.html).
    private static let (headerBytes, frameHeaderBytes) = (32, 24)

    let path: String

    /// Writes the log's frames again, and returns when they are on disk.
    ///
    /// Nobody may write to them meanwhile: the caller has SQLite's lock for writing, or a transaction that reads from them.
    /// - Parameters:
    ///   - frames: how many; nil for all that the file has.
    ///   - pageBytes: bytes of a page.
    func writeAgain(frames: Int? = nil, pageBytes: Int = 0) throws(JournalError) {
        let file = open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return }
            throw failure("opened", errno)
        }
        // SQLite has no locks on this file, which closing it would end: they are on the database and its index.
        defer { close(file) }
        let end = frames.map { Self.headerBytes + $0 * (Self.frameHeaderBytes + pageBytes) } ?? Int.max
        var (bytes, offset) = ([UInt8](repeating: 0, count: Self.chunk), 0)
        while offset < end {
            let count = pread(file, &bytes, min(bytes.count, end - offset), off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", errno) }
            guard count > 0 else { break }
            let written = pwrite(file, bytes, count, off_t(offset))
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failure("written", written == 0 ? ENOSPC : errno) }
            offset += written
        }
        guard fdatasync(file) == 0 else { throw failure("synced", errno) }
    }

    private func failure(_ verb: String, _ code: Int32) -> JournalError {
        meansNoRoom(code)
            ? .full("There is no room for \(path): \(systemMessage(code)). Make room on its file system.")
            : .failed("\(path) cannot be \(verb): \(systemMessage(code)). Look at the disk and the kernel's log.")
    }
}
