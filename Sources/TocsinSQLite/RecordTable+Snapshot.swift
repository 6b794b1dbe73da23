import Foundation
import GRDB
import Glibc
import TocsinJournal
import TocsinModel

/// The snapshot beside the records. It is kept some pieces at a time, each time in a transaction of its own. A
/// concurrent append waits for the disk no longer than beside a move.
extension RecordTable {
    /// Keeps some pieces of a snapshot, and returns when they are on disk. With the last piece the snapshot replaces
    /// earlier ones.
    ///
    /// - Parameters:
    ///   - snapshot: The whole snapshot.
    ///   - number: The first piece that has not been kept.
    /// - Returns: The number of the next piece.
    /// - Throws: `JournalError.full` if there is no room, or hardly any for the records that follow.
    func keep(_ snapshot: JournalSnapshot, from number: Int) throws(JournalError) -> Int {
        if number == 0 { try requireRoom(for: snapshot.pieces.reduce(0) { $0 + $1.count }, "a snapshot") }
        var (next, bytes) = (number, 0)
        try transaction("Keeping a snapshot in") { database in
            let position = snapshot.position.value
            while next < snapshot.pieces.count, bytes < Self.transactionBytes {
                let piece = snapshot.pieces[next]
                let checksum = SnapshotPiece.checksum(position, Int64(next), Int64(snapshot.pieces.count), piece)
                try database.execute(
                    sql: "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?)",
                    arguments: [position, next, snapshot.pieces.count, Data(piece), Int64(checksum)])
                bytes += piece.count
                next += 1
            }
            guard next == snapshot.pieces.count else { return }
            try database.execute(
                sql: "DELETE FROM snapshot WHERE position <> ? OR number >= ?", arguments: [position, next])
        }
        return next
    }

    /// Makes sure that `bytes` bytes of a snapshot, or of anything else that can be made again, take no room that records
    /// may need. Pieces of an abandoned snapshot stay in SQLite's log, which cannot be shortened on a disk that is full.
    /// Limits that the file system does not report are met on the way.
    func requireRoom(for bytes: Int, _ what: String) throws(JournalError) {
        var system = statvfs()
        guard statvfs(path, &system) == 0 else { return }
        // It is written to SQLite's log and to the file, and the tail may grow to its two halves.
        let needed = 2 * (bytes + TailFile.halfBytes)
        guard UInt64(system.f_bavail) * UInt64(system.f_frsize) < UInt64(needed) else { return }
        throw .full("There is no room beside \(path) for \(what): it needs \(needed >> 20) MB. Make room there.")
    }

    /// Removes the pieces of snapshots that are not whole.
    func removePieces() throws(JournalError) {
        do {
            // Most often there is nothing to remove.
            guard try read({ try Row.fetchOne($0, sql: Self.unfinished) }) != nil else { return }
        } catch {
            throw JournalError(error, doing: "Reading", path: path)
        }
        try transaction("Removing a snapshot from") { database in
            try database.execute(sql: "DELETE FROM snapshot WHERE position IN (\(Self.unfinished))")
        }
    }

    /// The query for every piece, in order, the newest snapshot's first. See ``SnapshotPiece``.
    static let selectSnapshots =
        "SELECT position, number, count, content, checksum FROM snapshot ORDER BY position DESC, number"

    private static let unfinished = "SELECT position FROM snapshot GROUP BY position HAVING count(*) < max(count)"

    /// Returns the newest snapshot that is whole, or nil if there is none or it is not what was written.
    func latestSnapshot() throws(JournalError) -> JournalSnapshot? {
        do {
            return try read { database in
                let statement = try RawStatement(database, Self.selectSnapshots)
                defer { statement.reset() }
                var snapshot = JournalSnapshot(position: .zero, pieces: [])
                while try statement.step() {
                    let piece = SnapshotPiece(statement)
                    if piece.position != snapshot.position.value {
                        snapshot = JournalSnapshot(position: Position(piece.position), pieces: [])
                    }
                    // After a missing or damaged piece, later ones do not follow on.
                    guard piece.number == snapshot.pieces.count, piece.isWhole else { continue }
                    snapshot.pieces.append(piece.content)
                    if snapshot.pieces.count == piece.count { return snapshot }
                }
                return nil
            }
        } catch {
            throw JournalError(error, doing: "Reading", path: path)
        }
    }
}

/// A row of the table `snapshot`.
struct SnapshotPiece {
    let position: Int64
    let number: Int64
    let count: Int64
    let content: [UInt8]
    /// True if the row is what was written.
    let isWhole: Bool

    /// Reads the current row of ``RecordTable/selectSnapshots``.
    init(_ row: RawStatement) {
        (position, number, count) = (row.integer(0), row.integer(1), row.integer(2))
        content = [UInt8](row.bytes(3))
        isWhole = row.integer(4) == Int64(Self.checksum(position, number, count, content))
    }

    static func checksum(_ position: Int64, _ number: Int64, _ count: Int64, _ content: [UInt8]) -> UInt32 {
        var checksum = Checksum()
        checksum.add(position)
        checksum.add(number)
        checksum.add(count)
        content.withUnsafeBytes { checksum.add($0) }
        return checksum.value
    }
}
