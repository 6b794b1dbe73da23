import Glibc
import Synchronization
import TocsinJournal
import TocsinModel

/// The table's mark of the `journal.tail` that belongs to it.
struct TailMark: Hashable, Sendable {
    /// The random number in the file's first block.
    var identity: Int64
    /// The size in bytes with which the file was made. It is never shorter.
    var bytes: Int
}

/// The first block of the file, by which the file is recognized.
///
///     0   8 bytes   what every tail begins with
///     8   8 bytes   the epoch: a random number that every batch repeats; 0: no batch counts
///     16  8 bytes   the identity: a random number that the table beside it has as well; 0: none yet
///     24  8 bytes   the journal's last record when this was written
///     32  4 bytes   the checksum of what stands before it
///
/// Numbers are little-endian. The rest of the block is zeros. Another epoch would hide every batch, so a start rests on
/// the checksum. Before there was a checksum, files began with another number. They get this form when they are begun
/// anew. The first byte is the number of the format as a digit, now "2". A later format has the checksum in the same
/// place.
extension TailFile {
    struct Beginning: Sendable {
        var epoch: UInt64?
        var identity: Int64 = 0
        var position: Int64 = 0
    }

    private static let magic: UInt64 = 0x5461_696c_546f_6332
    private static let magicBeforeChecksum: UInt64 = 0x5461_696c_546f_6373
    /// The number of bytes that the checksum covers.
    private static let beginningBytes = 32
    /// The size of the file in bytes from the beginning on, most of them holes. Because its length is always the same,
    /// a file that is cut off is noticed.
    static let wholeBytes = start(of: 2)

    /// Checks that this is the file that belongs to a table, or marks it as that.
    ///
    /// - Parameter mark: The table's mark, or nil if the table knows of no file.
    /// - Returns: The mark for the table, or nil if there is no room to mark the file. The file's own mark is on disk.
    /// - Throws: `JournalError.corrupt` for a file that was cut short or belongs to another table.
    func belong(to mark: TailMark?) throws(JournalError) -> TailMark? {
        guard let mark else { return isReadOnly ? nil : try makeMark() }
        let bytes = try size()
        guard bytes >= mark.bytes else {
            throw .damagedTail(path, "it was cut short: it has \(bytes) bytes, and was made with \(mark.bytes)")
        }
        guard beginning.withLock({ $0.identity }) == mark.identity else {
            throw .damagedTail(path, "it belongs to another journal than the one beside it")
        }
        return mark
    }

    private func makeMark() throws(JournalError) -> TailMark? {
        // If this is not possible, perhaps because of a limit for files, the file keeps its length.
        if try size() < Self.wholeBytes { _ = ftruncate(writing, off_t(Self.wholeBytes)) }
        guard fsync(writing) == 0 else { throw .failed("\(path) cannot be synced: \(systemMessage(errno)).") }
        var new = beginning.withLock { $0 }
        if new.identity == 0 {
            new.identity = Int64.random(in: 1 ... .max)
            do throws(JournalError) {
                try write(new)
            } catch .full {
                return nil
            }
        }
        return TailMark(identity: new.identity, bytes: min(try size(), Self.wholeBytes))
    }

    /// Writes the beginnings of both halves of a new file. A write that makes a file longer, or fills a hole in it,
    /// makes the file system write down the location of its blocks as well. Such writes were the slowest of the first
    /// ones.
    ///
    /// If that fails, perhaps for want of room, the room is given back: records need it.
    func prepare() {
        guard (try? size()) == 0 else { return }
        var zeros = Self.blocks()
        zeros.append(zeros: Self.bufferBytes)
        do {
            try zeros.withUnsafeBytes { zeros in
                for half in 0...1 {
                    for offset in stride(from: 0, to: Self.preparedBytes, by: zeros.count) {
                        try write(zeros, at: Self.start(of: half) + offset)
                    }
                }
            }
        } catch {
            _ = ftruncate(writing, 0)
        }
    }

    /// Empties the file. From now on batches have an epoch that was never used before.
    ///
    /// - Parameter position: The journal's last record.
    /// - Returns: The epoch, once it is on disk.
    func begin(after position: Int64) throws(JournalError) -> UInt64 {
        let epoch = UInt64.random(in: 1 ... .max)
        try write(Beginning(epoch: epoch, identity: beginning.withLock { $0.identity }, position: position))
        return epoch
    }

    /// Empties the file, and returns when that is on disk. There is no epoch until ``begin(after:)``.
    func end(after position: Int64) throws(JournalError) {
        try write(Beginning(identity: beginning.withLock { $0.identity }, position: position))
    }

    /// Stores the journal's last position, and leaves the batches as they are.
    func store(_ position: Int64) throws(JournalError) {
        var new = beginning.withLock { $0 }
        new.position = position
        try write(new)
    }

    private func write(_ new: Beginning) throws(JournalError) {
        var first = ByteBuffer(capacity: Self.block, alignment: Self.block)
        first.appendLittleEndian(Self.magic)
        first.appendLittleEndian(new.epoch ?? 0)
        first.appendLittleEndian(new.identity)
        first.appendLittleEndian(new.position)
        let checksum = first.withUnsafeBytes { Checksum.of($0) }
        first.appendLittleEndian(checksum)
        first.append(zeros: Self.block - first.count)
        try first.withUnsafeBytes { (bytes) throws(JournalError) in try write(bytes, at: 0) }
        beginning.withLock { $0 = new }
    }

    /// Reads the beginning of the file. It is empty in a new file.
    ///
    /// - Throws: `JournalError.corrupt` if it is not what was written.
    func readBeginning() throws(JournalError) -> Beginning {
        var first = ByteBuffer()
        let byteCount = Self.beginningBytes + MemoryLayout<UInt32>.size
        try read(byteCount, at: 0, into: &first)
        return try first.withUnsafeBytes { (bytes) throws(JournalError) in
            func number(at offset: Int) -> UInt64 {
                UInt64(littleEndian: bytes.load(fromByteOffset: offset, as: UInt64.self))
            }
            guard bytes.count == byteCount, number(at: 0) != 0 else { return Beginning() }
            let checksum = Checksum.of(UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.beginningBytes)))
            let written = UInt32(littleEndian: bytes.load(fromByteOffset: Self.beginningBytes, as: UInt32.self))
            let (found, isWhole) = (number(at: 0), checksum == written)
            guard found == Self.magicBeforeChecksum || found == Self.magic && isWhole else {
                if isWhole, found >> 8 == Self.magic >> 8 {
                    throw .later(path, format: String(UnicodeScalar(bytes[0])), known: 2)
                }
                throw .damagedTail(path, "its first block has changed")
            }
            return Beginning(
                epoch: number(at: 8) == 0 ? nil : number(at: 8), identity: Int64(bitPattern: number(at: 16)),
                position: Int64(bitPattern: number(at: 24)))
        }
    }
}
