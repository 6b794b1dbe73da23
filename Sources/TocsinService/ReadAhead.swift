import DequeModule
import Dispatch
import Synchronization
import Threads
import TocsinJournal
import TocsinModel

/// Reads and checks a journal's records on a thread of its own, while a snapshot is restored and records before them are
/// folded: of a start with 200,000 open incidents that saves a sixth.
///
/// The journal belongs to that thread until ``takeAll(_:)`` or ``cancel()`` has returned.
final class ReadAhead: Sendable {
    private static let entriesPerBatch = 512
    /// Bytes of reports after which a batch has fewer.
    private static let bytesPerBatch = 512 * 1024
    /// Batches that wait to be folded: as many records as a snapshot usually leaves, and at most some 50 megabytes.
    private static let mostBatches = 64

    private struct Cancelled: Error {}

    private struct State {
        var batches: Deque<[JournalEntry]> = []
        /// Set once nothing more comes.
        var end: Result<Void, any Error>?
    }

    private let state = Mutex(State())
    private let more = DispatchSemaphore(value: 0)
    private let room = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let isCancelled = Atomic(false)

    /// Begins to read what comes after `position`.
    init(_ journal: any Journal, after position: Position) {
        for _ in 0..<Self.mostBatches { room.signal() }
        OwnThread.start("tocsin-replay") { [self] in
            let end = Result { try read(journal, after: position) }
            state.withLock { $0.end = end }
            more.signal()
            ended.signal()
        }
    }

    /// Calls `body` with every entry, in order.
    ///
    /// - Throws: what reading the journal throws.
    func takeAll(_ body: (JournalEntry) -> Void) throws {
        while true {
            more.wait()
            let (batch, end) = state.withLock { ($0.batches.popFirst(), $0.end) }
            if let batch {
                room.signal()
                for entry in batch { body(entry) }
            } else if let end {
                ended.wait()
                return try end.get()
            }
        }
    }

    /// Stops reading, and waits until it has.
    func cancel() {
        isCancelled.store(true, ordering: .relaxed)
        room.signal()
        ended.wait()
    }

    private func read(_ journal: any Journal, after position: Position) throws {
        var (batch, bytes) = ([JournalEntry](), 0)
        func hand() throws {
            room.wait()
            if isCancelled.load(ordering: .relaxed) { throw Cancelled() }
            state.withLock { $0.batches.append(batch) }
            more.signal()
            (batch, bytes) = ([], 0)
        }
        try journal.replay(after: position) { entry in
            batch.append(entry)
            if case .incident(let incident) = entry.record { bytes += incident.report.count }
            if batch.count == Self.entriesPerBatch || bytes >= Self.bytesPerBatch { try hand() }
        }
        if !batch.isEmpty { try hand() }
    }
}
