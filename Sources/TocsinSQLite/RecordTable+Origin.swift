import GRDB
import TocsinJournal
import TocsinModel

/// Which journal it is, and which tail belongs to it.
extension RecordTable {
    static func origin(in database: Database, path: String) throws -> (JournalEpoch, TailMark?) {
        guard let row = try Row.fetchOne(database, sql: "SELECT epoch, tail, tail_bytes FROM journal") else {
            throw JournalError.damaged(path, "the row of its table journal is missing")
        }
        let (identity, bytes): (Int64?, Int?) = (row[1], row[2])
        let mark = identity.flatMap { identity in bytes.map { TailMark(identity: identity, bytes: $0) } }
        return (JournalEpoch(row[0]), mark)
    }

    /// From now on this tail belongs to it, which is marked and on disk: a crash in between leaves one that is taken over.
    func note(_ mark: TailMark) throws(JournalError) {
        try transaction("Marking") { database in
            try database.execute(
                sql: "UPDATE journal SET tail = ?, tail_bytes = ?", arguments: [mark.identity, mark.bytes])
        }
    }

    /// Begins another epoch.
    ///
    /// - Parameter keepsTail: whether the tail that belongs to it is there; else it may have any other from now on.
    func beginEpoch(keepingTail keepsTail: Bool) throws(JournalError) {
        try transaction("Restoring") { database in
            try database.execute(sql: "UPDATE journal SET epoch = lower(hex(randomblob(8)))")
            if !keepsTail { try database.execute(sql: "UPDATE journal SET tail = NULL, tail_bytes = NULL") }
        }
    }
}
