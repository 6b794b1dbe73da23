import Foundation
import Testing
import TocsinJournal
import TocsinModel
import TocsinWire
import ZeroMQ

@testable import TocsinCore
@testable import TocsinService

@Suite struct OutboxTests {
    @Test func `an alert whose report the journal does not give back is damage, and is not sent without it`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "tocsin-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = ServiceConfiguration()
        configuration.reports = "ipc://\(folder.path)/reports"
        configuration.alerts = "ipc://\(folder.path)/alerts"
        configuration.feed = "ipc://\(folder.path)/feed"
        configuration.control = "ipc://\(folder.path)/control"
        let endpoints = try Endpoints(configuration, context: try Context())
        var outbox = Outbox(index: EmptyIndex(), epoch: JournalEpoch("test"), bodyCacheBytes: 1000)
        let fire = try #require(Recipient("fire"))
        let alert = OutgoingAlert(
            addressee: Addressee(recipient: fire, purpose: .action, rule: "structure fire"), number: AlertNumber(1),
            incident: IncidentNumber(7), storedAt: Timestamp(milliseconds: 0), severity: .severe, status: .actual,
            attempt: 1, escalation: 0)
        var complaint: String?
        do {
            try outbox.send(.alert(Peer(identity: PeerIdentity([1])), alert), through: endpoints)
        } catch let error as JournalError {
            if case .corrupt(let sentence) = error { complaint = sentence }
        }
        #expect(complaint?.contains("incident 7") ?? false)
    }
}

/// A reader that finds nothing, whatever it is asked for.
private final class EmptyIndex: IncidentIndex {
    func incidents(named names: [ReportName]) throws(JournalError) -> [IncidentNumber?] { names.map { _ in nil } }

    func incident(_ number: IncidentNumber) throws(JournalError) -> JournalEntry? { nil }

    func readReports(from number: IncidentNumber, bytes: Int, into reports: inout StoredReports) throws(JournalError) {
        reports.removeAll()
    }

    func timeline(of number: IncidentNumber) throws(JournalError) -> [JournalEntry] { [] }

    func newestIncidents(before: IncidentNumber?, limit: Int) throws(JournalError) -> [JournalEntry] { [] }

    func entry(at position: Position) throws(JournalError) -> JournalEntry? { nil }
}
