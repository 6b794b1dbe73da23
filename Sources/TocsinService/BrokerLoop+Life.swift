import Logging
import Systemd
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// Beginning, ending, and reading the files again.
extension BrokerLoop {
    /// Puts the files in force and says that the service is ready.
    mutating func begin() throws {
        var turn = beginTurn()
        broker.adopt(rules: files.rules, text: files.rulesText, directory: files.directory, into: &turn)
        try finish(turn)
        let bound = try endpoints.bound()
        let overview = broker.overview
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
        notify { try $0.ready(status: "Serving \(bound.reports) and \(bound.alerts)") }
    }

    /// Closes the journal after everything accepted is on disk and answered.
    mutating func end() throws {
        if committing != nil || !gathering.isEmpty {
            logger.error(
                "the drain took too long; what is not receipted will be sent again",
                metadata: ["uncommitted": "\(broker.overview.uncommittedReports)"])
        } else {
            let isWorthIt =
                broker.isMakingSnapshot || snapshot != nil
                || broker.lastPosition.value - snapshotPosition.value >= Limits.recordsWorthASnapshot
            journal?.stop(keeping: isWorthIt && broker.isJournalAvailable ? broker.snapshot() : nil)
        }
        journal = nil
        logger.notice("stopped", metadata: ["lastRecord": "\(broker.overview.lastPosition)"])
    }

    /// Goes on with the snapshot that is being made. One is begun when so many records have come since the last one that
    /// a start would take long, and goes to the journal with the next batch.
    mutating func proceedWithSnapshot() {
        if broker.isMakingSnapshot {
            snapshot = broker.proceedWithSnapshot(Limits.incidentsWrittenAtOnce)
        } else if broker.lastPosition.value - snapshotPosition.value >= recordsBetweenSnapshots,
            // A snapshot has no parts of a rule file.
            adoption == nil
        {
            snapshotPosition = broker.lastPosition
            broker.beginSnapshot()
        }
    }

    /// So many that what snapshots cost stays in proportion to what has come, however much is open.
    private var recordsBetweenSnapshots: Int64 {
        max(Limits.recordsBetweenSnapshots, Int64(broker.openIncidentCount) / 8)
    }

    /// Signals, as requests.
    mutating func takeRequests(into turn: inout Turn) throws {
        requests.wakeUp.clear()
        for request in requests.takeAll() {
            switch request {
            case .drain:
                guard drainBy == nil else { continue }
                drainBy = turn.now.uptime + configuration.drainWithin.wholeMilliseconds
                logger.notice("draining", metadata: ["uncommitted": "\(broker.overview.uncommittedReports)"])
                notify { try $0.stopping(status: "Writing what has been accepted") }
            case .reload:
                try startReload(for: nil, into: &turn)
            }
        }
    }

    /// Begins to read the files; the operator who asked is answered when they are in force, or refused.
    mutating func startReload(for operatorPeer: (Peer, Reference)?, into turn: inout Turn) throws {
        if reloading == nil {
            do {
                try loader.start(configuration, now: turn.now.wall)
            } catch {
                logger.error("reload refused; the rules in force stay", metadata: ["problems": "\(error)"])
                let refusal = Refusal(.busy, "The system has no thread for it just now (\(error)).")
                if let operatorPeer { try refuseReload([operatorPeer], refusal, into: &turn) }
                return
            }
            reloading = []
            notify { try $0.reloading(status: "Reading rules, departments and grids") }
        }
        if let operatorPeer { reloading?.append(operatorPeer) }
    }

    /// Puts files that have been read in force, or keeps those that are.
    mutating func finishReload(into turn: inout Turn) throws {
        guard let waiting = reloading, let result = loader.takeResult() else { return }
        switch result {
        case .success(let loaded):
            guard broker.isJournalAvailable else {
                try refuseReload(waiting, Refusal(.unavailable, "The journal cannot write just now."), into: &turn)
                break
            }
            let rules = RulesAdoption(rules: loaded.rules, text: loaded.rulesText, directory: loaded.directory)
            adoption = (loaded, rules)
            return
        case .failure(let error):
            logger.error("reload refused; the rules in force stay", metadata: ["problems": "\(error)"])
            try refuseReload(waiting, Refusal(.invalid, error.description), into: &turn)
        }
        endReload()
    }

    /// Whether rules are to come into force, and the part that was recorded last is on disk.
    var adoptionGoesOn: Bool { adoption.map { $0.rules.lastPart ?? .zero <= committedPosition } ?? false }

    /// Records the next part of the rules that are to come into force, once the part before it is on disk.
    mutating func proceedWithAdoption(into turn: inout Turn) throws {
        guard adoptionGoesOn, let loaded = adoption?.files, var rules = adoption?.rules else { return }
        let isInForce = broker.proceed(with: &rules, into: &turn)
        adoption = isInForce ? nil : (loaded, rules)
        guard isInForce else { return }
        var former = loaded
        swap(&former, &files)
        loader.discard(consume former)
        logger.notice(
            "reloaded",
            metadata: ["rules": "\(loaded.rules.rules.count)", "mailboxes": "\(loaded.directory.mailboxCount)"])
        for (peer, reference) in reloading ?? [] {
            var json = JSONWriter()
            json.object { json in
                json.member("rules", loaded.rules.rules.count)
                json.member("departments", loaded.directory.departments.count)
                json.member("mailboxes", loaded.directory.mailboxCount)
            }
            try outbox.answer(peer, reference, json, through: endpoints)
        }
        endReload()
    }

    /// Gives up rules that are not in force yet: those that are stay.
    mutating func giveUpAdoption(into turn: inout Turn) throws {
        guard adoption != nil else { return }
        adoption = nil
        try refuseReload(reloading ?? [], .journalUnavailable, into: &turn)
        endReload()
    }

    private mutating func endReload() {
        reloading = nil
        let status = broker.isJournalAvailable ? "Serving" : "The journal cannot write"
        notify { try $0.ready(status: status) }
    }

    private func refuseReload(_ waiting: [(Peer, Reference)], _ refusal: Refusal, into turn: inout Turn) throws {
        for (peer, reference) in waiting {
            turn.refuse(.control, peer, subject: reference.text, refusal, .reload)
        }
    }

    /// What the journal's thread, the file loader and the desk have done.
    mutating func takeResults(into turn: inout Turn) throws {
        if let failure = check.takeFailure() { throw ServiceError.journal(failure) }
        // The journal first: what a reload records must continue what is on disk.
        if let outcome = journal?.takeOutcome() { try take(outcome, into: &turn) }
        try finishReload(into: &turn)
        try takeAnswers(into: &turn)
    }

    private mutating func take(_ outcome: JournalThread.Outcome, into turn: inout Turn) throws {
        switch outcome {
        case .probed:
            isProbing = false
            nextProbe = nil
            broker.isJournalAvailable = true
            // The record of the rules in force may have been in the batch that failed.
            broker.adopt(rules: files.rules, text: files.rulesText, directory: files.directory, into: &turn)
            logger.notice("the journal writes again")
            notify { try $0.status("Serving") }
        case .failed(let error):
            if isProbing, replaceJournal() {
                isProbing = false
                return
            }
            try recover(from: error, into: &turn)
        }
    }

    /// Tells the service manager; a message that cannot be sent is worth a log line and nothing more.
    func notify(_ message: (ServiceManager) throws -> Bool) {
        do {
            _ = try message(manager)
        } catch {
            logger.warning("the service manager could not be told", metadata: ["error": "\(error)"])
        }
    }
}
