import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// The files of a journal with bytes changed, opened and replayed as a start does.
struct JournalDamageTests {
    /// The daemon's files: `journal.sqlite`, perhaps its log, and `journal.tail`.
    private struct Files {
        var images: [String: FileImage] = [:]

        init(in folder: String) throws {
            for name in ["journal.sqlite", "journal.sqlite-wal", "journal.tail"] {
                let path = "\(folder)/\(name)"
                if FileManager.default.fileExists(atPath: path) { images[name] = try FileImage(of: path) }
            }
        }
    }

    private static let entries =
        Sample.everyKind + [
            Sample.entry(10, Sample.incident("A-3", telling: [(Sample.fire, 3)])),
            Sample.entry(11, Sample.received(Sample.fire, 2...3)), Sample.entry(12, Sample.rules),
        ]
    private static let snapshot = JournalSnapshot(
        position: Position(5), pieces: [Array("what five records".utf8), Array("have come to".utf8)])

    /// A journal that was closed: everything is in the table.
    private static func closed() throws -> Files {
        let folder = try TemporaryFolder()
        let journal = try SQLiteJournalStore(folder: folder.path).openJournal()
        try journal.append(entries)
        journal.snapshots.keep(snapshot)
        journal.close()
        return try Files(in: folder.path)
    }

    /// A journal that was opened, written and killed. The table's last records are in SQLite's log. Two batches are in the
    /// tail alone, and the last one has two records.
    private static func killed() throws -> Files {
        let folder = try TemporaryFolder()
        let store = SQLiteJournalStore(folder: folder.path)
        try store.open().append(Array(entries[..<4]))
        let journal = try store.openJournal()
        for entry in entries[4..<8] { try journal.append([entry]) }
        journal.snapshots.keep(snapshot)
        _ = try journal.snapshots.latest()
        try journal.append([entries[8]])
        try journal.withTable { _ in }
        // From now on nothing is moved.
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let another = try DatabaseQueue(path: folder.path + "/journal.sqlite", configuration: configuration)
        try another.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        try journal.append([entries[9]])
        try journal.append(Array(entries[10...]))
        let files = try Files(in: folder.path)
        try another.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        return files
    }

    private func outcome(_ files: Files) throws -> Outcome {
        let folder = try TemporaryFolder()
        for (name, image) in files.images { try image.write(to: "\(folder.path)/\(name)") }
        return Outcome(Self.entries, lastBatch: 2) {
            let journal = try SQLiteJournalStore(folder: folder.path).openJournal()
            defer { journal.close() }
            if let snapshot = try journal.snapshots.latest() { #expect(snapshot == Self.snapshot) }
            return try journal.allEntries()
        }
    }

    /// The tail's bytes that the last batch has.
    private func lastBatch(in files: Files) throws -> Range<Int> {
        let folder = try TemporaryFolder()
        try #require(files.images["journal.tail"]).write(to: folder.path + "/journal.tail")
        let batches = try TailFile(in: StateFolder(path: folder.path)).remains(after: 9)?.batches
        guard let last = batches?.last else { return 0..<0 }
        return last.offset..<last.offset + BatchHeader.byteCount + last.header.byteCount
    }

    /// One of so many bytes of each file, the same each time; more with `TOCSIN_FUZZ_FACTOR`.
    private func damage(_ files: Files, every stride: Int) throws -> Tally {
        let lastBatch = try lastBatch(in: files)
        #expect(try outcome(files) == .everything)
        var tally = Tally()
        for (name, image) in files.images.sorted(by: { $0.key < $1.key }) {
            for place in Mutator.some(of: image.places, every: stride) {
                var changed = files
                changed.images[name]?[place] ^= 1 << UInt8(place / 7 % 8)
                tally.add(
                    try outcome(changed), mayMissLastBatch: name == "journal.tail" && lastBatch.contains(place),
                    "byte \(place) of \(name)")
            }
            for length in Mutator.some(of: image.places, every: stride * 4) {
                var changed = files
                changed.images[name]?.cut(to: length)
                tally.add(try outcome(changed), "\(length) bytes of \(name)")
            }
        }
        return tally
    }

    @Test func `a closed journal with a changed byte, or cut, is what was written, or it is refused`() throws {
        let tally = try damage(try Self.closed(), every: 61)
        #expect(tally.wrong == [])
        #expect(tally.refused > 100 && tally.everything > 100, "\(tally)")
    }

    @Test func `a killed daemon's is that as well, or its last batch is missing`() throws {
        let files = try Self.killed()
        #expect(files.images.count == 3)
        let tally = try damage(files, every: 61)
        #expect(tally.wrong == [])
        #expect(tally.refused > 100 && tally.everything > 100, "\(tally)")
    }

    @Test(arguments: [
        "kind", "at", "body", "sender", "identifier", "report", "recipient", "first", "last", "width", "incident",
        "previous", "checksum", "position",
    ])
    func `each byte of a record in the table is what was written, or it is refused`(column: String) throws {
        let folder = try TemporaryFolder()
        let journal = try SQLiteJournalStore(folder: folder.path).openJournal()
        try journal.append(Self.entries)
        var tally = Tally()
        for position in 1...Int64(Self.entries.count) {
            let value = try journal.withTable { database in
                try DatabaseValue.fetchOne(
                    database, sql: "SELECT \(column) FROM record WHERE position = ?", arguments: [position])
            }
            for changed in Self.changes(of: try #require(value)) {
                var key = position
                do {
                    try journal.withTable { database in
                        try database.execute(
                            sql: "UPDATE record SET \(column) = ? WHERE position = ?", arguments: [changed, position])
                    }
                } catch is DatabaseError {
                    // Two rows with one name or one position, and none with a column that must be there.
                    continue
                }
                if column == "position", let other = Int64.fromDatabaseValue(changed) { key = other }
                let outcome = Outcome(Self.entries, lastBatch: 2) { try journal.allEntries() }
                tally.add(outcome, "\(column) of \(position) as \(changed)")
                try journal.withTable { database in
                    try database.execute(
                        sql: "UPDATE record SET \(column) = ? WHERE position = ?", arguments: [value, key])
                }
            }
        }
        #expect(tally.wrong == [])
        #expect(tally.refused >= 12, "\(tally)")
    }

    @Test func `each byte of a snapshot is what was written, or it is no snapshot`() throws {
        let folder = try TemporaryFolder()
        let journal = try SQLiteJournalStore(folder: folder.path).openJournal()
        try journal.append(Self.entries)
        journal.snapshots.keep(Self.snapshot)
        #expect(try journal.snapshots.latest() == Self.snapshot)
        for column in ["position", "number", "count", "content", "checksum"] {
            for piece in Self.snapshot.pieces.indices {
                let value = try #require(
                    try journal.withTable { database in
                        try DatabaseValue.fetchOne(
                            database, sql: "SELECT \(column) FROM snapshot WHERE number = ?", arguments: [piece])
                    })
                for changed in Self.changes(of: value) {
                    try journal.withTable { database in
                        try database.execute(sql: "CREATE TEMP TABLE before AS SELECT * FROM snapshot")
                        try? database.execute(
                            sql: "UPDATE snapshot SET \(column) = ? WHERE number = ?", arguments: [changed, piece])
                    }
                    let found = try journal.snapshots.latest()
                    #expect(found == nil || found == Self.snapshot, "\(column) of \(piece) as \(changed)")
                    try journal.withTable { database in
                        try database.execute(
                            sql: "DELETE FROM snapshot; INSERT INTO snapshot SELECT * FROM before; DROP TABLE before")
                    }
                }
            }
        }
    }

    /// Each byte of a text, each bit of a number, changed; and nothing at all.
    private static func changes(of value: DatabaseValue) -> [DatabaseValue] {
        switch value.storage {
        case .null: [0.databaseValue, 1.databaseValue, "".databaseValue, "x".databaseValue]
        case .int64(let number): (0..<64).map { (number ^ 1 << $0).databaseValue } + [.null]
        case .double: []
        case .string(let text): changes(of: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self).databaseValue }
        case .blob(let data): changes(of: [UInt8](data)).map { Data($0).databaseValue }
        }
    }

    private static func changes(of bytes: [UInt8]) -> [[UInt8]] {
        bytes.indices.map { place in
            var changed = bytes
            changed[place] ^= 1 << UInt8(place % 7)
            return changed
        } + [bytes.dropLast(), bytes + [0], []]
    }
}
