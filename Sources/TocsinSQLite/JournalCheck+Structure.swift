import Foundation
import GRDB
import TocsinJournal
import TocsinModel

/// The checks of the parts around the records.
extension JournalCheck {
    mutating func checkFolder(_ folder: StateFolder) {
        if FileManager.default.fileExists(atPath: folder.restored) {
            findings.note("\(folder.restored): a restore was cut short. The next start of tocsind completes it.")
        }
    }

    /// Runs SQLite's own check of the whole file. It finds each row in each index, so it sees names that cannot be
    /// found.
    mutating func checkStructure(_ reading: JournalReading) throws {
        report(JournalProgress(task: .structure, done: 0, total: 0))
        do {
            let lines = try String.fetchCursor(
                reading.database, sql: "PRAGMA integrity_check(\(JournalFindings.limit))")
            while let line = try lines.next() {
                guard line != "ok" else { continue }
                findings.add("structure: \(line.replacing("\n", with: ", "))")
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            findings.add("structure: \(error.message ?? "it cannot be read")")
        }
    }

    /// Compares tables, indexes, views and the table of widths with those of the file's format.
    mutating func checkSchema(_ reading: JournalReading) throws {
        let right = try DatabaseQueue()
        try Schema.migrator(to: reading.format).migrate(right)
        let (expected, widths) = try right.read { (try Self.objects(in: $0), try Self.widths(in: $0)) }
        let found = try Self.objects(in: reading.database)
        for (name, text) in expected.sorted(by: { $0.key < $1.key }) where found[name] != text {
            findings.add("schema: \(name) \(found[name] == nil ? "is missing" : "is not what this format has")")
        }
        for name in found.keys.sorted() where expected[name] == nil {
            findings.note("schema: \(name) is not Tocsin's.")
        }
        if try Self.widths(in: reading.database) != widths {
            findings.add("reach: its rows are not what was written")
        }
    }

    private static func objects(in database: Database) throws -> [String: String] {
        let rows = try Row.fetchAll(database, sql: "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema")
        return Dictionary(rows.map { ($0[0], $0[1]) }, uniquingKeysWith: { first, _ in first })
    }

    private static func widths(in database: Database) throws -> [String] {
        try String.fetchAll(database, sql: "SELECT width || ' ' || reach FROM reach ORDER BY width")
    }

    mutating func checkOrigin(_ reading: JournalReading) throws {
        guard reading.has(.originChecksum) else { return }
        findings.epoch = try JournalOrigin(in: reading.database, path: reading.path).epoch.text
    }

    /// Checks the snapshot's pieces. A start passes over a damaged snapshot without a word.
    mutating func checkSnapshot(_ reading: JournalReading) throws {
        guard reading.has(.snapshotInPieces) else { return }
        var snapshots: [Int64: (pieces: [[UInt8]], count: Int64)] = [:]
        let statement = try RawStatement(reading.database, RecordTable.selectSnapshots)
        defer { statement.reset() }
        while try statement.step() {
            let piece = SnapshotPiece(statement)
            guard piece.isWhole else {
                findings.add("snapshot: piece \(piece.number) of \(piece.position) is not what was written")
                continue
            }
            snapshots[piece.position, default: ([], piece.count)].pieces.append(piece.content)
        }
        for (position, (pieces, count)) in snapshots.sorted(by: { $0.key < $1.key }) where pieces.count == count {
            snapshot = JournalSnapshot(position: Position(position), pieces: pieces)
            findings.snapshotPosition = position
        }
    }
}
