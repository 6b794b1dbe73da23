import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// What a crash may leave in `journal.tail`, and what may be wrong with it.
@Suite struct TailTests {
    let folder = StateFolderFixture()

    private static let later = [
        Sample.entry(10, Sample.incident("T-1", telling: [(Sample.fire, 3)])),
        Sample.entry(11, Sample.received(Sample.fire, 3...3)),
        Sample.entry(12, Sample.incident("T-2", telling: [(Sample.fire, 4)])),
    ]

    private var tailFile: String { folder.path + "/journal.tail" }

    /// What a daemon leaves that dies before anything is moved: nine records in the table, and each of `batches` in the
    /// tail, after them or after `position`.
    private func crash(leaving batches: [[JournalEntry]], after position: Int64 = 9) throws {
        try folder.fill(Sample.everyKind)
        // As if the table had been moved on since: the file does not say how many records it has followed.
        try TailFile(in: StateFolder(path: folder.path)).end(after: 0)
        let tail = try Tail(
            file: TailFile(in: StateFolder(path: folder.path)), after: position,
            lastChecksum: try checksum(at: position), names: NameFilter(records: 0))
        var batch = RowBatch()
        var newest = Sample.everyKind.prefix(Int(position)).last { $0.record.kind == .incident }?.position.value ?? 0
        for entries in batches {
            batch.fill(entries, previous: newest)
            newest = batch.newestIncident
            _ = try tail.append(&batch, of: entries)
        }
    }

    private func newFile() throws -> TailFile {
        let state = StateFolder(path: folder.path)
        try state.create()
        return try TailFile(in: state)
    }

    private func flip(byteAt offset: Int) throws {
        let handle = try #require(FileHandle(forUpdatingAtPath: tailFile))
        try handle.seek(toOffset: UInt64(offset))
        let byte = try #require(try handle.read(upToCount: 1)?.first)
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: [byte ^ 1])
        try handle.close()
    }

    private func complaintOfOpening() -> String {
        StateFolderFixture.complaint { _ = try folder.store.open() }
    }

    @Test func `whoever looks for one record is given few batches, however many there are`() throws {
        let tail = try Tail(
            file: newFile(), after: 0, lastChecksum: 0, names: NameFilter(records: 0))
        var batch = RowBatch()
        for position in 1...100 as ClosedRange<Int64> {
            let entry = Sample.entry(position, Sample.rules)
            batch.fill([entry], previous: 0)
            _ = try tail.append(&batch, of: [entry])
        }
        #expect(tail.batches(from: 1).count == Tail.batchesAtOnce)
        #expect(tail.batches(from: 50).first?.records == 50...50)
        #expect(tail.batches(from: 101).isEmpty)
        var positions: [Int64] = []
        try tail.forEachRow(from: 3) { row in
            positions.append(row.position)
            return true
        }
        #expect(positions == Array(3...100))
    }

    @Test func `what a crash left in the tail is in the journal, and then in the table`() throws {
        try crash(leaving: [[Self.later[0]], [Self.later[1], Self.later[2]]])
        do {
            let journal = try folder.store.open()
            #expect(journal.lastPosition == Position(12))
            #expect(try journal.allEntries() == Sample.everyKind + Self.later)
            try journal.append([Sample.entry(13, Sample.rules)])
        }
        let positions = try DatabaseQueue(path: folder.file).read {
            try Int64.fetchAll($0, sql: "SELECT position FROM record ORDER BY 1")
        }
        #expect(positions == Array(1...13))
    }

    @Test func `nothing is appended before what a crash left has been moved`() throws {
        try crash(leaving: [[Self.later[0]]])
        let table = try #require(Sample.everyKind.last)
        let tail = try Tail(
            file: TailFile(in: StateFolder(path: folder.path)), after: table.position.value,
            lastChecksum: try checksum(at: table.position.value), names: NameFilter(records: 0))
        var batch = RowBatch()
        batch.fill([Self.later[1]], previous: 10)
        guard case .full = try tail.append(&batch, of: [Self.later[1]]) else {
            Issue.record("It would have been written over what is left.")
            return
        }
        #expect(tail.takeOver()?.map(\.records) == [10...10])
        tail.release()
        guard case .appended = try tail.append(&batch, of: [Self.later[1]]) else {
            Issue.record("There is room now.")
            return
        }
    }

    private func checksum(at position: Int64) throws -> UInt32 {
        try DatabaseQueue(path: folder.file).read {
            try UInt32.fetchOne($0, sql: "SELECT checksum FROM record WHERE position = ?", arguments: [position])
        } ?? 0
    }

    @Test func `a batch that was being written is not there, and those before it are`() throws {
        for cut in [0, 30, 100, 300] {
            let other = TailTests()
            try other.crash(leaving: [[Self.later[0]], [Self.later[1], Self.later[2]]])
            try other.flip(byteAt: TailFile.start(of: 0) + TailFile.block + cut)
            let journal = try other.folder.store.open()
            #expect(try journal.allEntries() == Sample.everyKind + Self.later.prefix(1))
            try journal.append(Array(Self.later.dropFirst()))
            #expect(try journal.allEntries() == Sample.everyKind + Self.later)
        }
    }

    @Test(arguments: [0, 30, 100])
    func `a batch that has changed is damage when there are later ones, which were told of`(_ place: Int) throws {
        try crash(leaving: Self.later.map { [$0] })
        try flip(byteAt: TailFile.start(of: 0) + TailFile.block + place)
        let complaint = complaintOfOpening()
        #expect(complaint.hasPrefix("damaged: \(tailFile) is damaged: "), "\(complaint)")
        #expect(complaint.contains("move this one away"))
        try FileManager.default.removeItem(atPath: tailFile)
        #expect(complaintOfOpening().contains("it is missing"))
        _ = try folder.store.declareRestored()
        #expect(try folder.store.open().allEntries() == Sample.everyKind)
    }

    @Test func `what a half was filled with before is passed over, and what is behind it`() throws {
        let file = try newFile()
        let epoch = try file.begin(after: 0)
        var batch = RowBatch()
        func write(_ position: Int64, inBlock block: Int) throws {
            batch.fill([Sample.entry(position, Sample.rules)], previous: 0)
            _ = try file.write(
                &batch, at: TailFile.start(of: 0) + block * TailFile.block, epoch: epoch, preceding: 0)
        }
        // Four were written and moved; then two in their place.
        for position in 1...4 { try write(Int64(position), inBlock: position - 1) }
        for position in 5...6 { try write(Int64(position), inBlock: position - 5) }
        #expect(try file.batches(after: 4).map(\.records) == [5...5, 6...6])
        // Nothing is written behind older ones, so nothing is looked for there.
        try write(99, inBlock: 4)
        #expect(try file.batches(after: 4).map(\.records) == [5...5, 6...6])
        // The first of those that count is damaged, and the next one tells.
        try flip(byteAt: TailFile.start(of: 0) + 10)
        #expect(throws: JournalError.self) { try file.batches(after: 4) }
    }

    @Test func `a new file has the beginnings of its halves on disk, and nothing in them`() throws {
        let file = try newFile()
        var information = stat()
        #expect(stat(tailFile, &information) == 0)
        #expect(Int(information.st_blocks) * 512 >= 2 * TailFile.preparedBytes)
        let epoch = try file.begin(after: 0)
        #expect(try file.batches(after: 0).isEmpty)
        var batch = RowBatch()
        batch.fill([Sample.entry(1, Sample.rules)], previous: 0)
        let written = try file.write(&batch, at: TailFile.start(of: 1), epoch: epoch, preceding: 0)
        #expect(try TailFile(in: StateFolder(path: folder.path)).batches(after: 0) == [written])
    }

    @Test func `batches are read in order, side by side or apart, small or large`() throws {
        let file = try newFile()
        let epoch = try file.begin(after: 0)
        var batch = RowBatch()
        var batches: [TailFile.Batch] = []
        var end = TailFile.start(of: 0)
        func write(_ characters: Int, after gap: Int = 0) throws {
            let position = Int64(batches.count + 1)
            let headline = String(repeating: "火", count: characters)
            batch.fill(
                [Sample.entry(position, Sample.incident("R-\(position)", telling: [], headline: headline))],
                previous: position - 1)
            batches.append(try file.write(&batch, at: end + gap, epoch: epoch, preceding: 0))
            end = batches[batches.count - 1].end
        }
        for _ in 1...100 { try write(1) }
        try write(300_000)
        for _ in 1...2 { try write(1) }
        try write(1, after: 3 * TailFile.block)
        var rows: [(position: Int64, bytes: Int)] = []
        try file.forEachRow(of: batches[...]) { rows.append(($0.position, $0.report?.count ?? 0)) }
        #expect(rows.map(\.position) == Array(1...104))
        #expect(rows.filter { $0.bytes > 900_000 }.map(\.position) == [101])
        // Nothing that was not written is passed on, whatever it was read with.
        try flip(byteAt: batches[49].offset + BatchHeader.byteCount)
        rows = []
        #expect(throws: JournalError.self) { try file.forEachRow(of: batches[...]) { rows.append(($0.position, 0)) } }
        #expect(rows.map(\.position) == Array(1...49))
    }

    @Test func `a tail that belongs to another journal is refused`() throws {
        try crash(leaving: [[Self.later[0]]])
        let kept = try Data(contentsOf: URL(fileURLWithPath: tailFile))
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
        }
        try folder.fill(Sample.everyKind.dropLast() + [Sample.entry(9, Sample.rules)])
        try kept.write(to: URL(fileURLWithPath: tailFile))
        #expect(complaintOfOpening().contains("it belongs to another journal than the one beside it"))
        try folder.tamper("UPDATE journal SET tail = NULL")
        #expect(complaintOfOpening().contains("the row of its table journal, with its epoch and its tail, is not"))
        try DatabaseQueue(path: folder.file).write { try JournalOrigin.seal($0) }
        #expect(complaintOfOpening().contains("it does not continue the journal beside it, which has 9 records"))
    }

    @Test func `a tail with a gap before it is refused`() throws {
        try crash(leaving: [[Self.later[1]]])
        #expect(complaintOfOpening().contains("record 10 is missing before 11"))
    }

    @Test func `what is in the table already is not taken twice`() throws {
        try crash(leaving: [Array(Sample.everyKind[6...]) + Self.later], after: 6)
        #expect(try folder.store.open().allEntries() == Sample.everyKind + Self.later)
    }

    @Test func `a journal that was closed leaves nothing in the tail`() throws {
        do {
            let journal = try folder.store.open()
            try journal.append(Sample.everyKind)
            journal.close()
        }
        #expect(try TailFile(in: StateFolder(path: folder.path)).batches(after: 0).isEmpty)
    }

    @Test func `more than both halves take goes through, and is found wherever it is`() throws {
        let store = folder.store
        let journal = try store.open()
        let reader = try journal.index()
        let large = String(repeating: "楼道里有烟。", count: 40_000)
        let sender = "网格员@110101005003002"
        var position: Int64 = 0
        for batch in 0..<12 {
            let entries = (1...12).map { _ in
                position += 1
                return Sample.entry(
                    position, Sample.incident("H-\(position)", telling: [(Sample.fire, position)], headline: large))
            }
            try journal.append(entries)
            #expect(try reader.entry(at: Position(position)) == entries.last)
            let first = IncidentNumber(Int64(batch) + 1)
            #expect(try reader.report(of: first)?.count ?? 0 > large.utf8.count)
        }
        #expect(try reader.newestIncidents(before: nil, limit: 1000).count == Int(position))
        let names = (0...position).map { ReportName(sender: sender, identifier: "H-\($0)") }
        #expect(try reader.incidents(named: names) == [nil] + (1...position).map { IncidentNumber($0) })
        #expect(try store.open().allEntries().count == Int(position))
    }

    @Test func `a batch that is larger than a half goes into the table itself`() throws {
        let journal = try folder.store.open()
        try journal.append(Sample.everyKind)
        let large = String(repeating: "火", count: 12 * 1024 * 1024)
        let incident = Sample.entry(10, Sample.incident("L-1", telling: [(Sample.fire, 3)], headline: large))
        try journal.append([incident])
        let stored = try DatabaseQueue(path: folder.file).read {
            try Int.fetchOne($0, sql: "SELECT max(position) FROM record")
        }
        #expect(stored == 10)
        let next = Sample.entry(11, Sample.rules)
        try journal.append([next])
        #expect(try journal.allEntries() == Sample.everyKind + [incident, next])
    }

    @Test func `a table that has lost a batch that went into it itself is refused`() throws {
        let other = StateFolderFixture()
        try FileManager.default.createDirectory(atPath: other.path, withIntermediateDirectories: true)
        let journal = try folder.store.open()
        try journal.append(Sample.everyKind)
        // Whoever reads an older state keeps SQLite from copying its log into the file.
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let reading = try DatabaseQueue(path: folder.file, configuration: configuration)
        try reading.writeWithoutTransaction { database in
            try database.execute(sql: "BEGIN")
            _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM record")
        }
        let large = String(repeating: "火", count: 12 * 1024 * 1024)
        try journal.append([Sample.entry(10, Sample.incident("L-1", telling: [(Sample.fire, 3)], headline: large))])
        for name in ["journal.sqlite", "journal.sqlite-wal", "journal.tail"] {
            try FileManager.default.copyItem(atPath: "\(folder.path)/\(name)", toPath: "\(other.path)/\(name)")
        }
        let log = try #require(FileHandle(forUpdatingAtPath: other.file + "-wal"))
        try log.truncate(atOffset: try log.seekToEnd() / 2)
        try log.close()
        try reading.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        let complaint = StateFolderFixture.complaint { _ = try other.store.open() }
        #expect(complaint.contains("it was written when the journal had 10 records, and the one beside it has 9"))
    }
}
