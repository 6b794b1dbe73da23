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
        if number == 0 { try requireRoom(for: snapshot.pieces.reduce(0) { $0 + $1.count }) }
        var (next, bytes) = (number, 0)
        try transaction("Keeping a snapshot in") { database in
            let position = snapshot.position.value
            while next < snapshot.pieces.count, bytes < Self.transactionBytes {
                let piece = snapshot.pieces[next]
                let checksum = Self.checksum(position, next, snapshot.pieces.count, piece)
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

    /// Makes sure that a snapshot of `bytes` bytes takes no room that records may need. Pieces of an abandoned snapshot
    /// stay in SQLite's log, which cannot be shortened on a disk that is full. Limits that the file system does not
    /// report are met on the way.
    private func requireRoom(for bytes: Int) throws(JournalError) {
        var system = statvfs()
        guard statvfs(path, &system) == 0 else { return }
        // The snapshot is written to SQLite's log and to the file, and the tail may grow to its two halves.
        let needed = 2 * (bytes + TailFile.halfBytes)
        guard UInt64(system.f_bavail) * UInt64(system.f_frsize) < UInt64(needed) else { return }
        throw .full("There is no room beside \(path) for a snapshot: it needs \(needed >> 20) MB. Make room there.")
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

    private static let unfinished = "SELECT position FROM snapshot GROUP BY position HAVING count(*) < max(count)"

    /// Returns the newest snapshot that is whole, or nil if there is none or it is not what was written.
    func latestSnapshot() throws(JournalError) -> JournalSnapshot? {
        do {
            return try read { database in
                let statement = try RawStatement(
                    database,
                    "SELECT position, number, count, content, checksum FROM snapshot ORDER BY position DESC, number")
                defer { statement.reset() }
                var snapshot = JournalSnapshot(position: .zero, pieces: [])
                while try statement.step() {
                    let (position, number, count) = (statement.integer(0), statement.integer(1), statement.integer(2))
                    let piece = [UInt8](statement.bytes(3))
                    if position != snapshot.position.value {
                        snapshot = JournalSnapshot(position: Position(position), pieces: [])
                    }
                    let checksum = Self.checksum(position, Int(number), Int(count), piece)
                    // After a missing or damaged piece, later ones do not follow on.
                    guard number == snapshot.pieces.count, statement.integer(4) == Int64(checksum) else { continue }
                    snapshot.pieces.append(piece)
                    if snapshot.pieces.count == count { return snapshot }
                }
                return nil
            }
        } catch {
            throw JournalError(error, doing: "Reading", path: path)
        }
    }

    private static func checksum(_ position: Int64, _ number: Int, _ count: Int, _ piece: [UInt8]) -> UInt32 {
        var checksum = Checksum()
        checksum.add(position)
        checksum.add(Int64(number))
        checksum.add(Int64(count))
        piece.withUnsafeBytes { checksum.add($0) }
        return checksum.value
    }
}
