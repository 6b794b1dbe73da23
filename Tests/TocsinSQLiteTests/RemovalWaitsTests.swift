import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// When removal waits.
@Suite struct RemovalWaitsTests {
    private let fixture = RemovalFixture()
    private let entries = [
        Sample.entry(1, Sample.incident("A-1", telling: [(Sample.fire, 1)])),
        Sample.entry(2, Sample.personal(Sample.fire, .resolved, 1...1)),
    ]

    private func count(_ journal: SQLiteJournal) throws -> Int? {
        try journal.withTable { try Int.fetchOne($0, sql: "SELECT count(*) FROM incidents") }
    }

    @Test func `a clock that is years ahead removes no more in an hour than a day's worth`() throws {
        let journal = try fixture.begin(entries)
        fixture.setClock(days: 10 * 366)
        try journal.removeAll()
        fixture.pass(days: 1)
        try journal.removeAll()
        #expect(try count(journal) == 1)
        journal.close()
        // Nor does a start believe it.
        let again = try fixture.open()
        try again.removeAll()
        #expect(try count(again) == 1)
        // Set back, everything is as it was; and a clock far behind removes nothing.
        fixture.setClock(days: -20 * 366)
        fixture.pass(days: 6 * 366)
        try again.removeAll()
        #expect(try count(again) == 1)
        fixture.setClock(days: 10 * 366)
        try again.removeAll()
        #expect(try count(again) == 1)
        fixture.pass(days: 100)
        try again.removeAll()
        #expect(try count(again) == 0)
    }

    @Test func `an incident with a time that is still to come is waited for from now on`() throws {
        let journal = try fixture.begin([
            Sample.entry(1, Sample.incident("A-0", telling: [(Sample.fire, 1)]), at: Sample.start + .seconds(1 << 30)),
            Sample.entry(2, Sample.incident("A-1", telling: [(Sample.fire, 2)])),
            Sample.entry(3, Sample.personal(Sample.fire, .resolved, 1...1), at: Sample.start + .seconds(1 << 30)),
            Sample.entry(4, Sample.personal(Sample.fire, .resolved, 2...2)),
        ])
        fixture.pass(days: 4 * 366)
        try journal.removeAll()
        #expect(try count(journal) == 2)
        fixture.pass(days: 2 * 366)
        try journal.removeAll()
        #expect(try count(journal) == 0)
    }

    @Test func `an incident that is open in the snapshot is removed together with that`() throws {
        try fixture.folder.fill(entries + [Sample.entry(3, Sample.rules)])
        let journal = try fixture.open()
        try journal.removeAll()
        journal.snapshots.keep(JournalSnapshot(position: Position(1), pieces: [[1]]))
        #expect(try journal.snapshots.latest() != nil)
        fixture.pass(days: 6 * 366)
        try journal.removeAll()
        #expect(try count(journal) == 0)
        #expect(try journal.snapshots.latest() == nil)
    }

    @Test func `a snapshot in which it had ended stays`() throws {
        let journal = try fixture.begin(entries)
        journal.snapshots.keep(JournalSnapshot(position: Position(2), pieces: [[2]]))
        #expect(try journal.snapshots.latest() != nil)
        fixture.pass(days: 6 * 366)
        try journal.removeAll()
        #expect(try count(journal) == 0)
        #expect(try journal.snapshots.latest() != nil)
        journal.close()
        #expect(try fixture.findings().faults == [])
    }

    @Test func `the newest record stays, and what is not in the table is not taken for old`() throws {
        try fixture.folder.fill(entries)
        let journal = try fixture.open()
        try journal.removeAll()
        fixture.pass(days: 6 * 366)
        try journal.removeAll()
        #expect(try count(journal) == 1)
        try journal.append([Sample.entry(3, Sample.rules)])
        // The next round looks again.
        try journal.removeAll()
        #expect(try count(journal) == 0)
    }

    /// A report that has joined the first incident and was told to fire, or was taken out of it.
    private static func report(_ news: ReportNews?, _ split: ReportSplit?) -> JournalRecord {
        let sample = Sample.incident("A-2", telling: [(Sample.fire, 2)])
        guard case .incident(let incident) = sample else { return sample }
        return .incident(
            IncidentRecord(
                name: incident.name, event: incident.event, category: incident.category, severity: incident.severity,
                status: .actual, grid: nil, alerts: incident.alerts, plans: [], rules: .zero, report: incident.report,
                news: news, split: split))
    }
    private static let joined = report(
        ReportNews(.alert, roots: [.init(IncidentNumber(1), sender: "s")], joined: 2), nil)
    private static let takenOut = report(
        nil, ReportSplit(of: Position(1), from: IncidentNumber(1), by: Person(by: "Li", note: nil)))

    @Test(arguments: [joined, takenOut])
    func `a report of a happening that is open stays with it`(report: JournalRecord) throws {
        let journal = try fixture.begin([
            Sample.entry(1, Sample.incident("A-1", telling: [(Sample.fire, 1)])), Sample.entry(2, report),
            Sample.entry(3, Sample.closed(2)),
        ])
        fixture.pass(days: 6 * 366)
        try journal.removeAll()
        #expect(try count(journal) == 2)
        try journal.append([
            Sample.entry(5, Sample.closed(1), at: Sample.start + .seconds(6 * 366 * 86_400)),
            Sample.entry(6, Sample.rules),
        ])
        // It was over long ago, and what it belongs to was not.
        try journal.removeAll()
        #expect(try journal.index().newestIncidents(before: nil, limit: 9).map(\.position.value) == [1])
        guard case .removed(let left)? = try journal.index().entry(at: Position(2))?.record else {
            Issue.record("Something was to be left of the report.")
            return
        }
        let isJoined = report == Self.joined
        #expect(left.incident?.number == IncidentNumber(2))
        #expect(left.incident?.joined == (isJoined ? IncidentNumber(1) : nil))
        fixture.pass(days: 6 * 366)
        try journal.removeAll()
        #expect(try count(journal) == 0)
        journal.close()
        #expect(try fixture.findings().faults == [])
    }

    @Test func `a step that fails leaves everything, and is done later`() throws {
        let history = RandomHistory(seed: 3, incidents: 300)
        let journal = try fixture.begin(history.entries)
        fixture.pass(days: 6 * 366)
        // The first steps are written, and another one is not.
        let closed = history.lives.filter { !$0.isOpen }
        func end(_ life: IncidentLife) -> Int64 { life.endedAt?.milliseconds ?? 0 }
        let stop = try #require(closed.max { end($0) < end($1) }).number
        try journal.withTable { database in
            try database.execute(
                sql: """
                    CREATE TEMP TRIGGER stop BEFORE UPDATE ON record
                    WHEN old.kind = 'incident' AND old.position = \(stop)
                    BEGIN SELECT raise(ABORT, 'stop'); END
                    """)
        }
        try journal.removeAll()
        let left = try #require(try count(journal))
        #expect(left < 300 && left > history.staying.count)
        #expect(journal.takeTroubles().count == 1)
        journal.close()
        #expect(try fixture.findings().faults == [])
        let again = try fixture.open()
        try again.removeAll()
        #expect(try count(again) == history.staying.count)
        again.close()
        #expect(try fixture.findings().faults == [])
    }

    @Test func `backup, restore and salvage keep what is left`() throws {
        let history = RandomHistory(seed: 5, incidents: 100)
        let journal = try fixture.begin(history.entries)
        fixture.pass(days: 6 * 366)
        try journal.removeAll()
        let entries = try journal.allEntries()
        let open = Int64(history.staying.count)
        let (backup, restored, salvaged) = (StateFolderFixture(), StateFolderFixture(), StateFolderFixture())
        let written = try JournalBackup.write(
            fixture.folder.path, to: backup.path, replacing: false, folding: CountingFold())
        #expect((written.findings.incidents, written.findings.removedIncidents) == (open, 100 - open))
        try restored.fill([])
        _ = try JournalRestore.run(backup.path, into: restored.path, folding: CountingFold())
        #expect(try restored.store.open().allEntries() == entries)
        journal.close()
        // The folder itself is in this process's hands.
        let copy = StateFolderFixture()
        try FileManager.default.copyItem(atPath: fixture.folder.path, toPath: copy.path)
        let saved = try JournalSalvage.write(copy.path, to: salvaged.path, folding: CountingFold())
        #expect(saved.losses.lines == [])
        #expect(saved.findings.removedIncidents == 100 - open)
        #expect(try salvaged.store.open().allEntries() == entries)
    }
}
