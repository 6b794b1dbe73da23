import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// What other programs do with the file: they read an older state of it, or hold the lock for writing.
@Suite struct HeldTableTests {
    private let folder = StateFolderFixture()

    /// Another program's connection on which `sql` has begun a transaction.
    private func another(_ sql: String...) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let queue = try DatabaseQueue(path: folder.file, configuration: configuration)
        try queue.writeWithoutTransaction { database in
            for sql in sql { _ = try Row.fetchAll(database, sql: sql) }
        }
        return queue
    }

    private func end(_ queue: DatabaseQueue) throws {
        try queue.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
    }

    private func incident(_ position: Int64, bytes: Int = 3) -> JournalEntry {
        let headline = String(repeating: "x", count: bytes)
        return Sample.entry(
            position, Sample.incident("H-\(position)", telling: [(Sample.fire, position)], headline: headline))
    }

    private func isMoved(through position: Int64) throws {
        // The thread that moves tries again by itself.
        let deadline = ContinuousClock.now + .seconds(30)
        while try folder.moved().last != position {
            try #require(ContinuousClock.now < deadline, "The records do not come into the table.")
        }
        #expect(try folder.moved() == Array(1...position))
    }

    @Test func `a journal opens while somebody reads an older state of it`() throws {
        try folder.fill(Sample.everyKind)
        let reading = try another("BEGIN", "SELECT count(*) FROM record")
        for position in 10...14 as ClosedRange<Int64> {
            let journal = try folder.store.open()
            #expect(try journal.allEntries().count == Int(position) - 1)
            try journal.append([incident(position)])
            journal.close()
        }
        let older = try reading.writeWithoutTransaction { try Int.fetchOne($0, sql: "SELECT count(*) FROM record") }
        #expect(older == 9)
        try end(reading)
        #expect(try folder.moved() == Array(1...14))
    }

    @Test func `it opens while one program reads an older state and another has it locked`() throws {
        try folder.fill(Sample.everyKind)
        let reading = try another("BEGIN", "SELECT count(*) FROM record")
        try folder.fill([incident(10)])
        let lock = try another("BEGIN IMMEDIATE")
        let journal = try folder.store.open()
        try journal.append([incident(11)])
        #expect(try journal.allEntries() == Sample.everyKind + [incident(10), incident(11)])
        try end(lock)
        try isMoved(through: 11)
        try end(reading)
    }

    @Test func `it opens while one program has it locked and another waits to begin the log anew`() throws {
        try folder.fill(Sample.everyKind)
        let lock = try another("BEGIN IMMEDIATE")
        var configuration = Configuration()
        configuration.busyMode = .timeout(30)
        let copying = try DatabaseQueue(path: folder.file, configuration: configuration)
        let hasEnded = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            try? copying.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(RESTART)") }
            hasEnded.signal()
        }
        // As soon as it waits, nobody else can copy the log.
        let watch = try DatabaseQueue(path: folder.file)
        let deadline = ContinuousClock.now + .seconds(30)
        while try watch.writeWithoutTransaction({ database in
            do {
                _ = try database.checkpoint(.passive)
                return true
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                return false
            }
        }) {
            try #require(ContinuousClock.now < deadline, "It does not wait.")
        }
        let journal = try folder.store.open()
        try journal.append([incident(10)])
        #expect(try journal.allEntries() == Sample.everyKind + [incident(10)])
        try end(lock)
        hasEnded.wait()
        try isMoved(through: 10)
    }

    @Test func `records go to the tail while the table is locked, and into the table when it is free`() throws {
        let journal = try folder.store.open()
        try journal.append(Sample.everyKind)
        let lock = try another("BEGIN IMMEDIATE")
        let reader = try journal.index()
        for position in 10...40 as ClosedRange<Int64> {
            try journal.append([incident(position)])
            #expect(try reader.entry(at: Position(position)) == incident(position))
        }
        journal.snapshots.keep(JournalSnapshot(position: Position(9), pieces: [[1, 2, 3]]))
        try journal.probe()
        try end(lock)
        try isMoved(through: 40)
    }

    @Test func `a journal that opens while the table is locked serves from the tail, again and again`() throws {
        try folder.fill(Sample.everyKind)
        let lock = try another("BEGIN IMMEDIATE")
        var kept = Sample.everyKind
        for _ in 1...5 {
            let journal = try folder.store.open()
            #expect(try journal.allEntries() == kept)
            let names = kept.compactMap { entry in
                if case .incident(let incident) = entry.record { incident.name } else { nil }
            }
            #expect(try journal.index().incidents(named: names).allSatisfy { $0 != nil })
            for _ in 1...3 {
                let next = incident(Int64(kept.count) + 1)
                try journal.append([next])
                kept.append(next)
            }
            journal.close()
        }
        try end(lock)
        #expect(try folder.store.open().allEntries() == kept)
        #expect(try folder.moved() == Array(1...Int64(kept.count)))
    }

    @Test func `a batch that was being written leaves no trace where the table is locked`() throws {
        try folder.fill(Sample.everyKind)
        let lock = try another("BEGIN IMMEDIATE")
        do {
            let journal = try folder.store.open()
            try journal.append([incident(10)])
            try journal.append((11...20).map { incident($0, bytes: 2000) })
        }
        let handle = try #require(FileHandle(forUpdatingAtPath: folder.path + "/journal.tail"))
        try handle.seek(toOffset: UInt64(TailFile.start(of: 0) + 2 * TailFile.block + 10))
        try handle.write(contentsOf: [0, 0, 0])
        try handle.close()
        var kept = Sample.everyKind + [incident(10)]
        for _ in 1...3 {
            let journal = try folder.store.open()
            #expect(try journal.allEntries() == kept)
            kept.append(incident(Int64(kept.count) + 1))
            try journal.append(kept.suffix(1))
        }
        try end(lock)
        #expect(try folder.store.open().allEntries() == kept)
    }

    @Test func `only a tail that is full beside a locked table is busy, and a probe says when it is not`() throws {
        let store = folder.store
        let journal = try store.open()
        try journal.append(Sample.everyKind)
        let lock = try another("BEGIN IMMEDIATE")
        var kept = Sample.everyKind
        var complaint = "nothing"
        while complaint == "nothing" {
            let next = incident(Int64(kept.count) + 1, bytes: 250_000)
            complaint = StateFolderFixture.complaint { try journal.append([next]) }
            if complaint == "nothing" { kept.append(next) }
        }
        #expect(complaint.hasPrefix("busy: \(folder.file) is locked by another program, perhaps a sqlite3 shell"))
        #expect(kept.count > 9 + 200)

        let reopened = try store.open()
        #expect(reopened.lastPosition == Position(Int64(kept.count)))
        #expect(StateFolderFixture.complaint { try reopened.probe() }.hasPrefix("busy: "))
        try end(lock)
        try reopened.probe()
        kept.append(incident(Int64(kept.count) + 1))
        try reopened.append(kept.suffix(1))
        #expect(try reopened.allEntries() == kept)
    }

    @Test func `SQLite's log is written again as it is`() throws {
        try folder.fill([])
        let table = try folder.table()
        try table.withWritingConnection { try $0.execute(sql: "INSERT INTO scratch VALUES (randomblob(3000000))") }
        let log = URL(fileURLWithPath: folder.file + "-wal")
        let before = try Data(contentsOf: log)
        #expect(before.count > 3_000_000)
        try WriteAheadLog(path: log.path).writeAgain()
        try WriteAheadLog(path: log.path).writeAgain(frames: 2, pageBytes: 4096)
        #expect(try Data(contentsOf: log) == before)
        try WriteAheadLog(path: folder.path + "/none").writeAgain()
    }
}
