import Foundation
import Testing
import TocsinAccess
import TocsinJournal
import TocsinModel
import TocsinWire
import ZeroMQ

@testable import TocsinCore
@testable import TocsinService

@Suite struct OutboxTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "tocsin-\(UUID().uuidString.prefix(8))")
    private let context: Context

    init() throws {
        context = try Context()
    }

    /// Runs `body` with bound endpoints, of which alerts is at `address`.
    private func withEndpoints(_ body: (borrowing Endpoints, _ address: String) throws -> Void) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = ServiceConfiguration()
        configuration.reports = "ipc://\(folder.path)/reports"
        configuration.alerts = "ipc://\(folder.path)/alerts"
        configuration.feed = "ipc://\(folder.path)/feed"
        configuration.control = "ipc://\(folder.path)/control"
        let done = try WakeUp()
        let gatekeeper = try Gatekeeper(clients: .empty, done: done)
        let endpoints = try Endpoints(configuration, context: context, key: nil, gatekeeper: gatekeeper, done: done)
        try body(endpoints, configuration.alerts)
    }

    private func alert(_ incident: Int64) throws -> OutgoingAlert {
        OutgoingAlert(
            addressee: Addressee(
                recipient: try #require(Recipient("fire")), purpose: .action, rule: "structure fire"),
            number: AlertNumber(incident), incident: IncidentNumber(incident), storedAt: Timestamp(milliseconds: 0),
            severity: .severe, status: .actual, attempt: 1, ring: 0, escalation: 0)
    }

    @Test func `an alert whose report the journal does not give back is damage, and is not sent without it`() throws {
        try withEndpoints { endpoints, _ in
            var outbox = Outbox(index: ReportIndex(bytes: nil), epoch: JournalEpoch("test"), limits: Limits())
            var complaint: String?
            do {
                try outbox.send(.alert(Peer(identity: PeerIdentity([1])), alert(7)), through: endpoints)
            } catch let error as JournalError {
                if case .corrupt(let sentence) = error { complaint = sentence }
            }
            #expect(complaint?.contains("incident 7") ?? false)
        }
    }

    @Test func `what waits for a terminal that does not read is bounded in bytes, and goes on when it reads`() throws {
        try withEndpoints { endpoints, address in
            let desk = try Socket(.dealer, in: context)
            try desk.setReceiveHighWaterMark(1)
            try desk.connect(to: address)
            _ = try desk.send(Array("hello".utf8))
            var identity = Message()
            _ = try endpoints.alerts.receive(into: &identity)
            let peer = Peer(identity: identity.withUnsafeBytes { PeerIdentity($0) })

            var limits = Limits()
            limits.outstandingBytes = 1024 * 1024
            var outbox = Outbox(index: ReportIndex(bytes: 1024 * 1024), epoch: JournalEpoch("test"), limits: limits)
            for number in 1...60 as ClosedRange<Int64> {
                try outbox.send(.alert(peer, alert(number)), through: endpoints)
            }
            // Four wait here, and the system and the desk's own queue have some as well.
            let sent = outbox.counts.alertsSent
            #expect((4...20).contains(sent))
            #expect(outbox.counts.unsendable == 60 - sent)
            #expect(outbox.unreachable.isEmpty)

            var message = Message()
            for _ in 1...sent {
                repeat { _ = try desk.receive(into: &message) } while message.isMore
            }
            // libzmq lets go of the last ones on a thread of its own.
            let deadline = ContinuousClock.now + .seconds(30)
            while outbox.counts.alertsSent == sent {
                try #require(ContinuousClock.now < deadline, "Nothing goes out any more.")
                try outbox.send(.alert(peer, alert(61)), through: endpoints)
            }
        }
    }
}

/// An index that has reports of one size and nothing else. Nil: not even those.
private final class ReportIndex: IncidentIndex {
    private let bytes: Int?

    init(bytes: Int?) {
        self.bytes = bytes
    }

    func readReports(from number: IncidentNumber, bytes: Int, into reports: inout StoredReports) throws(JournalError) {
        reports.removeAll()
        if let size = self.bytes { reports.append(number, [UInt8](repeating: 0x20, count: size)) }
    }

    func incidents(named names: [ReportName]) throws(JournalError) -> [IncidentNumber?] { names.map { _ in nil } }

    func incident(_ number: IncidentNumber) throws(JournalError) -> JournalEntry? { nil }

    func timeline(of number: IncidentNumber) throws(JournalError) -> [JournalEntry] { [] }
    func isJoined(_ number: IncidentNumber, by principal: String) -> Bool { false }
    func steps(of number: IncidentNumber) throws(JournalError) -> [JournalEntry] { [] }

    func subscriptions(before position: Position) throws(JournalError) -> [Subscription] { [] }

    func newestIncidents(before: IncidentNumber?, limit: Int) throws(JournalError) -> [JournalEntry] { [] }

    func writeStatistics(_ question: StatisticsQuestion, now: Timestamp, to json: inout JSONWriter) {}

    func entries(at positions: Range<Position>) throws(JournalError) -> [JournalEntry] { [] }

    func entry(at position: Position) throws(JournalError) -> JournalEntry? { nil }
}
