import JournalContract
import Synchronization
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// Incidents and rules that are read from the files beside a daemon that writes and moves records meanwhile.
@Suite(.timeLimit(.minutes(5))) struct JournalIncidentsTests {
    private let folder = StateFolderFixture()

    private func incidents(since: Timestamp? = nil) throws -> [JournalEntry] {
        var incidents = JournalIncidents(folder.path, since: since)
        var found: [JournalEntry] = []
        while let piece = try incidents.next() { found += piece }
        return found
    }

    private static func incident(_ number: Int64, rules: Int64 = 1) -> JournalEntry {
        guard case .incident(let record) = Sample.incident("I-\(number)", telling: [(Sample.fire, number)]) else {
            preconditionFailure("The sample is an incident.")
        }
        return Sample.entry(
            number,
            .incident(
                IncidentRecord(
                    name: record.name, event: record.event, category: record.category, severity: record.severity,
                    status: record.status, grid: record.grid, alerts: record.alerts, plans: record.plans,
                    rules: Position(rules), report: record.report)))
    }

    private static func part(_ rules: String, after: Int64? = nil, continues: Bool = false) -> JournalRecord {
        .rules(RulesRecord(RuleTexts(rules: rules), after: after.map { Position($0) }, continues: continues))
    }

    @Test func `incidents come with their reports, in order, from the table and from the tail`() throws {
        let journal = try folder.store.openJournal()
        let all = Sample.everyKind
        for entry in all.prefix(6) { try journal.append([entry]) }
        try journal.withTable { _ in }
        for entry in all.dropFirst(6) { try journal.append([entry]) }
        let expected = all.filter { $0.record.kind == .incident }
        #expect(try incidents() == expected)
        #expect(try incidents(since: expected[1].at) == [expected[1]])
        #expect(try incidents(since: expected[1].at + .milliseconds(1)) == [])
        journal.close()
        #expect(try incidents() == expected)
    }

    /// The clock may have been set back: each incident is looked at, wherever it stands.
    @Test func `what was stored before the clock was set back is found by its time`() throws {
        let journal = try folder.store.openJournal()
        let times: [Int64] = [10, 30, 20, 40]
        let entries = times.enumerated().map { index, time in
            Sample.entry(
                Int64(index) + 1, Sample.incident("T-\(index)", telling: [(Sample.fire, Int64(index) + 1)]),
                at: Sample.start + .milliseconds(time))
        }
        for entry in entries { try journal.append([entry]) }
        journal.close()
        let found = try incidents(since: Sample.start + .milliseconds(25))
        #expect(found.map(\.position.value) == [2, 4])
    }

    @Test func `what was there before the first piece is read once, while a daemon writes and moves records`() throws {
        let most: Int64 = 5000
        let journal = try folder.store.openJournal()
        let last = Atomic<Int64>(0)
        let isOver = Atomic(false)
        try withThread {
            defer { isOver.store(true, ordering: .releasing) }
            for next in 1...most {
                try journal.append([Self.incident(next)])
                last.store(next, ordering: .releasing)
                if next % 7 == 0 { try journal.withTable { _ in } }
            }
        } while: {
            while !isOver.load(ordering: .acquiring) {
                let before = last.load(ordering: .acquiring)
                let found = try incidents().map(\.position.value)
                #expect(found == found.indices.map { Int64($0) + 1 })
                #expect(found.count >= before)
            }
        } then: {
            isOver.store(true, ordering: .releasing)
        }
        // More than a piece, in the table and beside it.
        #expect(try incidents().count == most)
        journal.close()
    }

    @Test func `progress goes from the first record to the last`() throws {
        try folder.fill(Sample.everyKind)
        var incidents = JournalIncidents(folder.path, since: nil)
        #expect(incidents.progress == nil)
        while try incidents.next() != nil {}
        let progress = try #require(incidents.progress)
        #expect(progress == (9, 9))
    }

    @Test(arguments: [false, true])
    func `the rules in force are those that ended last, whole`(areMoved: Bool) throws {
        let journal = try folder.store.openJournal()
        var position: Int64 = 0
        func append(_ record: (Int64) -> JournalRecord) throws {
            position += 1
            try journal.append([Sample.entry(position, record(position))])
            if areMoved { try journal.withTable { _ in } }
        }
        func expectRules(_ text: String?) throws { #expect(try JournalRules.read(folder.path)?.rules == text) }

        try append { _ in Self.part("given up", continues: true) }
        try expectRules(nil)
        try append { _ in Self.part("first") }
        try expectRules("first")
        try append { Self.incident($0, rules: 2).record }
        try append { _ in Sample.received(Sample.fire, 1...1) }
        try expectRules("first")
        try append { _ in Self.part("sec", continues: true) }
        // Before its last part nothing of it is in force.
        try append { Self.incident($0, rules: 2).record }
        try expectRules("first")
        try append { _ in Self.part("ond", after: 5) }
        try expectRules("second")
        try append { Self.incident($0, rules: 7).record }
        try append { _ in Self.part("never", continues: true) }
        try expectRules("second")
        journal.close()
        try expectRules("second")
    }

    @Test func `a journal that is not there is an error`() {
        let place = folder.path + "-nowhere"
        #expect(throws: JournalError.self) { try JournalRules.read(place) }
        #expect(throws: JournalError.self) {
            var incidents = JournalIncidents(place, since: nil)
            _ = try incidents.next()
        }
    }
}
