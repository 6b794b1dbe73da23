import GRDB
public import TocsinJournal
public import TocsinModel

/// The answer to STATS from a journal or a backup, beside a daemon that may write meanwhile.
public enum JournalStatistics {
    /// The most records that are counted here, because no daemon has counted them: some hundred megabytes.
    private static let mostUncounted: Int64 = 2_000_000

    /// Returns the answer's JSON. Records that are in the tail alone are among those that it says are not counted.
    ///
    /// - Parameters:
    ///   - journal: A state folder, or a backup's file.
    ///   - question: What is asked.
    ///   - now: The time at which what is open is judged.
    /// - Returns: The answer, or the refusal of a question about too many alerts.
    /// - Throws: `JournalError.corrupt` for a record that is not what was written; the errors of opening a journal.
    public static func answer(
        _ journal: String, _ question: StatisticsQuestion, now: Timestamp
    ) throws(JournalError) -> Result<[UInt8], Refusal> {
        let codec = RecordCodec()
        return try JournalPlace(journal).read { reading in
            if let error = reading.tailError { throw error }
            if !reading.has(.courses) { try reading.database.execute(sql: Schema.coursesForNow) }
            var query = CourseQuery(question, now: now, codec, path: reading.path)
            do {
                try query.begin(reading.database, counting: mostUncounted)
            } catch let refusal as Refusal {
                return .failure(refusal)
            }
            while try query.goOn(reading.database) {}
            var json = JSONWriter()
            let last = max(reading.tablePosition, reading.tail?.lastPosition ?? 0)
            try query.write(reading.database, last: last, to: &json)
            return .success(json.bytes)
        }
    }
}

extension Schema {
    /// The tables of ``courses`` for one connection, where a journal of an earlier format has none.
    fileprivate static var coursesForNow: String {
        courses.replacing("CREATE TABLE", with: "CREATE TEMP TABLE")
            .replacing("CREATE INDEX ", with: "CREATE INDEX temp.")
    }
}
