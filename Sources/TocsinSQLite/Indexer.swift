import Dispatch
import Synchronization
import Threads
import TocsinJournal
import TocsinModel

/// Moves the tail's records into the table, on a thread of its own, so that nobody who is about to be told waits for it.
///
/// A few records are moved after ``patience``, many as soon as there are many. Moving many at once is cheaper: records
/// that come together share the table's pages. The thread runs while the processor has nothing else to do, until the
/// tail is nearly full, or a record in it is old: then like any other. When both halves are full all the same, whoever
/// appends moves some.
///
/// A table that has no room, or that another program has locked, is tried again and again: that is no affair of an
/// append while the tail has room. Nor is a snapshot that cannot be kept: it is given up, and its pieces are removed.
final class Indexer: Sendable {
    /// How long a record may be missing from the table while few come. Each move syncs and holds up the appends beside it,
    /// for as long as what it has written takes. At 1,000 reports a second a move each third of a second is noticed in
    /// fewer of them than ten a second, and two a second, with more to write each time, in as many.
    static let patience = DispatchTimeInterval.milliseconds(300)
    /// Between attempts to move into a table that has no room or is locked.
    private static let pause = DispatchTimeInterval.seconds(1)
    /// Bytes in the tail after which moving begins at once.
    private static let manyBytes = 4 * 1024 * 1024
    /// Bytes in a half after which moving the other one is as urgent as anything else.
    private static let pressingBytes = TailFile.halfBytes * 3 / 4

    /// Held while a transaction's worth is moved.
    private struct Work {
        /// Taken over from the tail, and not in the table yet.
        var batches: ArraySlice<TailFile.Batch> = []
        /// When they were.
        var takenOver = ContinuousClock.now
        /// A snapshot that is being kept, and how many of its pieces have been.
        var keeping: (snapshot: JournalSnapshot, next: Int)?
        /// Whether pieces of one that will never be whole may be there: a crash may have left some as well.
        var mayHavePieces = true
        /// Whether the last attempt to move has failed.
        var isStuck = false
        /// A failure that time does not mend.
        var failure: JournalError?
    }

    private enum Progress {
        /// There is more of the half that is moved, or of the snapshot.
        case partly
        case done
        case nothingToDo
    }

    private let tail: Tail
    private let table: RecordTable
    private let work = Mutex(Work())
    /// To be kept with the next move.
    private let snapshot = Mutex<JournalSnapshot?>(nil)
    /// Whether moving has failed, for appends, which cannot wait until a move ends.
    private let hasFailed = Atomic(false)
    private let troubles = Mutex<[JournalTrouble]>([])
    /// Whether there are any, for whoever asks at each of his turns.
    private let hasTroubles = Atomic(false)
    private let recordsCame = DispatchSemaphore(value: 0)
    private let manyCame = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let isStopping = Atomic(false)
    private let urgency = Urgency()
    private let watch: TableWatch

    /// Begins to move.
    ///
    /// - Throws: `JournalError.failed` where the system has no thread to give.
    init(moving tail: Tail, into table: RecordTable) throws(JournalError) {
        self.tail = tail
        self.table = table
        do throws(OwnThread.Failure) {
            watch = try TableWatch(over: tail, raising: urgency)
            do throws(OwnThread.Failure) {
                try OwnThread.start("tocsin-table") { [self] in run() }
            } catch {
                watch.stop()
                throw error
            }
        } catch {
            throw .failed("The journal has no thread to fill \(table.path) on. \(error)")
        }
    }

    /// A batch has been appended to the tail.
    ///
    /// - Parameters:
    ///   - bytes: what the half holds with it.
    ///   - own: how many of them are its own.
    ///   - wasEmpty: whether there was nothing before.
    func note(bytes: Int, own: Int, wasEmpty: Bool) {
        if wasEmpty {
            watch.begin()
            recordsCame.signal()
        }
        // Once for each half: signals that nobody waits for would be found later.
        if bytes >= Self.manyBytes, bytes - own < Self.manyBytes { manyCame.signal() }
        if bytes >= Self.pressingBytes { urgency.raise() }
    }

    /// Keeps a snapshot with the next move.
    func keep(_ snapshot: JournalSnapshot) {
        self.snapshot.withLock { $0 = snapshot }
        recordsCame.signal()
    }

    /// What has gone wrong since this was asked last and is no failure.
    func takeTroubles() -> [JournalTrouble] {
        guard hasTroubles.exchange(false, ordering: .acquiringAndReleasing) else { return [] }
        return troubles.withLock { troubles in
            defer { troubles = [] }
            return troubles
        }
    }

    private func note(_ trouble: JournalTrouble) {
        troubles.withLock { $0.append(trouble) }
        hasTroubles.store(true, ordering: .releasing)
    }

    /// Why nothing is moved any more, if so.
    func check() throws(JournalError) {
        guard hasFailed.load(ordering: .acquiring) else { return }
        if let failure = work.withLock({ $0.failure }) { throw failure }
    }

    /// Moves some, on the thread that asks, to make room in the tail.
    ///
    /// - Throws: `JournalError.full` and `JournalError.busy` where the table takes nothing now, and what has
    ///   ended all moving.
    func help() throws(JournalError) {
        urgency.raise()
        _ = try move()
    }

    /// Moves everything, on the thread that asks; nothing once the indexer has been stopped.
    func settle() throws(JournalError) {
        urgency.raise()
        do throws(JournalError) {
            while try move() != .nothingToDo {}
        } catch {
            // What is left is the thread's, which may not know of it: a crash may have left it.
            recordsCame.signal()
            throw error
        }
    }

    /// Ends the thread, and waits for that. What has not been moved stays in the tail.
    func stop() {
        guard isStopping.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        recordsCame.signal()
        manyCame.signal()
        ended.wait()
        watch.stop()
    }

    private func run() {
        urgency.begin()
        while !isStopping.load(ordering: .relaxed) {
            recordsCame.wait()
            var (wait, goesOn) = (Self.patience, true)
            while goesOn, !isStopping.load(ordering: .relaxed) {
                // One that is old already has waited long enough, and is no reason to step back.
                let isOld = watch.isOverdue
                if !isOld { urgency.lower() }
                if !isOld || wait == Self.pause { _ = manyCame.wait(timeout: .now() + wait) }
                do throws(JournalError) {
                    while try move() == .partly {}
                    (wait, goesOn) = (Self.patience, !tail.isEmpty)
                } catch {
                    // One that is not for later is kept for whoever appends next.
                    (wait, goesOn) = (Self.pause, error.isForLater)
                }
            }
            // While there is time: whoever starts after a crash has less to do.
            table.shortenLog()
        }
        urgency.end()
        ended.signal()
    }

    /// Moves a transaction's worth, and between two halves keeps as much of the snapshot that waits.
    private func move() throws(JournalError) -> Progress {
        try work.withLock { work throws(JournalError) in
            guard !isStopping.load(ordering: .relaxed) else { return .nothingToDo }
            if let failure = work.failure { throw failure }
            do throws(JournalError) {
                let hasMoved = try moveRecords(&work)
                work.isStuck = false
                guard work.batches.isEmpty else { return .partly }
                return keepSome(&work) ?? (hasMoved ? .done : .nothingToDo)
            } catch {
                if !error.isForLater {
                    work.failure = error
                    hasFailed.store(true, ordering: .releasing)
                } else if !work.isStuck {
                    work.isStuck = true
                    note(.recordsNotMoved(error))
                }
                if case .full = error { table.copyLog() }
                throw error
            }
        }
    }

    /// Moves a transaction's worth of records; false where there are none.
    private func moveRecords(_ work: inout Work) throws(JournalError) -> Bool {
        guard !work.batches.isEmpty || !tail.isEmpty else { return false }
        if work.batches.isEmpty { work.takenOver = .now }
        work.batches = try moveSome(of: work.batches)
        if work.batches.isEmpty {
            watch.goOn(since: work.takenOver)
            tail.release()
        }
        return true
    }

    /// Keeps some of the snapshot that waits; nil where there is none, or nothing of it can be kept now.
    private func keepSome(_ work: inout Work) -> Progress? {
        // A newer one stands for one that is not kept whole yet.
        if let snapshot = snapshot.withLock({ $0.take() }) { work.keeping = (snapshot, 0) }
        guard let (snapshot, next) = work.keeping else {
            removePieces(&work)
            return nil
        }
        do throws(JournalError) {
            let reached = try table.keep(snapshot, from: next)
            work.keeping = reached < snapshot.pieces.count ? (snapshot, reached) : nil
            return work.keeping == nil ? .done : .partly
        } catch .busy {
            // It goes on with the next move.
            return nil
        } catch {
            note(.snapshotNotKept(error))
            (work.keeping, work.mayHavePieces) = (nil, true)
            removePieces(&work)
            return nil
        }
    }

    /// Gives back the room that pieces of a snapshot take which will never be whole; later, where that is not possible.
    private func removePieces(_ work: inout Work) {
        guard work.mayHavePieces else { return }
        do throws(JournalError) {
            try table.removePieces()
            work.mayHavePieces = false
        } catch {
            // Records come first, and the next snapshot that is whole removes them as well.
        }
    }

    /// Moves a transaction's worth of `batches`, or of what is taken over from the tail where there are none.
    ///
    /// - Returns: Those that are left.
    private func moveSome(of batches: ArraySlice<TailFile.Batch>) throws(JournalError) -> ArraySlice<TailFile.Batch> {
        let last = table.lastPosition
        var (rest, bytes) = (batches, 0)
        try table.insert { insert in
            // Not before the table is ours: until then the half that is filled takes what comes.
            if rest.isEmpty { rest = tail.takeOver()?[...] ?? [] }
            let together = rest.prefix { batch in
                defer { bytes += batch.header.byteCount }
                return bytes < RecordTable.transactionBytes
            }
            rest = rest.dropFirst(together.count)
            try tail.forEachRow(ofMoving: together) { row in
                // After a crash a part may be there already.
                if row.position > last { try insert(row) }
            }
        }
        return rest
    }
}
