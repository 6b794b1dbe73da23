import GRDB
import Synchronization
import TocsinJournal
import TocsinModel

/// Counts the records of the table for statistics, some thousand at a time.
///
/// It follows behind the ``Indexer``, on whose thread it works while there is nothing to move. So a move costs what it did,
/// and a journal of an earlier format is counted while the daemon serves.
final class CourseCounter: Sendable {
    /// The changed pages after which a step ends, some 8 MB.
    private static let pagesAtOnce = 2_000

    private struct State {
        var fold = CourseFold()
        /// The last record that is counted, or nil before the table has been asked.
        var counted: Int64?
        var isStuck = false
        /// True if the journal is damaged, so that nothing can be counted any more.
        var hasFailed = false
        let codec = RecordCodec()
    }

    private let table: RecordTable
    private let state = Mutex(State())

    init(over table: RecordTable) {
        self.table = table
    }

    /// Forgets what it has in mind of pages, which others have changed.
    func forgetPages() {
        state.withLock { $0.fold = CourseFold() }
    }

    private enum Progress {
        case partly
        case done
        /// It is to be tried again later. The trouble is there the first time.
        case later(JournalTrouble?)
    }

    /// Counts records for as long as `goesOn` returns true.
    ///
    /// - Returns: True if all are counted, or none can be any more. A trouble if they could not be counted, the first time.
    func count(while goesOn: () -> Bool = { true }) -> (isDone: Bool, trouble: JournalTrouble?) {
        while goesOn() {
            switch step() {
            case .partly: continue
            case .done: return (true, nil)
            case .later(let trouble): return (false, trouble)
            }
        }
        return (false, nil)
    }

    /// Returns the last record that is counted, or nil if an earlier version has counted.
    private func counted(_ database: Database, _ codec: RecordCodec) throws -> Int64? {
        let courses = CourseTable(database, codec, path: table.path)
        return try courses.isCurrent() ? courses.counted() : nil
    }

    /// Counts the next records.
    private func step() -> Progress {
        state.withLock { state in
            guard !table.isReadOnly, !state.hasFailed else { return .done }
            do throws(JournalError) {
                let isMore = try step(&state)
                state.isStuck = false
                return isMore ? .partly : .done
            } catch {
                // What the fold has in mind may be more than what is kept.
                (state.fold, state.counted) = (CourseFold(), nil)
                state.hasFailed = !error.isForLater
                defer { state.isStuck = true }
                return .later(state.isStuck ? nil : .statisticsNotKept(error))
            }
        }
    }

    private func step(_ state: inout State) throws(JournalError) -> Bool {
        do {
            let counted = try state.counted ?? table.read { try self.counted($0, state.codec) }
            guard let counted, counted <= table.lastPosition else {
                // Records have gone that were counted, or an earlier version has counted them otherwise. What is there is
                // counted anew.
                try table.transaction("Counting in") { try CourseTable.clear($0) }
                (state.fold, state.counted) = (CourseFold(), nil)
                return true
            }
            state.counted = counted
            guard counted < table.lastPosition else { return false }
            try table.requireRoom(for: Self.pagesAtOnce * 4096, "statistics")
            let records = try table.read(after: counted, state.codec)
            var last = counted
            try table.read { database in
                let source = CourseTable(database, state.codec, path: table.path)
                for record in records where state.fold.changedPages < Self.pagesAtOnce {
                    try state.fold.apply(record.entry, source)
                    last = record.entry.position.value
                }
            }
            try table.transaction("Counting in") { try state.fold.keepChanges(in: $0, counted: last) }
            state.counted = last
            return last < table.lastPosition
        } catch {
            throw JournalError(error, doing: "Counting in", path: table.path)
        }
    }
}
