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
        let table = try RecordTable(
            pool: DatabasePool(path: folder.file), path: folder.file,
            lock: StateLock(folder: StateFolder(path: folder.path)))
        let stored = try table.names(after: nil, limit: 10)
        #expect(Set(stored.map(\.identifier)) == Set(known))
        let new = ReportName(sender: stored[0].sender, identifier: "T-4")

        var last: ReportName?
        for _ in known {
            #expect(!table.names.excludes(new))
            #expect(try table.names.addNext(of: table, after: &last, limit: 1))
        }
        #expect(try !table.names.addNext(of: table, after: &last, limit: 1))
        #expect(table.names.excludes(new))
        #expect(stored.allSatisfy { !table.names.excludes($0) })
    }

    @Test func `what is put into the table is not excluded`() throws {
        let folder = StateFolderFixture()
        let journal = try folder.store.openJournal()
        let reader = try journal.reader()
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
}
