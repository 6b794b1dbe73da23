import JournalContract
import Testing
import TocsinJournal
import TocsinModel
import TocsinWire

@testable import TocsinCore

/// What outlives a failure of the journal, and what is said while the state is unknown.
struct RecoveringTests {
    @Test func `who follows an incident whose closing did not reach the disk follows it still`() throws {
        var harness = try Harness()
        harness.report("r-1", event: "plain")
        harness.follow(1, by: "phone")
        harness.forget()
        harness.store.failAppends(with: .full("no room"))
        harness.close(1)
        #expect(harness.refusals == ["CLOSE c-1 unavailable"])
        harness.store.failAppends(with: nil)
        try harness.reopenJournal()
        harness.probeJournal()
        #expect(harness.progress.isEmpty)
        harness.close(1)
        #expect(harness.progress == ["1 cancelled fire 1", "1 closed"])
    }

    @Test func `PONG to a terminal waits until it is known what came before it`() throws {
        var harness = try Harness(gatherReceived: .milliseconds(20))
        harness.join("fire", as: "f1")
        harness.report("r-1", event: "plain")
        harness.forget()
        harness.received("fire", 1...1, by: "f1")
        harness.failJournal()
        harness.handle(.ping(.alerts, Scene.peer("f1"), "there"), .ping(.reports, Scene.peer("phone"), "here"))
        #expect(harness.pongs == ["here"])
        try harness.reopenJournal()
        // JOINED and the alert say first that RECEIVED was lost.
        #expect(harness.joined.map(\.pending) == [1])
        #expect(harness.numbers(at: "f1") == [1])
        guard case .pong(.alerts, _, "there")? = harness.committed.last else {
            Issue.record("PONG is not the last that is said.")
            return
        }
    }

    @Test func `LEAVE in a commit that fails is answered when the state is known`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.commitsAtOnce = false
        harness.report("r-1", event: "plain")
        harness.leave("fire", "f1")
        harness.commitsAtOnce = true
        harness.forget()
        harness.failJournal()
        #expect(harness.refusals == ["REPORT r-1 unavailable"])
        try harness.reopenJournal()
        #expect(harness.oks == ["fire"])
        #expect(harness.joined.isEmpty)
    }

    @Test func `who takes over a name while the state is unknown has it, and the other is told so`() throws {
        var harness = try Harness()
        harness.join("fire", as: "desk", over: "a")
        harness.failJournal()
        harness.join("fire", as: "desk", over: "b")
        #expect(harness.broker.overview.terminals == 2)
        harness.forget()
        try harness.reopenJournal()
        #expect(harness.refusals == ["JOIN fire notJoined"])
        #expect(harness.joined.count == 1)
        #expect(harness.broker.overview.terminals == 1)
    }

    @Test func `joining again and again while the state is unknown keeps one join each`() throws {
        var harness = try Harness()
        harness.failJournal()
        for _ in 0..<3 {
            for number in 0..<100 { harness.join("fire", as: "desk-\(number)") }
        }
        #expect(harness.broker.overview.terminals == 100)
        harness.handle(.unreachable(PeerIdentity(Array("desk-7".utf8))))
        try harness.reopenJournal()
        #expect(harness.joined.count == 99)
    }

    @Test func `what has been RECEIVED a moment ago is not sent again by the credit that it frees`() throws {
        var harness = try Harness(gatherReceived: .milliseconds(20))
        harness.join("fire", as: "big", credit: 10)
        for number in 1...4 { harness.report("r-\(number)", event: "plain") }
        harness.leave("fire", "big")
        harness.join("fire", as: "small", credit: 1)
        #expect(harness.numbers(at: "small") == [1])
        harness.received("fire", 1...4, by: "small")
        harness.report("r-5", event: "plain")
        #expect(harness.numbers(at: "small") == [1, 5])
    }
}
