public import TocsinJournal
import TocsinModel

/// The rules in force that a journal has, read beside a daemon that may write meanwhile, or from a backup.
public enum JournalRules {
    /// Returns the files of the rules in force; nil if no rules have been in force yet.
    ///
    /// - Parameter journal: a state folder, or a backup's file.
    /// - Throws: `JournalError.corrupt` for a record that is not what was written; the errors of opening a journal.
    public static func read(_ journal: String) throws(JournalError) -> RuleTexts? {
        let codec = RecordCodec()
        return try JournalPlace(journal).read { reading in
            if let error = reading.tailError { throw error }
            let table = TableReader(reading.database, codec, path: reading.path)
            var (last, newestIncident): (Position?, Int64?)
            try reading.forEachUnmovedRow { row in
                newestIncident = row.newestIncident
                guard row.isRules else { return }
                let entry = try StoredRecord(row, path: reading.path, codec: codec).entry
                if entry.endsRules { last = entry.position }
            }
            func entry(_ position: Position) throws -> JournalEntry? {
                guard position.value > reading.tablePosition else {
                    return try table.record(at: position.value, keepingReport: false)?.entry
                }
                var found: JournalEntry?
                try reading.forEachUnmovedRow { row in
                    guard row.position == position.value else { return }
                    found = try StoredRecord(row, path: reading.path, codec: codec, keepingReport: false).entry
                }
                return found
            }
            let newest = try newestIncident ?? table.newestIncident(upTo: reading.tablePosition)
            if last == nil { last = try table.rules(after: newest).last { $0.endsRules }?.position }
            // An incident has the rules that were in force at its time.
            if last == nil { last = try entry(Position(newest))?.record.rulesInForce }
            return try last.flatMap { try RuleTexts(at: $0, entry) }
        }
    }
}

extension JournalEntry {
    /// True if rules are in force with it.
    fileprivate var endsRules: Bool { if case .rules(let rules) = record { !rules.continues } else { false } }
}

extension RecordRow {
    var isRules: Bool { JournalRecord.Kind.table[kind] == .rules }
}
