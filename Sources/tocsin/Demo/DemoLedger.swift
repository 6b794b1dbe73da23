import TocsinClient
import TocsinModel
import TocsinWire

/// The promised and the received alerts. The demonstration keeps this book apart from the broker's.
actor DemoLedger {
    /// One incident addressed to one recipient.
    struct Duty: Hashable, Sendable {
        var incident: IncidentNumber
        var recipient: Recipient
    }

    /// A received or acknowledged alert, with the time.
    struct Entry: Sendable {
        var duty: Duty
        var person: String?
        var at: ContinuousClock.Instant
    }

    /// The alerts that the receipts and the escalations promise.
    private(set) var promised: [Duty: Purpose] = [:]
    private(set) var received: [Duty: Entry] = [:]
    private(set) var acknowledged: [Duty: Entry] = [:]
    private(set) var problems: [String] = []
    private var waiting: [Int: Waiting] = [:]
    private var nextWaiting = 0

    private struct Waiting {
        var condition: @Sendable (isolated DemoLedger) -> Bool
        var continuation: CheckedContinuation<Bool, Never>
    }

    /// Notes the recipients of a receipt, who will be told.
    func promise(_ receipt: Receipt) {
        for told in receipt.recipients {
            promised[Duty(incident: receipt.incident, recipient: told.recipient)] = told.purpose
        }
        wake()
    }

    /// Notes one more recipient, who will be told by an escalation.
    func promise(_ recipient: Recipient, of incident: IncidentNumber) {
        promised[Duty(incident: incident, recipient: recipient)] = .action
        wake()
    }

    func receive(_ alert: Alert) {
        let duty = Duty(incident: alert.envelope.incident, recipient: alert.recipient)
        if received[duty] == nil { received[duty] = Entry(duty: duty, at: .now) }
        wake()
    }

    func acknowledge(_ alert: Alert, by person: String) {
        let duty = Duty(incident: alert.envelope.incident, recipient: alert.recipient)
        acknowledged[duty] = Entry(duty: duty, person: person, at: .now)
        wake()
    }

    func note(problem: String) {
        problems.append(problem)
        wake()
    }

    /// Returns the alerts promised to these recipients, or to anybody if nil, and not received.
    func missing(at recipients: Set<Recipient>? = nil) -> [Duty] {
        promised.keys.filter { received[$0] == nil && recipients?.contains($0.recipient) ?? true }
    }

    /// Returns the alerts for action promised to these recipients and not acknowledged.
    func unacknowledged(at recipients: Set<Recipient>) -> [Duty] {
        promised.filter { $0.value == .action && recipients.contains($0.key.recipient) && acknowledged[$0.key] == nil }
            .map(\.key)
    }

    func recipients(of incident: IncidentNumber) -> [Recipient] {
        promised.keys.filter { $0.incident == incident }.map(\.recipient)
    }

    func received(of incident: IncidentNumber) -> [Entry] {
        received.values.filter { $0.duty.incident == incident }.sorted { $0.at < $1.at }
    }

    func acknowledged(of incident: IncidentNumber) -> [Entry] {
        acknowledged.values.filter { $0.duty.incident == incident }.sorted { $0.at < $1.at }
    }

    /// Waits until the condition holds.
    ///
    /// - Returns: False if the condition does not hold within `limit`, and when the task is cancelled.
    func wait(
        _ limit: Duration, until condition: @escaping @Sendable (isolated DemoLedger) -> Bool
    ) async -> Bool {
        guard !condition(self) else { return true }
        nextWaiting += 1
        let number = nextWaiting
        let alarm = Task {
            try? await Task.sleep(for: limit)
            give(up: number)
        }
        defer { alarm.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(returning: false) }
                waiting[number] = Waiting(condition: condition, continuation: continuation)
            }
        } onCancel: {
            alarm.cancel()
        }
    }

    private func give(up number: Int) {
        waiting.removeValue(forKey: number)?.continuation.resume(returning: false)
    }

    private func wake() {
        for (number, waiter) in waiting where waiter.condition(self) {
            waiting.removeValue(forKey: number)?.continuation.resume(returning: true)
        }
    }
}
