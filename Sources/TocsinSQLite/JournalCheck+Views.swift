import GRDB
import TocsinJournal
import TocsinModel

/// The check of the views against the fold of the records.
extension JournalCheck {
    /// The number of incidents whose rows are read together.
    private static var chunk: Int { 500 }

    /// Compares the views' rows of each incident with the fold of its records. Both find the records by the indexes,
    /// which the check of the structure covers.
    mutating func checkViews(_ reading: JournalReading) throws {
        guard reading.has(.alertsByOneFold) else { return }
        let table = TableReader(reading.database, codec, path: reading.path)
        let withPrincipals = reading.has(.principals)
        var courses =
            try reading.has(.courses)
            ? CourseCheck(CourseTable(reading.database, codec, path: reading.path)) : nil
        var (last, done) = (0 as Int64, 0 as Int64)
        while true {
            let numbers = try Int64.fetchAll(
                reading.database,
                sql: "SELECT position FROM record WHERE kind = 'incident' AND position > ? ORDER BY position LIMIT ?",
                arguments: [last, Self.chunk])
            guard let first = numbers.first, let end = numbers.last else { break }
            var said = try ViewRows(in: reading.database, first...end, withPrincipals: withPrincipals)
            for number in numbers {
                done += 1
                tell(.views, done, of: max(findings.incidents, done))
                let found = said.take(number)
                guard let (life, timeline) = try folded(number, table) else { continue }
                if found != ViewRows.expected(of: life, timeline, withPrincipals: withPrincipals) {
                    findings.add("incident \(number): the views do not say what its records say")
                }
                if try courses?.isRight(life.alerts, timeline) == false {
                    findings.add("incident \(number): the statistics do not say what its records say")
                }
            }
            for number in said.rows.keys.sorted() {
                findings.add("incident \(number): the views have it, and there is no such incident")
            }
            last = end
        }
        if let surplus = try courses?.surplus(), surplus > 0, findings.isWhole {
            findings.add("the statistics have \(surplus) alerts that no record has given")
        }
    }

    /// Compares the view of the subscriptions with the fold of their records.
    mutating func checkSubscriptions(_ reading: JournalReading) throws {
        guard reading.has(.subscriptions) else { return }
        let table = TableReader(reading.database, codec, path: reading.path)
        let standing = SubscriptionFold(try table.subscriptionRecords(before: .max)).subscriptions
        let said = try Row.fetchAll(
            reading.database,
            sql:
                "SELECT recipient, name, purpose, \"when\", coalesce(by, '-'), coalesce(principal, '-') FROM subscriptions"
        )
        let expected: [[String]] = standing.map { one in
            [
                one.key.recipient.name, one.key.name.text, one.purpose.rawValue, one.when, one.by ?? "-",
                one.principal ?? "-",
            ]
        }
        let found: [[String]] = said.map { row in
            row.databaseValues.map { String.fromDatabaseValue($0) ?? "" }
        }
        if Set(found) != Set(expected) || found.count != expected.count {
            findings.add("the view subscriptions does not say what the records say")
        }
    }

    /// Returns an incident's life and its records, or nil if the records are damaged, which is a finding already.
    private func folded(_ number: Int64, _ table: TableReader) throws -> (IncidentLife, [JournalEntry])? {
        do {
            guard let origin = try table.record(at: number)?.entry,
                case .incident(let incident) = origin.record, var life = IncidentLife(origin)
            else { return nil }
            let timeline = try table.timeline(origin, incident)
            for entry in timeline where entry.position != origin.position { life.apply(entry) }
            return (life, timeline)
        } catch let error as JournalError {
            guard case .corrupt = error else { throw error }
            return nil
        }
    }
}

/// The rows of the three views for some incidents.
struct ViewRows {
    /// A row of a view, as text.
    typealias Row = String

    /// The rows by incident.
    private(set) var rows: [Int64: Set<Row>] = [:]

    init(in database: Database, _ incidents: ClosedRange<Int64>, withPrincipals: Bool) throws {
        for view in Self.views(withPrincipals) {
            let statement = try RawStatement(database, view)
            defer { statement.reset() }
            try statement.bind(incidents.lowerBound, at: 1)
            try statement.bind(incidents.upperBound, at: 2)
            while try statement.step() {
                rows[statement.integer(0), default: []].insert(String(decoding: statement.bytes(1), as: UTF8.self))
            }
        }
    }

    mutating func take(_ incident: Int64) -> Set<Row> { rows.removeValue(forKey: incident) ?? [] }

    /// The queries, which give rows in the form of ``expected(of:_:withPrincipals:)``, with `-` for NULL.
    private static func views(_ withPrincipals: Bool) -> [String] {
        let principal = withPrincipals ? "coalesce(principal, '-')" : "'-'"
        return [
            """
            SELECT incident, 'incident' || char(10) || sender || char(10) || identifier || char(10) || event || char(10)
                || category || char(10) || severity || char(10) || status || char(10) || coalesce(grid, '-') || char(10)
                || \(principal)
            FROM incidents WHERE incident BETWEEN ? AND ?
            """,
            """
            SELECT incident, 'alert' || char(10) || recipient || char(10) || number || char(10) || purpose || char(10)
                || rule || char(10) || escalation || char(10) || state || char(10) || (received_at IS NOT NULL)
            FROM alerts WHERE incident BETWEEN ? AND ?
            """,
            """
            SELECT incident, 'word' || char(10) || recipient || char(10) || number || char(10) || state || char(10) || by
                || char(10) || coalesce(note, '-') || char(10) || at || char(10) || \(principal)
            FROM acknowledgements WHERE incident BETWEEN ? AND ?
            """,
        ]
    }

    /// Returns the rows that the views should have for an incident.
    static func expected(of life: IncidentLife, _ timeline: [JournalEntry], withPrincipals: Bool) -> Set<Row> {
        let record = life.record
        func principal(_ name: String?) -> String { withPrincipals ? name ?? "-" : "-" }
        var rows: Set = [
            [
                "incident", record.name.sender, record.name.identifier, record.event, record.category.rawValue,
                record.severity.rawValue, record.status.rawValue, record.grid?.description ?? "-",
                principal(record.principal),
            ].joined(separator: "\n")
        ]
        for alert in life.alerts {
            rows.insert(
                [
                    "alert", alert.recipient.name, "\(alert.number)", alert.purpose.rawValue, alert.rule,
                    "\(alert.escalation)", alert.state.rawValue, alert.isReceived ? "1" : "0",
                ].joined(separator: "\n"))
        }
        for entry in timeline {
            guard case .personal(let word) = entry.record else { continue }
            for alert in life.alerts
            where alert.recipient == word.recipient && word.numbers.contains(where: { $0.contains(alert.number) }) {
                rows.insert(
                    [
                        "word", alert.recipient.name, "\(alert.number)", word.state.rawValue, word.person.by,
                        word.person.note ?? "-", "\(entry.at)", principal(word.person.principal),
                    ].joined(separator: "\n"))
            }
        }
        return rows
    }
}
