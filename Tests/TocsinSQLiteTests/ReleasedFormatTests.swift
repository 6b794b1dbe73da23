import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// Journals that earlier versions have written open in this one, and a later version's is refused.
///
/// Tests/Journals has one of each released format, as `make.py` there had it written by that version's daemon. A
/// version that changes the format adds its own.
@Suite struct ReleasedFormatTests {
    private static let journals = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("Journals")
    private static let released = 6...10

    private let folder = StateFolderFixture()

    private func unpack(_ format: Int) throws {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let archive = Self.journals.appendingPathComponent("format-\(format).tar.xz").path
        let tar = try Process.run(
            URL(fileURLWithPath: "/usr/bin/tar"),
            arguments: ["--extract", "--no-same-owner", "--file", archive, "--directory", folder.path])
        tar.waitUntilExit()
        #expect(tar.terminationStatus == 0)
    }

    /// What a view says, as JSON that can be compared.
    private func rows(of view: String, _ columns: String, in database: Database) throws -> [NSDictionary] {
        try Row.fetchAll(database, sql: "SELECT \(columns) FROM \(view)").map { row in
            NSDictionary(
                dictionary: Dictionary(
                    uniqueKeysWithValues: row.map { name, value in
                        (
                            name,
                            value.isNull
                                ? NSNull()
                                : Int.fromDatabaseValue(value).map { $0 as Any } ?? String.fromDatabaseValue(value)
                                    ?? ""
                        )
                    }))
        }
    }

    @Test(arguments: released)
    func `a journal of each released format opens, and says what it said`(format: Int) throws {
        try unpack(format)
        let expected = try #require(
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: Self.journals.appendingPathComponent("format-\(format).json")))
                as? [String: [NSDictionary]])
        #expect(expected.keys.sorted().prefix(3) == ["acknowledgements", "alerts", "incidents"])
        let journal = try folder.store.openJournal()
        for (view, said) in expected {
            // A later view may say more.
            let columns = (said.first?.allKeys ?? []).map { "\"\($0)\"" }.joined(separator: ", ")
            let found = try journal.withTable { try rows(of: view, columns, in: $0) }
            #expect(Set(found) == Set(said), "\(view)")
            #expect(found.count == said.count)
        }
        let next = journal.lastPosition.value + 1
        #expect(try journal.allEntries().count == Int(next) - 1)
        try journal.append([Sample.entry(next, Sample.rules)])
        journal.close()
        let findings = try JournalCheck.run(folder.path, folding: CountingFold())
        #expect(findings.faults == [])
        #expect(findings.format == Schema.format)
    }

    /// The way back, in the README.
    @Test(arguments: released)
    func `a backup that was made before an upgrade has the earlier format, which the journal has not any more`(
        format: Int
    ) throws {
        try unpack(format)
        let backup = folder.path + "/before.sqlite"
        let findings = try JournalBackup.write(
            folder.path, to: backup, replacing: false, folding: CountingFold()
        ).findings
        #expect(findings.isWhole && findings.format == format)
        let entries = try folder.store.open().allEntries()
        // As the earlier version would see them.
        let earlier = Schema.migrator(to: format)
        let (before, after) = (try DatabaseQueue(path: backup), try DatabaseQueue(path: folder.file))
        #expect(try before.read(earlier.hasCompletedMigrations) && !before.read(earlier.hasBeenSuperseded))
        #expect(try after.read(earlier.hasBeenSuperseded) == (format < Schema.format))
        #expect(try before.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM record") } == entries.count)
    }

    /// Formats that were never released, and that this version still reads.
    @Test(arguments: 1...Schema.format)
    func `a journal of any format is brought to this one, with its records`(format: Int) throws {
        let entries = RandomHistory(seed: UInt64(format), incidents: 20, rings: format >= 10).entries
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let old = try DatabaseQueue(path: folder.file)
        try old.writeWithoutTransaction { try $0.execute(sql: "PRAGMA application_id = \(Schema.applicationID)") }
        try Schema.migrator(to: format).migrate(old)
        try old.write { database in
            var batch = RowBatch()
            batch.fill(entries, previous: 0)
            let statement = try RawStatement(database, RecordRow.insert)
            try batch.withRows { rows in for row in RecordRows(in: rows) { try row.insert(by: statement) } }
        }
        try old.close()
        // It can be checked and backed up before that.
        #expect(try JournalCheck.run(folder.path, folding: CountingFold()).faults == [])
        let journal = try folder.store.open()
        #expect(try journal.allEntries() == entries)
        journal.close()
        #expect(try JournalCheck.run(folder.path, folding: CountingFold()).faults == [])
    }

    @Test func `a later version's journal is refused, and both versions are named`() throws {
        try folder.fill(Sample.everyKind)
        let epoch = try folder.store.open().log.epoch
        try folder.tamper("INSERT INTO grdb_migrations VALUES ('99: something new')")
        let sentence =
            "incompatible: \(folder.file) was written by a later version of Tocsin: it has format 99, and this version "
            + "reads formats 1 to \(Schema.format)."
        for attempt in [
            { _ = try folder.store.open() }, { _ = try folder.store.declareRestored() },
            { _ = try JournalCheck.run(folder.path, folding: CountingFold()) },
            {
                _ = try JournalBackup.write(
                    folder.path, to: folder.path + "/b", replacing: false, folding: CountingFold())
            },
        ] {
            #expect(StateFolderFixture.complaint(attempt).hasPrefix(sentence))
        }
        try folder.tamper("DELETE FROM grdb_migrations WHERE identifier = '99: something new'")
        #expect(try folder.store.open().log.epoch == epoch)
    }

    @Test func `a later version's tail is refused, and no damage`() throws {
        try folder.fill(Sample.everyKind)
        let handle = try #require(FileHandle(forUpdatingAtPath: folder.path + "/journal.tail"))
        var first = try #require(try handle.read(upToCount: 32))
        first[0] = UInt8(ascii: "3")
        let checksum = first.withUnsafeBytes { Checksum.of($0) }
        try handle.seek(toOffset: 0)
        try handle.write(contentsOf: first + withUnsafeBytes(of: checksum.littleEndian) { Data($0) })
        try handle.close()
        let complaint = StateFolderFixture.complaint { _ = try folder.store.open() }
        #expect(
            complaint.hasPrefix(
                "incompatible: \(folder.path)/journal.tail was written by a later version of Tocsin: it has format 3, and "
                    + "this version reads formats 1 to 2."), "\(complaint)")
    }
}

/// A fold that only counts: a snapshot says the same where its first byte is the number of records.
struct CountingFold: RecordFold {
    private var count = 0

    mutating func apply(_ entry: JournalEntry) {
        count += 1
        precondition(entry.position.value == Int64(count), "They come in order, without gaps.")
    }

    func difference(from snapshot: JournalSnapshot) -> String? {
        snapshot.pieces.first?.first == UInt8(count) ? nil : "it counts otherwise"
    }
}
