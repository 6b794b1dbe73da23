import Synchronization
import Threads
import TocsinJournal
import TocsinModel

/// Moves the tail's records into the table, on a thread of its own, so that no answer waits for it.
///
/// A few records are moved after ``patience``, many as soon as there are many. Moving many at once is cheaper: records
/// that come together share the table's pages.
///
/// The thread runs only while the processor has nothing else to do, until the tail is nearly full or a record in it is
/// old. Then it runs like any other thread. If both halves are full all the same, the appending thread moves some.
///
/// A table that has no room, or that another program has locked, is tried again and again. Appends are unaffected while
/// the tail has room. A snapshot that cannot be kept does not affect them either: it is given up, and its pieces are
/// removed.
final class Indexer: Sendable {
    /// How long a record may be missing from the table while few come.
    ///
    /// Each move syncs, and holds up concurrent appends for as long as its writes take. At 1,000 reports a second, a
    /// move each third of a second delays fewer of them noticeably than ten moves a second. Two moves a second, with
    /// more to write each time, delay no fewer than three.
    static let patience = Duration.milliseconds(300)
    /// The pause between attempts to move into a table that has no room or is locked.
    private static let pause = Duration.seconds(1)
    /// The pause between two countings for statistics, each of which syncs, and how long one takes while records wait to
    /// be moved.
    static let (countingPause, countingTime) = (Duration.seconds(2), Duration.milliseconds(250))
    /// The bytes in the tail after which moving begins at once.
    static let manyBytes = 4 * 1024 * 1024
    /// The bytes in a half after which moving the other one is as urgent as anything else.
    private static let pressingBytes = TailFile.halfBytes * 3 / 4

    /// The state that is locked while a transaction's worth is moved.
    private struct Work {
        /// The batches taken over from the tail that are not in the table yet.
        var batches: ArraySlice<TailFile.Batch> = []
        /// The time at which they were taken over.
        var takenOver = ContinuousClock.now
        /// The snapshot that is being kept, and the number of its pieces that have been kept.
        var keeping: (snapshot: JournalSnapshot, next: Int)?
        /// True if pieces of a snapshot that will never be whole may be there. A crash may have left some as well.
        var mayHavePieces = true
        /// True if the last attempt to move has failed.
        var isStuck = false
        /// A failure that time does not mend.
        var failure: JournalError?
    }

    private enum Progress {
        /// There is more of the half that is being moved, or of the snapshot.
        case partly
        case done
        case nothingToDo
    }

    let tail: Tail
    let table: RecordTable
    private let work = Mutex(Work())
    /// The snapshot to be kept with the next move.
    private let snapshot = Mutex<JournalSnapshot?>(nil)
    /// True if moving has failed, for appends, which cannot wait until a move ends.
    private let hasFailed = Atomic(false)
    private let troubles = Mutex<[JournalTrouble]>([])
    /// True if there are any, for the loop, which asks in each of its turns.
    private let hasTroubles = Atomic(false)
    let recordsCame = Semaphore()
    private let manyCame = Semaphore()
    private let ended = Semaphore()
    let isStopping = Atomic(false)
    /// The bytes in a half above which new reports are to be refused while there is no room to move the other half.
    private let reportBytes: Int
    /// The bytes in use of the half that is filled, approximately.
    let usedBytes: Atomic<Int>
    /// True if the last move found no room.
    private let hasNoRoom = Atomic(false)
    private let urgency = Urgency()
    private let watch: TableWatch
    let counter: CourseCounter
    /// Nil if everything is kept for ever.
    let remover: IncidentRemover?

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - tail: The tail whose records are moved.
    ///   - table: The table that they are moved into.
    ///   - keptBytes: The bytes of each half that are kept for people's words while the disk is full. 0 for none.
    ///   - removal: How long what is over is kept, and the clocks that say it; nil for ever.
    /// - Throws: `JournalError.failed` if the system has no thread to give.
    init(
        moving tail: Tail, into table: RecordTable, keeping keptBytes: Int = 0,
        removing removal: (retention: Retention, clock: RemovalClock)? = nil
    ) throws(JournalError) {
        self.tail = tail
        self.table = table
        let counter = CourseCounter(over: table)
        self.counter = counter
        remover = removal.map { IncidentRemover(from: table, counter, keeping: $0.retention, $0.clock) }
        reportBytes = keptBytes > 0 ? TailFile.halfBytes - keptBytes : .max
        usedBytes = Atomic(tail.usedBytes)
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
        keepRoom()
        if !hasRoomOfItsOwn { note(.roomNotKept(bytes: keptBytes)) }
    }

    /// Notes that a batch has been appended to the tail.
    ///
    /// - Parameters:
    ///   - bytes: The bytes in the half, including the batch.
    ///   - own: The bytes of the batch itself.
    ///   - wasEmpty: True if the tail was empty before.
    func note(bytes: Int, own: Int, wasEmpty: Bool) {
        usedBytes.store(bytes, ordering: .relaxed)
        if wasEmpty {
            watch.begin()
            recordsCame.signal()
        }
        // One signal for each half: signals without a waiting thread would be found later.
        if bytes >= Self.manyBytes, bytes - own < Self.manyBytes { manyCame.signal() }
        if bytes >= Self.pressingBytes { urgency.raise() }
    }

    /// True while only the reserve for people's words is left. Reading it never waits.
    var isRoomScarce: Bool {
        hasNoRoom.load(ordering: .relaxed) && usedBytes.load(ordering: .relaxed) > reportBytes
    }

    /// True if the tail has its reserve, or needs none.
    private var hasRoomOfItsOwn: Bool {
        reportBytes == .max || tail.file.isReadOnly || tail.file.isAllocated
    }

    /// Sets the tail's reserve aside, if that has not been done.
    private func keepRoom() {
        if !hasRoomOfItsOwn { tail.file.allocate() }
    }

    /// Keeps a snapshot with the next move.
    func keep(_ snapshot: JournalSnapshot) {
        self.snapshot.withLock { $0 = snapshot }
        recordsCame.signal()
    }

    /// Returns the problems since the last call that are no failures.
    func takeTroubles() -> [JournalTrouble] {
        guard hasTroubles.exchange(false, ordering: .acquiringAndReleasing) else { return [] }
        return troubles.withLock { troubles in
            defer { troubles = [] }
            return troubles
        }
    }

    func note(_ trouble: JournalTrouble) {
        troubles.withLock { $0.append(trouble) }
        hasTroubles.store(true, ordering: .releasing)
    }

    /// Throws the failure that has ended all moving, if there is one.
    func check() throws(JournalError) {
        guard hasFailed.load(ordering: .acquiring) else { return }
        if let failure = work.withLock({ $0.failure }) { throw failure }
    }

    /// Moves some records, on the calling thread, to make room in the tail.
    ///
    /// - Throws: `JournalError.full` and `JournalError.busy` if the table takes nothing now, and the failure that has
    ///   ended all moving.
    func help() throws(JournalError) {
        urgency.raise()
        _ = try move()
    }

    /// Moves everything, on the calling thread. Nothing is moved once the indexer has been stopped.
    func settle() throws(JournalError) {
        urgency.raise()
        do throws(JournalError) {
            while try move() != .nothingToDo {}
        } catch {
            // The thread moves the rest. It may not know of records that a crash has left.
            recordsCame.signal()
            throw error
        }
    }

    /// Ends the thread, and waits for that. Records that have not been moved stay in the tail.
    func stop() {
        guard isStopping.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        // It may be counting, and must not wait for a processor that has nothing else to do.
        urgency.raise()
        recordsCame.signal()
        manyCame.signal()
        ended.wait()
        watch.stop()
    }

    private func run() {
        urgency.begin()
        // A journal of an earlier format has records that are not counted, whether more come or not.
        var (lastCounting, isCounted) = (ContinuousClock.now, false)
        while !isStopping.load(ordering: .relaxed) {
            guard recordsCome(within: isCounted ? remover?.pause : Self.countingPause) else {
                urgency.lower()
                if isCounted { remove() } else { (isCounted, lastCounting) = (count(), .now) }
                continue
            }
            var (wait, goesOn) = (Self.patience, true)
            while goesOn, !isStopping.load(ordering: .relaxed) {
                // A record that is old already has waited long enough, and is no reason to step back.
                let isOld = watch.isOverdue
                if !isOld { urgency.lower() }
                if !isOld || wait == Self.pause { _ = manyCame.wait(for: wait) }
                do throws(JournalError) {
                    while try move() == .partly {}
                    (wait, goesOn, isCounted) = (Self.patience, !tail.isEmpty, false)
                    if ContinuousClock.now >= lastCounting + Self.countingTime * 8 {
                        (isCounted, lastCounting) = (count(), .now)
                        // Where records come all the time, this is the time for it.
                        if isCounted, remover?.pause == .zero { remove() }
                        goesOn = !tail.isEmpty
                    }
                } catch {
                    // An error that time does not mend is kept for the next append.
                    (wait, goesOn) = (Self.pause, error.isForLater)
                }
            }
            // The log is shortened while there is time: a start after a crash has less to do.
            table.shortenLog()
            keepRoom()
        }
        urgency.end()
        ended.signal()
    }

    /// Moves a transaction's worth of records. Between two halves it also keeps a transaction's worth of the waiting
    /// snapshot.
    private func move() throws(JournalError) -> Progress {
        try work.withLock { work throws(JournalError) in
            guard !isStopping.load(ordering: .relaxed) else { return .nothingToDo }
            if let failure = work.failure { throw failure }
            do throws(JournalError) {
                let hasMoved = try moveRecords(&work)
                work.isStuck = false
                hasNoRoom.store(false, ordering: .relaxed)
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
                if case .full = error {
                    hasNoRoom.store(true, ordering: .relaxed)
                    table.copyLog()
                }
                throw error
            }
        }
    }

    /// Moves a transaction's worth of records. Returns false if there are none.
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

    /// Keeps some of the waiting snapshot. Nil if there is none, or nothing of it can be kept now.
    private func keepSome(_ work: inout Work) -> Progress? {
        // A newer snapshot replaces one that is not kept whole yet.
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
            // Keeping goes on with the next move.
            return nil
        } catch {
            note(.snapshotNotKept(error))
            (work.keeping, work.mayHavePieces) = (nil, true)
            removePieces(&work)
            return nil
        }
    }

    /// Removes the pieces of a snapshot that will never be whole. If that is not possible, it is done later.
    private func removePieces(_ work: inout Work) {
        guard work.mayHavePieces else { return }
        do throws(JournalError) {
            try table.removePieces()
            work.mayHavePieces = false
        } catch {
            // Records come first, and the next snapshot that is whole removes them as well.
        }
    }

    /// Moves a transaction's worth of `batches`, or of those taken over from the tail if there are none.
    ///
    /// - Returns: The batches that are left.
    private func moveSome(of batches: ArraySlice<TailFile.Batch>) throws(JournalError) -> ArraySlice<TailFile.Batch> {
        let last = table.lastPosition
        var (rest, bytes) = (batches, 0)
        try table.insert { insert in
            // Batches are taken over only once the table is locked for this move. Until then appends go on in the half
            // that is filled.
            if rest.isEmpty {
                rest = tail.takeOver()?[...] ?? []
                usedBytes.store(tail.usedBytes, ordering: .relaxed)
            }
            let together = rest.prefix { batch in
                defer { bytes += batch.header.byteCount }
                return bytes < RecordTable.transactionBytes
            }
            rest = rest.dropFirst(together.count)
            try tail.forEachRow(ofMoving: together) { row in
                // After a crash a part may be in the table already.
                if row.position > last { try insert(row) }
            }
        }
        return rest
    }
}
