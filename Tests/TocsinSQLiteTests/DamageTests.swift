import Foundation
import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

@Suite struct DamageTests {
    let folder = StateFolderFixture()

    private func complaintOfReplay() -> String {
        StateFolderFixture.complaint { _ = try folder.store.open().allEntries() }
    }

    @Test(arguments: [
        (2, "report = replace(report, 'A-1', 'A-3')"), (2, "body = replace(body, 'Severe', 'Minor')"),
        (2, "identifier = 'A-3'"), (2, "previous = 1"), (3, "at = at + 1"), (3, "kind = 'personal'"),
        (3, "kind = 'nothing'"), (3, "first = 2"), (4, "width = 3"), (5, "recipient = 'police'"),
        (6, "incident = 7"), (7, "previous = 0"), (8, "previous = 2"), (8, "checksum = checksum + 1"),
        (9, "body = '{}'"),
    ])
    func `a record that was changed is found, and named by its position`(_ position: Int, _ change: String) throws {
        try folder.fill(Sample.everyKind)
        try folder.tamper("UPDATE record SET \(change) WHERE position = \(position)")
        let complaint = complaintOfReplay()
        #expect(
            complaint.hasPrefix("damaged: record \(position) in \(folder.file) is not what was written ("),
            "\(complaint)")
        #expect(complaint.contains("restore a backup"))
    }

    @Test(arguments: [1, 2, 5, 8])
    func `a record that was deleted is found, and named by its position`(_ position: Int) throws {
        try folder.fill(Sample.everyKind)
        try folder.tamper("DELETE FROM record WHERE position = \(position)")
        let complaint = complaintOfReplay()
        #expect(complaint.hasPrefix("damaged: record \(position) in \(folder.file)"), "\(complaint)")
        #expect(complaint.contains("it is missing"))
    }

    @Test func `readers check what they return`() throws {
        try folder.fill(Sample.everyKind)
        try folder.tamper("UPDATE record SET report = report || ' ' WHERE position = 2")
        let reader = try folder.store.open().index()
        let reads: [() throws -> Void] = [
            { _ = try reader.report(of: IncidentNumber(2)) }, { _ = try reader.entry(at: Position(2)) },
            { _ = try reader.incident(IncidentNumber(2)) }, { _ = try reader.timeline(of: IncidentNumber(2)) },
            { _ = try reader.newestIncidents(before: nil, limit: 2) },
        ]
        for read in reads { #expect(StateFolderFixture.complaint(read).hasPrefix("damaged: record 2 in")) }
        #expect(try reader.entry(at: Position(7)) == Sample.everyKind[6])
    }

    @Test func `a flipped byte in the file is found`() throws {
        let marker = "鼓楼西大街冒烟"
        try folder.fill(Sample.everyKind)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file))
        let range = try #require(bytes.range(of: Data(marker.utf8)))
        bytes[range.lowerBound] ^= 1
        try bytes.write(to: URL(fileURLWithPath: folder.file))
        #expect(complaintOfReplay().hasPrefix("damaged: record "))
    }

    @Test(arguments: ["record_by_name", "record_by_alert"])
    func `a move that meets a damaged index says so, and what mends it`(_ index: String) throws {
        try folder.fill(Sample.everyKind)
        let page = try DatabaseQueue(path: folder.file).read {
            try Int.fetchOne($0, sql: "SELECT rootpage FROM sqlite_schema WHERE name = ?", arguments: [index])
        }
        let handle = try #require(FileHandle(forWritingAtPath: folder.file))
        try handle.seek(toOffset: UInt64(try #require(page) - 1) * 4096)
        try handle.write(contentsOf: Data(repeating: 0, count: 4096))
        try handle.close()
        let journal = try folder.store.openJournal()
        let more = [
            Sample.entry(10, Sample.incident("A-3", telling: [(Sample.fire, 3)])),
            Sample.entry(11, Sample.received(Sample.fire, 2...3)),
        ]
        try journal.append(more)
        let complaint = StateFolderFixture.complaint { try journal.withTable { _ in } }
        #expect(complaint.hasPrefix("damaged: \(folder.file) is damaged: "), "\(complaint)")
        #expect(complaint.contains("REINDEX"))
        #expect(StateFolderFixture.complaint { try journal.append([Sample.entry(12, Sample.rules)]) } == complaint)
    }

    @Test func `a file that was cut off is damaged`() throws {
        let many = (1...200).map { Sample.entry($0, Sample.incident("C-\($0)", telling: [(Sample.fire, $0)])) }
        try folder.fill(many)
        let handle = try #require(FileHandle(forWritingAtPath: folder.file))
        try handle.truncate(atOffset: try handle.seekToEnd() / 2)
        try handle.close()
        let complaint = complaintOfReplay()
        #expect(complaint.hasPrefix("damaged: \(folder.file) is damaged: "), "\(complaint)")
    }

    @Test func `a file that is not of SQLite at all is called damaged, and left alone`() throws {
        let text = Data(String(repeating: "这不是数据库\n", count: 100).utf8)
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try text.write(to: URL(fileURLWithPath: folder.file))
        #expect(complaintOfReplay().hasPrefix("damaged: \(folder.file) is damaged: it cannot be read"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file)) == text)
    }

    @Test func `another program's SQLite file is refused, and left alone`() throws {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try folder.tamper("CREATE TABLE record (position INTEGER)")
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.file))
        #expect(complaintOfReplay().hasPrefix("incompatible: \(folder.file) is an SQLite file of another program"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file)) == before)
    }
}
