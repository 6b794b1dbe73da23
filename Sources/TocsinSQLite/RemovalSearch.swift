import GRDB
import TocsinJournal
import TocsinModel

/// Finds incidents that are over for long enough, and plans what is left of them. It only reads.
///
/// Incidents are looked at in the order of their numbers, once they are old enough by their own time: none can have been
/// closed before it was stored. Those that are not over for long enough then are noted in the table `kept`, with the time from
/// which on it counts. So every record is looked at once, and an incident that stays open for years keeps no other.
struct RemovalSearch {
    private let database: Database
    private let codec: RecordCodec
    private let path: String
    private let table: TableReader
    private let retention: Retention
    /// The time by which incidents are removed.
    private let time: Timestamp
    /// The table's last record, which stays: newer ones rest on its checksum.
    private let last: Int64
    /// The last record that is counted for statistics.
    private let counted: Int64
    /// The records up to which there are snapshots.
    private let snapshots: [Int64]
    /// The incidents that records speak of which are not in the table yet.
    private let touched: Set<Int64>
    private(set) var plan = RemovalPlan()
    /// Whether happenings are open that were asked for.
    private var openHappenings: [IncidentNumber: Bool] = [:]

    private enum Verdict {
        case over
        /// It is open, or has not been over for long enough.
        case early(since: Timestamp)
        /// Something else needs its records now.
        case needed(since: Timestamp)
        case gone
    }

    /// - Parameters:
    ///   - database: A connection in a transaction.
    ///   - codec: Reads records.
    ///   - path: The journal's file, for errors.
    ///   - retention: How long what is kept.
    ///   - time: The time by which incidents are removed.
    ///   - touched: The incidents that records speak of which are not in the table yet.
    init(
        _ database: Database, _ codec: RecordCodec, path: String, _ retention: Retention, at time: Timestamp,
        touched: Set<Int64>
    ) throws {
        (self.database, self.codec, self.path) = (database, codec, path)
        (self.retention, self.time, self.touched) = (retention, time, touched)
        table = TableReader(database, codec, path: path)
        last = try Int64.fetchOne(database, sql: "SELECT max(position) FROM record") ?? 0
        counted = try CourseTable(database, codec, path: path).counted()
        snapshots = try Int64.fetchAll(database, sql: "SELECT DISTINCT position FROM snapshot")
    }

    /// Looks again at incidents that were kept, the longest over first.
    ///
    /// - Parameters:
    ///   - kind: Which.
    ///   - cursor: Where this round is. It moves on.
    /// - Returns: False if there are no more in this round.
    mutating func lookAgain(_ kind: RemovalPlan.Kind, _ cursor: inout (since: Int64, incident: Int64)) throws -> Bool {
        guard let due = due(kind) else { return false }
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT since, incident FROM kept
                WHERE exercise = ? AND since <= ? AND (since, incident) > (?, ?) ORDER BY since, incident LIMIT ?
                """,
            arguments: [
                kind.rawValue, due.milliseconds, cursor.since, cursor.incident, Limits.incidentsRemovedAtOnce,
            ])
        for row in rows where !plan.isFull {
            cursor = (row[0], row[1])
            switch try look(at: cursor.incident, since: Timestamp(milliseconds: cursor.since)) {
            case .over, .gone: plan.gone.append(cursor.incident)
            case .early(let since):
                plan.kept.append((cursor.incident, kind, since))
            case .needed: break
            }
        }
        return !rows.isEmpty
    }

    /// Looks at the next incidents that are old enough by their own time.
    ///
    /// - Parameters:
    ///   - kind: Which.
    ///   - position: The last record that was looked at.
    /// - Returns: False if there are no more now.
    mutating func lookOn(_ kind: RemovalPlan.Kind, after position: Int64) throws -> Bool {
        guard let due = due(kind) else { return false }
        let end = min(last, position + Limits.recordsScannedAtOnce)
        let statement = try RawStatement(
            database,
            RecordRow.select + " WHERE position > ? AND position <= ? AND kind = 'incident' ORDER BY position")
        defer { statement.reset() }
        try statement.bind(position, at: 1)
        try statement.bind(end, at: 2)
        var reached = position
        defer { plan.scanned[kind] = reached }
        while try statement.step() {
            guard !plan.isFull else { return true }
            let entry = try StoredRecord(RecordRow(statement), path: path, codec: codec, keepingReport: false).entry
            guard case .incident(let incident) = entry.record, RemovalPlan.Kind(incident.status) == kind else {
                reached = entry.position.value
                continue
            }
            // Later ones are younger. One of a clock that was ahead tells nothing, and is waited for from now on.
            guard entry.at <= due || entry.at > time else { return false }
            switch entry.at > time ? .early(since: time) : try look(at: entry.position.value) {
            case .over, .gone: break
            case .early(let since), .needed(let since): plan.kept.append((entry.position.value, kind, since))
            }
            reached = entry.position.value
        }
        reached = end
        return end > position
    }

    /// Looks for names that need not be known any more.
    ///
    /// - Parameter position: Where this round is. It moves on.
    /// - Returns: False if there are no more in this round.
    mutating func lookForNames(after position: inout Int64) throws -> Bool {
        guard let names = retention.names else { return false }
        let positions = try Int64.fetchAll(
            database,
            sql: """
                SELECT position FROM record
                WHERE kind = 'removed' AND sender IS NOT NULL AND position > ? ORDER BY position LIMIT ?
                """,
            arguments: [position, Limits.recordsRemovedAtOnce])
        for one in positions where !plan.isFull && one < last {
            position = one
            guard let entry = try table.record(at: one)?.entry, case .removed(var removed) = entry.record else {
                continue
            }
            // Those after it came later.
            guard entry.at + names <= time else { return false }
            removed.incident?.name = nil
            plan.rows[one] = JournalEntry(position: entry.position, at: entry.at, record: .removed(removed))
        }
        return !positions.isEmpty
    }

    /// The time since when what is removed now is over; nil if it is kept for ever.
    private func due(_ kind: RemovalPlan.Kind) -> Timestamp? {
        retention.time(of: kind == .others ? .actual : .exercise).map { time + .milliseconds(-$0.wholeMilliseconds) }
    }
}

// MARK: - One incident

extension RemovalSearch {
    /// Looks at an incident, and plans what is left of it if it is over for long enough.
    ///
    /// - Parameters:
    ///   - number: The incident.
    ///   - since: When it was over or seen open, as far as was known before; nil if it was not looked at.
    private mutating func look(at number: Int64, since: Timestamp? = nil) throws -> Verdict {
        guard let stored = try table.record(at: number), case .incident(let incident) = stored.entry.record,
            var life = IncidentLife(stored.entry)
        else { return .gone }
        let timeline = try table.timeline(stored.entry, incident)
        var closed: Timestamp?
        var openIn: [Int64: Bool] = [:]
        for entry in timeline {
            if entry.position != stored.entry.position { life.apply(entry) }
            closed = life.isOpen ? nil : closed ?? entry.at
            for snapshot in snapshots where entry.position.value <= snapshot { openIn[snapshot] = life.isOpen }
        }
        guard let closed, let due = due(RemovalPlan.Kind(incident.status)) else { return .early(since: time) }
        // A time that is still to come tells nothing.
        let over = closed > time ? since ?? time : closed
        guard over <= due else { return .early(since: over) }
        if let happening = incident.happening, try isOpen(happening) { return .needed(since: over) }
        let newest = timeline.last?.position.value ?? number
        guard newest < last, newest <= counted, !touched.contains(number) else { return .needed(since: over) }
        if openIn.values.contains(true) {
            // Who starts from such a snapshot must find the records by which the incident ends.
            guard last <= Limits.recordsWithoutSnapshot else { return .needed(since: over) }
            plan.dropsSnapshots = true
        }
        guard try removeMany(IncidentNumber(number)) else { return .needed(since: over) }
        try remove(stored, incident, life, timeline)
        return .over
    }

    /// Returns true if an incident is open. One of which a record is not in the table yet may be.
    private mutating func isOpen(_ number: IncidentNumber) throws -> Bool {
        if let known = openHappenings[number] { return known }
        var isOpen = touched.contains(number.value)
        if !isOpen, let stored = try table.record(at: number.value, keepingReport: false),
            case .incident(let incident) = stored.entry.record
        {
            isOpen = IncidentLife(timeline: try table.timeline(stored.entry, incident))?.isOpen ?? false
        }
        openHappenings[number] = isOpen
        return isOpen
    }

    /// Plans what is left of reports that have joined an incident, and of its ratings. Of thousands of them it is more than
    /// one step's work.
    ///
    /// - Returns: False if there are more.
    private mutating func removeMany(_ incident: IncidentNumber) throws -> Bool {
        let positions = try Int64.fetchAll(
            database,
            sql: """
                SELECT position FROM record WHERE incident = ? AND kind IN ('joined', 'rated') ORDER BY position LIMIT ?
                """,
            arguments: [incident.value, Limits.recordsRemovedAtOnce])
        for position in positions {
            guard let entry = try table.record(at: position)?.entry else { continue }
            let left =
                if case .joined(let report) = entry.record {
                    RemovedRecord(of: report, incident, keepingName: keepsName(of: entry))
                } else {
                    RemovedRecord()
                }
            plan.rows[position] = JournalEntry(position: entry.position, at: entry.at, record: .removed(left))
        }
        return positions.count < Limits.recordsRemovedAtOnce
    }

    private func keepsName(of entry: JournalEntry) -> Bool { retention.names.map { entry.at + $0 > time } ?? true }

    private mutating func remove(
        _ stored: StoredRecord, _ incident: IncidentRecord, _ life: IncidentLife, _ timeline: [JournalEntry]
    ) throws {
        let position = stored.entry.position.value
        plan.incidents += 1
        plan.previous[position] = try incidentPresent(from: stored.previous)
        if incident.status == .actual { plan.courses += life.alerts.map { ($0.recipient, $0.number) } }
        var numbers: [Recipient: [AlertNumber]] = [:]
        for alert in life.alerts { numbers[alert.recipient, default: []].append(alert.number) }
        for entry in timeline {
            var entry = plan.rows[entry.position.value] ?? entry
            switch entry.record {
            case .incident(let record):
                // One that is news of this one stays, for it is an incident itself.
                guard entry.position.value == position else { continue }
                // A report that was taken out of another incident has its name there.
                let keepsName = record.split == nil && keepsName(of: entry)
                entry.record = .removed(RemovedRecord(of: record, life.number, keepingName: keepsName))
            case .received(var word):
                word.numbers = word.numbers.without(numbers[word.recipient] ?? [])
                entry.record = word.numbers.isEmpty ? .removed(RemovedRecord()) : .received(word)
            case .personal(var word):
                word.numbers = word.numbers.without(numbers[word.recipient] ?? [])
                entry.record = word.numbers.isEmpty ? .removed(RemovedRecord()) : .personal(word)
            case .escalated(let step):
                entry.record = .removed(RemovedRecord(given: [.init(step.recipient, step.number)]))
            case .reopened(let reopened):
                entry.record = .removed(
                    RemovedRecord(given: reopened.alerts.map { .init($0.recipient, $0.number) }))
            // They are removed before.
            case .joined, .rated: continue
            case .rung, .stoodDown, .closed:
                entry.record = .removed(RemovedRecord())
            case .rules, .subscribed, .unsubscribed, .silenced, .unsilenced, .removed:
                continue
            }
            plan.rows[entry.position.value] = entry
        }
    }

    /// Returns the newest incident up to `number`, passing over those that were removed. Each of these leads to one that was
    /// there when it was removed, so that there are few to pass.
    private func incidentPresent(from number: Int64) throws -> Int64 {
        var number = number
        while number > 0 {
            if let previous = plan.previous[number] {
                number = previous
                continue
            }
            guard let stored = try table.record(at: number, keepingReport: false), case .removed = stored.entry.record
            else { return number }
            number = stored.previous
        }
        return 0
    }
}

extension IncidentRecord {
    /// The incident of the happening that the report tells of, if it is another: the one that it has joined, or was taken out
    /// of. While that is open its reports are counted, and a Cancel may name them.
    fileprivate var happening: IncidentNumber? { split?.incident ?? news?.joinedReport?.incident }
}

extension [ClosedRange<AlertNumber>] {
    /// Returns the ranges without some numbers.
    func without(_ numbers: [AlertNumber]) -> [ClosedRange<AlertNumber>] {
        let numbers = numbers.sorted()
        return flatMap { range in
            var (pieces, first) = ([ClosedRange<AlertNumber>](), range.lowerBound)
            for number in numbers where range.contains(number) {
                if first < number { pieces.append(first...number.advanced(by: -1)) }
                first = number.advanced(by: 1)
            }
            if first <= range.upperBound { pieces.append(first...range.upperBound) }
            return pieces
        }
    }
}
