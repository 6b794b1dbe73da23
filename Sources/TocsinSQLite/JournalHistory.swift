import GRDB
public import TocsinJournal
public import TocsinModel

/// What everybody did, as a journal or a backup has it, in the order in which it was written.
///
/// It is read piece by piece, beside a daemon that may write meanwhile, and nothing is held open between two pieces.
///
///     var history = JournalHistory("/var/lib/tocsin", since: nil)
///     while let piece = try history.next() { … }
public struct JournalHistory {
    /// Something that somebody did.
    public struct Operation: Sendable {
        /// Its record, without an incident's report.
        public let entry: JournalEntry
        /// For rules that came into force: all their texts, and those in force before; nil for the first ones.
        public let rules: (before: RuleTexts?, now: RuleTexts)?
    }

    /// The records that are read together.
    private static let piece = 5000

    private let place: JournalPlace
    private let since: Timestamp
    private let codec = RecordCodec()
    private var last: Int64 = 0
    private var isAtEnd = false
    private var parts = RuleParts()

    /// - Parameters:
    ///   - journal: a state folder, or a backup's file.
    ///   - since: the time of the first records that are wanted; nil for all.
    public init(_ journal: String, since: Timestamp?) {
        place = JournalPlace(journal)
        self.since = since ?? Timestamp(milliseconds: .min)
    }

    /// Returns the next operations, some or none, and nil after the last.
    ///
    /// - Throws: `JournalError.corrupt` for a record that is not what was written; the errors of opening a journal.
    public mutating func next() throws(JournalError) -> [Operation]? {
        guard !isAtEnd else { return nil }
        let entries = try entries()
        return entries.compactMap { entry in
            guard case .rules(let record) = entry.record, record.refusal == nil else {
                return entry.record.operation.map { _ in Operation(entry: entry, rules: nil) }
            }
            return parts.add(record, at: entry.position).flatMap { rules in
                entry.at >= since ? Operation(entry: entry, rules: rules) : nil
            }
        }
    }

    /// Reads the wanted records after the last one, and every record of rules.
    private mutating func entries() throws(JournalError) -> [JournalEntry] {
        let (place, last, since, codec) = (place, last, since, codec)
        let (entries, reached, isEnd) = try place.read { reading in
            if let error = reading.tailError { throw error }
            let statement = try RawStatement(
                reading.database,
                RecordRow.select + " WHERE position > ? AND (at >= ? OR kind = 'rules') ORDER BY position LIMIT ?")
            defer { statement.reset() }
            try statement.bind(last, at: 1)
            try statement.bind(since.milliseconds, at: 2)
            try statement.bind(Int64(Self.piece), at: 3)
            var entries: [JournalEntry] = []
            func take(_ row: RecordRow) throws {
                entries.append(try StoredRecord(row, path: reading.path, codec: codec, keepingReport: false).entry)
            }
            while try statement.step() { try take(RecordRow(statement)) }
            guard entries.count < Self.piece else { return (entries, entries[entries.count - 1].position.value, false) }
            var reached = max(last, reading.tablePosition)
            try reading.forEachUnmovedRow { row in
                guard row.position > reached else { return }
                reached = row.position
                if row.at >= since.milliseconds || row.isRules { try take(row) }
            }
            return (entries, reached, true)
        }
        (self.last, isAtEnd) = (reached, isEnd)
        return entries
    }
}

/// Joins the parts of rules, as a broker does when it puts them in force.
private struct RuleParts {
    private var inForce: RuleTexts?
    private var parts: (texts: [RuleTexts], last: Position)?

    /// Adds a part. Returns the rules that are in force with it, and those before; nil while more parts follow.
    mutating func add(
        _ record: RulesRecord, at position: Position
    ) -> (before: RuleTexts?, now: RuleTexts)? {
        var texts: [RuleTexts] = []
        if let after = record.after {
            // Parts without a beginning belong to rules that were given up.
            guard let known = parts, known.last == after else { return nil }
            texts = known.texts
        }
        texts.append(record.texts)
        guard !record.continues else {
            parts = (texts, position)
            return nil
        }
        parts = nil
        let now = RuleTexts(joining: texts)
        defer { inForce = now }
        return (inForce, now)
    }
}
