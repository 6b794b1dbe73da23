import JournalContract
import Testing
import TocsinJournal
import TocsinModel
import ZeroMQ

@testable import TocsinService

/// What a snapshot saves, and that nothing rests on it.
@Suite(.timeLimit(.minutes(5))) struct SnapshotTests {
    private static let reports = Int(Limits.recordsWorthASnapshot) + 100

    @Test func `a start after a drain reads the snapshot, and owes what was owed`() async throws {
        let store = try await storeWithDrainedReports()
        let snapshot = try #require(try store.open().snapshots.latest())
        #expect(snapshot.position == store.entries.last?.position)
        try await expectEverythingIsOwed(by: store)
    }

    @Test func `a snapshot that cannot be read costs time and nothing else`() async throws {
        let store = try await storeWithDrainedReports()
        let position = try #require(store.entries.last?.position)
        for content in ["", "{}", "[1]", "{\"version\":99}", "{\"version\":1,\"position\":3,\"rules\":1}"] {
            try store.open().snapshots.keep(JournalSnapshot(position: position, pieces: [Array(content.utf8)]))
            try await expectEverythingIsOwed(by: store)
        }
    }

    @Test func `a snapshot is made while the daemon serves, and a start reads what came after it`() async throws {
        let between = Int(Limits.recordsBetweenSnapshots)
        let store = try await storeWithDrainedReports(between + 500)
        let (snapshot, last) = (try #require(try store.open().snapshots.latest()), try store.open().lastPosition)
        #expect((between...between + 400).contains(Int(snapshot.position.value)))
        #expect(last.value > between + 500)
        try await expectEverythingIsOwed(by: store, between + 500)
    }

    private func storeWithDrainedReports(_ reports: Int = Self.reports) async throws -> InMemoryJournalStore {
        let service = try RunningService()
        try await onOwnThread {
            let reporter = try service.dealer("reports", in: try Context())
            for numbers in (0..<reports).chunked(by: 1000) {
                for number in numbers { try reporter.say("TIP1 REPORT r\(number)", report("r\(number)")) }
                for _ in numbers { #expect(try reporter.hear().first?.hasPrefix("TIP1 RECEIPT") ?? false) }
            }
            // Each is a turn of its own, and so many of them complete a snapshot that is being made.
            for _ in 0...reports / Limits.incidentsWrittenAtOnce + 1 {
                try reporter.say("TIP1 PING -")
                #expect(try reporter.hear().first == "TIP1 PONG -")
            }
        }
        try await service.drain()
        return service.store
    }

    private func expectEverythingIsOwed(by store: InMemoryJournalStore, _ reports: Int = Self.reports) async throws {
        let service = try RunningService(store: store)
        try await onOwnThread {
            let terminal = try service.dealer("alerts", in: try Context())
            try terminal.say("TIP1 JOIN fire desk 1")
            #expect(try terminal.hear().last?.contains("\"pending\":\(reports)") ?? false)
            let alert = try terminal.hear()
            #expect(alert.first == "TIP1 ALERT fire 1")
            #expect(alert.dropFirst().first?.contains("\"redelivered\":true") ?? false)
            #expect(alert.last == report("r0"))
        }
        try await service.drain()
    }
}

extension Range<Int> {
    fileprivate func chunked(by count: Int) -> [Range<Int>] {
        stride(from: lowerBound, to: upperBound, by: count).map { $0..<Swift.min($0 + count, upperBound) }
    }
}
