import GRDB
import Synchronization
import TocsinJournal
import TocsinModel

/// Reads the journal through a connection of its own, beside the one that appends.
///
/// `@unchecked Sendable`: `codec` is used by `read(_:)` alone, and only while it holds `turn`; the rest never changes.
final class SQLiteJournalReader: JournalReader, @unchecked Sendable {
    private let queue: DatabaseQueue
    private let path: String
    /// Held so that the folder stays this process's own while somebody reads.
    private let lock: StateLock
    private let turn = Mutex(())
    private let codec = RecordCodec()

    init(path: String, configuration: Configuration, lock: StateLock) throws {
        var configuration = configuration
        configuration.readonly = true
        queue = try DatabaseQueue(path: path, configuration: configuration)
        self.path = path
        self.lock = lock
    }

    func incidents(named names: [ReportName]) throws(JournalError) -> [IncidentNumber?] {
        guard !names.isEmpty else { return [] }
        // One question is a transaction of its own; several are asked in one.
        return try read(inTransaction: names.count > 1) { database, _ in
            let statement = try RawStatement(
                database, "SELECT position FROM record WHERE sender = ? AND identifier = ?")
            defer { statement.reset() }
            return try names.map { name in
                var (sender, identifier) = (name.sender, name.identifier)
                return try sender.withUTF8 { sender in
                    try identifier.withUTF8 { identifier in
                        try statement.bind(UnsafeRawBufferPointer(sender), at: 1)
                        try statement.bind(UnsafeRawBufferPointer(identifier), at: 2)
                        defer { statement.reset() }
                        return try statement.step() ? IncidentNumber(statement.integer(0)) : nil
                    }
                }
            }
        }
    }

    func incident(_ number: IncidentNumber) throws(JournalError) -> JournalEntry? {
        guard let entry = try entry(at: number.position), case .incident = entry.record else { return nil }
        return entry
    }

    func reports(from number: IncidentNumber, bytes: Int) throws(JournalError) -> [StoredReport] {
        try read { database, _ in
            let statement = try RawStatement(
                database, StoredRecord.select + " WHERE position >= ? AND kind = 'incident' ORDER BY position")
            defer { statement.reset() }
            try statement.bind(number.value, at: 1)
            var (reports, total) = ([StoredReport](), 0)
            while total < bytes, try statement.step() {
                let report = try StoredRecord.report(statement, path: path)
                if reports.isEmpty, report.incident != number { break }
                total += report.bytes.count
                reports.append(report)
            }
            return reports
        }
    }

    func entry(at position: Position) throws(JournalError) -> JournalEntry? {
        try read { database, codec in
            try StoredRecord.at(position.value, in: database, path: path, codec: codec)?.entry
        }
    }

    func newestIncidents(before: IncidentNumber?, limit: Int) throws(JournalError) -> [JournalEntry] {
        guard limit > 0 else { return [] }
        return try read { database, codec in
            var number = try newestIncident(before: before?.value ?? Int64.max, in: database)
            var incidents: [JournalEntry] = []
            while number > 0, incidents.count < limit {
                let record = try StoredRecord.at(
                    number, in: database, path: path, codec: codec, keepingReport: false)
                guard let record, case .incident = record.entry.record else {
                    throw JournalError.damaged(path, record: number, "the next record's chain calls it an incident")
                }
                incidents.append(record.entry)
                number = record.previous
            }
            return incidents
        }
    }

    func timeline(of number: IncidentNumber) throws(JournalError) -> [JournalEntry] {
        try read { database, codec in
            let origin = try StoredRecord.at(number.value, in: database, path: path, codec: codec)?.entry
            guard let origin, case .incident(let incident) = origin.record else { return [] }
            let steps = try records("WHERE incident = ?", number.value, in: database, codec)
            var alerts: [Recipient: [AlertNumber]] = [:]
            for alert in incident.alerts { alerts[alert.recipient, default: []].append(alert.number) }
            for case .escalated(let step) in steps.lazy.map(\.record) {
                alerts[step.recipient, default: []].append(step.number)
            }
            var candidates: Set<Int64> = []
            for (recipient, numbers) in alerts {
                for number in numbers {
                    candidates.formUnion(try positions(covering: number, of: recipient, in: database))
                }
            }
            let words = try candidates.compactMap { position in
                try StoredRecord.at(position, in: database, path: path, codec: codec)?.entry
            }
            return ([origin] + steps + words.filter { $0.record.isWord(about: alerts) }).sorted {
                $0.position < $1.position
            }
        }
    }
}

extension SQLiteJournalReader {
    private func read<Result: Sendable>(
        inTransaction: Bool = true, _ body: (Database, RecordCodec) throws -> Result
    ) throws(JournalError) -> Result {
        try turn.withLock { _ throws(JournalError) in
            do {
                // One transaction, so that what is read belongs together; its statements are kept, which GRDB's own are
                // not, and a broker asks for each report that comes.
                return try queue.unsafeRead { database in
                    guard inTransaction else { return try body(database, codec) }
                    let end = try RawStatement(database, "COMMIT")
                    try RawStatement(database, "BEGIN").run()
                    let result = Swift.Result { try body(database, codec) }
                    try end.run()
                    return try result.get()
                }
            } catch {
                throw JournalError(error, doing: "Reading", path: path)
            }
        }
    }

    private func newestIncident(before number: Int64, in database: Database) throws -> Int64 {
        let statement = try RawStatement(
            database,
            """
            SELECT iif(kind = 'incident', position, previous) FROM record
            WHERE position < ? ORDER BY position DESC LIMIT 1
            """)
        defer { statement.reset() }
        try statement.bind(number, at: 1)
        return try statement.step() ? statement.integer(0) : 0
    }

    private func records(
        _ condition: String, _ value: Int64, in database: Database, _ codec: RecordCodec
    ) throws -> [JournalEntry] {
        let statement = try RawStatement(database, StoredRecord.select + " " + condition)
        defer { statement.reset() }
        try statement.bind(value, at: 1)
        var entries: [JournalEntry] = []
        while try statement.step() {
            entries.append(try StoredRecord(statement, path: path, codec: codec).entry)
        }
        return entries
    }

    /// The received and personal records that may cover the alert: see ``RecordColumns/width``.
    private func positions(
        covering number: AlertNumber, of recipient: Recipient, in database: Database
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
    /// Whether it says something about one of these alerts.
    fileprivate func isWord(about alerts: [Recipient: [AlertNumber]]) -> Bool {
        func covers(_ recipient: Recipient, _ ranges: [ClosedRange<AlertNumber>]) -> Bool {
            alerts[recipient]?.contains { number in ranges.contains { $0.contains(number) } } ?? false
        }
        return switch self {
        case .received(let received): covers(received.recipient, received.numbers)
        case .personal(let personal): covers(personal.recipient, personal.numbers)
        case .incident, .escalated, .closed, .rules: false
        }
    }
}
