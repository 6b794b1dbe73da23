import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

@Suite struct JournalSalvageTests {
    private let folder = StateFolderFixture()
    private let saved = StateFolderFixture()
    private let history = RandomHistory(seed: 7, incidents: 300)

    private func salvage() throws -> JournalSalvage {
        try JournalSalvage.write(folder.path, to: saved.path, folding: CountingFold())
    }

    private func savedEntries() throws -> [JournalEntry] {
        #expect(try JournalCheck.run(saved.path, folding: CountingFold()).faults == [])
        return try saved.store.open().allEntries()
    }

    private func overwrite(_ name: String, at offset: Int, with bytes: Data) throws {
        let handle = try #require(FileHandle(forUpdatingAtPath: "\(folder.path)/\(name)"))
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: bytes)
        try handle.close()
    }

    /// The folder's files, byte for byte.
    private func files(except: Set<String> = []) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return Dictionary(
            uniqueKeysWithValues: try names.map {
                ($0, try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\($0)")))
            })
    }

    @Test func `a journal that is whole is saved whole, and left as it is`() throws {
        try folder.fill(history.entries)
        let before = try files()
        let result = try salvage()
        #expect(result.losses.lines == [])
        #expect(result.kept == Int64(history.entries.count))
        #expect(try savedEntries() == history.entries)
        #expect(try files() == before)
        #expect(!FileManager.default.fileExists(atPath: saved.path + ".partial"))
    }

    @Test func `records in SQLite's log and in the tail alone are saved, whatever the first blocks say`() throws {
        let running = StateFolderFixture()
        let journal = try running.store.openJournal()
        let half = history.entries.count / 2
        try journal.append(Array(history.entries.prefix(half)))
        try journal.withTable { _ in }
        let lock = try WriteLock(running.file)
        for entry in history.entries.dropFirst(half) { try journal.append([entry]) }
        try FileManager.default.copyItem(atPath: running.path, toPath: folder.path)
        try lock.release()
        journal.close()
        try overwrite("journal.sqlite", at: 0, with: Data(count: 100))
        try overwrite("journal.tail", at: 0, with: Data(repeating: 1, count: 64))
        try overwrite("journal.sqlite-wal", at: 0, with: Data(count: 32))
        let result = try salvage()
        #expect(result.losses.lines == [])
        #expect(result.notes == ["\(folder.path)/journal.tail is damaged: its first block has changed"])
        #expect(try savedEntries() == history.entries)
    }

    @Test func `a tree without its inner pages gives up its leaves`() throws {
        try folder.fill(history.entries)
        let root = try #require(
            try DatabaseQueue(path: folder.file).read {
                try Int.fetchOne($0, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'record'")
            })
        try overwrite("journal.sqlite", at: (root - 1) * 4096, with: Data(count: 4096))
        #expect(StateFolderFixture.complaint { _ = try folder.store.open().allEntries() }.hasPrefix("damaged: "))
        #expect(try salvage().losses.lines == [])
        #expect(try savedEntries() == history.entries)
    }

    /// Reports of up to some ten thousand bytes, so that rows go on in other pages.
    @Test func `long reports are put together from their pages`() throws {
        let long = (1...40).map { number in
            Sample.entry(
                Int64(number),
                Sample.incident(
                    "L-\(number)", telling: [(Sample.fire, Int64(number))],
                    headline: String(repeating: "火", count: number * number * 3)))
        }
        try folder.fill(long)
        try overwrite("journal.sqlite", at: 0, with: Data(count: 100))
        #expect(try salvage().losses.lines == [])
        #expect(try savedEntries() == long)
    }

    @Test func `a lost record leaves its place, and others keep their numbers`() throws {
        try folder.fill(Sample.everyKind)
        try folder.lose("position IN (3, 4)")
        let result = try salvage()
        #expect(result.losses.lines == ["records 3 to 4 are lost"])
        #expect(result.notes == ["\(folder.path)/journal.tail is missing: what was in it alone is lost"])
        let entries = try savedEntries()
        #expect(entries.map(\.position) == Sample.everyKind.map(\.position))
        for (found, written) in zip(entries, Sample.everyKind) where ![3, 4].contains(written.position.value) {
            #expect(found == written)
        }
        #expect(
            entries[2].record
                == .closed(
                    ClosedRecord(
                        incident: IncidentNumber(0), person: Person(by: "tocsin salvage", note: "record 3 was lost"))))
        let next = Sample.entry(10, Sample.incident("A-3", telling: [(Sample.fire, 3)]))
        try saved.store.open().append([next])
    }

    @Test func `what speaks of a lost incident is left out, line by line`() throws {
        try folder.fill(Sample.everyKind)
        try folder.lose("position = 2")
        let result = try salvage()
        #expect(
            result.losses.lines == [
                "record 2 is lost", "record 3 is left out: it speaks of lost alerts of fire",
                "record 4 is left out: it speaks of lost alerts of fire",
                "record 5 is left out: it speaks of lost alerts of fire",
                "record 6 is left out: it speaks of lost incident 2",
                "record 8 is left out: it speaks of lost incident 2",
            ])
        #expect((result.kept, result.losses.lost, result.losses.leftOut) == (3, 1, 5))
        #expect(try savedEntries()[6] == Sample.everyKind[6])
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `of any records that are left a journal comes that is whole`(seed: UInt64) throws {
        let entries = RandomHistory(seed: seed, incidents: 80).entries
        try folder.fill(entries)
        // The last one stays: that there was more behind the last that is left is not to be seen.
        try folder.lose("position * \(seed * 7919) % 11 < 3 AND position < \(entries.count)")
        let left = try folder.moved()
        let result = try salvage()
        #expect(result.losses.lost == Int64(entries.count - left.count))
        let found = try savedEntries()
        #expect(found.map(\.position) == entries.map(\.position))
        for position in left {
            // Incidents are what they were; what is said of them may be less.
            if case .incident = entries[Int(position) - 1].record {
                #expect(found[Int(position) - 1] == entries[Int(position) - 1])
            }
        }
    }

    @Test func `a column that only finds a record does not cost the record`() throws {
        try folder.fill(Sample.everyKind)
        try folder.tamper("UPDATE record SET width = 5, previous = 1 WHERE position = 4")
        #expect(try salvage().losses.lines == [])
        #expect(try savedEntries() == Sample.everyKind)
    }

    @Test func `nothing is written where there is something, where a daemon runs, or where nothing is whole`() throws {
        try folder.fill(Sample.everyKind)
        try FileManager.default.createDirectory(atPath: saved.path, withIntermediateDirectories: true)
        #expect(StateFolderFixture.complaint { _ = try salvage() }.contains("\(saved.path) exists"))
        try FileManager.default.removeItem(atPath: saved.path)
        do {
            let journal = try folder.store.open()
            #expect(StateFolderFixture.complaint { _ = try salvage() }.hasPrefix("inUse: A tocsind uses"))
            journal.close()
        }
        try Data(count: 50_000).write(to: URL(fileURLWithPath: folder.file))
        try FileManager.default.removeItem(atPath: folder.path + "/journal.tail")
        #expect(
            StateFolderFixture.complaint { _ = try salvage() }.hasPrefix("failed: Nothing of \(folder.path) is whole"))
        #expect(!FileManager.default.fileExists(atPath: saved.path + ".partial"))
    }
}
