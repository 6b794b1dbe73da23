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
        let (position, at, kind) = try Self.check(row, path: path)
        func damaged(_ what: String) -> JournalError { .damaged(path, record: position.value, what) }

        let name = row.name
        let record: JournalRecord
        do {
            let report = keepingReport ? row.report.map { [UInt8]($0) } ?? [] : []
            record = try codec.read(kind, body: row.body, name: name, report: report)
        } catch {
            throw damaged("\(error)")
        }
        let columns = RecordColumns(record)
        guard name == columns.name, row.recipient.holds(columns.recipient?.name), row.first == columns.first,
            row.last == columns.last, row.width == columns.width,
            RecordColumns.possible(row.incident) == columns.incident
        else { throw damaged("a column that it is found by differs from its body") }
        previous = row.previous
        guard previous >= 0, previous < position.value else { throw damaged("its chain of incidents is broken") }
        entry = JournalEntry(position: position, at: at, record: record)
    }

    /// Checks the row's checksum, which covers the record's content.
    private static func check(
        _ row: RecordRow, path: String
    ) throws(JournalError) -> (Position, Timestamp, JournalRecord.Kind) {
        let position = Position(row.position)
        guard let kind = JournalRecord.Kind.table[row.kind] else {
            throw .damaged(path, record: row.position, "it has no kind that is known")
        }
        let at = Timestamp(milliseconds: row.at)
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        let checksum = Checksum.of(
            position: position, at: at, kind: kind, sender: row.sender ?? empty, identifier: row.identifier ?? empty,
            body: row.body, report: row.report ?? empty)
        guard checksum == row.checksum else {
            throw .damaged(path, record: row.position, "its checksum is \(checksum), and \(row.checksum) was written")
        }
        return (position, at, kind)
    }

    /// Adds the report of a row, which must be an incident's.
    static func addReport(_ row: RecordRow, to reports: inout StoredReports, path: String) throws(JournalError) {
        let (position, _, _) = try check(row, path: path)
        guard reports.incidents.last.map({ $0.position < position }) ?? true else {
            throw .damaged(path, record: position.value, "it stands after a later one")
        }
        reports.append(IncidentNumber(position), row.report ?? UnsafeRawBufferPointer(start: nil, count: 0))
    }
}

extension UnsafeRawBufferPointer? {
    /// Returns true if this is exactly the text. Nil stands for NULL.
    fileprivate func holds(_ text: String?) -> Bool {
        guard let self, var text else { return self == nil && text == nil }
        return text.withUTF8 { self.equals(UnsafeRawBufferPointer($0)) }
    }
}
