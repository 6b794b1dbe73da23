import Glibc
import TocsinJournal
import TocsinModel

/// The batches of `journal.tail` as they lie on the disk. The first block may be damaged.
struct RawTail {
    /// The whole batches of any epoch, those of the file's own epoch first.
    private(set) var whole: [TailFile.Batch] = []
    /// The batches of the file's own epoch that are not whole. Single records in them may be whole.
    private(set) var damaged: [TailFile.Batch] = []
    /// The journal's last record when the first block was written, or 0 if the block cannot be read.
    private(set) var position: Int64 = 0
    /// The reason if the first block cannot be read.
    private(set) var firstBlockError: JournalError?
    private let file: TailFile

    /// Nil if there is no file.
    init?(_ folder: StateFolder) throws(JournalError) {
        guard access(folder.tail, F_OK) == 0 else { return nil }
        file = try TailFile(readingIn: folder, whateverItBeginsWith: true)
        var own: UInt64?
        do throws(JournalError) {
            let beginning = try file.readBeginning()
            (own, position) = (beginning.epoch, beginning.position)
        } catch {
            firstBlockError = error
        }
        var (offset, end) = (TailFile.block, try file.size())
        var headers = ByteBuffer()
        var blocks = TailFile.blocks()
        end = min(end, TailFile.wholeBytes)
        var found: [TailFile.Batch] = []
        while offset < end {
            try file.read(BatchHeader.byteCount, at: offset, into: &headers)
            let header = headers.withUnsafeBytes { bytes in
                bytes.count < BatchHeader.byteCount
                    ? nil : BatchHeader(bytes, epoch: UInt64(littleEndian: bytes.load(as: UInt64.self)))
            }
            if let header, header.epoch != 0 { found.append(TailFile.Batch(header: header, offset: offset)) }
            offset += TailFile.block
        }
        // Without a first block, the newest record's epoch is the file's own.
        let epoch = own ?? found.max { $0.records.upperBound < $1.records.upperBound }?.header.epoch
        found.sort { ($0.header.epoch == epoch ? 0 : 1, $0.offset) < ($1.header.epoch == epoch ? 0 : 1, $1.offset) }
        for batch in found {
            if try file.isWhole(batch, readInto: &blocks) {
                whole.append(batch)
            } else if batch.header.epoch == epoch {
                damaged.append(batch)
            }
        }
    }

    /// Calls `body` with everything in these batches that looks like a row.
    func forEachRow(of batches: [TailFile.Batch], _ body: (RecordRow) throws -> Void) throws {
        var blocks = TailFile.blocks()
        for batch in batches {
            _ = try file.isWhole(batch, readInto: &blocks)
            try batch.withRows(in: blocks) { rows in
                for row in RecordRows(in: rows) { try body(row) }
            }
        }
    }
}
