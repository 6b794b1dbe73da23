import Synchronization
import Threads
import TocsinJournal

/// What the thread does while there is little to move: it counts, and removes what is over for long.
extension Indexer {
    /// Waits until records come or the time is over; nil for as long as it takes. Returns false if it is over.
    func recordsCome(within time: Duration?) -> Bool {
        guard let time else {
            recordsCame.wait()
            return true
        }
        return recordsCame.wait(for: time)
    }

    /// Removes a few incidents that are over for long enough, if there is nothing urgent to move.
    func remove() {
        guard let remover, hasTime() else { return }
        let (isOver, news) = remover.step(touched: Result { try touched() })
        if let news { note(news) }
        guard isOver else { return }
        if let trouble = remover.sweepNames(while: hasTime) { note(trouble) }
        // What was removed is in older pages of the log, and where those are to be copied to.
        table.shortenLog()
    }

    private func hasTime() -> Bool {
        !isStopping.load(ordering: .relaxed) && usedBytes.load(ordering: .relaxed) < Self.manyBytes
    }

    /// Removes everything that is over for long enough, for tests.
    func removeAll() throws {
        while let remover, !isStopping.load(ordering: .relaxed) {
            let (isOver, news) = remover.step(touched: Result { try touched() })
            if let news { note(news) }
            guard isOver else { continue }
            if let trouble = remover.sweepNames(early: true, while: hasTime) { note(trouble) }
            return table.shortenLog()
        }
    }

    /// Returns the incidents that records speak of which are not in the table yet.
    private func touched() throws -> Set<Int64> {
        var incidents: Set<Int64> = []
        try tail.forEachRow(from: table.lastPosition + 1) { row in
            if let incident = row.incident { incidents.insert(incident) }
            return true
        }
        return incidents
    }

    /// Counts what has been moved, for statistics, until there is something to move and some time has passed, or much to
    /// move. Returns true if all is counted.
    func count() -> Bool {
        let end = ContinuousClock.now + Self.countingTime
        let (isDone, trouble) = counter.count {
            hasTime() && (tail.isEmpty || ContinuousClock.now < end)
        }
        if let trouble { note(trouble) }
        return isDone
    }
}
