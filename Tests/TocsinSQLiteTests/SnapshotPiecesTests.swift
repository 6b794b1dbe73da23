import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// A snapshot is kept in several transactions, and read only where it is whole.
@Suite struct SnapshotPiecesTests {
    private let folder = StateFolderFixture()
    private let table: RecordTable

    init() throws {
        try folder.fill([])
        table = try folder.table()
    }

    /// Three pieces to a transaction, and four in the last one.
    private func snapshot(_ position: Int64, pieces: Int = 10) -> JournalSnapshot {
        JournalSnapshot(
            position: Position(position),
            pieces: (0..<pieces).map { [UInt8](repeating: UInt8($0), count: RecordTable.transactionBytes / 3 + 1) })
    }

    private func keep(_ snapshot: JournalSnapshot) throws {
        var next = 0
        while next < snapshot.pieces.count { next = try table.keep(snapshot, from: next) }
    }

    private func change(_ sql: String) throws {
        try table.withWritingConnection { try $0.execute(sql: sql) }
    }

    @Test func `a large snapshot is kept little by little, and stands when it is whole`() throws {
        try keep(snapshot(1))
        #expect(try table.latestSnapshot() == snapshot(1))
        let second = snapshot(2)
        var next = 0
        while true {
            let before = next
            next = try table.keep(second, from: next)
            #expect(next - before <= 3)
            if next == second.pieces.count { break }
            #expect(try table.latestSnapshot() == snapshot(1))
        }
        #expect(try table.latestSnapshot() == second)
        let rows = try table.withWritingConnection { try Int.fetchOne($0, sql: "SELECT count(*) FROM snapshot") }
        #expect(rows == second.pieces.count)
    }

    @Test func `one that was not kept whole is replaced by the next one, also at the same place`() throws {
        _ = try table.keep(snapshot(5), from: 0)
        #expect(try table.latestSnapshot() == nil)
        try keep(snapshot(5, pieces: 2))
        #expect(try table.latestSnapshot() == snapshot(5, pieces: 2))
        try keep(snapshot(4))
        #expect(try table.latestSnapshot() == snapshot(4))
    }

    @Test(arguments: [
        "DELETE FROM snapshot WHERE number = 0", "DELETE FROM snapshot WHERE number = 4",
        "DELETE FROM snapshot WHERE number = 9", "UPDATE snapshot SET content = x'00' WHERE number = 9",
        "UPDATE snapshot SET count = 4", "UPDATE snapshot SET position = 2",
        "UPDATE snapshot SET number = 10 WHERE number = 3",
    ])
    func `one of which a piece is missing or has changed is none`(change: String) throws {
        try keep(snapshot(1))
        try self.change(change)
        #expect(try table.latestSnapshot() == nil)
        try keep(snapshot(3))
        #expect(try table.latestSnapshot() == snapshot(3))
    }

    @Test func `pieces of one that will never be whole are removed, and those that are whole stay`() throws {
        try keep(snapshot(1))
        _ = try table.keep(snapshot(2), from: 0)
        try table.removePieces()
        let positions = try table.withWritingConnection {
            try Int64.fetchAll($0, sql: "SELECT DISTINCT position FROM snapshot")
        }
        #expect(positions == [1])
        #expect(try table.latestSnapshot() == snapshot(1))
    }
}

/// A snapshot for which there is no room.
@Suite struct SnapshotNotKeptTests {
    private let folder = StateFolderFixture()

    @Test func `a snapshot that cannot be kept costs a line, and neither the journal nor the disk`() throws {
        let journal = try folder.store.openJournal()
        try journal.append(Sample.everyKind)
        let limit = try journal.withTable { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            return try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(pages + 500)") ?? 0
        }
        // The first transaction finds room, one of the others does not.
        let pieces = (0..<10).map { [UInt8](repeating: UInt8($0), count: RecordTable.transactionBytes) }
        journal.snapshots.keep(JournalSnapshot(position: Position(9), pieces: pieces))
        let left = try journal.withTable { try Int.fetchOne($0, sql: "SELECT count(*) FROM snapshot") }
        #expect(left == 0)
        let troubles = journal.takeTroubles()
        guard troubles.count == 1, case .snapshotNotKept(.full) = troubles[0] else {
            Issue.record("It was to be said once that there is no room: \(troubles)")
            return
        }
        #expect(try journal.snapshots.latest() == nil)

        // Records go on into the room that it has given back.
        let large = String(repeating: "x", count: 1_000_000)
        let incident = Sample.entry(10, Sample.incident("A", telling: [(Sample.fire, 1)], headline: large))
        try journal.append([incident])
        _ = try journal.withTable { _ in }
        #expect(journal.takeTroubles().isEmpty)
        #expect(try folder.moved() == Array(1...10))
        _ = try journal.withTable { try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(limit + 10_000)") }
        journal.snapshots.keep(JournalSnapshot(position: Position(10), pieces: pieces))
        #expect(try journal.snapshots.latest()?.pieces == pieces)
    }
}
