import GRDB
import TocsinJournal
import TocsinModel

/// What one step of removal writes: what is left in the place of records, and where the next step goes on.
struct RemovalPlan {
    /// The incidents that are looked at together, each kind with its own time.
    enum Kind: Int64, CaseIterable {
        case others = 0
        case exercises = 1

        init(_ status: ReportStatus) { self = status == .actual ? .others : .exercises }
    }

    /// The records that change, by their positions.
    var rows: [Int64: JournalEntry] = [:]
    /// The incident before one that is removed, which is none that was removed before.
    var previous: [Int64: Int64] = [:]
    /// The alerts that have a course no more.
    var courses: [(recipient: Recipient, number: AlertNumber)] = []
    /// The incidents that are to be looked at again, with the time since when they are over, or were seen open.
    var kept: [(incident: Int64, kind: Kind, since: Timestamp)] = []
    /// The incidents that are not to be looked at again.
    var gone: [Int64] = []
    /// The last records that were looked at.
    var scanned: [Kind: Int64] = [:]
    /// True if the snapshots are given up, in which incidents are open that are removed.
    var dropsSnapshots = false
    var incidents = 0

    /// Returns true if something is to be written where so far was looked before.
    func writes(after before: [Kind: Int64]) -> Bool {
        !rows.isEmpty || !kept.isEmpty || !gone.isEmpty || scanned.contains { before[$0.key] != $0.value }
    }

    var isFull: Bool {
        incidents >= Limits.incidentsRemovedAtOnce || rows.count >= Limits.recordsRemovedAtOnce
    }
}

// MARK: - Writing

extension RemovalPlan {
    private static let update = """
        UPDATE record SET kind = ?2, at = ?3, body = ?4, sender = ?5, identifier = ?6, report = ?7, recipient = ?8, \
        first = ?9, last = ?10, width = ?11, incident = ?12, previous = iif(?13 < 0, previous, ?13), checksum = ?14 \
        WHERE position = ?1
        """

    /// Writes everything, within the caller's transaction.
    ///
    /// - Parameters:
    ///   - database: The connection that writes.
    ///   - reckoned: The time that is kept with the journal.
    ///   - courses: The table of courses over the same connection.
    func write(to database: Database, reckoned: Timestamp, _ courses: CourseTable) throws {
        let statement = try RawStatement(database, Self.update)
        var body = JSONWriter(capacity: 256)
        for (position, entry) in rows.sorted(by: { $0.key < $1.key }) {
            body.removeAll()
            RecordCodec.write(entry.record, to: &body)
            var bytes = ByteBuffer()
            _ = RecordRow.write(entry, body: body, previous: previous[position] ?? -1, to: &bytes)
            // The statement takes a row's values in the order of an insert.
            try bytes.withUnsafeBytes { bytes in
                for row in RecordRows(in: bytes) { try row.insert(by: statement) }
            }
        }
        try removeCourses(from: database, courses)
        for one in kept {
            try database.execute(
                sql: "INSERT OR REPLACE INTO kept (incident, exercise, since) VALUES (?, ?, ?)",
                arguments: [one.incident, one.kind.rawValue, one.since.milliseconds])
        }
        for incident in gone { try database.execute(sql: "DELETE FROM kept WHERE incident = ?", arguments: [incident]) }
        if dropsSnapshots { try database.execute(sql: "DELETE FROM snapshot") }
        try database.execute(
            sql: "UPDATE removal SET reckoned = ?, exercises = coalesce(?, exercises), others = coalesce(?, others)",
            arguments: [reckoned.milliseconds, scanned[.exercises], scanned[.others]])
    }

    private func removeCourses(from database: Database, _ table: CourseTable) throws {
        var pages: [Int64: CoursePage] = [:]
        for (recipient, number) in courses {
            guard let mailbox = try table.identifier(of: recipient.name),
                let key = CoursePage.key(of: number, recipient: mailbox),
                var page = try pages.removeValue(forKey: key) ?? table.page(key)
            else { continue }
            _ = page.removeCourse(Int(number.value - CoursePage.first(ofPage: key)))
            pages[key] = page
        }
        for (key, page) in pages { try CourseTable.put(page, key, in: database) }
    }
}
