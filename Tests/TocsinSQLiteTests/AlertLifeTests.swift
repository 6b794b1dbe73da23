import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// The view `alerts` and the fold that everybody else uses say the same of every alert.
@Suite struct AlertLifeTests {
    /// Each seed is a journal of a hundred incidents whose words are mixed: a thousand histories.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `the view says of every alert what the fold says`(seed: UInt64) throws {
        let history = RandomHistory(seed: seed, incidents: 100)
        let folder = StateFolderFixture()
        let journal = try folder.store.openJournal()
        try journal.append(history.entries)
        let found = try journal.withTable { database in
            try Row.fetchAll(
                database,
                sql: "SELECT incident, escalation, recipient, number, state, received_at IS NOT NULL FROM alerts"
            ).map { row in
                row.databaseValues.map(\.description).joined(separator: " ").replacing("\"", with: "")
            }
        }
        let expected = history.lives.flatMap { life in
            life.alerts.map { alert in
                "\(life.number) \(alert.escalation) \(alert.recipient) \(alert.number) \(alert.state.rawValue) "
                    + (alert.isReceived ? "1" : "0")
            }
        }
        #expect(Set(expected).count == expected.count)
        #expect(Set(found).symmetricDifference(expected).sorted() == [])
        #expect(found.count == expected.count)
        // Every end is there, or the histories prove little.
        let states = Set(history.lives.flatMap(\.alerts).map(\.state))
        #expect(states == [.queued, .received, .acknowledged, .enRoute, .onScene, .resolved, .declined, .cancelled])
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `a timeline has what the fold needs, and no more`(seed: UInt64) throws {
        let history = RandomHistory(seed: seed, incidents: 30)
        let folder = StateFolderFixture()
        try folder.fill(history.entries)
        let reader = try folder.store.open().index()
        let memory = InMemoryJournalStore()
        try memory.open().append(history.entries)
        let inMemory = try memory.open().index()
        for life in history.lives {
            let timeline = try reader.timeline(of: life.number)
            #expect(timeline == (try inMemory.timeline(of: life.number)))
            var folded = try #require(IncidentLife(timeline[0]))
            for entry in timeline.dropFirst() { #expect(folded.apply(entry) != nil) }
            #expect(folded == life)
        }
    }
}
