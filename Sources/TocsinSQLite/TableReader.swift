import GRDB
import TocsinJournal
import TocsinModel

/// Finds records in the table through its indexes, in one transaction of the caller's connection.
struct TableReader {
    private let database: Database
    private let codec: RecordCodec
    private let path: String

    /// Creates a reader. The path is of the journal's file, for errors.
    init(_ database: Database, _ codec: RecordCodec, path: String) {
        self.database = database
        self.codec = codec
        self.path = path
    }

    /// Returns the record at a position, if there is one.
    func record(at position: Int64, keepingReport: Bool = true) throws -> StoredRecord? {
        let statement = try RawStatement(database, RecordRow.select + " WHERE position = ?")
        defer { statement.reset() }
        try statement.bind(position, at: 1)
        guard try statement.step() else { return nil }
        return try StoredRecord(RecordRow(statement), path: path, codec: codec, keepingReport: keepingReport)
    }

    /// Returns everything about one incident, in order.
    ///
    /// - Parameters:
    ///   - origin: The incident's own entry.
    ///   - incident: The record of that entry.
    ///   - unmoved: Later records that may be missing from the table.
    func timeline(
        _ origin: JournalEntry, _ incident: IncidentRecord, with unmoved: [JournalEntry] = []
    ) throws -> [JournalEntry] {
        let number = IncidentNumber(origin.position)
        let new = unmoved.filter { $0.record.belongs(to: number) }
        var moved = try records(
            "WHERE incident = ? AND kind NOT IN ('joined', 'rated')", number.value, keepingReports: false)
        // Of thousands the newest are enough: the last report that joined has the count, and the last rating counts.
        for kind in ["joined", "rated"] {
            moved += try records(
                "WHERE incident = ? AND kind = '\(kind)' ORDER BY position DESC LIMIT \(Limits.listedReports)",
                number.value, keepingReports: false)
        }
        let steps = Set(moved).union(new).keepingNewest()
        var alerts: [Recipient: [AlertNumber]] = [:]
        for alert in incident.alerts { alerts[alert.recipient, default: []].append(alert.number) }
        for (recipient, given) in steps.lazy.flatMap({ $0.record.laterAlerts(of: number) }) {
            alerts[recipient, default: []].append(given)
        }
        var candidates: Set<Int64> = []
        for (recipient, numbers) in alerts {
            for number in numbers { candidates.formUnion(try positions(covering: number, of: recipient)) }
        }
        let words = try candidates.compactMap { try record(at: $0)?.entry }
        let wordsAboutThese = Set(words + unmoved).filter { $0.record.isWord(about: alerts) }
        return ([origin] + steps + wordsAboutThese).sorted { $0.position < $1.position }
    }

    /// Returns the steps that were taken for an incident, and its reopenings, in order.
    func steps(of number: IncidentNumber) throws -> [JournalEntry] {
        try records("WHERE incident = ? AND kind IN ('escalated', 'reopened') ORDER BY position", number.value)
    }

    /// Returns true if a report that a principal sent has joined an incident.
    func isJoined(_ number: IncidentNumber, by principal: String) throws -> Bool {
        let statement = try RawStatement(
            database,
            """
            SELECT 1 FROM record
            WHERE incident = ? AND kind IN ('joined', 'incident') AND json_extract(body, '$.joined') IS NOT NULL
                AND json_extract(body, '$.principal') = ?
            LIMIT 1
            """)
        defer { statement.reset() }
        var principal = principal
        return try principal.withUTF8 { principal in
            try statement.bind(number.value, at: 1)
            try statement.bind(UnsafeRawBufferPointer(principal), at: 2)
            return try statement.step()
        }
    }

    /// Returns the records of the subscriptions that stand before a record: of each name the last one, in order. Among
    /// them are those that end one.
    func subscriptionRecords(before position: Int64) throws -> [JournalEntry] {
        // The condition on the kind is that of the index, word for word.
        try records(
            """
            WHERE position IN (
                SELECT max(position) FROM record
                WHERE kind IN ('subscribed', 'unsubscribed') AND position < ?
                GROUP BY recipient, json_extract(body, '$.name')
            ) ORDER BY position
            """, position)
    }

    /// Returns the records of rules after a position, in order.
    func rules(after position: Int64) throws -> [JournalEntry] {
        try records("WHERE kind = 'rules' AND position > ? ORDER BY position", position)
    }

    /// Returns the newest incident up to the table's last record, or 0.
    func newestIncident(upTo last: Int64) throws -> Int64 {
        let statement = try RawStatement(database, RecordRow.select + " WHERE position = ?")
        defer { statement.reset() }
        try statement.bind(last, at: 1)
        return try statement.step() ? RecordRow(statement).newestIncident : 0
    }

    private func records(
        _ condition: String, _ value: Int64, keepingReports: Bool = true
    ) throws -> [JournalEntry] {
        let statement = try RawStatement(database, RecordRow.select + " " + condition)
        defer { statement.reset() }
        try statement.bind(value, at: 1)
        var entries: [JournalEntry] = []
        while try statement.step() {
            entries.append(
                try StoredRecord(RecordRow(statement), path: path, codec: codec, keepingReport: keepingReports).entry)
        }
        return entries
    }

    /// Returns the positions of the received and personal records that may cover the alert. See
    /// ``RecordColumns/width``.
    private func positions(
        covering number: AlertNumber, of recipient: Recipient
    ) throws -> [Int64] {
        let statement = try RawStatement(
            database,
            """
            SELECT record.position FROM reach CROSS JOIN record
            WHERE record.recipient = ?1 AND record.width = reach.width
                AND record.first > ?2 - reach.reach AND record.first <= ?2 AND record.last >= ?2
                AND record.incident IS NULL
            """)
        defer { statement.reset() }
        var name = recipient.name
        return try name.withUTF8 { name in
            try statement.bind(UnsafeRawBufferPointer(name), at: 1)
            try statement.bind(number.value, at: 2)
            var positions: [Int64] = []
            while try statement.step() { positions.append(statement.integer(0)) }
            return positions
        }
    }
}

extension JournalRecord {
    /// Returns true if it is a step, a ring, an end, a reopening, a rating or news of this incident.
    fileprivate func belongs(to number: IncidentNumber) -> Bool {
        switch self {
        case .escalated(let step): step.incident == number
        case .rung(let rung): rung.incident == number
        case .stoodDown(let stoodDown): stoodDown.incident == number
        case .closed(let closed): closed.incident == number
        case .rated(let rated): rated.incident == number
        case .reopened(let reopened): reopened.incident == number
        case .incident(let incident), .joined(let incident):
            incident.news?.roots.first?.incident == number || incident.split?.incident == number
        case .received, .personal, .rules, .subscribed, .unsubscribed, .silenced, .unsilenced, .removed: false
        }
    }

    /// Returns true if it says something about one of these alerts.
    fileprivate func isWord(about alerts: [Recipient: [AlertNumber]]) -> Bool {
        func covers(_ recipient: Recipient, _ ranges: [ClosedRange<AlertNumber>]) -> Bool {
            alerts[recipient]?.contains { number in ranges.contains { $0.contains(number) } } ?? false
        }
        return switch self {
        case .received(let received): covers(received.recipient, received.numbers)
        case .personal(let personal): covers(personal.recipient, personal.numbers)
        case .incident, .joined, .escalated, .rung, .stoodDown, .closed, .rules, .subscribed, .unsubscribed, .rated,
            .silenced,
            .unsilenced, .reopened, .removed:
            false
        }
    }
}
