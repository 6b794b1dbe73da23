import Synchronization
import TocsinJournal
import TocsinModel

/// Appends records to the ``Tail``, and waits for the disk. The records reach the ``RecordTable`` a little later.
final class TailAppender: Sendable {
    private struct State: ~Copyable {
        var lastPosition: Int64
        var newestIncident: Int64
        /// The error of an append that failed. Nothing is appended after it.
        var failure: JournalError?
        var batch = RowBatch()
    }

    let table: RecordTable
    let tail: Tail
    private let indexer: Indexer
    private let syncState: SyncState
    private let state: Mutex<State>
    /// The last position of the state, for callers that must not wait for an append.
    private let lastOnDisk: Atomic<Int64>

    /// Creates an appender that goes on after the records of `tail` and `table`.
    init(table: RecordTable, tail: Tail, indexer: Indexer, syncState: SyncState) throws {
        self.table = table
        self.tail = tail
        self.indexer = indexer
        self.syncState = syncState
        var (position, incident) = (table.last.position, table.last.incident)
        try tail.forEachRow(from: position + 1) { row in
            (position, incident) = (row.position, row.newestIncident)
            return true
        }
        lastOnDisk = Atomic(position)
        state = Mutex(State(lastPosition: position, newestIncident: incident))
    }

    /// The last record that is on disk. Reading it never waits.
    var lastPosition: Position { Position(lastOnDisk.load(ordering: .acquiring)) }

    /// Appends all entries or none, and returns when they are on disk.
    func append(_ entries: [JournalEntry]) throws(JournalError) {
        _ = try append(entries) { (batch) throws(JournalError) in
            try append(&batch, of: entries)
            return true
        }
    }

    /// Appends all entries or none, if one write can do it. Returns false, with nothing done, if records must be moved
    /// first.
    func appendAtOnce(_ entries: [JournalEntry]) throws(JournalError) -> Bool {
        try append(entries) { (batch) throws(JournalError) in
            do throws(JournalError) {
                return try appendToTail(&batch, of: entries)
            } catch .full {
                // Moving records, or appending to the table, may help.
                return false
            }
        }
    }

    /// Appends entries by `write`. Returns false if `write` has not written them.
    private func append(
        _ entries: [JournalEntry], by write: (inout RowBatch) throws(JournalError) -> Bool
    ) throws(JournalError) -> Bool {
        guard let first = entries.first, let last = entries.last else { return true }
        return try state.withLock { state throws(JournalError) in
            if let failure = state.failure { throw failure }
            precondition(first.position.value == state.lastPosition + 1, "A log's positions follow one another.")
            for name in entries.lazy.compactMap(\.record.reportName) { table.filter.add(name) }
            do throws(JournalError) {
                state.batch.fill(entries, previous: state.newestIncident)
                guard try write(&state.batch) else { return false }
            } catch {
                if !error.isForLater { syncState.isKnown = false }
                state.failure = error
                throw error
            }
            state.lastPosition = last.position.value
            state.newestIncident = state.batch.newestIncident
            lastOnDisk.store(last.position.value, ordering: .releasing)
            return true
        }
    }

    private func append(_ batch: inout RowBatch, of entries: [JournalEntry]) throws(JournalError) {
        while batch.fileBytes <= TailFile.halfBytes {
            do throws(JournalError) {
                if try appendToTail(&batch, of: entries) { return }
            } catch {
                // If the tail has no room, the table may still have some.
                guard case .full = error else { throw error }
                break
            }
            try indexer.help()
        }
        try indexer.settle()
        try table.insert { insert in
            try batch.withRows { rows in for row in RecordRows(in: rows) { try insert(row) } }
        }
        try tail.skip(to: batch.records.upperBound, lastChecksum: batch.lastChecksum)
    }

    /// Appends a batch to the tail. Returns false if some of the tail must be moved first.
    private func appendToTail(_ batch: inout RowBatch, of entries: [JournalEntry]) throws(JournalError) -> Bool {
        try indexer.check()
        guard case .appended(let bytes, let wasEmpty) = try tail.append(&batch, of: entries) else { return false }
        indexer.note(bytes: bytes, own: batch.fileBytes, wasEmpty: wasEmpty)
        return true
    }

    /// Writes and syncs something that leaves no trace.
    func probe() throws(JournalError) {
        if tail.file.isReadOnly { try tail.file.askForWriting() }
        if let failure = state.withLock({ $0.failure }) { throw failure }
        do throws(JournalError) {
            try indexer.settle()
            try table.probe()
        } catch .busy {
            // The table can wait as long as the tail takes records.
            try tail.probe()
        } catch .full(let text) {
            // So it can where the tail has blocks of its own.
            guard tail.file.isAllocated else { throw .full(text) }
            do throws(JournalError) {
                try tail.probe()
            } catch .busy {
                throw .full(text)
            }
        }
    }
}
