import Logging
import Systemd
import TocsinCore
import TocsinJournal
import TocsinModel

/// The handling of journal failures: see ``TocsinCore/CommitPipeline``. The journal is opened and read again on a
/// thread of its own, while the loop answers requests that need no state.
extension BrokerLoop {
    /// Drops the journal and the state.
    ///
    /// - Throws: ``ServiceError/journal(_:)`` if the journal is damaged: opening it again would not mend that.
    mutating func fail(_ error: JournalError) throws {
        var turn = beginTurn()
        try fail(error, into: &turn)
        try finish(turn)
    }

    private mutating func fail(_ error: JournalError, into turn: inout Turn) throws {
        if case .corrupt = error { throw ServiceError.journal(error) }
        // An append may be under way, where a read has failed. The pipeline has given it up.
        journal?.work.abandon()
        let wasReloading = pipeline.isReloading
        if case .fenced = error {
            if pipeline.fenced(into: &turn) {
                journalError = error
                logger.error("another daemon writes the journal; this one stands by", metadata: ["error": "\(error)"])
                notify { try $0.status("Standing by: \(error)") }
            }
        } else if pipeline.failed(into: &turn) {
            noteCannotWrite(error)
        }
        if wasReloading, !pipeline.isReloading { noteReloadEnded() }
    }

    /// Notes that the journal takes no records, and tells the operator.
    mutating func noteCannotWrite(_ error: JournalError) {
        journalError = error
        logger.error(
            "the journal cannot write; reports are refused until it can",
            metadata: ["error": "\(error)", "code": "\(error.code)"])
        notify { try $0.status("The journal cannot write: \(error)") }
    }

    /// Passes the journal's room on to the pipeline. New reports are refused while only the reserve is left.
    mutating func noteRoom() {
        guard let room = journal?.journal.room, pipeline.noteRoom(isScarce: room == .kept) else { return }
        if room == .kept {
            logger.error(
                "the disk is full; new reports are refused, and what people say is written",
                metadata: ["state": "\(configuration.state)", "reserveBytes": "\(configuration.reserveBytes)"])
        } else {
            logger.notice("there is room for new reports again")
        }
        notify { try $0.status(statusLine) }
    }

    /// Starts opening and reading the journal.
    mutating func reopen() {
        do {
            try opening.start(pipeline.files, replacing: journal.take()?.journal)
        } catch {
            noteNotReopened(.thread(error), now: SystemClock.now)
        }
    }

    private mutating func noteNotReopened(_ failure: ServiceError, now: Moment) {
        let error = if case .journal(let error) = failure { error } else { JournalError.failed(failure.description) }
        // It is tried each second, and the same error is told once.
        if error != journalError {
            logger.error(
                "the journal cannot be opened again yet", metadata: ["error": "\(error)", "code": "\(error.code)"])
            notify { try $0.status("The journal cannot be opened: \(error)") }
        }
        journalError = error
        pipeline.notReopened(now: now.uptime)
    }

    /// Handles the log's outcome since the last call, in a turn of its own.
    ///
    /// - Returns: True if there was an outcome.
    mutating func takeOutcome() throws -> Bool {
        guard let outcome = journal?.work.takeOutcome() else { return false }
        var turn = beginTurn()
        try handle(outcome, into: &turn)
        try finish(turn)
        return true
    }

    mutating func handle(_ outcome: LogWork.Outcome, into turn: inout Turn) throws {
        switch outcome {
        case .appended:
            outbox.counts.commits += 1
            pipeline.appended()
        case .probed:
            journalError = nil
            pipeline.probed(into: &turn)
            logger.notice("the journal writes again")
            notify { try $0.status(statusLine) }
        // Nothing has been written: the state stands, and nobody is told again each time that there is no room.
        case .probeFailed(.readOnly) where disk.isShutOut:
            throw ServiceError.journal(
                .readOnly(
                    "The file system of \(configuration.state) can be written again, but not by this process, whose mount of "
                        + "it stays read-only. It ends, to be started anew."))
        case .probeFailed(let error) where error.isForLater:
            journalError = error
            pipeline.foundNoRoom(now: turn.now.uptime)
        case .probeFailed(let error), .failed(let error): try fail(error, into: &turn)
        }
    }

    /// Handles the result of opening the journal again.
    mutating func handleReopened(into turn: inout Turn) throws {
        guard let result = opening.takeResult() else { return }
        switch consume result {
        case .opened(let recovered):
            outbox.use(recovered.open.index)
            journal = recovered.open
            pipeline.reopened(recovered.broker, snapshotPosition: recovered.snapshotPosition, into: &turn)
        case .failed(.journal(.corrupt(let text))): throw ServiceError.journal(.corrupt(text))
        case .failed(let error): noteNotReopened(error, now: turn.now)
        }
    }
}
