import Dispatch
import Foundation
import Glibc
import Synchronization
import TocsinJournal

/// Moves the tail's records into the table, on a thread of its own, so that nobody who is about to be told waits for it.
///
/// A few records are moved after ``patience``, many as soon as there are many. Moving many at once is cheaper: records
/// that come together share the table's pages. The thread runs while the processor has nothing else to do; when both
/// halves of the tail are full all the same, whoever appends moves some.
final class TableWriter: Sendable {
    /// How long a record may be missing from the table while few come: each move syncs, and competes with appends.
    static let patience = DispatchTimeInterval.milliseconds(500)
    /// Bytes in the tail after which moving begins at once.
    private static let manyBytes = 4 * 1024 * 1024
    /// Bytes of rows in a transaction: some ten milliseconds' work.
    private static let transactionBytes = 1024 * 1024

    /// Held while a transaction's worth is moved.
    private struct Work {
        /// Taken over from the tail, and not in the table yet.
        var batches: ArraySlice<TailFile.Batch> = []
        var snapshot: JournalSnapshot?
        var failure: JournalError?
    }

    private enum Progress {
        /// There is more of the half that is moved.
        case partly
        case done
        case nothingToDo
    }

    private let tail: Tail
    private let table: RecordTable
    private let work = Mutex(Work())
    /// Whether moving has failed, for appends, which cannot wait until a move ends.
    private let hasFailed = Atomic(false)
    private let some = DispatchSemaphore(value: 0)
    private let many = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let isStopping = Atomic(false)

    init(moving tail: Tail, into table: RecordTable) {
        self.tail = tail
        self.table = table
        let thread = Thread { [self] in run() }
        thread.name = "tocsin-table"
        thread.start()
    }

    /// Something has been appended to the tail.
    func note(bytes: Int, wasEmpty: Bool) {
        if wasEmpty { some.signal() }
        if bytes >= Self.manyBytes { many.signal() }
    }

    /// Keeps a snapshot with the next move.
    func keep(_ snapshot: JournalSnapshot) throws(JournalError) {
        try check()
        work.withLock { $0.snapshot = snapshot }
        some.signal()
    }

    /// Why nothing is moved any more, if so.
    func check() throws(JournalError) {
        guard hasFailed.load(ordering: .acquiring) else { return }
        if let failure = work.withLock({ $0.failure }) { throw failure }
    }

    /// Moves some, on the thread that asks, to make room in the tail.
    func help() throws(JournalError) {
        _ = try move()
    }

    /// Moves everything, on the thread that asks; nothing once the writer has been stopped.
    func settle() throws(JournalError) {
        while try move() != .nothingToDo {}
    }

    /// Ends the thread, and waits for that. What has not been moved stays in the tail.
    func stop() {
        guard isStopping.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        some.signal()
        many.signal()
        ended.wait()
    }

    private func run() {
        var none = sched_param()
        pthread_setschedparam(pthread_self(), whenIdle, &none)
        while !isStopping.load(ordering: .relaxed) {
            some.wait()
            repeat {
                _ = many.wait(timeout: .now() + Self.patience)
                do {
                    while try move() == .partly {}
                } catch {
                    // It is kept for whoever appends next.
                    break
                }
            } while !tail.isEmpty && !isStopping.load(ordering: .relaxed)
        }
        ended.signal()
    }

    /// Moves a transaction's worth, and at the end of a half keeps the snapshot that waits.
    private func move() throws(JournalError) -> Progress {
        try work.withLock { work throws(JournalError) in
            guard !isStopping.load(ordering: .relaxed) else { return .nothingToDo }
            // Where there was no room, nothing has happened, and there may be some now.
            if let failure = work.failure { guard case .full = failure else { throw failure } }
            do throws(JournalError) {
                let progress = try move(&work)
                work.failure = nil
                hasFailed.store(false, ordering: .releasing)
                return progress
            } catch {
                work.failure = error
                hasFailed.store(true, ordering: .releasing)
                throw error
            }
        }
    }

    private func move(_ work: inout Work) throws(JournalError) -> Progress {
        if work.batches.isEmpty { work.batches = tail.takeOver()?[...] ?? [] }
        let hasMoved = !work.batches.isEmpty
        if hasMoved {
            var bytes = 0
            let together = work.batches.prefix { batch in
                defer { bytes += batch.header.byteCount }
                return bytes < Self.transactionBytes
            }
            try move(together)
            work.batches.removeFirst(together.count)
            guard work.batches.isEmpty else { return .partly }
            tail.release()
        }
        if let snapshot = work.snapshot {
            try table.keep(snapshot)
            work.snapshot = nil
        }
        return hasMoved ? .done : .nothingToDo
    }

    private func move(_ batches: ArraySlice<TailFile.Batch>) throws(JournalError) {
        let last = table.lastPosition
        try table.insert { insert in
            for batch in batches {
                try tail.rows(of: batch).withUnsafeBytes { rows in
                    // After a crash a part may be there already.
                    try RecordRow.forEach(in: rows) { if $0.position > last { try insert($0) } }
                }
            }
        }
    }
}

/// `SCHED_IDLE` (sched(7)), which the C library's module leaves out.
private let whenIdle: CInt = 5
