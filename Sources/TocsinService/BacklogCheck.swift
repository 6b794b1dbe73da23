import Foundation
import Synchronization
import TocsinJournal
import TocsinModel

/// Reads the reports that may still have to be sent and that no replay has read, and checks each against its checksum.
///
/// A start from a snapshot reads few records. Better not to start than to fail when a department asks for a report: so
/// the first ones are checked before the daemon serves, and the rest of a large backlog on a thread beside it, as
/// otherwise it would keep everybody waiting.
final class BacklogCheck: Sendable {
    /// Reports that are checked before serving: some milliseconds' worth.
    private static let checkedAtOnce = 1_000
    /// Bytes of reports that are read together.
    private static let chunk = 256 * 1024
    /// Between two chunks, so that a backlog that is being sent has the disk and the processor first.
    private static let pause: TimeInterval = 0.01

    private let reader: any JournalReader
    private let done: WakeUp
    private let failure = Mutex<JournalError?>(nil)
    private let isStopping = Atomic(false)

    /// - Parameters:
    ///   - reader: for this check alone.
    ///   - done: signalled when ``takeFailure()`` has something.
    init(reader: any JournalReader, done: WakeUp) {
        self.reader = reader
        self.done = done
    }

    deinit {
        isStopping.store(true, ordering: .relaxed)
    }

    /// Checks the reports of these incidents, which ascend: the first ones now, the others beside what follows.
    ///
    /// - Throws: ``JournalError/corrupt(_:)`` for one of the first.
    func start(_ incidents: [IncidentNumber]) throws(JournalError) {
        var rest = incidents[...]
        while rest.startIndex < Self.checkedAtOnce, !rest.isEmpty { rest = try Self.checkChunk(rest, reader) }
        guard !rest.isEmpty else { return }
        let thread = Thread { [weak self, reader, remaining = rest] in
            var rest = remaining
            do {
                while !rest.isEmpty, let check = self, !check.isStopping.load(ordering: .relaxed) {
                    rest = try Self.checkChunk(rest, reader)
                    Thread.sleep(forTimeInterval: Self.pause)
                }
            } catch {
                self?.fail(error)
            }
        }
        thread.name = "tocsin-check"
        thread.start()
    }

    /// What is wrong, once.
    func takeFailure() -> JournalError? {
        failure.withLock { $0.take() }
    }

    private func fail(_ error: any Error) {
        // One that cannot be read just now will be read again when it is sent.
        guard case .corrupt? = error as? JournalError else { return }
        failure.withLock { $0 = error as? JournalError }
        done.signal()
    }

    /// Checks as many as are read together, and answers what is left.
    private static func checkChunk(
        _ incidents: ArraySlice<IncidentNumber>, _ reader: any JournalReader
    ) throws(JournalError) -> ArraySlice<IncidentNumber> {
        guard let first = incidents.first else { return incidents }
        let reports = try reader.reports(from: first, bytes: chunk)
        guard let last = reports.last?.incident else {
            throw .corrupt("The report of incident \(first), which may still have to be sent, is not in the journal.")
        }
        return incidents.drop { $0 <= last }
    }
}
