import Foundation
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel

@testable import TocsinService

@Suite struct RehearsalTests {
    @Test func `the alerts of the first incident wait for their terminal, and the second one's come at once`()
        async throws
    {
        #expect(
            try await sent(by: "bench") == [
                "TIP1 RECEIPT REHEARSAL-1", "TIP1 ALERT d0 1", "TIP1 ALERT d0 2", "TIP1 RECEIPT REHEARSAL-2",
            ])
    }

    @Test func `Dongcheng's rules can be rehearsed`() async throws {
        let sent = try await sent(by: "dongcheng")
        #expect(sent.filter { $0.hasPrefix("TIP1 RECEIPT") }.count == 2)
        #expect(sent.filter { $0.hasPrefix("TIP1 ALERT") }.count >= 2)
    }

    @Test func `nothing of it is in the journal`() async throws {
        let service = try RunningService()
        try await service.drain()
        #expect(try service.store.open().lastPosition.value == 1, "the rule file is the only record")
    }

    private func sent(by example: String) async throws -> [String] {
        let file = URL(filePath: #filePath).appendingPathComponent("../../../Config/\(example)/tocsin.yaml")
        let configuration = try ServiceConfiguration.load(
            file: file.standardized.path, environment: [:], flags: [])
        var rehearsal = Rehearsal(try RuleFiles(configuration, now: SystemClock.now.wall), configuration.broker)
        try rehearsal.run()
        return rehearsal.sent
    }
}
