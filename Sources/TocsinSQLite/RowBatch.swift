import TocsinJournal
import TocsinModel

/// A batch of rows as it goes to the tail: a header, the rows one after the other, and zeros up to a whole block.
///
/// One value serves every append, so that a steady flow allocates nothing.
struct RowBatch: ~Copyable {
    /// The positions of its records. They are meaningful once there is one.
    private(set) var records: ClosedRange<Int64> = 0...0
    /// The newest incident and the checksum of the record that was added last.
    private(set) var newestIncident: Int64 = 0
    private(set) var lastChecksum: UInt32 = 0
    private var bytes = TailFile.blocks()
    private var body = JSONWriter(capacity: 4096)
    private var rowsEnd = BatchHeader.byteCount

    /// Makes this the batch of these entries, which follow the incident `previous`.
    mutating func fill(_ entries: [JournalEntry], previous: Int64) {
        bytes.removeAll()
        bytes.append(zeros: BatchHeader.byteCount)
        newestIncident = previous
        for entry in entries {
            body.removeAll()
            RecordCodec.write(entry.record, to: &body)
            lastChecksum = RecordRow.write(entry, body: body, previous: newestIncident, to: &bytes)
            if entry.isOrWasIncident { newestIncident = entry.position.value }
        }
        if let first = entries.first, let last = entries.last { records = first.position.value...last.position.value }
        rowsEnd = bytes.count
    }

    /// The bytes that it takes in the file.
    var fileBytes: Int { TailFile.wholeBlocks(of: rowsEnd) }

    /// Lends the whole blocks for the file, with the header filled in.
    mutating func withBlocks<Result>(
        epoch: UInt64, preceding: UInt32, _ write: (BatchHeader, UnsafeRawBufferPointer) throws(JournalError) -> Result
    ) throws(JournalError) -> Result {
        bytes.append(zeros: fileBytes - bytes.count)
        let end = rowsEnd
        let header = bytes.withUnsafeBytes { bytes in
            let rows = UnsafeRawBufferPointer(rebasing: bytes[BatchHeader.byteCount..<end])
            return BatchHeader(
                epoch: epoch, records: records, byteCount: rows.count, preceding: preceding,
                checksum: Checksum.of(rows))
        }
        bytes.withUnsafeMutableBytes { header.write(to: $0) }
        return try bytes.withUnsafeBytes { (bytes) throws(JournalError) in try write(header, bytes) }
    }

    /// Lends the rows alone.
    func withRows<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let end = rowsEnd
        return try bytes.withUnsafeBytes { (bytes) throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: bytes[BatchHeader.byteCount..<end]))
        }
    }
}

/// The header of a batch in the file. Numbers are little-endian.
struct BatchHeader: Hashable, Sendable {
    /// The random number that the file's batches share.
    var epoch: UInt64
    /// The positions of its records.
    var records: ClosedRange<Int64>
    /// The size of its rows, in bytes.
    var byteCount: Int
    /// The checksum of the record before its first one, or 0 if there is none.
    var preceding: UInt32
    /// The checksum of its rows.
    var checksum: UInt32

    static let byteCount = 48

    init(epoch: UInt64, records: ClosedRange<Int64>, byteCount: Int, preceding: UInt32, checksum: UInt32) {
        self.epoch = epoch
        self.records = records
        self.byteCount = byteCount
        self.preceding = preceding
        self.checksum = checksum
    }

    func write(to bytes: UnsafeMutableRawBufferPointer) {
        bytes.storeBytes(of: epoch.littleEndian, toByteOffset: 0, as: UInt64.self)
        bytes.storeBytes(of: records.lowerBound.littleEndian, toByteOffset: 8, as: Int64.self)
        bytes.storeBytes(of: records.upperBound.littleEndian, toByteOffset: 16, as: Int64.self)
        bytes.storeBytes(of: Int64(byteCount).littleEndian, toByteOffset: 24, as: Int64.self)
        bytes.storeBytes(of: preceding.littleEndian, toByteOffset: 32, as: UInt32.self)
        bytes.storeBytes(of: checksum.littleEndian, toByteOffset: 36, as: UInt32.self)
        bytes.storeBytes(of: Self.sum(UnsafeRawBufferPointer(bytes)).littleEndian, toByteOffset: 40, as: UInt32.self)
        bytes.storeBytes(of: 0, toByteOffset: 44, as: UInt32.self)
    }

    /// Reads a header. Nil if there is none of this epoch.
    init?(_ bytes: UnsafeRawBufferPointer, epoch: UInt64) {
        guard bytes.count >= Self.byteCount, UInt64(littleEndian: bytes.load(as: UInt64.self)) == epoch,
            UInt32(littleEndian: bytes.load(fromByteOffset: 40, as: UInt32.self)) == Self.sum(bytes)
        else { return nil }
        let first = Int64(littleEndian: bytes.load(fromByteOffset: 8, as: Int64.self))
        let last = Int64(littleEndian: bytes.load(fromByteOffset: 16, as: Int64.self))
        let byteCount = Int64(littleEndian: bytes.load(fromByteOffset: 24, as: Int64.self))
        guard 0 < first, first <= last, last < .max, 0...Int64(TailFile.halfBytes) ~= byteCount else { return nil }
        self.init(
            epoch: epoch, records: first...last, byteCount: Int(byteCount),
            preceding: UInt32(littleEndian: bytes.load(fromByteOffset: 32, as: UInt32.self)),
            checksum: UInt32(littleEndian: bytes.load(fromByteOffset: 36, as: UInt32.self)))
    }

    private static func sum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        Checksum.of(UnsafeRawBufferPointer(rebasing: bytes.prefix(40)))
    }
}
