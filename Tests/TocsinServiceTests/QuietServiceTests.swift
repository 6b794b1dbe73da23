import JournalContract
import Testing
import TocsinJournal
import ZeroMQ

@testable import TocsinService

/// What goes on while nobody says anything.
@Suite(.timeLimit(.minutes(5))) struct QuietServiceTests {
    @Test func `a rule file of many parts comes into force though no message wakes the service`() async throws {
        let service = try RunningService()
        try await onOwnThread {
            let context = try Context()
            // A quick append comes first: after it few records are appended on the service's own thread.
            let reporter = try service.dealer("reports", in: context)
            try reporter.say("TIP1 REPORT one", report("one"))
            #expect(try reporter.hear().first == "TIP1 RECEIPT one")
            let operatorPeer = try service.dealer("control", in: context)
            try service.write(moreRules: 4000)
            try operatorPeer.say("TIP1 RELOAD r1")
            #expect(try operatorPeer.hear().first == "TIP1 OK r1")
        }
        try await service.drain()
        #expect(service.store.entries.count { $0.record.kind == .rules } > 3)
    }
}
