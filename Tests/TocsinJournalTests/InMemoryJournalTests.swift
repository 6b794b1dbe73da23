import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@Suite struct InMemoryJournalTests {
    @Test func `the journal in memory keeps the contract`() throws {
        try JournalContract { InMemoryJournalStore() }.run()
    }

    @Test func `a disk that is made to fail stores nothing, and works again when it is mended`() throws {
        let store = InMemoryJournalStore()
        let journal = try store.open()
        let failure = JournalError.full("no room")
        store.failAppends(with: failure)
        #expect(throws: failure) { try journal.append(Sample.everyKind) }
        #expect(throws: failure) { try journal.probe() }
        #expect(store.entries.isEmpty)
        store.failAppends(with: nil)
        let reopened = try store.open()
        try reopened.probe()
        try reopened.append(Sample.everyKind)
        #expect(store.entries == Sample.everyKind)
        #expect(store.appendCount == 1)
    }
}
