import GRDB
import Synchronization
import TocsinJournal
import TocsinModel

/// Reads the journal beside the thread that appends. It reads the tail first, and the rest through a connection of its
/// own.
///
/// `@unchecked Sendable`: `codec` is used only under the lock of `access`. The rest never changes.
final class SQLiteIndex: IncidentIndex, @unchecked Sendable {
    private let queue: DatabaseQueue
    private let tail: Tail
    private let filter: NameFilter
    private let path: String
    /// The folder's lock, held so that the folder stays this process's own while the index is in use.
    private let lock: StateLock
    /// Held while the connection is used. Its value is true until the connection is closed.
    private let access = Mutex(true)
    private let codec = RecordCodec()

    init(table: RecordTable, tail: Tail, configuration: Configuration, lock: StateLock) throws {
        var configuration = configuration
        configuration.readonly = true
        queue = try DatabaseQueue(path: table.address, configuration: configuration)
        path = table.path
        filter = table.filter
        self.tail = tail
        self.lock = lock
    }

    func incidents(named names: [ReportName]) throws(JournalError) -> [IncidentNumber?] {
        var incidents = [IncidentNumber?](repeating: nil, count: names.count)
        let candidates = names.indices.filter { !filter.excludes(names[$0]) }
        do {
            for index in candidates { incidents[index] = try tail.incident(named: names[index]) }
        } catch {
            throw JournalError(error, doing: "Reading", path: path)
        }
        let others = candidates.filter { incidents[$0] == nil }
        guard !others.isEmpty else { return incidents }
        // A single query is a transaction of its own. Several share one.
        let found = try read(inTransaction: others.count > 1) { database, _ in
            let statement = try RawStatement(
                database, "SELECT position FROM record WHERE sender = ? AND identifier = ?")
            defer { statement.reset() }
            return try others.map { index in
                var (sender, identifier) = (names[index].sender, names[index].identifier)
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
        for (index, incident) in zip(others, found) { incidents[index] = incident }
        return incidents
    }

    func incident(_ number: IncidentNumber) throws(JournalError) -> JournalEntry? {
        guard let entry = try entry(at: number.position), case .incident = entry.record else { return nil }
        return entry
    }

    func readReports(from number: IncidentNumber, bytes: Int, into reports: inout StoredReports) throws(JournalError) {
        reports.removeAll()
        func add(_ row: RecordRow) throws -> Bool {
            guard row.isIncident else { return !reports.isEmpty }
            guard !reports.isEmpty || row.position == number.value else { return false }
            try StoredRecord.addReport(row, to: &reports, path: path)
            return reports.byteCount < bytes
        }
        try readTail(from: number.value) { row, _ in try add(row) }
        guard reports.isEmpty else { return }
        try read { database, _ in
            let statement = try RawStatement(
                database, RecordRow.select + " WHERE position >= ? AND kind = 'incident' ORDER BY position")
            defer { statement.reset() }
            try statement.bind(number.value, at: 1)
            while try statement.step(), try add(RecordRow(statement)) {}
        }
    }

    func entry(at position: Position) throws(JournalError) -> JournalEntry? {
        try record(at: position.value)?.entry
    }

    func entries(at positions: Range<Position>) throws(JournalError) -> [JournalEntry] {
        let (first, end) = (positions.lowerBound.value, positions.upperBound.value)
        // A record may be in the tail now, and in the table when the table is asked.
        var entries: [Int64: JournalEntry] = [:]
        try readTail(from: first) { row, codec in
            guard row.position < end else { return false }
            entries[row.position] = try StoredRecord(row, path: path, codec: codec, keepingReport: false).entry
            return true
        }
        guard entries.count < Int(end - first) else { return entries.sorted { $0.key < $1.key }.map(\.value) }
        let moved = try read { database, codec in
            let statement = try RawStatement(
                database, RecordRow.select + " WHERE position >= ? AND position < ? ORDER BY position")
            defer { statement.reset() }
            try statement.bind(first, at: 1)
            try statement.bind(end, at: 2)
            var moved: [JournalEntry] = []
            while try statement.step() {
                moved.append(
                    try StoredRecord(RecordRow(statement), path: path, codec: codec, keepingReport: false).entry)
            }
            return moved
        }
        for entry in moved { entries[entry.position.value] = entry }
        return entries.sorted { $0.key < $1.key }.map(\.value)
    }

    func newestIncidents(before: IncidentNumber?, limit: Int) throws(JournalError) -> [JournalEntry] {
        guard limit > 0 else { return [] }
        var number = try newestIncident(before: before?.value ?? Int64.max)
        var incidents: [JournalEntry] = []
        while number > 0, incidents.count < limit {
            guard let record = try record(at: number, keepingReport: false), record.entry.isOrWasIncident else {
                throw .damaged(path, record: number, "the next record's chain calls it an incident")
            }
            if case .incident = record.entry.record { incidents.append(record.entry) }
            number = record.previous
        }
        return incidents
    }

    func subscriptions(before position: Position) throws(JournalError) -> [Subscription] {
        // A record may be in the tail now, and in the table when the table is asked.
        var unmoved: [JournalEntry] = []
        try readTail(from: 1) { row, codec in
            guard row.position < position.value else { return false }
            guard row.isOfSubscription else { return true }
            unmoved.append(try StoredRecord(row, path: path, codec: codec).entry)
            return true
        }
        let moved = try read { database, codec in
            try TableReader(database, codec, path: path).subscriptionRecords(before: position.value)
        }
        return SubscriptionFold(Set(moved + unmoved).sorted { $0.position < $1.position }).subscriptions
    }

    func writeStatistics(_ question: StatisticsQuestion, now: Timestamp, to json: inout JSONWriter) throws {
        var query = CourseQuery(question, now: now, codec, path: path)
        let tooMany = try read { database, _ -> Refusal? in
            do {
                try query.begin(database, counting: Limits.statisticsUncounted)
                return nil
            } catch let refusal as Refusal {
                return refusal
            }
        }
        if let tooMany { throw tooMany }
        while try read({ database, _ in try query.goOn(database) }) {}
        var last: Int64 = 0
        try readTail(from: 1) { row, _ in
            last = row.position
            return true
        }
        try read { database, _ in
            let newest = try Int64.fetchOne(database, sql: "SELECT max(position) FROM record") ?? 0
            try query.write(database, last: max(last, newest), to: &json)
        }
    }

    func timeline(of number: IncidentNumber) throws(JournalError) -> [JournalEntry] {
        guard let origin = try record(at: number.value)?.entry, case .incident(let incident) = origin.record else {
            return []
        }
        // A record may be in the tail now, and in the table when the table is asked.
        var unmoved: [JournalEntry] = []
        try readTail(from: number.value + 1) { row, codec in
            guard !row.isIncident || row.incident == number.value else { return true }
            unmoved.append(try StoredRecord(row, path: path, codec: codec, keepingReport: false).entry)
            return true
        }
        return try read { [unmoved] database, codec in
            try TableReader(database, codec, path: path).timeline(origin, incident, with: unmoved)
        }
    }

    func steps(of number: IncidentNumber) throws(JournalError) -> [JournalEntry] {
        // A record may be in the tail now, and in the table when the table is asked.
        var unmoved: [JournalEntry] = []
        try readTail(from: number.value + 1) { row, codec in
            guard row.incident == number.value, !row.isIncident else { return true }
            let entry = try StoredRecord(row, path: path, codec: codec).entry
            if !entry.record.laterAlerts(of: number).isEmpty { unmoved.append(entry) }
            return true
        }
        let moved = try read { database, codec in
            try TableReader(database, codec, path: path).steps(of: number)
        }
        return Set(moved + unmoved).sorted { $0.position < $1.position }
    }

    func isJoined(_ number: IncidentNumber, by principal: String) throws(JournalError) -> Bool {
        var isJoined = false
        try readTail(from: number.value + 1) { row, codec in
            guard row.incident == number.value else { return true }
            let record = try StoredRecord(row, path: path, codec: codec, keepingReport: false).entry.record
            isJoined = record.isJoined(to: number, by: principal)
            return !isJoined
        }
        if isJoined { return true }
        return try read { database, codec in
            try TableReader(database, codec, path: path).isJoined(number, by: principal)
        }
    }
}

extension SQLiteIndex {
    /// Closes the connection. A process that has opened a file only for reading cannot open it for writing beside that.
    func close() {
        access.withLock { isOpen in
            guard isOpen else { return }
            isOpen = false
            try? queue.close()
        }
    }

    private func read<Result: Sendable>(
        inTransaction: Bool = true, _ body: (Database, RecordCodec) throws -> Result
    ) throws(JournalError) -> Result {
        try access.withLock { isOpen throws(JournalError) in
            guard isOpen else { throw .failed("\(path) has been closed.") }
            do {
                // One transaction makes the results consistent. Its statements are cached, unlike GRDB's own, because
                // the broker asks for each report that comes.
                return try queue.unsafeRead { database in
                    guard inTransaction else { return try body(database, codec) }
                    let end = try RawStatement(database, "COMMIT")
                    try RawStatement(database, "BEGIN").run()
                    let result = Swift.Result { try body(database, codec) }
                    try end.run()
                    return try result.get()
                }
            } catch {
                throw JournalError(queue.cause(of: error), doing: "Reading", path: path)
            }
        }
    }

    /// Calls `body` with the tail's rows from `position` on, until it returns false.
    private func readTail(
        from position: Int64, _ body: (RecordRow, RecordCodec) throws -> Bool
    ) throws(JournalError) {
        try access.withLock { _ throws(JournalError) in
            do {
                try tail.forEachRow(from: position) { try body($0, codec) }
            } catch {
                throw JournalError(error, doing: "Reading", path: path)
            }
        }
    }

    /// Returns the record at a position, if there is one.
    private func record(at position: Int64, keepingReport: Bool = true) throws(JournalError) -> StoredRecord? {
        var record: StoredRecord?
        try readTail(from: position) { row, codec in
            guard row.position == position else { return false }
            record = try StoredRecord(row, path: path, codec: codec, keepingReport: keepingReport)
            return false
        }
        if let record { return record }
        return try read { try TableReader($0, $1, path: path).record(at: position, keepingReport: keepingReport) }
    }

    private func newestIncident(before number: Int64) throws(JournalError) -> Int64 {
        var newest: Int64?
        try readTail(from: 1) { row, _ in
            guard row.position < number else { return false }
            newest = row.newestIncident
            return true
        }
        if let newest { return newest }
        return try read { database, _ in
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
    }
}
