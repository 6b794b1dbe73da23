import GRDB
import TocsinJournal
import TocsinModel

/// The identity of the journal, and the tail that belongs to it: the one row of the table `journal`.
struct JournalOrigin: Hashable, Sendable {
    var epoch: JournalEpoch
    var mark: TailMark?

    /// Reads the row. One that is trusted is taken as it stands.
    ///
    /// - Throws: `JournalError.corrupt` if it is missing, or not what was written.
    init(in database: Database, path: String, isTrusted: Bool = false) throws {
        let statement = try RawStatement(database, "SELECT epoch, tail, tail_bytes, checksum FROM journal")
        defer { statement.reset() }
        guard try statement.step(), let epoch = statement.bytesIfPresent(0) else {
            throw JournalError.damaged(path, "the row of its table journal is missing")
        }
        self.epoch = JournalEpoch(String(decoding: epoch, as: UTF8.self))
        let (identity, bytes) = (statement.integerIfPresent(1), statement.integerIfPresent(2))
        mark = identity.flatMap { identity in bytes.map { TailMark(identity: identity, bytes: Int($0)) } }
        guard let written = statement.integerIfPresent(3), !isTrusted else { return }
        guard written == Self.checksum(epoch, identity, bytes) else { throw JournalError.damagedOrigin(path) }
    }

    /// Writes the checksum of the row as it is now.
    static func seal(_ database: Database) throws {
        let statement = try RawStatement(database, "SELECT epoch, tail, tail_bytes FROM journal")
        defer { statement.reset() }
        guard try statement.step() else { return }
        let checksum = checksum(statement.bytes(0), statement.integerIfPresent(1), statement.integerIfPresent(2))
        statement.reset()
        try database.execute(sql: "UPDATE journal SET checksum = ?", arguments: [checksum])
    }

    /// Brings a file of format 6 to format 7.
    static func addChecksum(to database: Database) throws {
        // A CRC-32C over epoch, tail and tail_bytes, in which -1 stands for NULL.
        try database.execute(sql: "ALTER TABLE journal ADD COLUMN checksum INTEGER")
        try seal(database)
    }

    /// Begins another epoch. Where the tail that belongs to it is not there, it may have any other from now on.
    static func beginEpoch(in database: Database, keepingTail keepsTail: Bool) throws {
        try database.execute(sql: "UPDATE journal SET epoch = lower(hex(randomblob(8)))")
        if !keepsTail { try database.execute(sql: "UPDATE journal SET tail = NULL, tail_bytes = NULL") }
        try seal(database)
    }

    static func checksum(_ epoch: UnsafeRawBufferPointer, _ identity: Int64?, _ bytes: Int64?) -> Int64 {
        var checksum = Checksum()
        checksum.add(epoch)
        checksum.add(identity ?? -1)
        checksum.add(bytes ?? -1)
        return Int64(checksum.value)
    }
}

extension RecordTable {
    /// Notes that this tail belongs to the table from now on. The tail is marked and on disk before. A crash in between
    /// leaves a tail that is taken over.
    func store(_ mark: TailMark) throws(JournalError) {
        try transaction("Marking") { database in
            try database.execute(
                sql: "UPDATE journal SET tail = ?, tail_bytes = ?", arguments: [mark.identity, mark.bytes])
            try JournalOrigin.seal(database)
        }
    }

    /// Begins another epoch. See ``JournalOrigin/beginEpoch(in:keepingTail:)``.
    func beginEpoch(keepingTail keepsTail: Bool) throws(JournalError) {
        try transaction("Restoring") { try JournalOrigin.beginEpoch(in: $0, keepingTail: keepsTail) }
    }
}
