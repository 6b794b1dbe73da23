import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinService

/// Records that are read on one thread and folded on another.
@Suite struct ReadAheadTests {
    /// A journal of so many records, each with so long a text.
    private func journal(_ count: Int64, bytes: Int) throws -> any Journal {
        let journal = try InMemoryJournalStore().open()
        let text = String(repeating: "x", count: bytes)
        try journal.append(
            (1...count).map {
                JournalEntry(
                    position: Position($0), at: Timestamp(milliseconds: $0), record: .rules(RulesRecord(text: text)))
            })
        return journal
    }

    @Test(arguments: [(1, 1), (511, 10), (512, 10), (513, 10), (40_000, 10)])
    func `every record comes once, in order`(count: Int64, bytes: Int) throws {
        let records = ReadAhead(try journal(count, bytes: bytes), after: .zero)
        var positions: [Int64] = []
        try records.takeAll { positions.append($0.position.value) }
        #expect(positions == Array(1...count))
    }

    @Test func `only what comes after the position is read`() throws {
        let records = ReadAhead(try journal(1000, bytes: 10), after: Position(990))
        var positions: [Int64] = []
        try records.takeAll { positions.append($0.position.value) }
        #expect(positions == Array(991...1000))
    }
}
