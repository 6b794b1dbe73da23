import TocsinCore
import TocsinJournal
import TocsinModel

/// How what the broker has decided goes to the disk, and what it has promised goes out.
extension BrokerLoop {
    /// Does what the pipeline says until it says nothing more.
    mutating func takeSteps() throws {
        while let step = pipeline.nextStep(now: SystemClock.now.uptime) {
            switch consume step {
            case .append(let records, let snapshot): try append(records, snapshot)
            case .release(let commit): try release(commit)
            case .probe: journal?.thread.probe()
            case .reopen: reopen()
            }
        }
    }

    /// Has the journal write, on its own thread or, a few records on a quick disk, on this one.
    private mutating func append(_ records: [JournalEntry], _ snapshot: JournalSnapshot?) throws {
        if pipeline.isCommitAwaited { wakefulness.begin(at: SystemClock.now.uptime) }
        guard let thread = journal?.thread else { return }
        if snapshot == nil, !pipeline.isReleasing, try thread.appendHere(records) {
            noteAppended()
        } else {
            thread.append(records, snapshot: snapshot)
        }
    }

    /// What was being written is on disk.
    mutating func noteAppended() {
        outbox.counts.commits += 1
        pipeline.appended()
    }

    /// Sends what a commit has promised, and tells the broker of peers that could not be reached.
    private mutating func release(_ commit: consuming Commit) throws {
        try commit.forEachByConnection { output in try outbox.send(output, through: endpoints) }
        pipeline.takeBack(commit)
        guard !outbox.unreachable.isEmpty || !outbox.goneReporters.isEmpty else { return }
        var turn = beginTurn()
        tellOfUnreachable(into: &turn)
        try finish(turn)
    }

    /// Tells the broker of peers that could not be reached.
    mutating func tellOfUnreachable(into turn: inout Turn) {
        guard !outbox.unreachable.isEmpty || !outbox.goneReporters.isEmpty else { return }
        for identity in Set(outbox.unreachable) { pipeline.handle(.unreachable(identity), into: &turn) }
        for identity in Set(outbox.goneReporters) { pipeline.handle(.reporterGone(identity), into: &turn) }
        outbox.unreachable.removeAll()
        outbox.goneReporters.removeAll()
    }
}
