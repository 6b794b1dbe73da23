import Synchronization
import TocsinClient
import TocsinModel
import TocsinWire

/// The people at the terminals. They take alerts and acknowledge those that ask for it.
final class DemoStaff: Sendable {
    private let endpoint: String
    private let options: ClientOptions
    private let ledger: DemoLedger
    private let present = Mutex(Present())

    private struct Present {
        var terminals: [Terminal] = []
        var tasks: [Task<Void, Never>] = []
        var recipients: Set<Recipient> = []
        var answering: Set<Recipient> = []
    }

    init(endpoint: String, options: ClientOptions, ledger: DemoLedger) {
        self.endpoint = endpoint
        self.options = options
        self.ledger = ledger
    }

    /// The recipients whose terminals are open.
    var recipients: Set<Recipient> { present.withLock { $0.recipients } }

    /// The recipients at whose terminals somebody answers.
    var answering: Set<Recipient> { present.withLock { $0.answering } }

    /// Opens a terminal, and waits until the broker has joined it.
    func open(_ post: DemoPost) async throws {
        let recipients = post.recipients.compactMap { Recipient($0) }
        // Each recipient may have hundreds of alerts waiting, and a demonstration has no slow screens.
        let terminal = try Terminal(
            endpoint: endpoint, recipients: recipients, name: post.name, credit: 256, options: options)
        let alerts = Task { await take(from: terminal, post) }
        present.withLock { present in
            present.terminals.append(terminal)
            present.tasks.append(alerts)
            present.recipients.formUnion(recipients)
            if post.person != nil { present.answering.formUnion(recipients) }
        }
        var missing = Set(recipients)
        for await event in terminal.events {
            switch event {
            case .joined(let recipient, _, _): missing.remove(recipient)
            case .refused(let recipient, let refusal):
                throw Failure(.refused, "\(recipient?.name ?? post.name): \(refusal.sentence)")
            case .taken, .newEpoch, .disconnected, .shutOut, .malformed: break
            }
            if missing.isEmpty { return }
        }
        throw Failure(.unreachable, "The terminal \(post.name) was closed before it had joined.")
    }

    /// Closes all terminals.
    func close() async {
        let (terminals, tasks) = present.withLock { ($0.terminals, $0.tasks) }
        await withTaskGroup(of: Void.self) { group in
            for terminal in terminals { group.addTask { await terminal.close() } }
        }
        for task in tasks { task.cancel() }
    }

    private func take(from terminal: Terminal, _ post: DemoPost) async {
        do {
            try await withThrowingDiscardingTaskGroup { group in
                for try await alert in terminal.alerts {
                    await ledger.receive(alert)
                    if post.reading > .zero { try await Task.sleep(for: post.reading) }
                    guard let person = post.person, alert.needsAnswer else { continue }
                    group.addTask { await self.answer(alert, at: terminal, person, post.pause) }
                }
            }
        } catch {
            await ledger.note(problem: "\(post.name): \(error)")
        }
    }

    private func answer(_ alert: Alert, at terminal: Terminal, _ person: String, _ pause: Duration) async {
        do {
            // A person takes a moment, but nobody reads hundreds of scratched cars one by one.
            if alert.envelope.severity != .minor { try await Task.sleep(for: pause) }
            _ = try await terminal.acknowledge(alert, by: person)
            await ledger.acknowledge(alert, by: person)
        } catch  where error is CancellationError || error as? ClientError == .closed {
            // The demonstration is over. Its end reports what is missing in the ledger.
            return
        } catch {
            await ledger.note(problem: "\(alert.recipient) #\(alert.number): \(error)")
        }
    }
}
