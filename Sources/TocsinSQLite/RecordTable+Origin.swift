import GRDB
import TocsinJournal
import TocsinModel

/// The identity of the journal, and the tail that belongs to it.
extension RecordTable {
    static func origin(in database: Database, path: String) throws -> (JournalEpoch, TailMark?) {
        let statement = try RawStatement(database, "SELECT epoch, tail, tail_bytes FROM journal")
        defer { statement.reset() }
        guard try statement.step(), let epoch = statement.bytesIfPresent(0) else {
            throw JournalError.damaged(path, "the row of its table journal is missing")
        }
        let mark = statement.integerIfPresent(1).flatMap { identity in
            statement.integerIfPresent(2).map { TailMark(identity: identity, bytes: Int($0)) }
        }
        return (JournalEpoch(String(decoding: epoch, as: UTF8.self)), mark)
    }

    /// Notes that this tail belongs to the table from now on. The tail is marked and on disk before. A crash in between
    /// leaves a tail that is taken over.
    func store(_ mark: TailMark) throws(JournalError) {
        try transaction("Marking") { database in
            try database.execute(
                sql: "UPDATE journal SET tail = ?, tail_bytes = ?", arguments: [mark.identity, mark.bytes])
        }
    }

    /// Begins another epoch.
    ///
    /// - Parameter keepsTail: True if the tail that belongs to it is there. Otherwise it may have any other from now
    ///   on.
    func beginEpoch(keepingTail keepsTail: Bool) throws(JournalError) {
        try transaction("Restoring") { database in
            try database.execute(sql: "UPDATE journal SET epoch = lower(hex(randomblob(8)))")
            if !keepsTail { try database.execute(sql: "UPDATE journal SET tail = NULL, tail_bytes = NULL") }
        }
    }
}
