import Glibc
import TocsinJournal
import TocsinModel

/// SQLite's write-ahead log, `journal.sqlite-wal`, as a file that is written again as it stands.
///
/// Bytes that a process reads there may be in memory only. Another process may have ended between a commit's write and
/// its sync. After a sync that failed, the system shows pages as if they were on disk (Rebello et al., section 4.3). So
/// before anything rests on the log, its bytes are written once more, at their offsets, and synced. Either this sync
/// succeeds, or the journal does not open.
///
/// That needs no room. No reader of the file has to end its transaction for it, unlike with a checkpoint that begins
/// the log anew.
struct WriteAheadLog {
    /// The bytes that are read and written together.
    private static let chunk = 1024 * 1024
    /// The bytes before the first frame, and those of a frame besides its page (https://www.sqlite.org/walformat.html).
    private static let (headerBytes, frameHeaderBytes) = (32, 24)

    let path: String

    /// Writes the log's frames again, and returns when they are on disk.
    ///
    /// Nobody may write to the frames meanwhile: the caller has SQLite's lock for writing, or a transaction that reads
    /// from them.
    /// - Parameters:
    ///   - frames: The number of frames, or nil for all in the file.
    ///   - pageBytes: The bytes of a page.
    func writeAgain(frames: Int? = nil, pageBytes: Int = 0) throws(JournalError) {
        let file = open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return }
            throw failure("opened", errno)
        }
        // Closing a file ends the locks on it. SQLite has none on this file: they are on the database and its index.
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

    /// Checks that the bytes of the file are on disk, if they cannot be written again. They must be the same when they are
    /// read past the system's cache. If the file system cannot read so, a sync must do.
    func requireOnDisk() throws(JournalError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return }
            throw failure("opened", errno)
        }
        defer { close(file) }
        // A file system that takes no writes any more may refuse this. Reading past the cache tells the truth then.
        let isSynced = fdatasync(file) == 0
        let direct = open(path, O_RDONLY | O_CLOEXEC | directAccess)
        guard direct >= 0 else {
            guard isSynced else { throw failure("synced", errno) }
            return
        }
        defer { close(direct) }
        var cached = ByteBuffer(capacity: Self.chunk, alignment: TailFile.block)
        var stored = ByteBuffer(capacity: Self.chunk, alignment: TailFile.block)
        var offset = 0
        repeat {
            try read(file, at: offset, into: &cached)
            try read(direct, at: offset, into: &stored)
            guard Self.areEqual(cached, stored) else {
                throw .failed("\(path) is not on disk as it reads. Look at the disk and the kernel's log.")
            }
            offset += cached.count
        } while cached.count == Self.chunk
    }

    private static func areEqual(_ one: borrowing ByteBuffer, _ other: borrowing ByteBuffer) -> Bool {
        one.withUnsafeBytes { one in other.withUnsafeBytes { other in one.elementsEqual(other) } }
    }

    /// Reads a chunk into `bytes`, or less at the file's end.
    private func read(_ file: Int32, at offset: Int, into bytes: inout ByteBuffer) throws(JournalError) {
        bytes.removeAll()
        var code: Int32 = 0
        bytes.append(upTo: Self.chunk) { bytes in
            var count: Int
            repeat {
                count = pread(file, bytes.baseAddress, bytes.count, off_t(offset))
            } while count < 0 && errno == EINTR
            if count < 0 { code = errno }
            return max(0, count)
        }
        guard code == 0 else { throw failure("read", code) }
    }

    private func failure(_ verb: String, _ code: Int32) -> JournalError {
        meansNoRoom(code)
            ? .full("There is no room for \(path): \(systemMessage(code)). Make room on its file system.")
            : .failed("\(path) cannot be \(verb): \(systemMessage(code)). Look at the disk and the kernel's log.")
    }
}
