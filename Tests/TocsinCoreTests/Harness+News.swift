import JournalContract
import TocsinJournal
import TocsinModel
import TocsinWire

@testable import TocsinCore

/// Updates and Cancels, as the shell hands them over.
extension Harness {
    /// Sends an Update or a Cancel of reports that are named as `phone,r-1`.
    mutating func send(
        _ type: MessageType, _ identifier: String, of references: String..., event: String = "structure-fire",
        severity: Severity = .severe, sender: String = "phone", status: ReportStatus = .actual
    ) throws {
        handle(
            try newsInput(
                type, identifier, of: references, event: event, severity: severity, sender: sender, status: status))
    }

    func newsInput(
        _ type: MessageType, _ identifier: String, of references: [String], event: String = "structure-fire",
        severity: Severity = .severe, sender: String = "phone", status: ReportStatus = .actual
    ) throws -> Input {
        var report = Report(
            name: ReportName(sender: sender, identifier: identifier), sent: now.wall, event: event, category: .fire,
            severity: severity, status: status, messageType: type)
        report.references = references.map { "\($0),\(now.wall)" }.joined(separator: " ")
        let index = try store.open().index()
        let number = try index.incidents(named: [report.name])[0]
        return .report(
            Scene.peer(sender), Scene.reference(identifier), report, body: [UInt8](repeating: 0x20, count: 100),
            stored: try number.flatMap { try index.incident($0) },
            referenced: try StoredIncident.referenced(by: report, index, broker))
    }

    /// The news that an incident's record says it is.
    func news(_ incident: Int64) -> ReportNews? {
        guard case .incident(let record) = store.entries[Int(incident) - 1].record else { return nil }
        return record.news
    }

    /// "fire action", for each recipient of an incident, in the order of its record.
    func told(_ incident: Int64) -> [String] {
        guard case .incident(let record) = store.entries[Int(incident) - 1].record else { return [] }
        return record.alerts.map { "\($0.recipient) \($0.purpose.rawValue)" }
    }
}
