import Histogram
import Synchronization
import TocsinClient
import TocsinModel
import TocsinWire

/// The load of a measurement: reports on one side, terminals on the other, and the counts of both.
final class BenchLoad: Sendable {
    /// The most unconfirmed acknowledgements of a terminal. More would only wait in the client.
    private static let acknowledgementsUnderWay = 4096
    /// The nanoseconds without progress after which a measurement has failed.
    private static let patience: UInt64 = 30_000_000_000

    /// The counts so far, and the times of the last events, in monotonic nanoseconds.
    struct Counts: Sendable {
        var sent = 0
        var receipts = 0
        /// The alerts that the receipts promise. `promisedForAction` are those for action.
        var promised = 0
        var promisedForAction = 0
        var alerts = 0
        var acknowledged = 0
        var firstSentAt: UInt64 = 0
        var lastReceiptAt: UInt64 = 0
        var lastAlertAt: UInt64 = 0
        var lastAcknowledgedAt: UInt64 = 0
        /// The alerts that asked for an acknowledgement.
        var alertsForAction = 0
        var problem: String?

        var isComplete: Bool { receipts == sent && alerts >= promised && acknowledged >= promisedForAction }

        fileprivate var progress: Int { receipts + alerts + acknowledged }
    }

    /// The microseconds from the time a report was due to its receipt and to each of its alerts.
    struct Latencies: Sendable {
        var receipts = Histogram<UInt64>(highestTrackableValue: 600_000_000)
        var alerts = Histogram<UInt64>(highestTrackableValue: 600_000_000)
    }

    private let reporter: Reporter
    private let terminals: [Terminal]
    private let counts = Mutex(Counts())
    private let measured = Mutex(Latencies())
    private let next = Atomic(0)
    private let consumers = Mutex<[Task<Void, Never>]>([])

    init(reporter: Reporter, terminals: [Terminal]) {
        self.reporter = reporter
        self.terminals = terminals
    }

    /// The latencies of the last run.
    var latencies: Latencies { measured.withLock { $0 } }

    /// Starts taking alerts.
    func open() {
        let tasks = terminals.map { terminal in
            Task {
                do {
                    for try await batch in terminal.batches { await take(batch, at: terminal) }
                } catch {
                    note("terminal: \(error)")
                }
            }
        }
        consumers.withLock { $0 = tasks }
    }

    func close() async {
        for terminal in terminals { await terminal.close() }
        for task in consumers.withLock({ $0 }) { await task.value }
        await reporter.close()
    }

    /// Sends reports as fast as possible, with at most `outstanding` without a receipt.
    func flood(
        _ event: String, incidents: Int, outstanding: Int, progress: @escaping @Sendable (Counts) -> Void
    ) async throws -> Counts {
        let reports = BenchReports(event: event)
        begin(expecting: incidents)
        // Each receipt sends the next report, so there are as many chains as reports may be under way.
        for _ in 0..<min(outstanding, incidents) { sendNext(of: reports, upTo: incidents) }
        return try await finish(progress)
    }

    /// Sends reports at a steady rate. Times count from when a report was due, so one that waits for its turn is late.
    func pace(
        _ event: String, incidents: Int, rate: Rate, progress: @escaping @Sendable (Counts) -> Void
    ) async throws -> Counts {
        let reports = BenchReports(event: event)
        begin(expecting: incidents)
        let started = ContinuousClock.now
        let startedAt = Monotonic.now
        let reporting = Task { [self] in
            var number = 0
            while number < incidents {
                let elapsed = ContinuousClock.now - started
                while number < incidents, rate.due(number) <= elapsed {
                    let nanoseconds = rate.due(number).components
                    let due =
                        startedAt + UInt64(nanoseconds.seconds) * 1_000_000_000
                        + UInt64(nanoseconds.attoseconds / 1_000_000_000)
                    send(reports.report(number, at: due), dueAt: due)
                    number += 1
                }
                try await Task.sleep(until: started + rate.due(number), tolerance: .zero, clock: .continuous)
            }
        }
        defer { reporting.cancel() }
        return try await finish(progress)
    }

    private func begin(expecting incidents: Int) {
        counts.withLock { counts in
            counts = Counts()
            counts.sent = incidents
            counts.firstSentAt = Monotonic.now
        }
        measured.withLock { $0 = Latencies() }
        next.store(0, ordering: .relaxed)
    }

    private func sendNext(of reports: BenchReports, upTo incidents: Int) {
        let number = next.add(1, ordering: .relaxed).oldValue
        guard number < incidents else { return }
        let now = Monotonic.now
        reporter.submit(reports.report(number, at: now)) { [self] result in
            if take(result, dueAt: now) { sendNext(of: reports, upTo: incidents) }
        }
    }

    private func send(_ report: [UInt8], dueAt due: UInt64) {
        reporter.submit(report) { [self] result in
            _ = take(result, dueAt: due)
        }
    }

    /// - Returns: True if the result was a receipt.
    private func take(_ result: Result<Receipt, any Error>, dueAt due: UInt64) -> Bool {
        let now = Monotonic.now
        switch result {
        case .success(let receipt):
            counts.withLock { counts in
                counts.receipts += 1
                counts.promised += receipt.recipients.count
                counts.promisedForAction += receipt.recipients.count { $0.purpose == .action }
                counts.lastReceiptAt = now
            }
            measured.withLock { $0.receipts.record(nanoseconds: now - due) }
            return true
        case .failure(let error):
            note("report: \(error)")
            return false
        }
    }

    private func take(_ batch: [Alert], at terminal: Terminal) async {
        let now = Monotonic.now
        counts.withLock { counts in
            counts.alerts += batch.count
            counts.alertsForAction += batch.count { $0.needsAnswer }
            counts.lastAlertAt = now
        }
        measured.withLock { latencies in
            for alert in batch {
                guard let due = BenchReports.time(of: alert.report), due <= now else { continue }
                latencies.alerts.record(nanoseconds: now - due)
            }
        }
        for alert in batch where alert.needsAnswer {
            terminal.acknowledge(alert, by: "bench, desk 1") { [self] result in
                if case .failure(let error) = result { note("acknowledgement: \(error)") }
                counts.withLock { counts in
                    counts.acknowledged += 1
                    counts.lastAcknowledgedAt = Monotonic.now
                }
            }
        }
        // The acknowledgements that the broker has yet to confirm are bounded. Above the bound no more alerts are
        // taken.
        while counts.withLock({ $0.problem == nil && $0.waitingForConfirmation > Self.acknowledgementsUnderWay }) {
            try? await Task.sleep(for: .milliseconds(1))
        }
    }

    private func note(_ problem: String) {
        counts.withLock { counts in
            if counts.problem == nil { counts.problem = problem }
        }
    }

    private func finish(_ progress: @escaping @Sendable (Counts) -> Void) async throws -> Counts {
        var last = 0
        var lastAt = Monotonic.now
        var shownAt = lastAt
        while true {
            let counts = counts.withLock { $0 }
            if let problem = counts.problem { throw Failure(.refused, problem) }
            if counts.isComplete { return counts }
            let now = Monotonic.now
            if counts.progress != last { (last, lastAt) = (counts.progress, now) }
            guard now - lastAt < Self.patience else {
                throw Failure(
                    .refused,
                    "Nothing has come for \(Self.patience / 1_000_000_000) seconds: \(counts.receipts) of \(counts.sent) "
                        + "receipts, \(counts.alerts) of \(counts.promised) alerts.")
            }
            if now - shownAt > 250_000_000 {
                progress(counts)
                shownAt = now
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

extension BenchLoad.Counts {
    fileprivate var waitingForConfirmation: Int { alertsForAction - acknowledged }
}

extension Histogram where Count == UInt64 {
    /// Records nanoseconds as microseconds, clamped to the highest value.
    fileprivate mutating func record(nanoseconds: UInt64) {
        _ = record(Swift.min(Swift.max(nanoseconds / 1000, 1), highestTrackableValue))
    }
}
