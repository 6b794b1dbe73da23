import GRDB
import Synchronization
import TocsinJournal
import TocsinModel

/// Removes incidents that have been over for as long as they are to be kept, a few at a time.
///
/// It works on the ``Indexer``'s thread, while there is little to move, and never holds up an append: those go to the tail.
/// Each step is one transaction, so a process that is killed leaves every incident whole or removed. What it goes on from is
/// in the tables `removal` and `kept`.
final class IncidentRemover: Sendable {
    /// The pause between two rounds, each of which removes whatever has become old enough.
    private static let roundPause = Duration.seconds(600)
    /// The least pause between two steps, and how many times as long as a step it is.
    private static let (stepPause, stepPauses) = (Duration.milliseconds(20), 10)
    /// The time after which the reckoned time is kept, though nothing else is to be written.
    private static let keptTime = Duration.seconds(3600)
    /// The time between two sweeps of the names, each of which reads all statistics.
    private static let sweepPause = Duration.seconds(86_400)

    private struct State {
        var time: ReckonedTime?
        /// The time that is kept with the journal.
        var storedTime: Timestamp?
        var scanned: [RemovalPlan.Kind: Int64] = [:]
        /// Where this round is, and the kinds and the names that it has not been through.
        var cursors: [RemovalPlan.Kind: (since: Int64, incident: Int64)] = [:]
        var lastName: Int64 = 0
        /// The incidents of this round.
        var removed = 0
        var next = ContinuousClock.now
        /// True if names may be left by which nothing is counted any more; a process before this one may have left some.
        var mayHaveNames = true
        var nextSweep = ContinuousClock.now
        var isStuck = false
        var hasFailed = false
        let codec = RecordCodec()
    }

    private let table: RecordTable
    private let counter: CourseCounter
    private let retention: Retention
    private let clock: RemovalClock
    private let state = Mutex(State())

    init(from table: RecordTable, _ counter: CourseCounter, keeping retention: Retention, _ clock: RemovalClock) {
        (self.table, self.counter, self.retention, self.clock) = (table, counter, retention, clock)
    }

    /// The time until the next step.
    var pause: Duration { state.withLock { max(.zero, ContinuousClock.now.duration(to: $0.next)) } }

    /// Does the next step.
    ///
    /// - Parameter touched: The incidents that records speak of which are not in the table yet.
    /// - Returns: True if the round is over, and what is to be said.
    func step(touched: Result<Set<Int64>, any Error>) -> (isOver: Bool, news: JournalTrouble?) {
        state.withLock { state in
            guard !table.isReadOnly, !state.hasFailed else { return (true, nil) }
            let start = ContinuousClock.now
            do throws(JournalError) {
                let goesOn = try step(&state, touched)
                state.isStuck = false
                let pause = goesOn ? max(Self.stepPause, start.duration(to: .now) * Self.stepPauses) : Self.roundPause
                state.next = .now + pause
                guard !goesOn else { return (false, nil) }
                defer { (state.removed, state.cursors, state.lastName) = (0, [:], 0) }
                return (true, state.removed > 0 ? .incidentsRemoved(state.removed) : nil)
            } catch {
                (state.scanned, state.next) = ([:], .now + Self.roundPause)
                state.hasFailed = !error.isForLater
                defer { state.isStuck = true }
                return (true, state.isStuck ? nil : .incidentsNotRemoved(error))
            }
        }
    }

    /// Removes the names from the statistics by which nothing is counted any more, once a day, for as long as `goesOn` returns
    /// true.
    ///
    /// - Parameters:
    ///   - isEarly: True for now, without waiting for the next day.
    ///   - goesOn: Says whether there is time.
    /// - Returns: What is to be said.
    func sweepNames(early isEarly: Bool = false, while goesOn: () -> Bool) -> JournalTrouble? {
        let isDue = state.withLock { state in
            state.mayHaveNames && !state.hasFailed && !table.isReadOnly && (isEarly || state.nextSweep <= .now)
        }
        guard isDue else { return nil }
        do {
            let isDone = try NameSweep(table).run(while: goesOn)
            counter.forgetPages()
            guard isDone else { return nil }
            state.withLock { ($0.mayHaveNames, $0.nextSweep) = (false, .now + Self.sweepPause) }
            return nil
        } catch {
            state.withLock { $0.nextSweep = .now + Self.sweepPause }
            return .incidentsNotRemoved(JournalError(error, doing: "Removing from", path: table.path))
        }
    }

    /// Reads what the last process has left, before the first step.
    private func begin(_ state: inout State) throws {
        guard state.scanned.isEmpty else { return }
        let (reckoned, newest, scanned) = try table.read { database in
            let row = try Row.fetchOne(database, sql: "SELECT reckoned, exercises, others FROM removal")
            let newest = try Int64.fetchOne(database, sql: "SELECT at FROM record ORDER BY position DESC LIMIT 1")
            return (
                row?[0] as Int64?, newest,
                [.exercises: row?[1] ?? 0, .others: row?[2] ?? 0] as [RemovalPlan.Kind: Int64]
            )
        }
        state.scanned = scanned
        state.storedTime = reckoned.map { Timestamp(milliseconds: $0) }
        if state.time == nil, let start = reckoned ?? newest.map({ min($0, clock.wall().milliseconds) }) {
            state.time = ReckonedTime(Timestamp(milliseconds: start), clock)
        }
    }

    private func look(by search: inout RemovalSearch, _ state: inout State) throws -> Bool {
        var isMore = false
        for kind in RemovalPlan.Kind.allCases {
            var cursor = state.cursors[kind] ?? (since: .min, incident: 0)
            if try search.lookAgain(kind, &cursor) { isMore = true }
            state.cursors[kind] = cursor
            if try search.lookOn(kind, after: state.scanned[kind] ?? 0) { isMore = true }
        }
        if try search.lookForNames(after: &state.lastName) { isMore = true }
        return isMore
    }

    /// Returns false if this round has been through everything.
    private func step(_ state: inout State, _ touched: Result<Set<Int64>, any Error>) throws(JournalError) -> Bool {
        do {
            let touched = try touched.get()
            try begin(&state)
            guard var time = state.time else { return false }
            let now = time.proceed(clock)
            state.time = time
            let (plan, isMore) = try table.read { database in
                var search = try RemovalSearch(
                    database, state.codec, path: table.path, retention, at: now, touched: touched)
                let isMore = try look(by: &search, &state)
                return (search.plan, isMore)
            }
            let isTimeOld = state.storedTime.map { time.latest - $0 >= Self.keptTime } ?? true
            guard plan.writes(after: state.scanned) || isTimeOld else { return isMore }
            // Nothing may be written that needs more room than it gives.
            try table.requireRoom(for: RecordTable.transactionBytes, "removing incidents")
            try table.transaction("Removing from") { database in
                try plan.write(
                    to: database, reckoned: time.latest, CourseTable(database, state.codec, path: table.path))
            }
            state.storedTime = time.latest
            state.scanned.merge(plan.scanned) { _, new in new }
            state.removed += plan.incidents
            if !plan.rows.isEmpty { table.noteRemoval() }
            if !plan.courses.isEmpty {
                counter.forgetPages()
                state.mayHaveNames = true
            }
            return isMore
        } catch {
            throw JournalError(error, doing: "Removing from", path: table.path)
        }
    }
}
