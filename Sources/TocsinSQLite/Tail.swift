import Synchronization
import TocsinJournal
import TocsinModel

/// The newest records, which are on disk in `journal.tail` and not in the table yet.
///
/// An append is one synced write here, however many of the table's pages its records will change. While one half of the
/// file is moved into the table (``Indexer``), appends go to the other. Readers ask here first and then the table,
/// which has every record that has left the tail.
final class Tail: Sendable {
    /// The position of the next batch. Its lock is held through the batch's sync, so that halves change only between
    /// batches.
    private struct Front {
        var half = 0
        /// The bytes of the half that are in use.
        var used = 0
        /// The epoch of the file, or nil until the file has been emptied. The remains of a crash are moved first.
        var epoch: UInt64?
        /// The journal's last record.
        var lastPosition: Int64
        /// Its checksum.
        var lastChecksum: UInt32
        /// The remains of a crash in the file.
        var remains: TailFile.Remains?
    }

    private struct Index {
        /// The batches in the half that is being filled.
        var filling = Part()
        /// The other half, while it is not in the table yet.
        var moving: Part?

        var isEmpty: Bool { filling.batches.isEmpty && moving == nil }
    }

    /// The batches of a half, and the incidents among them by their reports' names.
    struct Part: Sendable {
        var batches: [TailFile.Batch] = []
        /// The incidents by the hashes of their names. Some 45,000 names themselves would take ten megabytes.
        private var incidents: [Int: IncidentNumber] = [:]
        /// The incidents whose hash was taken.
        private var others: [ReportName: IncidentNumber] = [:]
    }

    /// The most batches that are looked up together.
    static let batchesAtOnce = 16
    /// The bytes that a probe writes: more than most appends.
    private static let probeBytes = 256 * 1024

    let file: TailFile
    private let front: Mutex<Front>
    private let retired = Atomic(false)
    private let index = Mutex(Index())

    /// Creates a tail that begins with the remains of a crash in the file.
    ///
    /// - Parameters:
    ///   - file: The file that belongs to the table.
    ///   - position: The table's last record.
    ///   - lastChecksum: The checksum of that record, or 0 if there is none.
    ///   - filter: The filter to which the names of the remains are added.
    /// - Throws: `JournalError.corrupt` if the remains do not continue the table.
    init(
        file: TailFile, after position: Int64, lastChecksum: UInt32, names filter: NameFilter
    ) throws {
        self.file = file
        let remains = try file.remains(after: position)
        let reached = remains?.batches.last?.records.upperBound ?? position
        let known = file.beginning.withLock { $0.position }
        guard known <= reached else {
            throw JournalError.damagedTail(
                file.path, "it was written when the journal had \(known) records, and the one beside it has \(reached)")
        }
        front = Mutex(Front(lastPosition: reached, lastChecksum: lastChecksum, remains: remains))
        guard let batches = remains?.batches, let first = batches.first, let last = batches.last else { return }
        guard first.records.lowerBound <= position || first.header.preceding == lastChecksum else {
            throw JournalError.damagedTail(
                file.path, "it does not continue the journal beside it, which has \(position) records")
        }
        // One half was being moved. The other, if it has some as well, was being filled.
        let half = TailFile.half(at: first.offset)
        let moving = batches.prefix { TailFile.half(at: $0.offset) == half }
        var newestChecksum = lastChecksum
        func part(_ batches: ArraySlice<TailFile.Batch>) throws -> Part {
            var part = Part()
            part.batches = Array(batches)
            try file.forEachRow(of: batches) { row in
                newestChecksum = row.checksum
                guard row.position > position, let name = row.name else { return }
                part.add(name, IncidentNumber(row.position))
                filter.add(name)
            }
            return part
        }
        let parts = (moving: try part(moving), filling: try part(batches[moving.endIndex...]))
        front.withLock { front in
            front.lastChecksum = newestChecksum
            front.half = 1 - half
            front.used = parts.filling.batches.isEmpty ? 0 : last.end - TailFile.start(of: 1 - half)
        }
        index.withLock { ($0.moving, $0.filling) = (parts.moving, parts.filling) }
    }

    /// Leaves the remains of a crash in the file. From now on batches are appended behind them, or to the other half.
    ///
    /// - Parameter isWrittenAgain: True if the remains are not certain to be on disk.
    func goOnBehindWhatIsLeft(writingItAgain isWrittenAgain: Bool) throws(JournalError) {
        try front.withLock { front throws(JournalError) in
            guard front.epoch == nil, let remains = front.remains, !isEmpty else { return }
            if isWrittenAgain { try file.writeAgain(remains.batches) }
            // The unfinished batch has the positions of the next batches. If it cannot be blotted out, nothing is
            // appended.
            do throws(JournalError) {
                if let unfinished = remains.unfinished { try file.clear(TailFile.block, at: unfinished.offset) }
            } catch .full {
                return
            }
            front.epoch = remains.epoch
        }
    }

    /// The bytes in use of the half that is filled.
    var usedBytes: Int { front.withLock { $0.used } }

    /// True if the file belongs to another tail. Reading it never waits.
    var isRetired: Bool { retired.load(ordering: .acquiring) }

    var fencedError: JournalError { .fenced("\(file.path) belongs to a journal that was opened since.") }

    /// True if everything is in the table.
    var isEmpty: Bool { index.withLock { $0.isEmpty } }

    // MARK: Appending

    enum Outcome {
        /// The batch is on disk. The half now has `bytes` bytes. `wasEmpty` is true if the tail was empty before.
        case appended(bytes: Int, wasEmpty: Bool)
        /// Both halves are full, or the remains of a crash must be moved first.
        case full
    }

    /// Appends a batch, and returns when it is on disk.
    ///
    /// - Throws: `JournalError.full` if the disk has no room for it. Nothing is stored then.
    func append(_ batch: inout RowBatch, of entries: [JournalEntry]) throws(JournalError) -> Outcome {
        try front.withLock { front throws(JournalError) in
            guard !isRetired else { throw fencedError }
            if front.used + batch.fileBytes > TailFile.halfBytes, !changeHalves(&front) { return .full }
            let epoch: UInt64
            if let begun = front.epoch {
                epoch = begun
            } else {
                // A new epoch empties the file.
                guard isEmpty else { return .full }
                front.remains = nil
                epoch = try file.begin(after: front.lastPosition)
                front.epoch = epoch
            }
            let start = TailFile.start(of: front.half)
            let written = try file.write(
                &batch, at: start + front.used, epoch: epoch, preceding: front.lastChecksum)
            front.used = written.end - start
            (front.lastPosition, front.lastChecksum) = (batch.records.upperBound, batch.lastChecksum)
            let wasEmpty = index.withLock { index in
                defer { index.filling.add(written, entries) }
                return index.isEmpty
            }
            return .appended(bytes: front.used, wasEmpty: wasEmpty)
        }
    }

    /// Checks whether there is room for more batches, by writing zeros at the offset of the next one.
    func probe() throws(JournalError) {
        try front.withLock { front throws(JournalError) in
            let isOpen = front.epoch != nil || isEmpty
            guard isOpen, front.used + Self.probeBytes <= TailFile.halfBytes || changeHalves(&front) else {
                throw .busy("\(file.path) is full, and the table beside it is locked by another program.")
            }
            try file.clear(Self.probeBytes, at: TailFile.start(of: front.half) + front.used)
        }
    }

    /// Goes on after a batch that went into the table directly. The file notes its position as well: no batch in the
    /// file would show that the table has lost that one.
    func skip(to position: Int64, lastChecksum: UInt32) throws(JournalError) {
        try front.withLock { front throws(JournalError) in
            (front.lastPosition, front.lastChecksum) = (position, lastChecksum)
            do throws(JournalError) {
                try file.store(position)
            } catch .full {
                // The batch is on disk. Only its damage would go unnoticed until the next one.
            }
        }
    }

    // MARK: Moving

    /// Returns the batches to be moved next: those that were taken over before and are still here, or those appended
    /// since. Nil if there are none.
    func takeOver() -> [TailFile.Batch]? {
        if let moving = index.withLock({ $0.moving }) { return moving.batches }
        return front.withLock { changeHalves(&$0) } ? index.withLock { $0.moving?.batches } : nil
    }

    /// Notes that the batches taken over are in the table.
    func release() {
        index.withLock { $0.moving = nil }
    }

    /// Empties the file for good, if everything is in the table. Otherwise the batches are left in it.
    func close() throws(JournalError) {
        try front.withLock { front throws(JournalError) in
            guard front.epoch != nil, !isRetired, isEmpty else { return }
            try file.end(after: front.lastPosition)
            front.epoch = nil
        }
    }

    /// Forgets all batches. The file belongs to another tail from now on.
    func retire() {
        front.withLock { _ in
            retired.store(true, ordering: .releasing)
            index.withLock { $0 = Index() }
        }
    }

    /// Goes on with the other half. Returns false while that is being moved, or if there are no batches in this one.
    private func changeHalves(_ front: inout Front) -> Bool {
        let changes = index.withLock { index in
            guard index.moving == nil, !index.filling.batches.isEmpty else { return false }
            index.moving = index.filling
            index.filling = Part()
            return true
        }
        if changes { (front.half, front.used) = (1 - front.half, 0) }
        return changes
    }
}

// MARK: - Reading

extension Tail {
    /// Returns the incident that the report of this name became.
    func incident(named name: ReportName) throws -> IncidentNumber? {
        let (filling, moving) = index.withLock { ($0.filling.incident(named: name), $0.moving?.incident(named: name)) }
        for candidate in [filling, moving] {
            var isFound = false
            guard let candidate else { continue }
            try forEachRow(from: candidate.value) { row in
                isFound = row.position == candidate.value && row.name == name
                return false
            }
            if isFound { return candidate }
        }
        return nil
    }

    /// Calls `body` with the rows from `position` on, in order, until it returns false. If earlier rows are in the
    /// table, it begins with a later one, or does not call `body`.
    func forEachRow(from position: Int64, _ body: (RecordRow) throws -> Bool) throws {
        var found = batches(from: position)
        guard !found.isEmpty else { return }
        var blocks = TailFile.blocks()
        while let last = found.last {
            for batch in found {
                do {
                    try file.read(batch, into: &blocks)
                } catch {
                    // Another batch may have overwritten it. Then its rows are in the table.
                    guard batches(from: batch.records.lowerBound).first != batch else { throw error }
                    continue
                }
                let goesOn = try batch.withRows(in: blocks) { rows in
                    for row in RecordRows(in: rows) where row.position >= position {
                        guard try body(row) else { return false }
                    }
                    return true
                }
                guard goesOn else { return }
            }
            found = batches(from: last.records.upperBound + 1)
        }
    }

    /// Returns the first batches that reach a position, some at a time: most callers want one row, and a half may have
    /// tens of thousands.
    func batches(from position: Int64) -> [TailFile.Batch] {
        index.withLock { index in
            var found: [TailFile.Batch] = []
            for batches in [index.moving?.batches ?? [], index.filling.batches] {
                let start = batches.partitioningIndex { $0.records.upperBound >= position }
                found += batches[start...].prefix(Self.batchesAtOnce - found.count)
            }
            return found
        }
    }

    /// Calls `body` with the rows of batches that are being moved, in order.
    ///
    /// - Throws: `JournalError.corrupt` if they are not what was written.
    func forEachRow(ofMoving batches: ArraySlice<TailFile.Batch>, _ body: (RecordRow) throws -> Void) throws {
        try file.forEachRow(of: batches, body)
    }
}

extension Tail.Part {
    fileprivate mutating func add(_ batch: TailFile.Batch, _ entries: [JournalEntry]) {
        batches.append(batch)
        for entry in entries {
            if let name = entry.record.reportName { add(name, IncidentNumber(entry.position)) }
        }
    }

    fileprivate mutating func add(_ name: ReportName, _ incident: IncidentNumber) {
        let hash = name.hashValue
        if incidents[hash] == nil { incidents[hash] = incident } else { others[name] = incident }
    }

    /// Returns the incident that may have this name. Another name may have the same hash.
    fileprivate func incident(named name: ReportName) -> IncidentNumber? {
        others[name] ?? incidents[name.hashValue]
    }
}
