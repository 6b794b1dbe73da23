import Testing
import TocsinModel
import TocsinWire

@testable import TocsinClient

/// The numbers that a terminal remembers.
@Suite struct AlertQueueTests {
    private func arrival(_ number: Int64, storedAt milliseconds: Int64) throws -> AlertQueue.Arrival {
        let envelope = Envelope(
            incident: IncidentNumber(number), purpose: .action, rule: "structure fire", severity: .severe,
            acknowledgeBy: nil, attempt: 1, isRedelivered: false, escalation: 0, status: .actual,
            storedAt: Timestamp(milliseconds: milliseconds))
        let alert = Alert(recipient: try recipient("fire"), number: AlertNumber(number), envelope: envelope, report: [])
        return AlertQueue.Arrival(alert: alert, recipient: 0)
    }

    @Test func `their bound holds after the broker has begun another journal`() async throws {
        let queue = AlertQueue(recipients: 1, credit: 1, waker: try Waker())
        var first = [try arrival(1, storedAt: 1)]
        queue.deliver(&first)
        // The same number on a newer incident: the journal is another one.
        var others = [try arrival(1, storedAt: 2)]
        for number in stride(from: Int64(3), through: 20_001, by: 2) { others.append(try arrival(number, storedAt: 2)) }
        queue.deliver(&others)
        // So many gaps later the lowest number has been forgotten, and comes as a new one.
        var again = [try arrival(1, storedAt: 2)]
        queue.deliver(&again)
        let batch = try await queue.nextBatch(limit: 100_000, isolation: nil)
        #expect(batch?.count { $0.alert.number == AlertNumber(1) } == 3)
    }
}
