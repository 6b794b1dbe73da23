import JournalContract
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// While the journal takes no records, nothing is promised, and what is owed is still delivered.
struct JournalFailureTests {
    private func withoutJournal(_ prepare: (inout Harness) -> Void) throws -> Harness {
        var harness = try Harness()
        prepare(&harness)
        harness.failJournal()
        try harness.reopenJournal()
        harness.store.failAppends(with: .full("no room"))
        harness.forget()
        return harness
    }

    @Test func `everything that needs a record is refused unavailable`() throws {
        var harness = try withoutJournal {
            $0.join("fire", as: "f1")
            $0.report("r-1")
        }
        let records = harness.recorded
        harness.report("r-2")
        harness.received("fire", 1...1, by: "f1")
        harness.acknowledge("fire", 1, by: "f1")
        harness.decline("fire", 1, by: "f1")
        harness.status("fire", 1, .enRoute, by: "f1")
        harness.close(1)
        #expect(
            harness.refusals == [
                "REPORT r-2 unavailable", "RECEIVED fire unavailable", "ACKNOWLEDGE fire unavailable 1",
                "DECLINE fire unavailable 1", "STATUS fire unavailable 1", "CLOSE c-1 unavailable",
            ])
        #expect(harness.recorded == records)
        #expect(harness.confirmations.isEmpty)
    }

    @Test func `a report that is durable gets its receipt, and what is owed is delivered`() throws {
        var harness = try withoutJournal { $0.report("r-1") }
        harness.report("r-1")
        #expect(harness.receipts.map(\.isDuplicate) == [true])
        harness.join("fire", as: "f1")
        #expect(harness.numbers(at: "f1") == [1])
        harness.follow(1, by: "phone")
        harness.handle(.ping(.alerts, Scene.peer("f1"), "x"))
        harness.leave("fire", "f1")
        #expect(harness.pongs == ["x"])
        #expect(harness.oks == ["f-1", "fire"])
        #expect(harness.refusals.isEmpty)
    }

    @Test func `steps wait until the journal takes records again, and then are taken`() throws {
        var harness = try withoutJournal { $0.report("r-1") }
        harness.advance(.seconds(3600))
        #expect(harness.broker.nextTick == nil)
        #expect(harness.escalations.isEmpty)
        harness.store.failAppends(with: nil)
        harness.probeJournal()
        harness.advance(.zero)
        #expect(harness.escalations == ["leader unanswered", "chief unanswered"])
    }

    @Test func `a failed commit answers nothing, and the report may be sent again`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.forget()
        harness.store.failAppends(with: .failed("fsync: EIO"))
        harness.report("r-1")
        #expect(harness.committed.isEmpty)
        #expect(harness.refusals == ["REPORT r-1 unavailable"])
        harness.store.failAppends(with: nil)
        try harness.reopenJournal()
        harness.probeJournal()
        harness.report("r-1")
        #expect(harness.receipts.map(\.isDuplicate) == [false])
        // The record of the rules comes first.
        #expect(harness.receipts.map(\.incident.value) == [2])
        #expect(harness.numbers(at: "f1") == [1])
    }
}
