import TocsinCore
import TocsinJournal

/// How what the broker has decided goes to the disk, and what it has promised goes out.
extension BrokerLoop {
    /// How long a record that nobody waits for may wait for company before it is committed, in milliseconds.
    static let laziness: Int64 = 20
    /// Records that are committed even if nobody waits for them.
    private static let manyRecords = 1000

    /// Commits what has gathered, if the journal is free and somebody waits or enough time has passed.
    mutating func commitIfDue() throws {
        guard committing == nil, !isProbing, !gathering.isEmpty || snapshot != nil else { return }
        // Without records there is nothing to write, and everything earlier is on disk.
        if gathering.records.isEmpty, snapshot == nil { return try releaseBetweenTurns(takeGathered()) }
        guard isDue else { return }
        beginCommit()
        if snapshot == nil, try appendHere() {
            if let batch = endCommit() { try releaseBetweenTurns(batch) }
        } else {
            handOver()
        }
    }

    /// The batch that the journal's thread has written since, if it has. The next one is handed over at once, so that the
    /// disk works while this one's outputs are sent.
    mutating func takeCommitted() -> Batch? {
        wakeUp.clear()
        guard journal?.takeAppended() ?? false, let batch = endCommit() else { return nil }
        if !gathering.records.isEmpty, isDue {
            beginCommit()
            handOver()
        }
        return batch
    }

    private var isDue: Bool {
        guard journal != nil else { return false }
        return gathering.isUrgent || snapshot != nil || drainBy != nil || gathering.records.count >= Self.manyRecords
            || SystemClock.now.uptime - gathering.since >= Self.laziness
    }

    /// What has been gathered is to be committed.
    private mutating func beginCommit() {
        if gathering.isUrgent { wakefulness.begin(at: SystemClock.now.uptime) }
        committing = takeGathered()
    }

    /// Hands over what is to be committed, and a snapshot that has been made: everything it says is in this batch or on disk.
    private mutating func handOver() {
        journal?.append(recordsToCommit, snapshot: snapshot.take())
    }

    /// Appends on this thread, if that is better; false where it is not.
    private func appendHere() throws(JournalError) -> Bool {
        try journal?.appendHere(recordsToCommit) ?? false
    }

    private var recordsToCommit: [JournalEntry] {
        switch committing {
        case .some(let batch): batch.records
        case .none: []
        }
    }

    /// What was being committed is on disk.
    private mutating func endCommit() -> Batch? {
        guard let batch = committing.take() else { return nil }
        if let last = batch.records.last {
            outbox.counts.commits += 1
            broker.committed(through: last.position)
            committedPosition = last.position
        }
        return batch
    }

    /// What has been gathered; from now on it is gathered in an empty batch.
    private mutating func takeGathered() -> Batch {
        var batch = Batch()
        swap(&batch, &spare)
        swap(&batch, &gathering)
        return batch
    }
}

extension BrokerLoop {
    /// Sends what a committed batch has promised, and tells the broker of peers that could not be reached.
    mutating func release(_ batch: consuming Batch, into turn: inout Turn) throws {
        try batch.forEachByConnection { output in try outbox.send(output, through: endpoints) }
        batch.removeAll()
        spare = batch
        tellOfUnreachable(into: &turn)
    }

    /// Tells the broker of peers that could not be reached.
    mutating func tellOfUnreachable(into turn: inout Turn) {
        guard !outbox.unreachable.isEmpty || !outbox.goneReporters.isEmpty else { return }
        for identity in Set(outbox.unreachable) { broker.handle(.unreachable(identity), into: &turn) }
        for identity in Set(outbox.goneReporters) { broker.handle(.reporterGone(identity), into: &turn) }
        outbox.unreachable.removeAll()
        outbox.goneReporters.removeAll()
    }

    private mutating func releaseBetweenTurns(_ batch: consuming Batch) throws {
        var turn = beginTurn()
        try release(batch, into: &turn)
        gathering = turn.takeBatch()
    }
}
