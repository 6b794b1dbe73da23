import Glibc
import Synchronization
import TocsinJournal
import TocsinModel

/// A copy of the tail's records, read by a process that does not hold the folder. A daemon may write the tail
/// meanwhile.
///
/// A record leaves the tail only once it is in the table. So a reader of the tail first and of the table afterwards has
/// every record that was on disk before it began.
struct TailCopy: Sendable {
    /// A batch of rows, as they stand in the file.
    struct Batch: Sendable {
        var header: BatchHeader
        var rows: [UInt8]
    }

    /// The whole batches with records that the table did not have, in order and without gaps. They take 64 MB at most.
    var batches: [Batch] = []
    /// The identity and the position in the first block, and the length of the file.
    var identity: Int64 = 0
    var position: Int64 = 0
    var fileBytes = 0

    /// Reads the batches with records after `position`.
    ///
    /// - Throws: `JournalError.corrupt` if they are not what was written, or if a daemon has overwritten them
    ///   meanwhile.
    init(_ folder: StateFolder, after position: Int64) throws {
        let file = try TailFile(readingIn: folder)
        let beginning = file.beginning.withLock { $0 }
        (identity, self.position, fileBytes) = (beginning.identity, beginning.position, try file.size())
        var blocks = TailFile.blocks()
        for batch in try file.remains(after: position)?.batches ?? [] {
            try file.read(batch, into: &blocks)
            batches.append(Batch(header: batch.header, rows: batch.withRows(in: blocks) { [UInt8]($0) }))
        }
        guard try file.readBeginning().epoch == beginning.epoch else {
            throw JournalError.damagedTail(file.path, "it was begun anew while it was read")
        }
    }

    /// Checks that the tail belongs to the table that has this mark. A table without a mark takes any tail.
    ///
    /// - Throws: `JournalError.corrupt` if the tail was cut short, or is another table's.
    func requireBelonging(to mark: TailMark?, _ path: String) throws(JournalError) {
        guard let mark else { return }
        guard fileBytes >= mark.bytes else {
            throw .damagedTail(path, "it was cut short: it has \(fileBytes) bytes, and was made with \(mark.bytes)")
        }
        guard identity == mark.identity else {
            throw .damagedTail(path, "it belongs to another journal than the one beside it")
        }
    }

    /// The last record that it has.
    var lastPosition: Int64? { batches.last?.header.records.upperBound }

    /// Calls `body` with the rows from `position` on, in order.
    func forEachRow(from position: Int64 = 1, _ body: (RecordRow) throws -> Void) throws {
        for batch in batches where batch.header.records.upperBound >= position {
            try batch.rows.withUnsafeBytes { rows in
                for row in RecordRows(in: rows) where row.position >= position { try body(row) }
            }
        }
    }
}

extension StateFolder {
    /// The attempts to read the tail between two moves of a daemon. One attempt takes some ten milliseconds. At the
    /// fastest flow, moves are seventy milliseconds apart.
    private static let attempts = 100

    /// True while some process holds the folder.
    var isInUse: Bool {
        let descriptor = Glibc.open(lock, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Reads the tail. It is read again if a daemon has overwritten batches meanwhile.
    ///
    /// - Parameter tablePosition: Returns the table's last record.
    func copyTail(tablePosition: () throws -> Int64) throws -> TailCopy {
        for _ in 1..<Self.attempts {
            let position = try tablePosition()
            do {
                return try TailCopy(self, after: position)
            } catch let error as JournalError {
                guard case .corrupt = error, isInUse else { throw error }
                usleep(2000)
            }
        }
        return try TailCopy(self, after: tablePosition())
    }
}
