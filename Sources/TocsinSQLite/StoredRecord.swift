import GRDB
import TocsinJournal
import TocsinModel

/// A record that has been read and checked.
struct StoredRecord {
    let entry: JournalEntry
    /// The newest incident before this record, or 0 if there is none.
    let previous: Int64

    /// Reads a row. `path` is the journal's file, for the error.
    ///
    /// The checksum covers the record's content. The columns that it is found by are compared with the content.
    init(_ row: RecordRow, path: String, codec: RecordCodec, keepingReport: Bool = true) throws(JournalError) {
        do throws(RecordDamage) {
            try self.init(row, codec, keepingReport: keepingReport)
        } catch {
            throw .damaged(path, record: error.position, error.what)
        }
    }

    init(_ row: RecordRow, _ codec: RecordCodec, keepingReport: Bool = true) throws(RecordDamage) {
        entry = try Self.entry(row, codec, keepingReport: keepingReport)
        let columns = RecordColumns(entry.record)
        guard row.name == columns.name, row.recipient.holds(columns.recipient?.name), row.first == columns.first,
            row.last == columns.last, row.width == columns.width,
            RecordColumns.possible(row.incident) == columns.incident
        else { throw RecordDamage(row.position, "a column that it is found by differs from its body") }
        previous = row.previous
        guard previous >= 0, previous < row.position else {
            throw RecordDamage(row.position, "its chain of incidents is broken")
        }
    }

    /// Reads the content that a row's checksum covers. The columns that it is found by may be wrong.
    static func entry(_ row: RecordRow, _ codec: RecordCodec, keepingReport: Bool = true) throws(RecordDamage)
        -> JournalEntry
    {
        let (position, at, kind) = try check(row)
        do {
            let report = keepingReport ? row.report.map { [UInt8]($0) } ?? [] : []
            let record = try codec.read(kind, body: row.body, name: row.name, report: report)
            return JournalEntry(position: position, at: at, record: record)
        } catch {
            throw RecordDamage(position.value, "\(error)")
        }
    }

    /// Checks the row's checksum, which covers the record's content.
    private static func check(_ row: RecordRow) throws(RecordDamage) -> (Position, Timestamp, JournalRecord.Kind) {
        guard let kind = JournalRecord.Kind.table[row.kind] else {
            throw RecordDamage(row.position, "it has no kind that is known")
        }
        let (position, at) = (Position(row.position), Timestamp(milliseconds: row.at))
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        let checksum = Checksum.of(
            position: position, at: at, kind: kind, sender: row.sender ?? empty, identifier: row.identifier ?? empty,
            body: row.body, report: row.report ?? empty)
        guard checksum == row.checksum else {
            throw RecordDamage(row.position, "its checksum is \(checksum), and \(row.checksum) was written")
        }
        return (position, at, kind)
    }

    /// Adds the report of a row, which must be an incident's.
    static func addReport(_ row: RecordRow, to reports: inout StoredReports, path: String) throws(JournalError) {
        let position: Position
        do throws(RecordDamage) {
            position = try check(row).0
        } catch {
            throw .damaged(path, record: error.position, error.what)
        }
        guard reports.incidents.last.map({ $0.position < position }) ?? true else {
            throw .damaged(path, record: position.value, "it stands after a later one")
        }
        reports.append(IncidentNumber(position), row.report ?? UnsafeRawBufferPointer(start: nil, count: 0))
    }
}

/// A record that is not what was written, and why.
struct RecordDamage: Error {
    let position: Int64
    let what: String

    init(_ position: Int64, _ what: String) {
        self.position = position
        self.what = what
    }
}

extension UnsafeRawBufferPointer? {
    /// Returns true if this is exactly the text. Nil stands for NULL.
    fileprivate func holds(_ text: String?) -> Bool {
        guard let self, var text else { return self == nil && text == nil }
        return text.withUTF8 { self.equals(UnsafeRawBufferPointer($0)) }
    }
}
