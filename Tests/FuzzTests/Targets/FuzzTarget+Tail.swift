import Foundation
import JournalContract
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// What the file `journal.tail` gives back. Changed bytes are found by checksums (`TailDamageTests`), behind which a fuzzer
/// would never come: here they are made right after each change.
extension FuzzTarget {
    /// A batch's rows.
    static let rows = FuzzTarget(
        name: "rows", corpus: [rows(of: Sample.everyKind), rows(of: Array(Sample.everyKind[1...1]))],
        words: ["incident", "received", "rules", "\u{0}\u{0}\u{0}\u{0}"], count: 20_000
    ) {
        let codec = RecordCodec()
        return { bytes in
            var isAccepted = false
            for var row in RecordRows(in: bytes) {
                row.checksum = checksum(of: row)
                guard let record = try? StoredRecord(row, path: "", codec: codec) else { continue }
                isAccepted = true
                var body = JSONWriter()
                var again = ByteBuffer()
                RecordCodec.write(record.entry.record, to: &body)
                _ = RecordRow.write(record.entry, body: body, previous: record.previous, to: &again)
                let entries = try again.withUnsafeBytes { bytes in
                    try RecordRows(in: bytes).map { try StoredRecord($0, path: "", codec: codec).entry }
                }
                try promise(entries == [record.entry], "\(record.entry)")
            }
            return isAccepted
        }
    }

    static let batchHeader = FuzzTarget(
        name: "batch-header", corpus: [[UInt8](file[TailFile.block...].prefix(BatchHeader.byteCount))], words: [],
        count: 20_000
    ) {
        { bytes in
            guard bytes.count >= BatchHeader.byteCount else { return false }
            var right = [UInt8](bytes.prefix(BatchHeader.byteCount))
            let epoch = right.withUnsafeBytes { UInt64(littleEndian: $0.load(as: UInt64.self)) }
            correct(headerAt: 0, in: &right)
            guard let header = right.withUnsafeBytes({ BatchHeader($0, epoch: epoch) }) else { return false }
            var again = [UInt8](repeating: 0, count: BatchHeader.byteCount)
            again.withUnsafeMutableBytes { header.write(to: $0) }
            try promise(again[..<44] == right[..<44], "\(header)")
            return true
        }
    }

    /// The whole file, its zeros left out: 64 bytes of the first block, and then of each block 1,024.
    static let tail = FuzzTarget(
        name: "tail", corpus: [packed(file)], words: ["\u{1}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}"], count: 5_000
    ) {
        let folder = try TemporaryFolder()
        let (filter, codec) = (NameFilter(records: 0), RecordCodec())
        return { bytes in
            var image = unpacked(bytes)
            correctChecksums(in: &image)
            try Data(image).write(to: URL(fileURLWithPath: folder.path + "/journal.tail"))
            var entries: [JournalEntry] = []
            do {
                let file = try TailFile(in: StateFolder(path: folder.path), mustExist: true)
                let tail = try Tail(file: file, after: 0, lastChecksum: 0, names: filter)
                try tail.forEachRow(from: 1) { row in
                    entries.append(try StoredRecord(row, path: "", codec: codec).entry)
                    return true
                }
            } catch is JournalError {
                return false
            }
            return !entries.isEmpty
        }
    }

    private static func rows(of entries: [JournalEntry]) -> [UInt8] {
        var batch = RowBatch()
        batch.fill(entries, previous: 0)
        return batch.withRows { [UInt8]($0) }
    }

    /// What a daemon that was killed has left, without the zeros at its end.
    private static let file: [UInt8] = {
        guard let folder = try? TemporaryFolder(), let file = try? TailFile(in: StateFolder(path: folder.path)),
            let tail = try? Tail(file: file, after: 0, lastChecksum: 0, names: NameFilter(records: 0))
        else { return [] }
        var batch = RowBatch()
        for entries in [Array(Sample.everyKind[..<2]), Array(Sample.everyKind[2..<6]), Array(Sample.everyKind[6...])] {
            batch.fill(entries, previous: batch.newestIncident)
            _ = try? tail.append(&batch, of: entries)
        }
        let handle = FileHandle(forReadingAtPath: file.path)
        return (try? handle?.read(upToCount: 8 * TailFile.block)).map { [UInt8]($0) } ?? []
    }()

    private static let (firstBytes, blockBytes) = (64, 1024)

    private static func packed(_ file: [UInt8]) -> [UInt8] {
        stride(from: TailFile.block, to: file.count, by: TailFile.block).reduce(into: Array(file.prefix(firstBytes))) {
            $0 += file[$1...].prefix(blockBytes)
        }
    }

    private static func unpacked(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var file = [UInt8](bytes.prefix(firstBytes))
        for start in stride(from: firstBytes, to: bytes.count, by: blockBytes) {
            file += [UInt8](repeating: 0, count: TailFile.wholeBlocks(of: file.count) - file.count)
            file += bytes[start...].prefix(blockBytes)
        }
        return file
    }

    // MARK: Checksums made right

    private static func correctChecksums(in file: inout [UInt8]) {
        guard file.count >= 36 else { return }
        store(file[..<32].withUnsafeBytes { Checksum.of($0) }, at: 32, in: &file)
        for block in stride(from: TailFile.block, to: file.count, by: TailFile.block)
        where file[block...].prefix(8) == file[8..<16] && file.count - block >= BatchHeader.byteCount {
            let count = file[(block + 24)..<(block + 32)].withUnsafeBytes {
                Int64(littleEndian: $0.loadUnaligned(as: Int64.self))
            }
            let rows = block + BatchHeader.byteCount
            if count >= 0, count <= file.count - rows {
                // The rows' own checksums, and then the batch's.
                var position = rows
                let sums = file[rows..<(rows + Int(count))].withUnsafeBytes { bytes in
                    RecordRows(in: bytes).map { (checksum(of: $0), $0.byteCount) }
                }
                for (sum, byteCount) in sums {
                    if position + 60 <= file.count { store(sum, at: position + 56, in: &file) }
                    position += byteCount
                }
                store(file[rows..<(rows + Int(count))].withUnsafeBytes { Checksum.of($0) }, at: block + 36, in: &file)
            }
            correct(headerAt: block, in: &file)
        }
    }

    private static func correct(headerAt start: Int, in file: inout [UInt8]) {
        store(file[start..<(start + 40)].withUnsafeBytes { Checksum.of($0) }, at: start + 40, in: &file)
    }

    private static func store(_ number: UInt32, at place: Int, in file: inout [UInt8]) {
        for index in 0..<4 { file[place + index] = UInt8(truncatingIfNeeded: number >> (8 * UInt32(index))) }
    }

    private static func checksum(of row: RecordRow) -> UInt32 {
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        return Checksum.of(
            position: Position(row.position), at: Timestamp(milliseconds: row.at),
            kind: JournalRecord.Kind.table[row.kind] ?? .rules, sender: row.sender ?? empty,
            identifier: row.identifier ?? empty, body: row.body, report: row.report ?? empty)
    }
}

extension RecordRow {
    /// The bytes that it takes in a batch.
    fileprivate var byteCount: Int {
        let texts = [kind.count, body.count, report?.count, sender?.count, identifier?.count, recipient?.count]
        return 84 + texts.reduce(0) { $0 + ($1 ?? 0) }
    }
}
