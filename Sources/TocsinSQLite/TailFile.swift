import Glibc
import Synchronization
import TocsinJournal
import TocsinModel

/// The file `journal.tail`: batches of rows, in two halves that are written in turn.
///
/// Its first block has a random number that every batch repeats (see ``Beginning``): another one empties the file at once,
/// and no report can pass for a batch. A batch begins with a block, so that writing it touches nothing that was written
/// before. One that was not whole when the power failed is the last one, and nobody has been told of it.
final class TailFile: Sendable {
    /// A batch and where it is.
    struct Batch: Hashable, Sendable {
        var header: BatchHeader
        var offset: Int

        var records: ClosedRange<Int64> { header.records }
        /// The bytes of its blocks.
        var fileBytes: Int { TailFile.wholeBlocks(of: BatchHeader.byteCount + header.byteCount) }
        /// Where the next one begins.
        var end: Int { offset + fileBytes }

        /// Lends the batch's rows, which are in its blocks behind the header. `beginning` is where in the file `blocks`
        /// begin, if that is before the batch.
        func withRows<Result, Failure: Error>(
            in blocks: borrowing ByteBuffer, beginningAt beginning: Int? = nil,
            _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            let start = offset - (beginning ?? offset) + BatchHeader.byteCount
            return try blocks.withUnsafeBytes { (bytes) throws(Failure) in
                try body(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(start).prefix(header.byteCount)))
            }
        }

        /// Whether its rows are what was written. `blocks` have fewer where the file ends before.
        fileprivate func isWhole(in blocks: borrowing ByteBuffer, beginningAt beginning: Int? = nil) -> Bool {
            withRows(in: blocks, beginningAt: beginning) { rows in
                rows.count == header.byteCount && Checksum.of(rows) == header.checksum
            }
        }
    }

    /// Bytes of a block: what a disk writes as a whole, and what writes past the system's cache are aligned to.
    static let block = 4096
    /// Bytes that ``blocks()`` have room for at first.
    static let bufferBytes = 16 * block
    /// Bytes that are read together: an append beside waits for a request to end.
    private static let requestBytes = 256 * 1024
    /// Bytes of a half: some 45,000 incidents with reports of 450 bytes.
    static let halfBytes = 32 * 1024 * 1024
    /// Bytes of a half that a new file has from the beginning: what comes in at 2,000 reports a second until it is moved.
    static let preparedBytes = 1024 * 1024

    let path: String
    let writing: Int32
    private let reading: Int32
    /// What the first block says, as it was read or written last.
    let beginning = Mutex(Beginning())

    /// Opens the file, or makes it, unless the table says that there is one.
    ///
    /// - Throws: `JournalError.corrupt` where there is none all the same.
    init(in folder: StateFolder, mustExist: Bool = false) throws(JournalError) {
        path = folder.tail
        // Past the system's cache, where the file system can, and with the sync in the write: then the system has the disk
        // flush its own cache as soon as the blocks are there, without waking this thread in between.
        let flags = O_RDWR | O_CLOEXEC | O_DSYNC | (mustExist ? 0 : O_CREAT)
        let direct = Glibc.open(path, flags | directAccess, 0o640)
        writing = direct >= 0 ? direct : Glibc.open(path, flags, 0o640)
        guard writing >= 0 else {
            throw errno == ENOENT
                ? .damagedTail(path, "it is missing") : .failed("\(path) cannot be opened: \(systemMessage(errno)).")
        }
        reading = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard reading >= 0 else {
            let code = errno
            close(writing)
            throw .failed("\(path) cannot be opened: \(systemMessage(code)).")
        }
        try syncFolder(folder.path)
        prepare()
        let found = try readBeginning()
        beginning.withLock { $0 = found }
    }

    deinit {
        close(writing)
        close(reading)
    }

    static func start(of half: Int) -> Int { block + half * halfBytes }

    static func half(at offset: Int) -> Int { offset < start(of: 1) ? 0 : 1 }

    /// The bytes of the blocks that so many bytes take.
    static func wholeBlocks(of bytes: Int) -> Int { (bytes + block - 1) / block * block }

    /// Writes a batch, and returns when it is on disk.
    ///
    /// - Throws: `JournalError.full` where there is no room, and `JournalError.failed`: then whether the
    ///   batch is on disk is unknown.
    func write(_ batch: inout RowBatch, at offset: Int, epoch: UInt64, preceding: UInt32) throws(JournalError) -> Batch
    {
        try batch.withBlocks(epoch: epoch, preceding: preceding) { (header, bytes) throws(JournalError) in
            try write(bytes, at: offset)
            return Batch(header: header, offset: offset)
        }
    }

    /// Writes and syncs: see `open(2)` on `O_DSYNC`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(JournalError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(writing, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = count == 0 ? ENOSPC : errno
                guard meansNoRoom(code) else {
                    throw .failed("\(path) cannot be written: \(systemMessage(code)). Look at the kernel's log.")
                }
                throw .full("There is no room for \(path): \(systemMessage(code)). Make room on its file system.")
            }
            done += count
        }
    }

    /// What batches are written from and read into.
    static func blocks() -> ByteBuffer { ByteBuffer(capacity: bufferBytes, alignment: block) }

    /// Writes batches again, each in its place, so that they are certain to be on disk (see ``WriteAheadLog``).
    ///
    /// - Throws: `JournalError.corrupt` where one is not what was written.
    func writeAgain(_ batches: [Batch]) throws(JournalError) {
        var blocks = Self.blocks()
        for batch in batches {
            try read(batch, into: &blocks)
            try blocks.withUnsafeBytes { (bytes) throws(JournalError) in try write(bytes, at: batch.offset) }
        }
    }

    /// Writes zeros, which no batch begins with, where there is none.
    func clear(_ bytes: Int, at offset: Int) throws(JournalError) {
        var zeros = ByteBuffer(capacity: bytes, alignment: Self.block)
        zeros.append(zeros: bytes)
        try zeros.withUnsafeBytes { (bytes) throws(JournalError) in try write(bytes, at: offset) }
    }

    /// Reads a batch in place of what is in `blocks`.
    ///
    /// - Throws: `JournalError.corrupt` where its rows are not what was written.
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

    /// Calls `body` with the rows of these batches, in order. They come past the system's cache: what is moved is not asked
    /// for here again.
    ///
    /// - Throws: `JournalError.corrupt` where rows are not what was written, and what `body` throws.
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

    /// The first of these batches, and those behind it that are read with it: a request for each would hold up whoever
    /// appends meanwhile.
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

    /// Reads up to `count` bytes in place of what is in `bytes`, fewer at the file's end.
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

/// `O_DIRECT`, which the C library's module leaves out (open(2); the number differs between processors).
private var directAccess: Int32 {
    #if arch(x86_64) || arch(i386)
        0o40000
    #elseif arch(arm64) || arch(arm)
        0o200000
    #else
        0
    #endif
}
