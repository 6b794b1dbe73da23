import Foundation
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// The tail of a daemon that was killed, with each of its bytes changed, and cut to each length.
struct TailDamageTests {
    /// The records that the tail follows are in a table of which these tests have only this much.
    private static let (tablePosition, tableChecksum): (Int64, UInt32) = (2, 4711)
    /// What was appended; the second one takes two blocks and the last one is the last batch.
    private static let batches = [
        Array(Sample.everyKind[2...3]),
        [
            Sample.entry(
                5, Sample.incident("B", telling: [(Sample.fire, 2)], headline: String(repeating: "火", count: 900)))
        ],
        Array(Sample.everyKind[5...7]),
        [Sample.entry(9, Sample.closed(5)), Sample.entry(10, Sample.rules)],
    ]

    private let folder: TemporaryFolder
    private let state: StateFolder
    private let mark: TailMark
    private let written = TailDamageTests.batches.flatMap { $0 }

    init() throws {
        folder = try TemporaryFolder()
        state = StateFolder(path: folder.path)
        let file = try TailFile(in: state)
        mark = try #require(try file.belong(to: nil))
        let tail = try Tail(
            file: file, after: Self.tablePosition, lastChecksum: Self.tableChecksum, names: NameFilter(records: 0))
        var batch = RowBatch()
        for entries in Self.batches {
            batch.fill(entries, previous: batch.newestIncident == 0 ? 2 : batch.newestIncident)
            _ = try tail.append(&batch, of: entries)
        }
    }

    /// What a start finds in the tail.
    private func read(_ mark: TailMark, _ filter: NameFilter) throws -> [JournalEntry] {
        let file = try TailFile(in: state, mustExist: true)
        _ = try file.belong(to: mark)
        let tail = try Tail(
            file: file, after: Self.tablePosition, lastChecksum: Self.tableChecksum, names: filter)
        var entries: [JournalEntry] = []
        let codec = RecordCodec()
        try tail.forEachRow(from: Self.tablePosition + 1) { row in
            entries.append(try StoredRecord(row, path: state.tail, codec: codec).entry)
            return true
        }
        return entries
    }

    private func outcome(_ mark: TailMark, _ filter: NameFilter) -> Outcome {
        Outcome(written, lastBatch: Self.batches.last?.count ?? 0) { try read(mark, filter) }
    }

    /// The file cut behind its last batch, so that a start has less to look through, and where that batch begins.
    private func shorten() throws -> (mark: TailMark, lastBatch: Range<Int>) {
        let last = try #require(try TailFile(in: state).remains(after: Self.tablePosition)?.batches.last)
        let handle = try #require(FileHandle(forWritingAtPath: state.tail))
        try handle.truncate(atOffset: UInt64(last.end + TailFile.block))
        try handle.close()
        let shorter = TailMark(identity: mark.identity, bytes: last.end + TailFile.block)
        return (shorter, last.offset..<last.offset + BatchHeader.byteCount + last.header.byteCount)
    }

    @Test func `each byte of a tail is what was written, or it is refused, or it was in the last batch`() throws {
        let (mark, lastBatch) = try shorten()
        let filter = NameFilter(records: 0)
        #expect(outcome(mark, filter) == .everything)
        let image = try FileImage(of: state.tail)
        let file = try #require(FileHandle(forUpdatingAtPath: state.tail))
        var tally = Tally()
        for place in 0..<image.count {
            for bit in Mutator.bits(of: place) {
                try file.seek(toOffset: UInt64(place))
                try file.write(contentsOf: [image[place] ^ bit])
                tally.add(
                    outcome(mark, filter), mayMissLastBatch: lastBatch.contains(place), "byte \(place), bit \(bit)")
            }
            try file.seek(toOffset: UInt64(place))
            try file.write(contentsOf: [image[place]])
        }
        #expect(tally.wrong == [])
        #expect(tally.refused > 2000 && tally.everything > 10_000 && tally.withoutLastBatch > 300, "\(tally)")
    }

    @Test func `a tail that is cut to any length is refused`() throws {
        let (mark, _) = try shorten()
        let filter = NameFilter(records: 0)
        let file = try #require(FileHandle(forUpdatingAtPath: state.tail))
        var tally = Tally()
        for length in (0..<mark.bytes).reversed() {
            try file.truncate(atOffset: UInt64(length))
            tally.add(outcome(mark, filter), "\(length) bytes")
        }
        #expect(tally.wrong == [] && tally.refused == mark.bytes, "\(tally)")
    }

    /// One half is being moved and the other one filled, with batches behind those that were moved long ago. One byte of 50;
    /// all of them with `TOCSIN_FUZZ_FACTOR=50`.
    @Test func `the same goes for a tail of two halves that have been used before`() throws {
        let file = try TailFile(in: state, mustExist: true)
        let epoch = try file.begin(after: 0)
        var batch = RowBatch()
        var preceding: UInt32 = 0
        var last: TailFile.Batch?
        func write(_ entries: [JournalEntry], half: Int, block: Int) throws {
            batch.fill(entries, previous: batch.newestIncident)
            last = try file.write(
                &batch, at: TailFile.start(of: half) + block * TailFile.block, epoch: epoch, preceding: preceding)
            preceding = batch.lastChecksum
        }
        // Moved into the table long ago.
        for (block, entry) in Sample.everyKind[..<4].enumerated() { try write([entry], half: 0, block: block) }
        let table = (position: Int64(4), checksum: preceding)
        try write([Sample.everyKind[4]], half: 1, block: 0)
        try write([Sample.everyKind[5]], half: 1, block: 1)
        try write([Sample.everyKind[6]], half: 0, block: 0)
        try write([Sample.everyKind[7], Sample.everyKind[8]], half: 0, block: 1)
        let written = Array(Sample.everyKind[4...])
        let lastBatch = try #require(last)
        let rows = lastBatch.offset..<lastBatch.offset + BatchHeader.byteCount + lastBatch.header.byteCount
        let filter = NameFilter(records: 0)
        func outcome() -> Outcome {
            Outcome(written, lastBatch: 2) {
                let file = try TailFile(in: state, mustExist: true)
                _ = try file.belong(to: mark)
                let tail = try Tail(file: file, after: table.position, lastChecksum: table.checksum, names: filter)
                var entries: [JournalEntry] = []
                try tail.forEachRow(from: table.position + 1) { row in
                    entries.append(try StoredRecord(row, path: state.tail, codec: RecordCodec()).entry)
                    return true
                }
                return entries
            }
        }
        #expect(outcome() == .everything)
        let image = try FileImage(of: state.tail)
        let handle = try #require(FileHandle(forUpdatingAtPath: state.tail))
        var tally = Tally()
        for place in Mutator.some(of: image.places, every: 50) {
            try handle.seek(toOffset: UInt64(place))
            try handle.write(contentsOf: [image[place] ^ 1])
            tally.add(outcome(), mayMissLastBatch: rows.contains(place), "byte \(place)")
            try handle.seek(toOffset: UInt64(place))
            try handle.write(contentsOf: [image[place]])
        }
        #expect(tally.wrong == [])
        #expect(tally.refused > 10 && tally.everything > 100, "\(tally)")
    }
}
