import Logging
import Systemd
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// Beginning, ending, and handling requests and results of other threads.
extension BrokerLoop {
    /// Puts the files in force.
    mutating func begin() throws {
        watchClients(now: SystemClock.now.wall)
        if journal?.journal.room == JournalRoom.none {
            pipeline.beginRefusing(now: SystemClock.now.uptime)
            noteCannotWrite(.nothingCanBeWritten(in: configuration.state))
        } else {
            var turn = beginTurn()
            pipeline.adoptFiles(into: &turn)
            try finish(turn)
        }
        try carryOutSteps()
        let bound = endpoints.bound
        let overview = pipeline.broker.overview
        logger.notice(
            "serving",
            metadata: [
                "reports": "\(bound.reports)", "alerts": "\(bound.alerts)", "feed": "\(bound.feed)",
                "control": "\(bound.control)", "state": "\(configuration.state)",
                "records": "\(overview.lastPosition)", "open": "\(overview.openIncidents)",
                "startedInMs": "\(SystemClock.now.uptime - started.uptime)",
                "keepsProcessorsAwake": "\(wakefulness.isPossible)",
            ])
        if configuration.security == .none {
            logger.warning(
                "security is none: whoever reaches the endpoints may report, receive, acknowledge and close",
                metadata: ["reports": "\(bound.reports)", "alerts": "\(bound.alerts)", "control": "\(bound.control)"])
        }
        if pipeline.files.source == .journal { logLastGoodRules() }
        logMissingRules()
        logClientsWhoAreOut(now: started.wall)
        logSubscriptionsNotInForce()
        logMissingHolidays(now: started.wall)
        servingLine = "Serving \(bound.reports) and \(bound.alerts)"
    }

    /// Tells the service manager that the service is ready, once the record of the rules in force is on disk: a start that
    /// comes after this one can go by them. A journal that cannot write does not keep it waiting.
    mutating func sayReady() {
        guard !isReady else { return }
        switch pipeline.broker.standing {
        case .serving, .sparing: guard pipeline.broker.rulesPosition <= pipeline.committedPosition else { return }
        case .refusing, .recovering: break
        }
        isReady = true
        notify { try $0.ready(status: statusLine) }
    }

    /// Closes the journal after everything accepted is on disk and answered.
    mutating func end() throws {
        if pipeline.isDrained {
            if let snapshot = pipeline.lastSnapshot() { journal?.journal.snapshots.keep(snapshot) }
            journal?.journal.close()
        } else {
            journal?.abandon()
            logger.error(
                "the drain took too long; what is not receipted will be sent again",
                metadata: ["uncommitted": "\(pipeline.broker.overview.uncommittedReports)"])
        }
        journal = nil
        let overview = pipeline.broker.overview
        // While the journal is read again, nobody knows what the last one is.
        let last = overview.standing == .recovering ? "unknown" : "\(overview.lastPosition)"
        logger.notice("stopped", metadata: ["lastRecord": "\(last)"])
    }

    /// Logs the troubles behind the journal's appends, which go on.
    func logTroubles() {
        for trouble in journal?.journal.takeTroubles() ?? [] {
            switch trouble {
            case .snapshotNotKept(let error):
                logger.warning(
                    "a snapshot could not be kept; the next start reads more records", metadata: ["error": "\(error)"])
            case .recordsNotMoved(let error):
                logger.warning(
                    "new records are on disk and wait outside the table; SQL does not show them yet",
                    metadata: ["error": "\(error)"])
            case .statisticsNotKept(let error):
                logger.warning(
                    "records could not be counted for statistics; they are counted later",
                    metadata: ["error": "\(error)"])
            case .incidentsRemoved(let count):
                logger.notice(
                    "incidents that have been closed for long were removed", metadata: ["incidents": "\(count)"])
            case .incidentsNotRemoved(let error):
                logger.warning(
                    "incidents that have been closed for long could not be removed; they are removed later",
                    metadata: ["error": "\(error)"])
            case .roomNotKept(let bytes):
                logger.warning(
                    "there is too little room to keep some for what people say while the disk is full",
                    metadata: ["reserveBytes": "\(bytes)", "state": "\(configuration.state)"])
            }
        }
    }

    /// Handles requests, which come from signals.
    mutating func handleRequests(into turn: inout Turn) throws {
        requests.wakeUp.clear()
        for request in requests.takeAll() {
            switch request {
            case .drain:
                guard drainBy == nil else { continue }
                drainBy = turn.now.uptime + configuration.drainWithin.wholeMilliseconds
                pipeline.drain()
                logger.notice("draining", metadata: ["uncommitted": "\(pipeline.broker.overview.uncommittedReports)"])
                notify { try $0.stopping(status: "Writing what has been accepted") }
            case .reload:
                if pipeline.reloadAsked() { try readFiles(into: &turn) }
            }
        }
    }

    /// Handles the results of the other threads.
    mutating func handleResults(into turn: inout Turn) throws {
        wakeUp.clear()
        if let failure = gatekeeper.failure ?? endpoints.failure { throw failure }
        if let failure = journal?.check.takeFailure() { throw ServiceError.journal(failure) }
        // The journal comes first: the records of a reload must continue those on disk.
        if let outcome = journal?.work.takeOutcome() { try handle(outcome, into: &turn) }
        try handleReopened(into: &turn)
        try takeAnswers(into: &turn)
        try takeFiles(into: &turn)
    }

    /// Tells the service manager. A message that cannot be sent is worth a log line and nothing more.
    func notify(_ message: (ServiceManager) throws -> Bool) {
        do {
            _ = try message(manager)
        } catch {
            logger.warning("the service manager could not be told", metadata: ["error": "\(error)"])
        }
    }
}

extension JournalError {
    /// The error of a start that could open the journal for reading alone.
    fileprivate static func nothingCanBeWritten(in folder: String) -> JournalError {
        guard MountState(of: folder)?.isMountReadOnly ?? false else {
            return .full(
                "There is no room in \(folder), where the journal is. Make room on its file system, a hundred megabytes at "
                    + "least: the daemon goes on by itself.")
        }
        return .readOnly(
            "Nothing can be written in \(folder), where the journal is: its file system is read-only. Look at the kernel's log, "
                + "and mount it for writing.")
    }
}
