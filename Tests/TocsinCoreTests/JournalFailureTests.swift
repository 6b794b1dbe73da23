import JournalContract
import Testing
import TocsinJournal
import TocsinModel
import TocsinWire

@testable import TocsinCore

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
        harness.acknowledge("fire", 1, by: "f1")
        harness.decline("fire", 1, by: "f1")
        harness.status("fire", 1, .enRoute, by: "f1")
        harness.close(1)
        #expect(
            harness.refusals == [
                "REPORT r-2 unavailable", "ACKNOWLEDGE fire unavailable 1",
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

    @Test func `RECEIVED frees credit while nothing can be written, and becomes a record when there is room`() throws {
        var harness = try withoutJournal {
            for number in 1...5 { $0.report("r-\(number)", event: "plain") }
        }
        let records = harness.recorded
        harness.join("fire", as: "f1", credit: 2)
        harness.received("fire", 1...1, by: "f1")
        harness.received("fire", 2...3, by: "f1")
        harness.received("fire", 4...5, by: "f1")
        #expect(harness.numbers(at: "f1") == [1, 2, 3, 4, 5])
        #expect(harness.refusals.isEmpty)
        #expect(harness.recorded == records)
        // Whoever comes now is not told again of what another terminal has.
        harness.handle(.ping(.alerts, Scene.peer("f1"), "there"))
        harness.join("fire", as: "f2")
        harness.leave("fire", "f1")
        harness.advance(.seconds(60))
        #expect(harness.numbers(at: "f2").isEmpty)

        harness.store.failAppends(with: nil)
        harness.probeJournal()
        harness.advance(.seconds(1))
        #expect(harness.recorded.last == .received)
        #expect(harness.recorded.count { $0 == .received } == 1)
        #expect(harness.owed.first { $0.hasPrefix("fire") } == "fire 5 open 0 undelivered")
    }

    @Test func `a crash before RECEIVED has become a record has the alert sent again, marked`() throws {
        var harness = try withoutJournal { $0.report("r-1", event: "plain") }
        harness.join("fire", as: "f1")
        harness.received("fire", 1...1, by: "f1")
        try harness.restart()
        harness.forget()
        harness.join("fire", as: "f1")
        #expect(harness.alerts.map(\.envelope.isRedelivered) == [true])
    }

    @Test func `RECEIVED of very many waits in records of a bounded size`() throws {
        var harness = try withoutJournal {
            for number in 1...3 * GatheredReceived.rangesPerRecord { $0.report("r-\(number)", event: "plain") }
        }
        harness.join("fire", as: "f1", credit: 4 * GatheredReceived.rangesPerRecord)
        for number in stride(from: 1, through: 3 * Int64(GatheredReceived.rangesPerRecord), by: 2) {
            harness.received("fire", number...number, by: "f1")
        }
        harness.store.failAppends(with: nil)
        harness.probeJournal()
        harness.advance(.seconds(1))
        #expect(harness.recorded.count { $0 == .received } == 2)
    }

    @Test func `while room is kept, reports are refused and what people say is written`() throws {
        var harness = try Harness(gatherReceived: .milliseconds(20))
        harness.join("fire", as: "f1")
        harness.report("r-1")
        harness.report("r-2")
        harness.forget()
        harness.noteRoom(isScarce: true)
        harness.report("r-3")
        harness.report("r-1")
        #expect(harness.refusals == ["REPORT r-3 unavailable"])
        #expect(harness.receipts.map(\.isDuplicate) == [true])
        harness.acknowledge("fire", 1, by: "f1")
        harness.close(1)
        harness.received("fire", 2...2, by: "f1")
        harness.advance(.milliseconds(999))
        #expect(!harness.recorded.contains(.received))
        harness.advance(.milliseconds(1))
        #expect(harness.recorded.last == .received)
        harness.advance(.seconds(3600))
        #expect(!harness.escalations.isEmpty)
        harness.noteRoom(isScarce: false)
        harness.report("r-3")
        #expect(harness.receipts.last?.isDuplicate == false)
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

    @Test func `an operator is told that an incident is open until its end is on disk`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.commitsAtOnce = false
        harness.close(1)
        #expect(!harness.broker.isOpen(IncidentNumber(1)))
        #expect(harness.broker.openIncidents.contains(IncidentNumber(1)))
        harness.commit()
        #expect(!harness.broker.openIncidents.contains(IncidentNumber(1)))
    }

    @Test func `each peer that waited for a failed commit is refused with its own command`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1")
        harness.status("fire", 1, .enRoute, by: "f1")
        harness.forget()
        harness.store.failAppends(with: .failed("fsync: EIO"))
        harness.commitsAtOnce = false
        harness.acknowledge("fire", 1, by: "f1")
        harness.close(1)
        harness.commit()
        #expect(harness.refusals == ["ACKNOWLEDGE fire unavailable 1", "CLOSE c-1 unavailable"])
    }

    @Test func `who opens an incident again, or follows it, is refused with that command`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.close(1)
        harness.forget()
        harness.store.failAppends(with: .failed("fsync: EIO"))
        harness.commitsAtOnce = false
        try harness.reopen(1)
        harness.follow(1, by: "phone")
        harness.commit()
        #expect(harness.refusals == ["REOPEN o-1 unavailable", "FOLLOW f-1 unavailable"])
    }
}
