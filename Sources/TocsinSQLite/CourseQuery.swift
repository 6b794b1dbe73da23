import GRDB
import TocsinJournal
import TocsinModel

/// The answer to STATS, in pieces: between two of them a writer may begin SQLite's log anew.
struct CourseQuery {
    /// The pages of a piece, some milliseconds' work.
    private static let piece = 2_000

    private let path: String
    private let codec: RecordCodec
    private let question: StatisticsQuestion
    private var tally: StatisticsTally
    /// What has been counted here alone, of the newest records.
    private var fold = CourseFold()
    private var keys: ArraySlice<Int64> = []
    private(set) var counted: Int64 = 0

    init(_ question: StatisticsQuestion, now: Timestamp, _ codec: RecordCodec, path: String) {
        (self.question, self.codec, self.path) = (question, codec, path)
        tally = StatisticsTally(question, now: now)
    }

    /// Finds the pages that are to be counted, and counts the newest records, at most `limit`.
    ///
    /// - Throws: A ``TocsinModel/Refusal`` if there are too many alerts.
    mutating func begin(_ database: Database, counting limit: Int64) throws {
        let table = CourseTable(database, codec, path: path)
        counted = try table.counted()
        let rows = try RawStatement(
            database, RecordRow.select + " WHERE position > ? ORDER BY position LIMIT ?")
        defer { rows.reset() }
        try rows.bind(counted, at: 1)
        try rows.bind(limit, at: 2)
        while try rows.step() {
            let record = try StoredRecord(RecordRow(rows), path: path, codec: codec)
            try fold.apply(record.entry, table)
            counted = record.entry.position.value
        }
        let kept = try table.pages(since: question.since?.milliseconds ?? .min)
        guard kept.count < Limits.statisticsAlerts / Int(CoursePage.courses) else {
            throw question.tooMany(kept.count * Int(CoursePage.courses))
        }
        keys = fold.changedKeys.isEmpty ? kept[...] : Array(fold.changedKeys.union(kept)).sorted()[...]
    }

    /// Counts some pages.
    ///
    /// - Returns: False if there are no more.
    mutating func goOn(_ database: Database) throws -> Bool {
        let table = CourseTable(database, codec, path: path)
        for key in keys.prefix(Self.piece) {
            if let page = fold.changedPage(key) {
                page.bytes.withUnsafeBytes { tally.add(page: key, $0) }
            } else {
                try table.withPage(key) { tally.add(page: key, $0) }
            }
        }
        keys = keys.dropFirst(Self.piece)
        return !keys.isEmpty
    }

    /// Writes the answer.
    mutating func write(_ database: Database, last: Int64, to json: inout JSONWriter) throws {
        let table = CourseTable(database, codec, path: path)
        let added = Dictionary(fold.addedNames, uniquingKeysWith: { first, _ in first })
        try tally.write(
            to: &json, counted: Position(counted), uncounted: max(0, last - counted),
            name: { try added[$0] ?? table.name($0) })
    }
}
