import Foundation
import Synchronization
import Threads
import TocsinJournal
import TocsinModel

/// Reads the reports that may still have to be sent and that no replay has read. It checks each against its checksum.
///
/// A start from a snapshot reads few records. It is better not to start than to fail when a department asks for a
/// report. So the first reports are checked before the daemon serves. The rest of a large backlog is checked on a
/// thread beside it, as otherwise it would keep everybody waiting.
final class BacklogCheck: Sendable {
    /// The number of reports that are checked before serving: some milliseconds' worth.
    private static let checkedAtOnce = 1_000
    /// The bytes of reports that are read together.
    private static let chunk = 256 * 1024
    /// The pauses before the rest is read, also after a read that failed, and between two chunks. A backlog that is being
    /// sent has the disk and the processor first.
    static let usualPauses = (first: TimeInterval(5), between: TimeInterval(0.01))

    private let index: any IncidentIndex
    private let done: WakeUp
    private let pauses: (first: TimeInterval, between: TimeInterval)
    private let failure = Mutex<JournalError?>(nil)

    /// - Parameters:
    ///   - index: An index for this check alone.
    ///   - done: Signalled when ``takeFailure()`` has a failure.
    ///   - pauses: The pauses before the later checks begin, also after a read that failed, and between them.
    init(
        index: any IncidentIndex, done: WakeUp,
        pauses: (first: TimeInterval, between: TimeInterval) = BacklogCheck.usualPauses
    ) {
        self.index = index
        self.done = done
        self.pauses = pauses
    }

    /// Checks the reports of these incidents, in ascending order: the first ones now, the others on a thread beside.
    ///
    /// - Throws: `JournalError.corrupt` for a damaged report among the first, `JournalError.failed` if the system has
    ///   no thread for the others.
    func start(_ incidents: [IncidentNumber]) throws(JournalError) {
        var (rest, reports) = (incidents[...], StoredReports())
        while rest.startIndex < Self.checkedAtOnce, !rest.isEmpty {
            rest = try Self.checkChunk(rest, index, &reports)
        }
        guard !rest.isEmpty else { return }
        // The thread holds no journal meanwhile: an index keeps its folder.
        do throws(OwnThread.Failure) {
            try OwnThread.start("tocsin-check") { [weak self, pauses, remaining = rest] in
                var (rest, pause, reports) = (remaining, pauses.first, StoredReports())
                repeat {
                    Thread.sleep(forTimeInterval: pause)
                    let next = self?.checkNext(rest, &reports) ?? []
                    // What cannot be read just now is tried again later.
                    pause = next.count == rest.count ? pauses.first : pauses.between
                    rest = next
                } while !rest.isEmpty
            }
        } catch {
            throw .failed(error.description)
        }
    }

    /// Returns the failure, once.
    func takeFailure() -> JournalError? {
        failure.withLock { $0.take() }
    }

    /// Checks a chunk and returns the rest, or all if the chunk cannot be read just now. The rest is empty once a report
    /// is damaged.
    private func checkNext(
        _ rest: ArraySlice<IncidentNumber>, _ reports: inout StoredReports
    ) -> ArraySlice<IncidentNumber> {
        do {
            return try Self.checkChunk(rest, index, &reports)
        } catch {
            guard case .corrupt = error else { return rest }
            failure.withLock { $0 = error }
            done.signal()
            return []
        }
    }

    /// Checks a chunk of reports, and returns the rest.
    private static func checkChunk(
        _ incidents: ArraySlice<IncidentNumber>, _ index: any IncidentIndex, _ reports: inout StoredReports
    ) throws(JournalError) -> ArraySlice<IncidentNumber> {
        guard let first = incidents.first else { return incidents }
        try index.readReports(from: first, bytes: chunk, into: &reports)
        guard let last = reports.incidents.last else {
            throw .corrupt("The report of incident \(first), which may still have to be sent, is not in the journal.")
        }
        return incidents.drop { $0 <= last }
    }
}
