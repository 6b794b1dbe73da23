import Logging
import Systemd
import TocsinAccess
import TocsinCore
import TocsinDuty
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// Reading rules, departments, grids and the duty sheet again, and saying that those in force are not those of the files.
extension BrokerLoop {
    /// The most problems that are logged and shown. Nobody mends more of them before the next try.
    private static let mostProblems = 10

    /// Starts reading the files. Operators who asked for it are answered when they are in force, or refused.
    mutating func readFiles(into turn: inout Turn) throws {
        notify { try $0.reloading(status: "Reading rules, departments and grids") }
        do {
            try loader.start(
                configuration, configurationWatch, inForce: pipeline.files,
                subscriptions: pipeline.broker.subscriptions, now: turn.now.wall)
        } catch {
            logger.error("reload refused; the rules in force stay", metadata: ["error": "\(error)"])
            let refusal = Refusal(.busy, "\(error)", retryAfterMilliseconds: 1000)
            if let end = pipeline.filesRead(.failure(refusal), into: &turn) { try finish(end, into: &turn) }
        }
    }

    /// Takes the result of reading the files, if there is one.
    mutating func takeFiles(into turn: inout Turn) throws {
        guard let loaded = loader.takeResult() else { return }
        if case .failure(let error) = loaded.files {
            fileProblems = error.lines
            logger.error(
                "reload refused; the rules in force stay", metadata: ["problems": "\(fileProblems.count)"])
            logProblems()
        }
        let read = loaded.files.mapError { Refusal(.invalid, $0.description) }
        let effect = shutOutAllTheSame(loaded, into: &turn)
        if let end = pipeline.filesRead(read, effect: effect, into: &turn) { try finish(end, into: &turn) }
    }

    /// Shuts out whoever has been taken out of the clients file, where the reload is refused for anything else: a key that
    /// is revoked must not open until somebody has mended the rules or the disk.
    ///
    /// - Returns: What was done, for the operator; nil for nothing.
    private mutating func shutOutAllTheSame(_ loaded: FileLoader.Loaded, into turn: inout Turn) -> String? {
        var isTaken = pipeline.broker.standing == .serving
        if case .failure = loaded.files { isTaken = false }
        guard !isTaken, let remaining = loaded.remaining, let file = configuration.security.clientsFile else {
            return nil
        }
        let before = pipeline.files.clients.principals
        guard remaining.principals.count < before.count else { return nil }
        let kept = Set(remaining.principals.map(\.name))
        let names = before.map(\.name).filter { !kept.contains($0) }.map(\.text)
        pipeline.keepOnly(remaining)
        let closed = closeConnections(of: gatekeeper.use(remaining), into: &turn)
        nextEndOfAClient = gatekeeper.principals.nextEnd(after: turn.now.wall)
        watchClients(now: turn.now.wall)
        let shown = names.prefix(Self.mostProblems).joined(separator: ", ")
        let rest = names.count > Self.mostProblems ? " and \(names.count - Self.mostProblems) more" : ""
        logger.warning(
            "clients that the clients file no longer has are out, although the reload is refused",
            metadata: ["clients": "\(shown)\(rest)", "connectionsClosed": "\(closed)", "file": "\(file)"])
        return "Out all the same, because \(file) no longer has them: \(shown)\(rest) "
            + "(\(closed == 1 ? "1 connection" : "\(closed) connections") closed)."
    }

    /// Closes the connections of whoever is out with the files that come into force in this turn, before their record,
    /// which says how many those were.
    mutating func shutOutBeforeReload(into turn: inout Turn) {
        guard configuration.security.clientsFile != nil, let files = pipeline.filesAboutToBeInForce else { return }
        pipeline.noteConnectionsClosed(closeConnections(of: gatekeeper.use(files.clients), into: &turn))
        nextEndOfAClient = gatekeeper.principals.nextEnd(after: turn.now.wall)
    }

    /// Ends a reload. Operators who asked for it are answered if the files are in force, once their record is on disk.
    mutating func finish(_ end: ReloadEnd, into turn: inout Turn) throws {
        if let (now, before) = end.adopted {
            fileProblems = []
            watchClients(now: turn.now.wall)
            loader.discard(before)
            logger.notice(
                "reloaded",
                metadata: [
                    "rules": "\(now.rules.rules.count)", "mailboxes": "\(now.directory.mailboxCount)",
                    "clients": "\(now.clients.principals.count)", "connectionsClosed": "\(end.connectionsClosed ?? 0)",
                ])
            logMissingRules()
            logClientsWhoAreOut(now: turn.now.wall)
            logSubscriptionsNotInForce()
            logMissingHolidays(now: turn.now.wall)
            logDuty()
        }
        // The service manager is told first. It waits for the end of the command that waits for the answer.
        noteReloadEnded()
        if let now = end.adopted?.now {
            for (peer, reference, _) in end.askers {
                var json = JSONWriter()
                json.object { json in
                    json.member("rules", now.rules.rules.count)
                    json.member("departments", now.directory.departments.count)
                    json.member("mailboxes", now.directory.mailboxCount)
                    if let closed = end.connectionsClosed {
                        json.member("clients", now.clients.principals.count)
                        json.member("connectionsClosed", closed)
                    }
                    now.writeDuty(to: &json, warnings: Self.mostProblems)
                    if !pipeline.broker.subscriptions.isEmpty { pipeline.broker.subscriptions.writeSummary(to: &json) }
                    if let (file, change) = configurationWatch.latest, !change.isNone {
                        change.write(of: file, to: &json)
                    }
                }
                turn.send(.reloaded(peer, reference, json.bytes))
            }
        }
        if end.readAgain { try readFiles(into: &turn) }
    }

    /// Tells the service manager that the reload has ended, unless it still waits for the start's end.
    func noteReloadEnded() {
        if isReady { notify { try $0.ready(status: statusLine) } }
    }

    /// Logs that the broker serves by the journal's rules, and why.
    func logLastGoodRules() {
        logger.error(
            "the files are refused; serving by the last good rules, from the journal, until a reload",
            metadata: [
                "problems": "\(fileProblems.count)", "rulesRecord": "\(pipeline.broker.rulesPosition)",
                "inForceSince": "\(pipeline.files.loadedAt)", "rules": "\(pipeline.files.rules.rules.count)",
            ])
        logProblems()
        let leftOut = pipeline.files.clientsLeftOut
        if leftOut > 0 {
            logger.warning(
                "clients of the last good list are left out: the clients file does not have them with the same key",
                metadata: ["count": "\(leftOut)", "file": "\(configuration.security.clientsFile ?? "")"])
        }
    }

    /// Logs that no rule tells anybody, if that is so: a file whose rules have gone is valid.
    func logMissingRules() {
        guard pipeline.files.rules.rules.isEmpty else { return }
        logger.warning(
            "there is no rule; every report goes to the fallback alone",
            metadata: ["fallback": "\(pipeline.files.rules.fallback)", "file": "\(configuration.rules)"])
    }

    /// Logs that no key opens anything, or whose keys open nothing any more, up to a bound.
    func logClientsWhoAreOut(now: Timestamp) {
        guard let file = configuration.security.clientsFile else { return }
        let clients = pipeline.files.clients
        if clients.principals.isEmpty {
            logger.warning("there is no client; no key opens anything", metadata: ["file": "\(file)"])
        }
        let over = clients.over(at: now)
        for client in over.prefix(Self.mostProblems) {
            logger.warning(
                "a client's time is over; its key opens nothing",
                metadata: ["principal": "\(client.name)", "until": "\(client.until?.description ?? "")"])
        }
        if over.count > Self.mostProblems {
            logger.warning(
                "the time of further clients is over; tocsin check has them all",
                metadata: ["count": "\(over.count - Self.mostProblems)"])
        }
    }

    /// Logs the subscriptions that the directory does not allow now, up to a bound: they tell nobody of anything.
    func logSubscriptionsNotInForce() {
        let subscriptions = pipeline.broker.subscriptions
        for line in subscriptions.notInForce(Limits.listedSubscriptions) {
            logger.warning(
                "a subscription is not in force",
                metadata: [
                    "recipient": "\(line.subscription.key.recipient)", "name": "\(line.subscription.key.name)",
                    "reason": "\(line.obstacle ?? "")", "notInForce": "\(subscriptions.notInForceCount)",
                ])
        }
    }

    /// Logs that the next year's holidays are missing, while that is no error yet.
    func logMissingHolidays(now: Timestamp) {
        guard let warning = pipeline.files.rules.holidays?.warning(on: now.date) else { return }
        logger.warning(
            "a year's holidays are missing", metadata: ["file": "\(configuration.holidays)", "problem": "\(warning)"])
    }

    /// Logs what somebody should look at in the duty sheet, up to a bound.
    func logDuty() {
        let warnings = pipeline.files.dutyWarnings
        for warning in warnings.prefix(Self.mostProblems) {
            logger.warning("the duty sheet needs a look", metadata: ["problem": "\(warning)"])
        }
        if warnings.count > Self.mostProblems {
            logger.warning(
                "further warnings about the duty sheet; tocsin check has them all",
                metadata: ["count": "\(warnings.count - Self.mostProblems)"])
        }
    }

    /// Logs a line for each problem of the files, up to a bound.
    private func logProblems() {
        for problem in shownProblems {
            logger.error("a problem in the files", metadata: ["problem": "\(problem)"])
        }
        if fileProblems.count > Self.mostProblems {
            logger.error(
                "further problems in the files; tocsin check has them all",
                metadata: ["count": "\(fileProblems.count - Self.mostProblems)"])
        }
    }

    /// The first problems of the files.
    var shownProblems: ArraySlice<String> { fileProblems.prefix(Self.mostProblems) }

    /// The line that `systemctl status` shows while nothing else is under way.
    var statusLine: String {
        switch pipeline.broker.standing {
        case .serving: break
        case .sparing: return "The disk is full: new reports are refused, and what people say is written"
        case .refusing, .recovering: return "The journal cannot write"
        }
        guard let first = fileProblems.first else { return servingLine }
        let count = fileProblems.count == 1 ? "" : "\(fileProblems.count) problems, the first: "
        let refused =
            switch pipeline.files.source {
            case .journal: " by the last good rules; the files are refused, mend them and reload"
            case .files: "; the last reload was refused, mend the files and reload"
            }
        return "\(servingLine)\(refused): \(count)\(first.prefix(300))"
    }
}

extension RuleFiles {
    /// Writes the member `duty`, if any mailbox has a roster: how many have, and what somebody should look at.
    func writeDuty(to json: inout JSONWriter, warnings limit: Int) {
        guard !duty.isEmpty else { return }
        json.object("duty") { json in
            json.member("rosters", duty.rosters.count)
            json.member("warningCount", dutyWarnings.count)
            json.array("warnings") { json in
                for warning in dutyWarnings.prefix(limit) { json.string(warning) }
            }
        }
    }
}
