import GRDB
import TocsinJournal
import TocsinModel

/// A row of the table `record`, checked.
struct StoredRecord {
    /// What ``init(_:path:codec:keepingReport:)`` reads, in its order.
    static let select = """
        SELECT position, kind, at, body, report, checksum, \
        sender, identifier, recipient, first, last, width, incident, previous FROM record
        """

    let entry: JournalEntry
    /// The newest incident before this record; 0 where there is none.
    let previous: Int64

    /// Reads the statement's current row.
    ///
    /// The checksum covers what the record says; the columns that it is found by are compared with that.
    init(
        _ row: RawStatement, path: String, codec: RecordCodec, keepingReport: Bool = true
    ) throws(JournalError) {
        let (position, at, kind, name) = try Self.checked(row, path: path)
        func damaged(_ what: String) -> JournalError { .damaged(path, record: position.value, what) }

        let body = row.bytes(3)
        let report = row.bytes(4)
        let record: JournalRecord
        do {
            record = try codec.read(kind, body: body, name: name, report: keepingReport ? [UInt8](report) : [])
        } catch {
            throw damaged("\(error)")
        }
        let columns = RecordColumns(record)
        guard row.holds(columns.name?.sender, at: 6), row.holds(columns.name?.identifier, at: 7),
            row.holds(columns.recipient?.name, at: 8), row.integerIfPresent(9) == columns.first,
            row.integerIfPresent(10) == columns.last, row.integerIfPresent(11) == columns.width,
            row.integerIfPresent(12) == columns.incident
        else { throw damaged("a column that it is found by differs from its body") }
        previous = row.integer(13)
        guard previous >= 0, previous < position.value else { throw damaged("its chain of incidents is broken") }
        entry = JournalEntry(position: position, at: at, record: record)
    }

    /// Checks the row's checksum, which covers what the record says.
    private static func checked(
        _ row: RawStatement, path: String
    ) throws(JournalError) -> (Position, Timestamp, JournalRecord.Kind, ReportName?) {
        let position = Position(row.integer(0))
        guard let kind = JournalRecord.Kind.table[row.bytes(1)] else {
            throw .damaged(path, record: position.value, "it has no kind that is known")
        }
        let at = Timestamp(milliseconds: row.integer(2))
        let name = row.isNull(6) ? nil : ReportName(sender: row.text(6), identifier: row.text(7))
        let checksum = Checksum.of(
            position: position, at: at, kind: kind, name: name, body: row.bytes(3), report: row.bytes(4))
        guard Int64(checksum) == row.integer(5) else {
            throw .damaged(
                path, record: position.value, "its checksum is \(checksum), and \(row.integer(5)) was written")
        }
        return (position, at, kind, name)
    }

    /// The report of the statement's current row, which must be an incident's.
    static func report(_ row: RawStatement, path: String) throws(JournalError) -> StoredReport {
        let (position, _, _, _) = try checked(row, path: path)
        return StoredReport(incident: IncidentNumber(position), bytes: [UInt8](row.bytes(4)))
    }

    /// The record at a place, if there is one.
    static func at(
        _ position: Int64, in database: Database, path: String, codec: RecordCodec, keepingReport: Bool = true
    ) throws -> StoredRecord? {
        let statement = try RawStatement(database, select + " WHERE position = ?")
        defer { statement.reset() }
        try statement.bind(position, at: 1)
        guard try statement.step() else { return nil }
        return try StoredRecord(statement, path: path, codec: codec, keepingReport: keepingReport)
    }
}
