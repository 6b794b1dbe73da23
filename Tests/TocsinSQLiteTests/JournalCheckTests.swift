import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// What the check of everything finds, beside what a start does.
@Suite struct JournalCheckTests {
    private let folder = StateFolderFixture()
    private static let epochCharacters = 1...16

    private func fill(_ entries: [JournalEntry] = Sample.everyKind, snapshot: UInt8? = 5) throws {
        let journal = try folder.store.open()
        try journal.append(entries)
        if let snapshot {
            journal.snapshots.keep(JournalSnapshot(position: Position(5), pieces: [[snapshot], [1, 2, 3]]))
            #expect(try journal.snapshots.latest() != nil)
        }
        journal.close()
    }

    private func findings() throws -> JournalFindings {
        try JournalCheck.run(folder.path, folding: CountingFold())
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `a journal that is whole is found so, closed or open, moved or not`(seed: UInt64) throws {
        let history = RandomHistory(seed: seed, incidents: 60)
        try fill(history.entries)
        let closed = try findings()
        #expect(closed.faults == [])
        #expect(closed.notes == [])
        #expect((closed.records, closed.incidents) == (Int64(history.entries.count), 60))
        #expect(closed.snapshotPosition == 5)
        let journal = try folder.store.open()
        #expect(closed.epoch == journal.log.epoch.text)
        // Nothing is moved while somebody has the table.
        let lock = try WriteLock(folder.file)
        let next = Int64(history.entries.count) + 1
        try journal.append([Sample.entry(next, Sample.rules)])
        let open = try findings()
        #expect(open.faults == [])
        #expect((open.records, open.unmoved) == (next, 1))
        try lock.release()
    }

    @Test(arguments: [
        ("UPDATE record SET at = at + 1 WHERE position = 3", "record 3: its checksum is "),
        ("UPDATE record SET width = 3 WHERE position = 4", "record 4: a column that it is found by"),
        ("UPDATE record SET previous = 0 WHERE position = 7", "record 7: its chain of incidents is broken"),
        ("DELETE FROM record WHERE position = 3", "record 3 is missing"),
        ("DELETE FROM record WHERE position IN (3, 4, 5)", "records 3 to 5 are missing"),
        ("DROP INDEX record_by_alert", "schema: index record_by_alert is missing"),
        ("DROP VIEW acknowledgements", "schema: view acknowledgements is missing"),
        ("UPDATE reach SET reach = 2 WHERE width = 0", "reach: its rows are not what was written"),
        ("UPDATE snapshot SET content = x'04' WHERE number = 0", "snapshot: piece 0 of 5 is not what was written"),
        ("UPDATE journal SET tail = 1, checksum = NULL", "it belongs to another journal than the one beside it"),
        ("UPDATE journal SET tail = tail + 1", "the row of its table journal"),
    ])
    func `whatever was changed is found, and said in a line`(change: String, line: String) throws {
        try fill()
        try folder.tamper(change)
        let findings = try findings()
        #expect(findings.faults.contains { $0.contains(line) }, "\(findings.faults)")
        #expect(!findings.isWhole)
    }

    @Test(arguments: epochCharacters)
    func `a letter of the epoch that has changed is found, by a start too`(place: Int) throws {
        try fill()
        let (before, after) = ("substr(epoch, 1, \(place) - 1)", "substr(epoch, \(place) + 1)")
        try folder.tamper(
            "UPDATE journal SET epoch = \(before) || iif(substr(epoch, \(place), 1) = '0', '1', '0') || \(after)")
        let line = "the row of its table journal, with its epoch and its tail, is not what was written"
        #expect(try findings().faults.contains { $0.contains(line) })
        let complaint = StateFolderFixture.complaint { _ = try folder.store.open() }
        #expect(complaint.contains(line) && complaint.contains("--restored"))
        _ = try folder.store.declareRestored()
        #expect(try findings().faults == [])
        #expect(try folder.store.open().allEntries() == Sample.everyKind)
    }

    @Test func `a name that the index does not have is found, though a start does not look`() throws {
        try fill()
        let page = try #require(
            try DatabaseQueue(path: folder.file).read {
                try Int.fetchOne($0, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'record_by_name'")
            })
        var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file))
        let pages = bytes[((page - 1) * 4096)..<(page * 4096)]
        let name = try #require(pages.range(of: Data("A-2".utf8)))
        bytes[name.lowerBound + 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: folder.file))
        #expect(try folder.store.open().allEntries() == Sample.everyKind)
        let findings = try findings()
        #expect(findings.faults.contains { $0.contains("record_by_name") }, "\(findings.faults)")
    }

    @Test func `a view that says something else is found`() throws {
        try fill()
        let state = "CASE WHEN recipient = 'fire' THEN 'queued' ELSE state END AS state"
        try folder.tamper(
            """
            CREATE VIEW others AS SELECT * FROM incidents;
            DROP VIEW alerts;
            CREATE VIEW alerts AS SELECT incident, recipient, number, purpose, rule, escalation, NULL AS received_at, \(
                state.replacingOccurrences(of: "ELSE state", with: "ELSE 'queued'")) FROM addressed;
            """)
        let findings = try findings()
        #expect(findings.faults.contains("schema: view alerts is not what this format has"))
        #expect(findings.faults.contains("incident 2: the views do not say what its records say"))
        #expect(findings.notes == ["schema: view others is not Tocsin's."])
    }

    @Test func `a snapshot that says something else than the records is found`() throws {
        try fill(snapshot: 4)
        #expect(try findings().faults == ["snapshot of 5 records: it counts otherwise"])
    }

    @Test func `a snapshot of records that are not there is found`() throws {
        try fill(Array(Sample.everyKind.prefix(4)), snapshot: nil)
        let table = try folder.table()
        _ = try table.keep(JournalSnapshot(position: Position(9), pieces: [[9]]), from: 0)
        table.close()
        #expect(try findings().faults == ["snapshot of 9 records: the journal has 4"])
    }

    @Test func `a tail that is missing, cut short or changed is found`() throws {
        try fill()
        let tail = folder.path + "/journal.tail"
        let handle = try #require(FileHandle(forUpdatingAtPath: tail))
        try handle.seek(toOffset: 9)
        try handle.write(contentsOf: [1])
        #expect(try findings().faults == ["\(tail) is damaged: its first block has changed"])
        try handle.truncate(atOffset: 4096)
        try handle.close()
        #expect(try findings().faults.count == 1)
        try FileManager.default.removeItem(atPath: tail)
        #expect(try findings().faults == ["\(tail) is damaged: it is missing"])
    }

    @Test func `what is in the tail and in the table must be the same`() throws {
        // One batch whose first record is in the table, otherwise than in the tail.
        let journal = try folder.store.openJournal()
        try journal.append(Array(Sample.everyKind.prefix(2)))
        try journal.withTable { _ in }
        let lock = try WriteLock(folder.file)
        try journal.append([Sample.entry(3, Sample.rules), Sample.entry(4, Sample.rules)])
        try lock.write { database in
            var batch = RowBatch()
            batch.fill([Sample.entry(3, Sample.closed(2))], previous: 2)
            let statement = try RawStatement(database, RecordRow.insert)
            try batch.withRows { rows in for row in RecordRows(in: rows) { try row.insert(by: statement) } }
            try database.execute(sql: "COMMIT; BEGIN IMMEDIATE")
        }
        #expect(try findings().faults == ["record 3: journal.tail and journal.sqlite do not have the same"])
        try lock.release()
    }

    @Test func `what cannot be read at all is a finding, and where nothing is there an error`() throws {
        #expect(StateFolderFixture.complaint { _ = try findings() }.contains("\(folder.path) cannot be read"))
        try fill()
        try Data(repeating: 7, count: 100_000).write(to: URL(fileURLWithPath: folder.file))
        #expect(try findings().faults.first?.contains("it cannot be read (SQLite: ") == true)
        try FileManager.default.removeItem(atPath: folder.file)
        #expect(StateFolderFixture.complaint { _ = try findings() } == "failed: There is no journal in \(folder.file).")
    }

    @Test func `lines are bounded, and counted`() throws {
        let many = (1...400).map { Sample.entry($0, Sample.incident("C-\($0)", telling: [(Sample.fire, $0)])) }
        try fill(many, snapshot: nil)
        try folder.tamper("UPDATE record SET checksum = checksum + 1")
        let findings = try findings()
        #expect(findings.faults.count == JournalFindings.limit)
        #expect(findings.faultCount == 400)
    }
}

/// Another program's lock for writing.
struct WriteLock {
    private let queue: DatabaseQueue

    init(_ path: String) throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .timeout(5)
        queue = try DatabaseQueue(path: path, configuration: configuration)
        try write { try $0.execute(sql: "BEGIN IMMEDIATE") }
    }

    func write(_ body: (Database) throws -> Void) throws {
        try queue.writeWithoutTransaction(body)
    }

    func release() throws {
        try write { try $0.execute(sql: "COMMIT") }
    }
}
