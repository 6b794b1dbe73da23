import JournalContract
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel

/// How a snapshot differs from the records, as the check of a journal says it.
@Suite struct SnapshotDifferenceTests {
    private func broker(folding entries: [JournalEntry]) throws -> Broker {
        var broker = Broker(
            rules: try Scene.ruleset(Scene.rules), directory: try Scene.directory(), settings: BrokerSettings())
        for entry in entries { broker.apply(entry, now: now) }
        return broker
    }

    private let now = Moment(wall: Sample.start, uptime: 0)

    @Test(arguments: 0..<20)
    func `a snapshot of the same records differs in nothing, however it was made`(seed: UInt64) throws {
        var harness = try Harness()
        var day = RandomDay(seed: seed)
        for _ in 0..<80 { day.happen(in: &harness) }
        harness.commit()
        harness.broker.beginSnapshot()
        var made: JournalSnapshot?
        while made == nil { made = harness.broker.proceedWithSnapshot(1) }
        let folded = try broker(folding: try harness.store.open().allEntries())
        #expect(folded.difference(from: try #require(made), now: now) == nil)
    }

    @Test(arguments: [
        (
            Sample.personal(Sample.fire, .acknowledged, 1...1), Sample.personal(Sample.fire, .enRoute, 1...1),
            "incident 2 stands otherwise in it than by the records"
        ),
        (
            Sample.closed(2), Sample.received(Sample.fire, 1...1),
            "incident 2 is ended in it, and open by the records"
        ),
        (
            Sample.received(Sample.fire, 1...1), Sample.closed(2),
            "incident 2 is open in it, and ended by the records"
        ),
        (
            Sample.incident("B", telling: [(Sample.police, 2)]), Sample.received(Sample.fire, 1...1),
            "police@110101005's next alert is 3 in it, and 2 by the records"
        ),
        (
            Sample.rules, Sample.received(Sample.police, 1...1),
            "it has the rules of record 3, and the records those of 1"
        ),
    ])
    func `a snapshot of other records says where it differs`(
        its: JournalRecord, record: JournalRecord, difference: String
    ) throws {
        let beginning = Array(Sample.everyKind.prefix(2))
        let other = try broker(folding: beginning + [Sample.entry(3, its)])
        let folded = try broker(folding: beginning + [Sample.entry(3, record)])
        #expect(folded.difference(from: other.snapshot(), now: now) == difference)
        #expect(other.difference(from: other.snapshot(), now: now) == nil)
    }

    @Test func `a snapshot that no broker has written cannot be read`() throws {
        let folded = try broker(folding: Sample.everyKind)
        let snapshot = JournalSnapshot(position: Position(9), pieces: [[200, 1, 2]])
        #expect(folded.difference(from: snapshot, now: now) == "it cannot be read")
    }

    /// A salvaged journal may have lost the incident that gave the number before.
    @Test func `a step's number may come after a gap, and is not given again`() throws {
        let entries = Array(Sample.everyKind.prefix(2)) + [Sample.entry(3, Sample.escalated(2, to: Sample.leader, 7))]
        var broker = try broker(folding: entries)
        #expect(broker.mailboxLines.contains { $0.recipient == Sample.leader && $0.open == 1 })
        // One that has been given, and one that no journal can have reached, change nothing.
        broker.apply(Sample.entry(4, Sample.escalated(2, step: 1, to: Sample.leader, 7)), now: now)
        broker.apply(Sample.entry(5, Sample.escalated(2, step: 1, to: Sample.leader, 1 << 40)), now: now)
        #expect(broker.mailboxLines.contains { $0.recipient == Sample.leader && $0.open == 1 })
    }
}
