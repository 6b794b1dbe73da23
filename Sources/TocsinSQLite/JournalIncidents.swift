import GRDB
public import TocsinJournal
public import TocsinModel

/// The incidents that a journal or a backup has, with their reports, in the order in which they were stored.
///
/// They are read piece by piece, beside a daemon that may write meanwhile, and nothing is held open between two pieces.
/// What is stored after the first piece was read is not among them.
///
///     var incidents = JournalIncidents("/var/lib/tocsin", since: nil)
///     while let piece = try incidents.next() { … }
public struct JournalIncidents {
    /// The most incidents of a piece.
    private static let piece = 2000
    /// The bytes of reports after which a piece ends.
    private static let bytes = 16 * 1024 * 1024
    /// The records that are looked at for a piece. Those before the wanted time are many, and are passed over fast.
    private static let looked: Int64 = 200_000

    private let place: JournalPlace
    private let since: Timestamp
    private let codec = RecordCodec()
    private var last: Int64 = 0
    /// The journal's last record when the first piece was read.
    private var end: Int64?

    /// - Parameters:
    ///   - journal: a state folder, or a backup's file.
    ///   - since: the time of the first incidents that are wanted; nil for all.
    public init(_ journal: String, since: Timestamp?) {
        place = JournalPlace(journal)
        self.since = since ?? Timestamp(milliseconds: .min)
    }

    /// The records that have been looked at, and how many there are; nil before the first piece.
    public var progress: (done: Int64, total: Int64)? { end.map { (min(last, $0), $0) } }

    /// Returns the next incidents, some or none, and nil after the last.
    ///
    /// - Throws: `JournalError.corrupt` for a record that is not what was written; the errors of opening a journal.
    public mutating func next() throws(JournalError) -> [JournalEntry]? {
        if let end, last >= end { return nil }
        let (place, last, end) = (place, last, end)
        let piece = try place.read { reading in
            if let error = reading.tailError { throw error }
            let end = end ?? max(reading.tail?.lastPosition ?? 0, reading.tablePosition)
            return try self.piece(of: reading, after: last, upTo: end)
        }
        (self.last, self.end) = (piece.reached, piece.end)
        return piece.entries
    }

    /// Some incidents, with the last record that was looked at.
    private struct Piece {
        var entries: [JournalEntry] = []
        var bytes = 0
        var reached: Int64
        let end: Int64

        var isFull: Bool { entries.count >= JournalIncidents.piece || bytes >= JournalIncidents.bytes }
    }

    private func piece(of reading: JournalReading, after last: Int64, upTo end: Int64) throws -> Piece {
        var piece = Piece(reached: last, end: end)
        func take(_ row: RecordRow) throws {
            piece.entries.append(try StoredRecord(row, path: reading.path, codec: codec).entry)
            piece.bytes += row.body.count + (row.report?.count ?? 0)
            piece.reached = row.position
        }
        // A daemon may have moved more to the table than there was at the first piece.
        let table = min(reading.tablePosition, end, last + Self.looked)
        let statement = try RawStatement(
            reading.database,
            RecordRow.select
                + " WHERE position > ? AND position <= ? AND at >= ? AND kind = 'incident' ORDER BY position")
        defer { statement.reset() }
        try statement.bind(last, at: 1)
        try statement.bind(table, at: 2)
        try statement.bind(since.milliseconds, at: 3)
        while !piece.isFull, try statement.step() { try take(RecordRow(statement)) }
        guard !piece.isFull else { return piece }
        piece.reached = max(last, table)
        guard table == min(reading.tablePosition, end) else { return piece }
        try reading.forEachUnmovedRow { row in
            guard !piece.isFull, row.position > piece.reached, row.position <= end else { return }
            if row.isIncident, row.at >= since.milliseconds { try take(row) } else { piece.reached = row.position }
        }
        if !piece.isFull { piece.reached = end }
        return piece
    }
}
