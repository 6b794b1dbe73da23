import GRDB
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// The view `alerts` and the fold that everybody else uses say the same of every alert.
@Suite struct AlertLifeTests {
    /// Each seed is a journal of 150 incidents whose words are mixed: 1,500 histories.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `the view says of every alert what the fold says`(seed: UInt64) throws {
        let history = RandomHistory(seed: seed, incidents: 150)
        let folder = StateFolderFixture()
        let journal = try folder.store.openJournal()
        try journal.append(history.entries)
        let found = try journal.withTable { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT incident, escalation, recipient, number, state, received_at IS NOT NULL, rings,
                        acknowledge_by FROM alerts
                    """
            ).map { row in
                row.databaseValues.map(\.description).joined(separator: " ").replacing("\"", with: "")
            }
        }
        let expected = history.lives.flatMap { life in
            life.alerts.map { alert in
                "\(life.number) \(alert.escalation) \(alert.recipient) \(alert.number) \(alert.state.rawValue) "
                    + (alert.isReceived ? "1" : "0") + " \(alert.rings) "
                    + (alert.acknowledgeBy.map { "\($0)" } ?? "NULL")
            }
        }
        #expect(Set(expected).count == expected.count)
        #expect(Set(found).symmetricDifference(expected).sorted() == [])
        #expect(found.count == expected.count)
        // Every end is there, or the histories prove little.
        let states = Set(history.lives.flatMap(\.alerts).map(\.state))
        #expect(
            states == [
                .queued, .received, .acknowledged, .enRoute, .onScene, .resolved, .declined, .cancelled, .silenced,
            ])
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `the views say who did what as the records do`(seed: UInt64) throws {
        let history = RandomHistory(seed: seed, incidents: 40)
        let folder = StateFolderFixture()
        let journal = try folder.store.openJournal()
        let reload = JournalRecord.rules(
            RulesRecord(RuleTexts(rules: "fallback: fire"), principal: "uid:li", connectionsClosed: 3))
        let part = JournalRecord.rules(RulesRecord(RuleTexts(rules: "fallback: fire"), continues: true))
        let count = Int64(history.entries.count)
        let entries = history.entries + [Sample.entry(count + 1, part), Sample.entry(count + 2, reload)]
        try journal.append(entries)
        func said(_ sql: String) throws -> [String] {
            try journal.withTable { database in
                try Row.fetchAll(database, sql: sql).map { row in
                    row.databaseValues.map { String.fromDatabaseValue($0) ?? $0.description }.joined(separator: "|")
                }
            }
        }
        let did = entries.compactMap { entry in
            entry.record.operation.map {
                "\(entry.position)|\(entry.at)|\(entry.record.principal ?? "NULL")|\($0)"
            }
        }
        #expect(try said("SELECT position, at, principal, operation FROM operations ORDER BY position") == did)
        #expect(
            try said("SELECT connections_closed FROM operations WHERE operation = 'reload'") == ["3"])
        let words = history.lives.flatMap { life in
            history.entries.compactMap { entry -> [String]? in
                guard case .personal(let word) = entry.record else { return nil }
                return life.alerts.filter { alert in
                    alert.recipient == word.recipient && word.numbers.contains { $0.contains(alert.number) }
                }.map {
                    "\(life.number)|\($0.recipient)|\($0.number)|\(word.person.note ?? "")|"
                        + (word.person.principal ?? "NULL")
                }
            }.joined()
        }
        #expect(
            try said("SELECT incident, recipient, number, note, principal FROM acknowledgements").sorted()
                == words.sorted())
        #expect(
            try said("SELECT incident, score, note, by, principal FROM ratings ORDER BY incident")
                == history.lives.compactMap { life in
                    life.rating.map {
                        "\(life.number)|\($0.score)|\($0.note ?? "NULL")|\($0.by ?? "NULL")|\($0.principal ?? "NULL")"
                    }
                })
        #expect(
            try said("SELECT incident, principal FROM incidents ORDER BY incident")
                == history.lives.map { "\($0.number)|\($0.record.principal ?? "NULL")" })
        let first = history.lives.map { life in
            let first = life.record.news?.roots.first.map { "\($0.incident)" } ?? "NULL"
            return "\(life.number)|\(life.record.news?.type.rawValue ?? "Alert")|\(first)"
        }
        #expect(try said("SELECT incident, message, updates FROM incidents ORDER BY incident") == first)
        let news = history.lives.flatMap { life in
            (life.record.news?.roots ?? []).map { root in
                "\(life.number)|\(root.incident)|\(life.record.news?.type.rawValue ?? "")"
            }
        }
        #expect(try said("SELECT incident, updates, message FROM news").sorted() == news.sorted())
        #expect(!news.isEmpty)
        // The fold of an incident's own timeline has the news that name it first.
        for life in history.lives {
            let own = history.lives.filter { $0.record.news?.roots.first?.incident == life.number }.map(\.number)
            #expect(life.news == own)
        }
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
