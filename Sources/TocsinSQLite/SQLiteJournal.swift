import GRDB
import Synchronization
import TocsinJournal
import TocsinModel

/// A journal whose records are rows of one table, of which the newest are in a file of their own.
///
/// An append goes to the ``Tail``, and from there into the ``RecordTable`` a little later; both are on disk.
final class SQLiteJournal: Journal {
    private struct State: ~Copyable {
        var lastPosition: Int64
        /// An append that failed; nothing is appended after it.
        var failure: JournalError?
        var newestIncident: Int64
        var batch = RowBatch()
    }

    private let table: RecordTable
    private let tail: Tail
    private let writer: TableWriter
    private let lock: StateLock
    private let readerConfiguration: Configuration
    private let state: Mutex<State>

    /// A journal over what `tail` and `table` have.
    init(
        table: RecordTable, tail: Tail, writer: TableWriter, lock: StateLock, readerConfiguration: Configuration
    ) throws {
        self.table = table
        self.tail = tail
        self.writer = writer
        self.lock = lock
        self.readerConfiguration = readerConfiguration
        var (position, incident) = (table.last.position, table.last.incident)
        try tail.forEachRow(from: position + 1) { row in
            (position, incident) = (row.position, row.newestIncident)
            return true
        }
        state = Mutex(State(lastPosition: position, newestIncident: incident))
    }

    deinit {
        close()
    }

    var epoch: JournalEpoch { table.epoch }

    var lastPosition: Position { state.withLock { Position($0.lastPosition) } }

    func append(_ entries: [JournalEntry]) throws(JournalError) {
        _ = try append(entries) { (batch) throws(JournalError) in
            try append(&batch, of: entries)
            return true
        }
    }

    func appendAtOnce(_ entries: [JournalEntry]) throws(JournalError) -> Bool {
        try append(entries) { (batch) throws(JournalError) in
            do throws(JournalError) {
                return try appendToTail(&batch, of: entries)
            } catch .full {
                // Moving some, or the table, may help.
                return false
            }
        }
    }

    /// Appends entries by `write`, unless that says that it has not.
    private func append(
        _ entries: [JournalEntry], by write: (inout RowBatch) throws(JournalError) -> Bool
    ) throws(JournalError) -> Bool {
        guard let first = entries.first, let last = entries.last else { return true }
        return try state.withLock { state throws(JournalError) in
            if let failure = state.failure { throw failure }
            precondition(first.position.value == state.lastPosition + 1, "A journal's positions follow one another.")
            for case .incident(let incident) in entries.lazy.map(\.record) { table.filter.add(incident.name) }
            do throws(JournalError) {
                state.batch.fill(entries, previous: state.newestIncident)
                guard try write(&state.batch) else { return false }
            } catch {
                if !error.isForLater { lock.isSynced.store(false, ordering: .relaxed) }
                state.failure = error
                throw error
            }
            state.lastPosition = last.position.value
            state.newestIncident = state.batch.newestIncident
            return true
        }
    }

    private func append(_ batch: inout RowBatch, of entries: [JournalEntry]) throws(JournalError) {
        while batch.fileBytes <= TailFile.halfBytes {
            try writer.check()
            do throws(JournalError) {
                if try appendToTail(&batch, of: entries) { return }
            } catch {
                // Where the tail has no room, the table may still have some.
                guard case .full = error else { throw error }
                break
            }
            try writer.help()
        }
        try writer.settle()
        try table.insert { insert in
            try batch.withRows { rows in for row in RecordRows(in: rows) { try insert(row) } }
        }
        try tail.skip(to: batch.records.upperBound, lastChecksum: batch.lastChecksum)
    }

    /// Appends a batch to the tail; false where some of that must be moved first.
    private func appendToTail(_ batch: inout RowBatch, of entries: [JournalEntry]) throws(JournalError) -> Bool {
        guard case .appended(let bytes, let wasEmpty) = try tail.append(&batch, of: entries) else { return false }
        writer.note(bytes: bytes, own: batch.fileBytes, wasEmpty: wasEmpty)
        return true
    }

    func replay(after position: Position, _ body: (JournalEntry) throws -> Void) throws {
        let (end, codec) = (lastPosition.value, RecordCodec())
        var (position, newest) = (position.value, nil as Int64?)
        while position < end {
            let batch = try read(after: position, codec)
            guard let last = batch.last else {
                throw JournalError.damaged(table.path, record: position + 1, "it is missing")
            }
            for record in batch {
                let found = record.entry.position.value
                guard record.previous == newest ?? record.previous else {
                    throw JournalError.damaged(table.path, record: found, "its chain of incidents is broken")
                }
                if case .incident = record.entry.record { newest = found } else { newest = record.previous }
                try body(record.entry)
            }
            position = last.entry.position.value
        }
    }

    /// Some records after `position`, from wherever they are.
    private func read(after position: Int64, _ codec: RecordCodec) throws -> [StoredRecord] {
        var records: [StoredRecord] = []
        try tail.forEachRow(from: position + 1) { row in
            guard row.position == position + 1 + Int64(records.count) else { return false }
            records.append(try StoredRecord(row, path: table.path, codec: codec))
            return true
        }
        return records.isEmpty ? try table.read(after: position, codec) : records
    }

    func keep(_ snapshot: JournalSnapshot) {
        writer.keep(snapshot)
    }

    func takeTroubles() -> [JournalTrouble] { writer.takeTroubles() }

    func latestSnapshot() throws(JournalError) -> JournalSnapshot? {
        try? writer.settle()
        // One that is damaged or ahead of the records is no reason not to start: the records have everything.
        guard let snapshot = try table.latestSnapshot(), snapshot.position <= lastPosition else { return nil }
        return snapshot
    }

    func probe() throws(JournalError) {
        if let failure = state.withLock({ $0.failure }) { throw failure }
        do throws(JournalError) {
            try writer.settle()
            try table.probe()
        } catch .busy {
            // The table can wait, if only the tail takes what comes.
            try tail.probe()
        }
    }

    func reader() throws(JournalError) -> any JournalReader {
        do {
            return try SQLiteJournalReader(
                table: table, tail: tail, configuration: readerConfiguration, lock: lock)
        } catch {
            throw JournalError(error, doing: "Opening", path: table.path)
        }
    }

    /// Moves everything into the table, and runs `body` on the connection that writes it, for tests.
    func withTable<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try writer.settle()
        return try table.withWritingConnection(body)
    }

    func close() {
        // What cannot be moved now is moved by whoever opens the journal next.
        try? writer.settle()
        writer.stop()
        try? tail.close()
        table.close()
    }
}
