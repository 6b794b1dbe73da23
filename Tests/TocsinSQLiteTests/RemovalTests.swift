import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// Incidents that have been closed for as long as they are kept are removed, and nothing else changes.
@Suite struct RemovalTests {
    private let fixture = RemovalFixture()

    /// The incidents that the table has.
    private func incidents(_ journal: SQLiteJournal) throws -> [Int64] {
        try journal.withTable { try Int64.fetchAll($0, sql: "SELECT incident FROM incidents ORDER BY incident") }
    }

    private func life(of number: IncidentNumber, _ journal: SQLiteJournal) throws -> IncidentLife? {
        let timeline = try journal.index().timeline(of: number)
        guard let first = timeline.first, var life = IncidentLife(first) else { return nil }
        for entry in timeline.dropFirst() { life.apply(entry) }
        return life
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `what is closed goes after its time, and what is open stays as it was`(seed: UInt64) throws {
        let history = RandomHistory(seed: seed, incidents: 300)
        let journal = try fixture.begin(history.entries)
        let open = history.staying
        #expect(try incidents(journal).count == 300)
        fixture.pass(days: 5 * 366 - 1)
        try journal.removeAll()
        #expect(try incidents(journal).count == 300)
        fixture.pass(days: 2)
        try journal.removeAll()
        #expect(try incidents(journal) == open.map(\.number.value))
        #expect(journal.takeTroubles() == [.incidentsRemoved(300 - open.count)])
        for life in open { #expect(try self.life(of: life.number, journal)?.alerts == life.alerts) }
        let newest = try journal.index().newestIncidents(before: nil, limit: 1000)
        #expect(newest.map(\.position.value) == open.map(\.number.value).reversed())
        // What was taken out of another incident has its name there.
        let named = history.lives.filter { $0.record.split == nil }
        #expect(try journal.index().incidents(named: named.map(\.record.name)) == named.map(\.number))
        let entries = try journal.allEntries()
        #expect(
            entries.map(\.position) == history.entries.map(\.position) + [Position(Int64(history.entries.count) + 1)])
        journal.close()
        let findings = try fixture.findings()
        #expect(findings.faults == [])
        #expect(findings.removedIncidents == Int64(300 - open.count))
        #expect(findings.removedThrough != nil)
    }

    @Test func `a journal that is removed from while records come goes on, and numbers are not given again`() throws {
        let history = RandomHistory(seed: 11, incidents: 200)
        let journal = try fixture.begin(history.entries)
        fixture.pass(days: 6 * 366)
        let next = Int64(history.entries.count) + 2
        try journal.removeAll()
        try journal.append([
            Sample.entry(next, Sample.incident("A-1", telling: [(Sample.fire, 100_000)])),
            Sample.entry(next + 1, Sample.closed(next)),
        ])
        try journal.removeAll()
        #expect(try incidents(journal).last == next)
        journal.close()
        #expect(try fixture.findings().faults == [])
        let again = try fixture.open()
        #expect(again.lastPosition == Position(next + 1))
        #expect(try again.index().newestIncidents(before: nil, limit: 1).map(\.position.value) == [next])
        // Whoever reads from nothing learns every number that was given.
        var given: [Recipient: Int64] = [:]
        for case .removed(let removed) in try again.allEntries().map(\.record) {
            for one in removed.given { given[one.recipient] = max(given[one.recipient] ?? 0, one.number.value) }
        }
        for record in try again.allEntries().map(\.record) {
            let first = record.reported?.alerts.map { ($0.recipient, $0.number) } ?? []
            let later = history.lives.flatMap { record.laterAlerts(of: $0.number) }
            for (recipient, number) in first + later {
                given[recipient] = max(given[recipient] ?? 0, number.value)
            }
        }
        for life in history.lives {
            for alert in life.alerts { #expect(given[alert.recipient] ?? 0 >= alert.number.value) }
        }
    }

    @Test func `of more ratings than a timeline has nothing is left either`() throws {
        var entries = [
            Sample.entry(1, Sample.incident("a", telling: [(Sample.fire, 1)])), Sample.entry(2, Sample.closed(1)),
        ]
        for position in 3...Int64(Limits.listedReports) + 50 {
            let rating = Rating(score: 1, note: "SECRET", by: "王")
            entries.append(
                Sample.entry(position, .rated(RatedRecord(incident: IncidentNumber(1), rating: rating))))
        }
        let journal = try fixture.begin(entries, Retention(closed: .seconds(86_400), names: .seconds(10 * 86_400)))
        fixture.pass(days: 2)
        try journal.removeAll()
        #expect(try incidents(journal) == [])
        #expect(try journal.allEntries().filter { $0.record.kind == .rated } == [])
        journal.close()
        #expect(try fixture.findings().faults == [])
    }

    @Test func `nothing of what was reported and said is in the files any more`() throws {
        let secret = "SECRET"
        let entries = [
            Sample.entry(1, Sample.rules),
            Sample.entry(2, Sample.incident("id-SECRET", telling: [(Sample.fire, 1)], headline: secret)),
            Sample.entry(
                3, Sample.incident("a-2", telling: [(Sample.fire, 2)], headline: String(repeating: secret, count: 5000))
            ),
            Sample.entry(4, Sample.received(Sample.fire, 1...2)),
            Sample.entry(
                5,
                .personal(
                    PersonalRecord(
                        recipient: Sample.fire, numbers: [AlertNumber(1)...AlertNumber(2)], state: .resolved,
                        person: Person(by: "王SECRET", note: secret)))),
        ]
        let journal = try fixture.begin(
            entries, Retention(closed: .seconds(86_400), names: .seconds(10 * 86_400)))
        fixture.pass(days: 2)
        try journal.removeAll()
        #expect(try incidents(journal) == [])
        let name = ReportName(sender: "网格员@110101005003002", identifier: "id-SECRET")
        let number = try #require(try journal.index().incidents(named: [name]).first ?? nil)
        #expect(number == IncidentNumber(2))
        #expect(try journal.index().incident(number) == nil)
        #expect(try journal.index().timeline(of: number) == [])
        guard case .removed(let left)? = try journal.index().entry(at: number.position)?.record,
            case .incident(let first) = entries[1].record
        else {
            Issue.record("Something was to be left of the incident.")
            return
        }
        #expect(left.incident?.name == name)
        #expect(left.incident?.hasReport(first.report) ?? false)
        #expect(left.incident?.hasReport(first.report + [32]) == false)
        fixture.pass(days: 20)
        try journal.removeAll()
        #expect(try journal.index().incidents(named: [name]) == [nil])
        // The name may be given to another report.
        try journal.append([Sample.entry(7, Sample.incident("id-2", telling: [(Sample.fire, 3)]))])
        try journal.countAll()
        journal.close()
        let bytes = try fixture.bytes()
        #expect(bytes.firstRange(of: Data(secret.utf8)) == nil)
        #expect(try fixture.findings().faults == [])
    }

    @Test func `a word about several alerts stays for those that are left`() throws {
        let journal = try fixture.begin([
            Sample.entry(1, Sample.incident("A-1", telling: [(Sample.fire, 1)])),
            Sample.entry(2, Sample.incident("A-2", telling: [(Sample.fire, 2)])),
            Sample.entry(3, Sample.incident("A-3", telling: [(Sample.fire, 3)])),
            Sample.entry(4, Sample.received(Sample.fire, 1...3)),
            Sample.entry(5, Sample.personal(Sample.fire, .acknowledged, 1...3)),
            Sample.entry(6, Sample.closed(2)),
        ])
        fixture.pass(days: 6 * 366)
        try journal.removeAll()
        #expect(try incidents(journal) == [1, 3])
        #expect(try journal.index().entry(at: Position(4))?.record == Sample.received(Sample.fire, 1...1, 3...3))
        #expect(try life(of: IncidentNumber(3), journal)?.alerts.map(\.state) == [.acknowledged])
        journal.close()
        #expect(try fixture.findings().faults == [])
    }

    private static let exercisesSooner = Retention(closed: .seconds(366 * 86_400), exercises: .seconds(30 * 86_400))

    /// An incident that fire is told of by an alert of this number.
    private func drill(_ status: ReportStatus, _ number: Int64) -> JournalRecord {
        let sample = Sample.incident("A-1", telling: [(Sample.fire, 1)])
        guard case .incident(let real) = sample else { return sample }
        return .incident(
            IncidentRecord(
                name: ReportName(sender: "s", identifier: "\(number)"), event: real.event, category: real.category,
                severity: real.severity, status: status, grid: nil,
                alerts: [.init(real.alerts[0].addressee, number: AlertNumber(number), terminals: 0)], plans: [],
                rules: .zero, report: real.report))
    }

    @Test func `a chain that leads nowhere before what was removed is found`() throws {
        let journal = try fixture.begin(
            [
                Sample.entry(1, drill(.actual, 1)), Sample.entry(2, Sample.personal(Sample.fire, .acknowledged, 1...1)),
                Sample.entry(3, drill(.exercise, 2)), Sample.entry(4, drill(.actual, 3)),
                Sample.entry(5, Sample.personal(Sample.fire, .resolved, 1...3)),
            ], Self.exercisesSooner)
        fixture.pass(days: 31)
        try journal.removeAll()
        #expect(try incidents(journal) == [1, 4])
        journal.close()
        #expect(try fixture.findings().faults == [])
        try fixture.folder.tamper("UPDATE record SET previous = 0 WHERE position = 2")
        #expect(try fixture.findings().faults.contains { $0.contains("record 2: its chain of incidents is broken") })
    }

    @Test func `exercises and tests go sooner`() throws {
        let journal = try fixture.begin(
            [
                Sample.entry(1, drill(.actual, 1)), Sample.entry(2, drill(.exercise, 2)),
                Sample.entry(3, drill(.test, 3)), Sample.entry(4, drill(.exercise, 4)),
                Sample.entry(5, Sample.personal(Sample.fire, .resolved, 1...3)),
            ], Self.exercisesSooner)
        fixture.pass(days: 31)
        try journal.removeAll()
        #expect(try incidents(journal) == [1, 4])
        #expect(try journal.index().newestIncidents(before: nil, limit: 9).map(\.position.value) == [4, 1])
        fixture.pass(days: 366)
        try journal.removeAll()
        #expect(try incidents(journal) == [4])
        #expect(try journal.index().newestIncidents(before: nil, limit: 9).map(\.position.value) == [4])
        journal.close()
        #expect(try fixture.findings().faults == [])
    }
}
