import Foundation
import GRDB
import Glibc
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// What a journal keeps for people while the disk is full, and what can be read where nothing can be written.
struct FullDiskTests {
    private let folder = StateFolderFixture()

    private func incidents(after position: Int64, _ count: Int64, bytes: Int = 1000) -> [JournalEntry] {
        (position + 1...position + count).map { position in
            Sample.entry(
                position,
                Sample.incident(
                    "F-\(position)", telling: [(Sample.fire, position)], headline: String(repeating: "x", count: bytes))
            )
        }
    }

    @Test func `the tail's blocks are its own, and stay so`() throws {
        do {
            let journal = try SQLiteJournalStore(folder: folder.path, reserveBytes: 1).openJournal()
            #expect(journal.tail.file.isAllocated)
            #expect(try folder.tailBlocks >= TailFile.wholeBytes)
            #expect(journal.takeTroubles().isEmpty)
            try journal.append(Sample.everyKind)
        }
        #expect(try SQLiteJournalStore(folder: folder.path).open().allEntries() == Sample.everyKind)
        #expect(try folder.tailBlocks >= TailFile.wholeBytes)
    }

    /// Where one is missing a full disk ends the process that writes there.
    @Test func `the index of SQLite's log has all its blocks`() throws {
        let journal = try folder.store.openJournal()
        try journal.append(Sample.everyKind)
        var information = stat()
        try #require(stat(folder.file + "-shm", &information) == 0)
        #expect(information.st_size >= 128 * 1024)
        #expect(information.st_blocks * 512 >= information.st_size)
    }

    @Test func `without a reserve nothing is set aside`() throws {
        let journal = try folder.store.openJournal()
        #expect(try folder.tailBlocks <= 4 * TailFile.preparedBytes)
        #expect(journal.room == .ample)
    }

    @Test func `new reports are to be refused while no more is left than is kept, and the rest is written`() throws {
        let kept = TailFile.halfBytes - 512 * 1024
        let journal = try SQLiteJournalStore(folder: folder.path, reserveBytes: kept).openJournal()
        try journal.append(incidents(after: 0, 1))
        try journal.withTable { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        var last: Int64 = 1
        while journal.room == .ample, last < 2000 {
            try journal.append(incidents(after: last, 10, bytes: 10_000))
            last += 10
            #expect(StateFolderFixture.complaint { try journal.withTable { _ in } }.hasPrefix("full: "))
        }
        #expect(journal.room == .kept)
        // What people say is written, and a probe that comes now finds that it is.
        try journal.append([Sample.entry(last + 1, Sample.received(Sample.fire, 1...last))])
        try journal.probe()
        #expect(journal.room == .kept)
        #expect(try journal.allEntries().count == Int(last) + 1)

        try journal.makeRoom()
        try journal.withTable { _ in }
        #expect(journal.room == .ample)
        #expect(try folder.moved().count == Int(last) + 1)
    }

    @Test func `a journal that can only be read has what was stored, takes nothing, and says when it can be written`()
        throws
    {
        let copy = StateFolderFixture()
        let journal = try folder.store.openJournal()
        try journal.append(incidents(after: 0, 5))
        try journal.withTable { _ in }
        try journal.append(incidents(after: 5, 3))
        try copy.take(["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "journal.tail"], from: folder)

        let store = copy.store
        let reading = try store.openToBeRead(StateLock(folder: StateFolder(path: copy.path)))
        #expect(reading.room == .none)
        #expect(try reading.allEntries() == journal.allEntries())
        let names = (1...9).map { ReportName(sender: "网格员@110101005003002", identifier: "F-\($0)") }
        let found = try reading.index().incidents(named: names)
        #expect(found == (1...8).map { IncidentNumber($0) } + [nil])
        let complaint = StateFolderFixture.complaint { try reading.append(incidents(after: 8, 1)) }
        #expect(complaint.hasPrefix("readOnly: "))
        #expect(
            StateFolderFixture.complaint { try reading.probe() }
                == "failed: \(copy.path) can be written again: the journal is opened anew.")
        #expect(!FileManager.default.fileExists(atPath: copy.path + "/journal.probe"))
        reading.close()
    }

    @Test func `SQLite's log is compared with what is on disk, whole chunks and the rest`() throws {
        let path = folder.path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let log = WriteAheadLog(path: path + "/log")
        try log.requireOnDisk()
        try Data(repeating: 7, count: 3_000_001).write(to: URL(fileURLWithPath: log.path))
        try log.requireOnDisk()
    }
}

extension StateFolderFixture {
    /// The bytes of the blocks that the tail has.
    fileprivate var tailBlocks: Int {
        get throws {
            var information = stat()
            try #require(stat(path + "/journal.tail", &information) == 0)
            return Int(information.st_blocks) * 512
        }
    }

    fileprivate func take(_ names: [String], from other: StateFolderFixture) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for name in names {
            try FileManager.default.copyItem(atPath: "\(other.path)/\(name)", toPath: "\(path)/\(name)")
        }
    }
}

extension SQLiteJournal {
    /// Lets the table grow again.
    fileprivate func makeRoom() throws {
        try table.withWritingConnection { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
    }
}
