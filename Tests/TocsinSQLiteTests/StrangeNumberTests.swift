import JournalContract
import Testing
import TocsinJournal
import TocsinModel
import TocsinSQLite

/// Records that an earlier version wrote about incidents that cannot be.
struct StrangeNumberTests {
    @Test(arguments: [-1, -63, 0, Int64.min], [false, true])
    func `a journal that closes an incident that cannot be opens, and gives the record as it was`(
        number: Int64, isMoved: Bool
    ) throws {
        let folder = StateFolderFixture()
        let closed = JournalRecord.closed(ClosedRecord(incident: IncidentNumber(number), person: Person(by: "Li")))
        let entry = JournalEntry(position: Position(1), at: Timestamp(milliseconds: 1000), record: closed)
        try folder.fill([entry])
        // The first opening finds it in the tail and moves it; the second has it from the table.
        if isMoved { try folder.store.open().close() }
        var found: [JournalEntry] = []
        found += try folder.store.open().allEntries()
        #expect(found == [entry])
    }
}
