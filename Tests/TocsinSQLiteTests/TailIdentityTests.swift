import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// The table knows its tail, and what has been put in its place is found.
@Suite struct TailIdentityTests {
    private let folder = StateFolderFixture()

    private var tailFile: String { folder.path + "/journal.tail" }

    private func complaintOfOpening() -> String {
        StateFolderFixture.complaint { _ = try folder.store.open() }
    }

    private func truncateTail(to bytes: Int) throws {
        let handle = try #require(FileHandle(forUpdatingAtPath: tailFile))
        try handle.truncate(atOffset: UInt64(bytes))
        try handle.close()
    }

    private func replaceFolder(by backup: String) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
        }
        try FileManager.default.moveItem(atPath: backup, toPath: folder.file)
    }

    @Test func `a tail of any other length than it was made with is refused`() throws {
        try folder.fill(Sample.everyKind)
        let blocks = stride(from: TailFile.wholeBytes, to: 0, by: -TailFile.block * 500)
        for bytes in blocks.flatMap({ [$0 - 1, $0 - 511, $0 - TailFile.block] }) + [TailFile.block, 33, 1, 0] {
            try truncateTail(to: bytes)
            let complaint = complaintOfOpening()
            #expect(complaint.hasPrefix("damaged: \(tailFile) is damaged: it was cut short"), "\(bytes): \(complaint)")
        }
    }

    @Test(arguments: [true, false])
    func `a journal without its table is refused, and what is left of it stays as it is`(isEmptied: Bool) throws {
        try folder.fill(Sample.everyKind)
        let (files, away) = (FileManager.default, folder.path + "-away")
        try files.moveItem(atPath: folder.file, toPath: away)
        if isEmptied { #expect(files.createFile(atPath: folder.file, contents: nil)) }
        let parts = [tailFile, folder.file + "-wal"].filter { files.fileExists(atPath: $0) }
        let before = parts.map { files.contents(atPath: $0) }
        let complaint = complaintOfOpening()
        #expect(complaint.hasPrefix("damaged: \(folder.file) is missing, and "), "\(complaint)")
        #expect(parts.map { files.contents(atPath: $0) } == before)
        try? files.removeItem(atPath: folder.file)
        try files.moveItem(atPath: away, toPath: folder.file)
        #expect(try folder.store.open().allEntries() == Sample.everyKind)
    }

    @Test func `a tail that is missing is refused until somebody says that a backup was restored`() throws {
        try folder.fill(Sample.everyKind)
        let epoch = try folder.store.open().log.epoch
        try FileManager.default.removeItem(atPath: tailFile)
        let complaint = complaintOfOpening()
        #expect(complaint.hasPrefix("damaged: \(tailFile) is damaged: it is missing"))
        #expect(complaint.contains("tocsind --config FILE --restored"))
        #expect(!FileManager.default.fileExists(atPath: tailFile))
        let next = try folder.store.declareRestored()
        #expect(next != epoch)
        for _ in 1...2 { #expect(try folder.store.open().log.epoch == next) }
        try truncateTail(to: 100)
        #expect(complaintOfOpening().contains("it was cut short"))
    }

    @Test func `a backup that is restored goes on in another epoch, where numbers may be given again`() throws {
        let backup = folder.path + "-backup"
        let epoch: JournalEpoch
        do {
            let journal = try folder.store.openJournal()
            epoch = journal.log.epoch
            try journal.append(Sample.everyKind)
            try journal.withTable { try $0.execute(sql: "VACUUM INTO '\(backup)'") }
            try journal.append([Sample.entry(10, Sample.rules)])
        }
        try replaceFolder(by: backup)
        #expect(complaintOfOpening().contains("it is missing"))
        #expect(try folder.store.declareRestored() != epoch)
        let journal = try folder.store.open()
        #expect(journal.log.epoch != epoch)
        #expect(try journal.allEntries() == Sample.everyKind)
        try journal.append([Sample.entry(10, Sample.rules)])
    }

    @Test func `an older table beside the tail that was left there is refused`() throws {
        let backup = folder.path + "-backup"
        do {
            let journal = try folder.store.openJournal()
            try journal.append(Sample.everyKind)
            try journal.withTable { try $0.execute(sql: "VACUUM INTO '\(backup)'") }
            try journal.append([Sample.entry(10, Sample.rules)])
            journal.close()
        }
        try FileManager.default.removeItem(atPath: folder.file)
        try FileManager.default.moveItem(atPath: backup, toPath: folder.file)
        let complaint = complaintOfOpening()
        #expect(complaint.contains("it was written when the journal had 10 records, and the one beside it has 9"))
        // The tail is that of other records: it must go first.
        #expect(StateFolderFixture.complaint { _ = try folder.store.declareRestored() } == complaint)
        try FileManager.default.removeItem(atPath: tailFile)
        _ = try folder.store.declareRestored()
        #expect(try folder.store.open().allEntries() == Sample.everyKind)
    }

    @Test func `a journal of the version before gets an identity, with what a crash has left in its tail`() throws {
        try folder.fill(Sample.everyKind)
        let last = Sample.entry(10, Sample.rules)
        do {
            let table = try folder.table()
            let tail = try Tail(
                file: TailFile(in: StateFolder(path: folder.path)), after: 9, lastChecksum: table.last.checksum,
                names: NameFilter(records: 0))
            var batch = RowBatch()
            batch.fill([last], previous: table.last.incident)
            _ = try tail.append(&batch, of: [last])
        }
        // What that version wrote: no identity, no position, no checksum, and a file that ends with what was prepared.
        let handle = try #require(FileHandle(forUpdatingAtPath: tailFile))
        try handle.write(contentsOf: Data("scoTliaT".utf8))
        try handle.seek(toOffset: 16)
        try handle.write(contentsOf: Data(count: 20))
        try handle.truncate(atOffset: UInt64(TailFile.start(of: 1) + TailFile.preparedBytes))
        try handle.close()
        try folder.tamper(
            "DROP TABLE journal; DROP VIEW operations; DROP VIEW subscriptions; DROP INDEX record_by_subscription;"
                + "DELETE FROM grdb_migrations WHERE identifier >= '6'")

        #expect(try folder.store.open().allEntries() == Sample.everyKind + [last])
        try truncateTail(to: TailFile.start(of: 1) + TailFile.preparedBytes)
        #expect(complaintOfOpening().contains("it was cut short"))
    }

    @Test func `a crash before the table has noted its tail keeps nobody from starting`() throws {
        try folder.fill(Sample.everyKind)
        try folder.tamper("UPDATE journal SET tail = NULL, tail_bytes = NULL, checksum = NULL")
        #expect(try folder.store.open().allEntries() == Sample.everyKind)
        // Nor one before the file was marked, or had its length.
        for bytes in [0, 100, TailFile.start(of: 1)] {
            try folder.tamper("UPDATE journal SET tail = NULL, tail_bytes = NULL, checksum = NULL")
            try Data(count: bytes).write(to: URL(fileURLWithPath: tailFile))
            #expect(try folder.store.open().allEntries() == Sample.everyKind)
        }
        try truncateTail(to: 100)
        #expect(complaintOfOpening().contains("it was cut short"))
    }

    @Test func `a folder without a journal cannot be declared restored`() {
        let complaint = StateFolderFixture.complaint { _ = try folder.store.declareRestored() }
        #expect(complaint == "failed: There is no \(folder.file). Put the backup in its place first.")
    }
}
