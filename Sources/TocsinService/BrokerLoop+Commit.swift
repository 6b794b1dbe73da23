import TocsinCore
import TocsinJournal
import TocsinModel

/// Carrying out the pipeline's steps: records go to the disk, and outputs to the peers.
extension BrokerLoop {
    /// Carries out the pipeline's steps until there are no more.
    mutating func carryOutSteps() throws {
        repeat {
            while let step = pipeline.nextStep(now: SystemClock.now.uptime) {
                switch consume step {
                case .append(let records):
                    if pipeline.isCommitAwaited { wakefulness.begin(at: SystemClock.now.uptime) }
                    journal?.work.append(records)
                case .release(let commit): try release(commit)
                case .keep(let snapshot): journal?.journal.snapshots.keep(snapshot)
                case .probe: journal?.work.probe()
                case .reopen: reopen()
                }
            }
            // A log may answer at once.
        } while try takeOutcome()
    }

    /// Sends the outputs of a commit, and tells the broker of peers that could not be reached.
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
