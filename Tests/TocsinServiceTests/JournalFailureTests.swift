import Foundation
import JournalContract
import Testing
import TocsinJournal
import TocsinModel
import ZeroMQ

@testable import TocsinService

/// What the service does when its disk fails: it promises nothing, and goes on when the disk does.
@Suite(.timeLimit(.minutes(3))) struct JournalFailureTests {
    @Test(arguments: [JournalError.full("no room"), .failed("the sync failed")])
    func `a report is refused while the disk fails, and receipted after it`(_ failure: JournalError) async throws {
        let service = try RunningService()
        let context = try Context()
        try await onOwnThread { try Self.exchange(service, context, failure) }
        try await service.drain()
        let incidents = service.store.entries.filter { $0.record.kind == .incident }
        #expect(incidents.count == 2)
    }

    @Test func `a journal that is found damaged while it serves ends the service`() async throws {
        let service = try RunningService()
        service.store.failAppends(with: .corrupt("an index is damaged"))
        try await onOwnThread {
            let context = try Context()
            let reporter = try service.dealer("reports", in: context)
            try reporter.say("TIP1 REPORT one", report("one"))
        }
        await #expect(throws: ServiceError.self) { try await service.end() }
        #expect(service.store.entries.allSatisfy { $0.record.kind == .rules })
    }

    private static func exchange(_ service: RunningService, _ context: Context, _ failure: JournalError) throws {
        let terminal = try service.dealer("alerts", in: context)
        try terminal.say("TIP1 JOIN fire desk 10")
        #expect(try terminal.hear().first == "TIP1 JOINED fire")
        let reporter = try service.dealer("reports", in: context)
        try reporter.say("TIP1 REPORT one", report("one"))
        #expect(try reporter.hear().first == "TIP1 RECEIPT one")
        #expect(try terminal.hear().first == "TIP1 ALERT fire 1")

        service.store.failAppends(with: failure)
        try reporter.say("TIP1 REPORT two", report("two"))
        let refused = try reporter.hear()
        #expect(refused.first == "TIP1 REFUSED two unavailable")
        #expect(refused.last?.contains("\"retryAfterMs\":1000") ?? false)
        // What was on disk before is known still, and a PING is answered.
        #expect(try receipt(for: "one", from: reporter).contains("\"duplicate\":true"))
        try reporter.say("TIP1 PING there")
        #expect(try reporter.hear() == ["TIP1 PONG there"])
        // The terminal has been joined anew on its behalf; what it had not RECEIVED comes again, marked.
        #expect(try terminal.hear().first == "TIP1 JOINED fire")
        let again = try terminal.hear()
        #expect(again.first == "TIP1 ALERT fire 1")
        #expect(again.dropFirst().first?.contains("\"redelivered\":true") ?? false)

        service.store.failAppends(with: nil)
        // Another report gets the number that the refused one would have had, and goes out as itself.
        #expect(try receipt(for: "three", from: reporter).contains("\"duplicate\":false"))
        let alert = try terminal.hear()
        #expect(alert.first == "TIP1 ALERT fire 2")
        #expect(alert.last == report("three"))
    }

    /// Sends the same report until it is receipted, as a client does.
    private static func receipt(for identifier: String, from reporter: borrowing Socket) throws -> String {
        while true {
            try reporter.say("TIP1 REPORT r", report(identifier))
            let answer = try reporter.hear()
            if answer.first == "TIP1 RECEIPT r" { return answer.last ?? "" }
            try #require(answer.first == "TIP1 REFUSED r unavailable")
        }
    }

    @Test
    func `while the journal cannot be opened nothing is said of what is open, and who joined stays so`()
        async throws
    {
        let store = InMemoryJournalStore()
        let reluctant = ReluctantStore(store)
        let service = try RunningService(store: store, through: reluctant)
        try await onOwnThread {
            let context = try Context()
            let terminal = try service.dealer("alerts", in: context)
            try terminal.say("TIP1 JOIN fire desk 10")
            #expect(try terminal.hear().first == "TIP1 JOINED fire")
            let reporter = try service.dealer("reports", in: context)
            try reporter.say("TIP1 REPORT one", report("one"))
            #expect(try reporter.hear().first == "TIP1 RECEIPT one")
            let alert = try #require(try terminal.hear().first)
            let follower = try service.dealer("reports", in: context)
            try follower.say("TIP1 FOLLOW f 2")
            #expect(try follower.hear().first == "TIP1 OK f")
            #expect(try follower.hear().last?.contains("\"state\":\"sent\"") ?? false)

            reluctant.failOpening(with: .failed("the folder is gone"))
            store.failAppends(with: .failed("the sync failed"))
            try reporter.say("TIP1 REPORT two", report("two"))
            #expect(try reporter.hear().first == "TIP1 REFUSED two unavailable")
            reluctant.waitForRefusedOpening()
            let operatorPeer = try service.dealer("control", in: context)
            try operatorPeer.say("TIP1 INFO i")
            let info = try #require(try operatorPeer.hear().last)
            #expect(info.contains("\"recovering\":true") && info.contains("\"available\":false"))
            #expect(!info.contains("openIncidents"))
            try follower.say("TIP1 PING there")
            #expect(try follower.hear() == ["TIP1 PONG there"], "No PROGRESS has said that it is closed.")
            // Whoever joins now is answered when it is known what waits.
            let second = try service.dealer("alerts", in: context)
            try second.say("TIP1 JOIN fire desk-2 10")

            store.failAppends(with: nil)
            reluctant.failOpening(with: nil)
            #expect(try terminal.hear().first == "TIP1 JOINED fire")
            #expect(try terminal.hear().first == alert)
            #expect(try second.hear().first == "TIP1 JOINED fire")
            var answer: [String] = []
            repeat {
                try terminal.say(alert.replacing("ALERT", with: "ACKNOWLEDGE"), "{\"by\":\"Wang\"}")
                answer = try terminal.hear()
            } while answer.first == "TIP1 REFUSED fire unavailable"
            #expect(answer.first == alert.replacing("ALERT", with: "CONFIRMED") + " acknowledged")
            #expect(try follower.hear().last?.contains("\"state\":\"acknowledged\"") ?? false)
        }
        try await service.drain()
    }

    @Test func `a reload is answered when its record is on disk, and not confirmed where that fails`() async throws {
        let service = try RunningService()
        try await onOwnThread {
            let context = try Context()
            let operatorPeer = try service.dealer("control", in: context)
            // The record of the first rules comes before that of a report, and is on disk with it.
            let reporter = try service.dealer("reports", in: context)
            _ = try Self.receipt(for: "one", from: reporter)
            try service.write(moreRules: 1)
            service.store.failAppends(with: .failed("the sync failed"))
            try operatorPeer.say("TIP1 RELOAD r")
            let refused = try operatorPeer.hear()
            #expect(refused.first == "TIP1 REFUSED r unavailable")
            #expect(refused.last?.contains("it is not confirmed that this is stored; send the same again") ?? false)
            service.store.failAppends(with: nil)
            var answer: [String] = []
            repeat {
                try operatorPeer.say("TIP1 RELOAD r")
                answer = try operatorPeer.hear()
            } while answer.first == "TIP1 REFUSED r unavailable"
            #expect(answer.first == "TIP1 OK r" && answer.last?.contains("\"rules\":2") ?? false)
            #expect(service.store.entries.filter { $0.record.kind == .rules }.count == 2)
        }
        try await service.drain()
    }

    @Test func `a service whose journal somebody else writes promises nothing more, and opens nothing`() async throws {
        let service = try RunningService()
        let fencing = try await Self.fence(service)
        try await onOwnThread {
            let context = try Context()
            let terminal = try service.dealer("alerts", in: context)
            let operatorPeer = try service.dealer("control", in: context)
            try operatorPeer.say("TIP1 INFO i")
            let info = try #require(try operatorPeer.hear().last)
            #expect(info.contains("\"available\":false,\"recovering\":false,\"standingBy\":true"))
            try operatorPeer.say("TIP1 PENDING p")
            #expect(try operatorPeer.hear().first == "TIP1 REFUSED p unavailable")
            try terminal.say("TIP1 ACKNOWLEDGE fire 1", "{\"by\":\"Wang\"}")
            #expect(try terminal.hear().first == "TIP1 REFUSED fire unavailable")
        }
        // The other one has it still.
        try fencing.append([
            JournalEntry(
                position: fencing.lastPosition.next, at: Timestamp(milliseconds: 0), record: .rules(Self.rules))
        ])
        try await service.drain()
        #expect(service.store.entries.filter { $0.record.kind == .incident }.count == 1)
    }

    private static let rules = RulesRecord(RuleTexts(rules: "fallback: fire"))

    /// Opens the journal beside the service, which learns of it by the next report.
    private static func fence(_ service: RunningService) async throws -> any Journal {
        try await onOwnThread {
            let context = try Context()
            let reporter = try service.dealer("reports", in: context)
            try reporter.say("TIP1 REPORT one", report("one"))
            #expect(try reporter.hear().first == "TIP1 RECEIPT one")
        }
        let fencing = try service.store.open()
        try await onOwnThread {
            let context = try Context()
            let reporter = try service.dealer("reports", in: context)
            try reporter.say("TIP1 REPORT two", report("two"))
            #expect(try reporter.hear().first == "TIP1 REFUSED two unavailable")
        }
        return fencing
    }

    @Test func `a drain waits for what has been accepted`() async throws {
        let service = try RunningService()
        try await onOwnThread {
            let context = try Context()
            let reporter = try service.dealer("reports", in: context)
            for number in 0..<100 { try reporter.say("TIP1 REPORT r\(number)", report("r\(number)")) }
            #expect(try reporter.hear().first == "TIP1 RECEIPT r0")
            service.requests.drain()
            // Every incident of this journal has been receipted when the connection is silent.
            var receipts = 1
            try reporter.setReceiveTimeout(.seconds(1))
            while let header = try reporter.hear().first, header.hasPrefix("TIP1 RECEIPT") { receipts += 1 }
            #expect(service.store.entries.filter { $0.record.kind == .incident }.count == receipts)
        }
        try await service.drain()
    }

    @Test func `a drain that the disk holds up ends in the stated time, and answers nothing that is not stored`()
        async throws
    {
        let service = try RunningService(drainWithin: .milliseconds(300))
        let (isHeld, mayGoOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        defer { mayGoOn.signal() }
        try await onOwnThread {
            let context = try Context()
            let reporter = try service.dealer("reports", in: context)
            try reporter.say("TIP1 REPORT one", report("one"))
            #expect(try reporter.hear().first == "TIP1 RECEIPT one")
            service.store.delayAppends {
                isHeld.signal()
                mayGoOn.wait()
            }
            try reporter.say("TIP1 REPORT two", report("two"))
            isHeld.wait()
            service.requests.drain()
            try reporter.setReceiveTimeout(.seconds(1))
            #expect(try reporter.hear().isEmpty)
        }
        try await service.end()
        #expect(service.store.entries.filter { $0.record.kind == .incident }.count == 1)
    }
}
