import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// What the filter may say: that a name is new, of a name that is.
@Suite struct NameFilterTests {
    private static func names(_ numbers: Range<Int>) -> [ReportName] {
        numbers.map { ReportName(sender: "sensor-\($0 % 7)", identifier: "2026-\($0)") }
    }

    @Test func `a name that was added is never excluded, and with a million of them nearly every other one is`() {
        let filter = NameFilter(records: 0)
        for name in Self.names(0..<1_000_000) { filter.add(name) }
        #expect(Self.names(0..<10_000).allSatisfy { !filter.excludes($0) })
        #expect(Self.names(1_000_000..<1_010_000).filter { filter.excludes($0) }.count > 9_400)
    }

    @Test func `nothing is excluded before all names in the table have been read`() throws {
        let folder = StateFolderFixture()
        let known = ["T-3", "T-1", "警报-2"]
        try folder.fill(
            known.enumerated().map { index, name in
                Sample.entry(Int64(index + 1), Sample.incident(name, telling: [(Sample.fire, Int64(index + 1))]))
            })
        let table = try folder.table()
        let stored = try table.names(after: nil, limit: 10)
        #expect(Set(stored.map(\.identifier)) == Set(known))
        let new = ReportName(sender: stored[0].sender, identifier: "T-4")

        var last: ReportName?
        for _ in known {
            #expect(!table.filter.excludes(new))
            #expect(try table.filter.addNext(of: table, after: &last, limit: 1))
        }
        #expect(try !table.filter.addNext(of: table, after: &last, limit: 1))
        #expect(table.filter.excludes(new))
        #expect(stored.allSatisfy { !table.filter.excludes($0) })
    }

    @Test func `names that are read when the table has been closed are not known, and no more`() throws {
        let folder = StateFolderFixture()
        try folder.fill(Sample.everyKind)
        let table = try folder.table()
        var last: ReportName?
        #expect(try table.filter.addNext(of: table, after: &last, limit: 1))
        table.close()
        #expect(throws: JournalError.self) { try table.filter.addNext(of: table, after: &last, limit: 1) }
        #expect(!table.filter.excludes(ReportName(sender: "a", identifier: "b")))
    }

    @Test func `what is appended is not excluded, in the tail and in the table`() throws {
        let folder = StateFolderFixture()
        let journal = try folder.store.openJournal()
        let reader = try journal.index()
        let incident = Sample.incident("T-1", telling: [(Sample.fire, 1)])
        var name: ReportName?
        if case .incident(let content) = incident { name = content.name }
        let names = [try #require(name)]
        #expect(try reader.incidents(named: names) == [nil])
        try journal.append([Sample.entry(1, incident)])
        #expect(try reader.incidents(named: names) == [IncidentNumber(1)])
        _ = try journal.withTable { _ in }
        #expect(try reader.incidents(named: names) == [IncidentNumber(1)])
    }

    @Test func `what a crash has left in the tail of a new journal is not excluded, before and after it is moved`()
        throws
    {
        let folder = StateFolderFixture()
        try folder.fill([])
        let incident = Sample.incident("T-1", telling: [(Sample.fire, 1)])
        let name = ReportName(sender: "网格员@110101005003002", identifier: "T-1")
        let files = StateFolder(path: folder.path)
        var batch = RowBatch()
        batch.fill([Sample.entry(1, incident)], previous: 0)
        let before = try Tail(
            file: TailFile(in: files), after: 0, lastChecksum: 0, names: NameFilter(records: 0))
        _ = try before.append(&batch, of: [Sample.entry(1, incident)])

        let lock = try StateLock(folder: files)
        let table = try folder.table()
        let left = try Tail(file: TailFile(in: files), after: 0, lastChecksum: 0, names: table.filter)
        let journal = try SQLiteJournal(
            table: table, tail: left, indexer: Indexer(moving: left, into: table), lock: lock,
            indexConfiguration: Configuration())
        let other = ReportName(sender: name.sender, identifier: "T-2")
        #expect(!left.isEmpty && table.filter.excludes(other))
        let reader = try journal.index()
        #expect(try reader.incidents(named: [other, name]) == [nil, IncidentNumber(1)])
        _ = try journal.withTable { _ in }
        #expect(left.isEmpty)
        #expect(try reader.incidents(named: [other, name]) == [nil, IncidentNumber(1)])
    }
}
