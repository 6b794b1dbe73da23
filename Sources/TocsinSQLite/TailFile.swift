import Glibc
import Synchronization
import TocsinJournal
import TocsinModel

/// The file `journal.tail`: batches of rows, in two halves that are written in turn.
///
/// Its first block has a random number that every batch repeats (see ``Beginning``). Another number empties the file at
/// once, and no report can pass for a batch. A batch begins with a block, so that writing it touches no earlier bytes.
/// A batch that was not whole when the power failed is the last one, and nobody has been told of it.
final class TailFile: Sendable {
    /// A batch and its offset in the file.
    struct Batch: Hashable, Sendable {
        var header: BatchHeader
        var offset: Int

        var records: ClosedRange<Int64> { header.records }
        /// The bytes of its blocks.
        var fileBytes: Int { TailFile.wholeBlocks(of: BatchHeader.byteCount + header.byteCount) }
        /// The offset at which the next batch begins.
        var end: Int { offset + fileBytes }

        /// Lends the batch's rows, which follow the header in its blocks. `beginning` is the file offset of `blocks`,
        /// if that is before the batch.
        func withRows<Result, Failure: Error>(
            in blocks: borrowing ByteBuffer, beginningAt beginning: Int? = nil,
            _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            let start = offset - (beginning ?? offset) + BatchHeader.byteCount
            return try blocks.withUnsafeBytes { (bytes) throws(Failure) in
                try body(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(start).prefix(header.byteCount)))
            }
        }

        /// Returns true if its rows are what was written. `blocks` are shorter if the file ends before.
        fileprivate func isWhole(in blocks: borrowing ByteBuffer, beginningAt beginning: Int? = nil) -> Bool {
            withRows(in: blocks, beginningAt: beginning) { rows in
                rows.count == header.byteCount && Checksum.of(rows) == header.checksum
            }
        }
    }

    /// The bytes of a block. A disk writes a block as a whole, and writes past the system's cache are aligned to
    /// blocks.
    static let block = 4096
    /// The initial capacity of ``blocks()``, in bytes.
    static let bufferBytes = 16 * block
    /// The bytes that are read together. A concurrent append waits for a request to end.
    private static let requestBytes = 256 * 1024
    /// The bytes of a half: some 45,000 incidents with reports of 450 bytes.
    static let halfBytes = 32 * 1024 * 1024
    /// The bytes of a half that a new file has from the beginning: the records of 2,000 reports a second until they are
    /// moved.
    static let preparedBytes = 1024 * 1024

    let path: String
    let folder: StateFolder
    /// True if it was opened only for reading.
    let isReadOnly: Bool
    /// True once all blocks of the file are set aside, so that writes need no more room.
    var isAllocated: Bool { allocated.load(ordering: .relaxed) }
    let allocated = Atomic(false)
    let writing: Int32
    private let reading: Int32
    /// The content of the first block, as it was read or written last.
    let beginning = Mutex(Beginning())

    /// Opens the file. A missing file is made, unless it must exist because the table names it.
    ///
    /// - Parameters:
    ///   - folder: The folder of the file.
    ///   - mustExist: True if the table says that there is one.
    ///   - isReadOnly: True if it is opened only for reading, as it stands.
    /// - Throws: `JournalError.corrupt` if the file must exist and is missing.
    init(in folder: StateFolder, mustExist: Bool = false, readOnly isReadOnly: Bool = false) throws(JournalError) {
        path = folder.tail
        self.folder = folder
        self.isReadOnly = isReadOnly
        // The file is written past the system's cache, if the file system can do that, and with the sync in the write.
        // Then the system has the disk flush its own cache as soon as the blocks are there, without waking this thread
        // in between.
        let flags =
            isReadOnly ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CLOEXEC | O_DSYNC | (mustExist ? 0 : O_CREAT)
        let direct = Glibc.open(path, flags | directAccess, 0o640)
        writing = direct >= 0 ? direct : Glibc.open(path, flags, 0o640)
        guard writing >= 0 else {
            throw errno == ENOENT && mustExist
                ? .damagedTail(path, "it is missing")
                : Self.failure(errno, path, "cannot be opened: \(systemMessage(errno)).")
        }
        reading = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard reading >= 0 else {
            let code = errno
            close(writing)
            throw .failed("\(path) cannot be opened: \(systemMessage(code)).")
        }
        if !isReadOnly {
            try syncFolder(folder.path)
            prepare()
        }
        let found = try readBeginning()
        beginning.withLock { $0 = found }
    }

    /// Opens a file that is there, for reading alone.
    ///
    /// - Throws: `JournalError.corrupt` if the file is missing, or if its first block is not what was written and that
    ///   matters.
    init(readingIn folder: StateFolder, whateverItBeginsWith: Bool = false) throws(JournalError) {
        path = folder.tail
        self.folder = folder
        isReadOnly = true
        reading = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard reading >= 0 else {
            throw errno == ENOENT ? .damagedTail(path, "it is missing") : .unreadable(path, errno)
        }
        writing = dup(reading)
        guard !whateverItBeginsWith else { return }
        let found = try readBeginning()
        beginning.withLock { $0 = found }
    }

    deinit {
        close(writing)
        close(reading)
    }

    static func start(of half: Int) -> Int { block + half * halfBytes }

    static func half(at offset: Int) -> Int { offset < start(of: 1) ? 0 : 1 }

    /// Returns the bytes of the blocks that `bytes` bytes take.
    static func wholeBlocks(of bytes: Int) -> Int { (bytes + block - 1) / block * block }

    /// Writes a batch, and returns when it is on disk.
    ///
    /// - Throws: `JournalError.full` if there is no room, and `JournalError.failed`, after which it is unknown whether
    ///   the batch is on disk.
    func write(_ batch: inout RowBatch, at offset: Int, epoch: UInt64, preceding: UInt32) throws(JournalError) -> Batch
    {
        try batch.withBlocks(epoch: epoch, preceding: preceding) { (header, bytes) throws(JournalError) in
            try write(bytes, at: offset)
            return Batch(header: header, offset: offset)
        }
    }

    /// Writes and syncs bytes. See `open(2)` on `O_DSYNC`.
    ///
    /// - Throws: `JournalError.missing` if the file has been deleted, or its folder moved away or unmounted, so that nobody
    ///   would find the bytes.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(JournalError) {
        guard !isReadOnly else { throw .openForReadingOnly(path) }
        var done = 0
        while done < bytes.count {
            let count = pwrite(writing, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = count == 0 ? ENOSPC : errno
                throw Self.failure(
                    code, path, "cannot be written: \(systemMessage(code)). Look at the kernel's log.")
            }
            done += count
        }
        guard isSameFile(writing, path) else { throw .gone(path) }
    }

    /// Returns an empty buffer of blocks, from which batches are written and into which they are read.
    static func blocks() -> ByteBuffer { ByteBuffer(capacity: bufferBytes, alignment: block) }

    /// Writes batches again, each at its offset, so that they are certain to be on disk (see ``WriteAheadLog``).
    ///
    /// - Throws: `JournalError.corrupt` if a batch is not what was written.
    func writeAgain(_ batches: [Batch]) throws(JournalError) {
        var blocks = Self.blocks()
        for batch in batches {
            try read(batch, into: &blocks)
            try blocks.withUnsafeBytes { (bytes) throws(JournalError) in try write(bytes, at: batch.offset) }
        }
    }

    /// Writes zeros at an offset, so that no batch begins there.
    func clear(_ bytes: Int, at offset: Int) throws(JournalError) {
        var zeros = ByteBuffer(capacity: bytes, alignment: Self.block)
        zeros.append(zeros: bytes)
        try zeros.withUnsafeBytes { (bytes) throws(JournalError) in try write(bytes, at: offset) }
    }

    /// Reads a batch into `blocks`, in place of their content.
    ///
    /// - Throws: `JournalError.corrupt` if its rows are not what was written.
    func read(_ batch: Batch, into blocks: inout ByteBuffer) throws(JournalError) {
        guard try isWhole(batch, readInto: &blocks) else { throw damage(in: batch) }
    }

    func isWhole(_ batch: Batch, readInto blocks: inout ByteBuffer) throws(JournalError) -> Bool {
        try read(batch.fileBytes, at: batch.offset, from: reading, into: &blocks)
        return batch.isWhole(in: blocks)
    }

    private func damage(in batch: Batch) -> JournalError {
        .damagedTail(path, "record \(batch.records.lowerBound) or one soon after it has changed")
    }

    /// Calls `body` with the rows of these batches, in order. They are read past the system's cache: moved rows are not
    /// read here again.
    ///
    /// - Throws: `JournalError.corrupt` if rows are not what was written, and the errors of `body`.
    func forEachRow(of batches: ArraySlice<Batch>, _ body: (RecordRow) throws -> Void) throws {
        var rest = batches
        var blocks = Self.blocks()
        while let first = rest.first {
            let (beginning, together) = (first.offset, Self.neighbours(in: rest))
            try read(together.reduce(0) { $0 + $1.fileBytes }, at: beginning, from: writing, into: &blocks)
            for batch in together {
                guard batch.isWhole(in: blocks, beginningAt: beginning) else { throw damage(in: batch) }
                try batch.withRows(in: blocks, beginningAt: beginning) { rows in
                    for row in RecordRows(in: rows) { try body(row) }
                }
            }
            rest = rest.dropFirst(together.count)
        }
    }

    /// Returns the first of these batches, and the ones after it that are read with it. A request for each would delay
    /// concurrent appends.
    private static func neighbours(in batches: ArraySlice<Batch>) -> ArraySlice<Batch> {
        guard let first = batches.first else { return [] }
        var end = first.end
        let others = batches.dropFirst().prefix { batch in
            defer { end = batch.end }
            return batch.offset == end && batch.end - first.offset <= requestBytes
        }
        return batches.prefix(1 + others.count)
    }

    func size() throws(JournalError) -> Int {
        var information = stat()
        guard fstat(reading, &information) == 0 else {
            throw .failed("\(path) cannot be read: \(systemMessage(errno)).")
        }
        return Int(information.st_size)
    }

    /// Reads up to `count` bytes into `bytes`, in place of their content. There are fewer at the file's end.
    func read(_ count: Int, at offset: Int, into bytes: inout ByteBuffer) throws(JournalError) {
        try read(count, at: offset, from: reading, into: &bytes)
    }

    private func read(_ count: Int, at offset: Int, from file: Int32, into bytes: inout ByteBuffer) throws(JournalError)
    {
        bytes.removeAll()
        var code: Int32 = 0
        bytes.append(upTo: count) { bytes in
            var done = 0
            while done < count {
                let more = pread(file, bytes.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
                if more < 0, errno == EINTR { continue }
                if more < 0 { code = errno }
                guard more > 0 else { break }
                done += more
            }
            return done
        }
        guard code == 0 else {
            throw .failed("\(path) cannot be read: \(systemMessage(code)). Look at the disk and the kernel's log.")
        }
    }
}

/// `O_DIRECT`, which the C library's module leaves out. See open(2). The number differs between processors.
var directAccess: Int32 {
    #if arch(x86_64) || arch(i386)
        0o40000
    #elseif arch(arm64) || arch(arm)
        0o200000
    #else
        0
    #endif
}
