import Glibc
import Logging
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire
import ZeroMQ

/// The requests of operators at the control endpoint. The desk answers their questions. The loop carries out changes,
/// and gives the answers that are known at once.
extension BrokerLoop {
    /// The warnings about the duty sheet that INFO shows.
    private static let shownDutyWarnings = 10

    /// Takes a batch from the control endpoint. As many references are looked up in one turn as of reports.
    mutating func receiveControl(into turn: inout Turn) throws {
        let entry = endpoints.entries[.control] ?? .keys
        var references = 0
        for _ in 0..<Self.messagesPerTurn where references < Limits.references {
            guard
                let arrival = try door.next(
                    at: endpoints.control, entry,
                    { (header) throws(CommandFailure) in try ControlCommand(header: header) })
            else { return }
            pipeline.recordReceived(into: &turn)
            do {
                let command = try arrival.command.get()
                try handle(command, arrival, &references, into: &turn)
            } catch let failure as CommandFailure {
                try refuseNow(arrival.peer, failure)
            }
        }
    }

    /// Takes the answers of the desk.
    mutating func takeAnswers(into turn: inout Turn) throws {
        for answer in desk.takeAnswers() {
            let message = answer.message
            switch answer.outcome {
            case .json(let frame):
                try outbox.answer(message.peer, message.command.reference, frame, through: endpoints)
            case .refused(let refusal): try refuseNow(message.peer, message.command.failure(refusal))
            case .reopening(let life, var person):
                do {
                    try permissions.allow(message.demand(bodyParser), by: message.principal, at: turn.now.wall)
                    person.principal = permissions.name(of: message.principal)
                    pipeline.handle(.reopen(message.peer, message.command.reference, life, person), into: &turn)
                } catch {
                    try refuseNow(message.peer, message.command.failure(error))
                }
            case .itsTurn:
                do {
                    // Whoever asked may have lost the right while it waited.
                    try permissions.allow(message.demand(bodyParser), by: message.principal, at: turn.now.wall)
                    try answerHere(message, into: &turn)
                } catch let refusal as Refusal {
                    try refuseNow(message.peer, message.command.failure(refusal))
                }
            }
        }
    }

    private mutating func handle(
        _ command: ControlCommand, _ arrival: Arrival<ControlCommand>, _ references: inout Int, into turn: inout Turn
    ) throws {
        do {
            // Whether something is to be changed, or only a preview is asked for, is in the body.
            if !command.hasPreview {
                try permissions.allow(command.demand, by: arrival.principal, at: turn.now.wall)
            }
            let message = try OperatorMessage(
                command, arrival, at: door, reportBytes: configuration.broker.limits.reportBytes)
            if command.hasPreview {
                try permissions.allow(message.demand(bodyParser), by: arrival.principal, at: turn.now.wall)
            }
            guard !command.hasLargeAnswer || !outbox.isFull(message.peer) else {
                throw Refusal(
                    .busy, "This connection has not read the answers to its earlier questions.",
                    retryAfterMilliseconds: 1000)
            }
            if command.isQuestion {
                var view = try view(for: command, now: turn.now.wall)
                if case .explain = command { view.followed = try followed(message, &references) }
                try desk.ask(message, view)
            } else if desk.isBusy(with: arrival.peer.identity) {
                // A peer's message after a question is answered after that question.
                try desk.pass(message)
            } else {
                try answerHere(message, into: &turn)
            }
        } catch let refusal as Refusal {
            throw command.failure(refusal)
        }
    }

    /// - Throws: ``TocsinModel/Refusal/stateUnknown`` if the command asks for the state, which is unknown.
    private func view(for command: ControlCommand, now: Timestamp) throws(Refusal) -> OperatorDesk.View {
        var mailboxes: [Overview.MailboxLine] = []
        switch command {
        case .pending where pipeline.broker.standing == .recovering,
            .subscriptions where pipeline.broker.standing == .recovering,
            .silences where pipeline.broker.standing == .recovering:
            throw .stateUnknown
        case .pending: mailboxes = pipeline.broker.mailboxesInUse
        default: break
        }
        var counts: [IncidentNumber: Int] = [:]
        if case .incidents = command { counts = pipeline.broker.reportCounts }
        var clients: ClientsInUse?
        if case .clients = command {
            clients = ClientsInUse(gatekeeper, door.heard, security: configuration.security.word, now: now)
        }
        return OperatorDesk.View(
            rules: pipeline.broker.rules, rulesPosition: pipeline.broker.rulesPosition,
            subscriptions: pipeline.broker.subscriptions, silences: pipeline.broker.silences,
            hushed: pipeline.broker.hushedCounts(at: now), reportCounts: counts,
            directory: pipeline.broker.directory,
            loadedAt: pipeline.files.loadedAt, index: journal?.questionIndex,
            openIncidents: pipeline.broker.openIncidents, lastPosition: pipeline.committedPosition, now: now,
            mailboxes: mailboxes, clients: clients, duty: pipeline.files.duty)
    }

    /// Returns what the references of an Update or a Cancel lead to, as the broker would follow them if it came now.
    ///
    /// - Returns: Nil for another report and for one that cannot be read, which the desk refuses; and while the state is unknown.
    private func followed(_ message: OperatorMessage, _ references: inout Int) throws -> FollowedReferences? {
        guard pipeline.broker.standing != .recovering, let index = journal?.index,
            let report = try? decoder.decode(message.body ?? []), report.messageType != .alert
        else { return nil }
        references += report.referencedNames.count
        return pipeline.broker.follow(
            references: report, try StoredIncident.referenced(by: report, index, pipeline.broker))
    }

    private mutating func answerHere(_ message: OperatorMessage, into turn: inout Turn) throws {
        switch message.command {
        case .ping(let payload): pipeline.handle(.ping(.control, message.peer, payload), into: &turn)
        case .reload(let reference):
            let name = permissions.name(of: message.principal)
            if try pipeline.reloadAsked(by: message.peer, reference, name) { try readFiles(into: &turn) }
        case .close(let reference):
            var (number, person) = try closing(message)
            person.principal = permissions.name(of: message.principal)
            pipeline.handle(.close(message.peer, reference, number, person), into: &turn)
        case .silence(let reference):
            let name = permissions.name(of: message.principal)
            let silence = try message.argument(bodyParser) { (json) throws(Refusal) in
                try Silence(asked: json, by: name)
            }
            pipeline.handle(.silence(message.peer, reference, silence), into: &turn)
        case .split(let reference):
            let wish = try splitting(message)
            pipeline.handle(.split(message.peer, reference, wish), into: &turn)
        case .unsilence(let reference):
            var (number, person) = try message.argument(bodyParser) { (json) throws(Refusal) in
                (Position(try json.member("silence") as Int64), try PersonalWord(json: json, for: .unsilence).person)
            }
            person.principal = permissions.name(of: message.principal)
            pipeline.handle(.unsilence(message.peer, reference, number, person), into: &turn)
        case .info(let reference):
            var json = JSONWriter(capacity: 4096)
            try writeInfo(to: &json, now: turn.now)
            try outbox.answer(message.peer, reference, json, through: endpoints)
        case .pong, .incidents, .incident, .pending, .explain, .clients, .audit, .stats, .subscriptions, .silences,
            .reopen:
            break
        }
    }

    private func closing(_ message: OperatorMessage) throws(Refusal) -> (IncidentNumber, Person) {
        try message.argument(bodyParser) { (json) throws(Refusal) in
            (try json.member("incident"), try PersonalWord(json: json, for: .close).person)
        }
    }

    /// Sends a refusal at once, before any other answer.
    private mutating func refuseNow(_ peer: Peer, _ failure: CommandFailure) throws {
        logRefusal(failure)
        try outbox.send(
            .refused(
                .control, peer, subject: failure.subject, failure.refusal, failure.command, failure.number),
            through: endpoints)
    }

    private func writeInfo(to json: inout JSONWriter, now: Moment) throws {
        let bound = endpoints.bound
        let overview = pipeline.broker.overview
        json.object { json in
            json.member("name", "tocsind")
            json.member("version", Release.version)
            json.member("processID", Int(getpid()))
            json.member("startedAt", started.wall)
            json.member("uptimeSeconds", (now.uptime - started.uptime) / 1000)
            json.member("now", now.wall)
            json.object("endpoints") { json in
                json.member("reports", bound.reports)
                json.member("alerts", bound.alerts)
                json.member("feed", bound.feed)
                json.member("control", bound.control)
            }
            json.member("security", configuration.security.word)
            json.object("journal") { json in
                json.member("path", store.location)
                json.member("epoch", outbox.epoch.text)
                if overview.standing != .recovering { json.member("lastPosition", overview.lastPosition.value) }
                json.member("available", overview.standing == .serving)
                json.member("recovering", overview.standing == .recovering && !pipeline.isFenced)
                json.member("standingBy", pipeline.isFenced)
                json.member("sparing", overview.standing == .sparing)
                if let journalError {
                    json.object("error") { json in
                        json.member("code", journalError.code)
                        json.member("message", journalError.description)
                    }
                }
            }
            configuration.retention.write(to: &json)
            disk.latest?.write(to: &json)
            if let (file, change) = configurationWatch.latest { change.write(of: file, to: &json) }
            json.object("rules") { json in
                json.member("file", configuration.rules)
                json.member("count", pipeline.broker.rules.rules.count)
                json.member("loadedAt", pipeline.files.loadedAt)
                json.member("fromJournal", pipeline.files.source == .journal)
                if pipeline.files.clientsLeftOut > 0 { json.member("clientsLeftOut", pipeline.files.clientsLeftOut) }
                json.member("problemCount", fileProblems.count)
                json.array("problems") { json in
                    for problem in shownProblems { json.string(problem) }
                }
            }
            json.object("directory") { json in
                json.member("departments", pipeline.broker.directory.departments.count)
                json.member("places", pipeline.broker.directory.places.count)
                json.member("mailboxes", pipeline.broker.directory.mailboxCount)
            }
            pipeline.files.writeDuty(to: &json, warnings: Self.shownDutyWarnings)
            if overview.standing != .recovering {
                json.member("openIncidents", overview.openIncidents)
                json.member("undeliveredAlerts", overview.undeliveredAlerts)
                json.member("waitingSteps", pipeline.broker.waitingSteps(at: now))
                pipeline.broker.overdueAlerts(at: now).write(to: &json)
            }
            if overview.standing != .recovering {
                pipeline.broker.linkOverview(at: now).write(to: &json)
                pipeline.broker.subscriptions.writeSummary(to: &json)
                json.object("silences") { json in
                    json.member("count", pipeline.broker.standingSilences(at: now.wall).count)
                    json.member("incidents", pipeline.broker.hushedIncidents(at: now.wall))
                }
            }
            json.member("terminals", overview.terminals)
            json.member("terminalsNotReceiving", overview.terminalsNotReceiving)
            json.member("followers", overview.followers)
            json.member("subscribers", endpoints.feed.server?.count ?? feedConnections)
            json.member("uncommittedReports", overview.uncommittedReports)
            json.object("connections") { json in
                json.member("refused", ConnectionBounds.refused)
                json.member("cut", ConnectionBounds.cut)
                json.member("surplus", door.surplus.count)
            }
            json.key("counts")
            outbox.counts.write(to: &json)
        }
    }
}

extension SubscriptionTable {
    /// Writes how many subscriptions there are, and the first ones that are not in force, as a member.
    func writeSummary(to json: inout JSONWriter) {
        json.object("subscriptions") { json in
            json.member("count", count)
            json.member("notInForceCount", notInForceCount)
            json.array("notInForce") { json in
                for line in notInForce(Limits.listedSubscriptions) {
                    json.object { json in
                        json.member("recipient", line.subscription.key.recipient)
                        json.member("name", line.subscription.key.name.text)
                        json.member("reason", ifPresent: line.obstacle)
                    }
                }
            }
        }
    }
}

extension Broker.LinkOverview {
    fileprivate func write(to json: inout JSONWriter) {
        json.object("links") { json in
            json.member("supervised", supervised)
            json.member("lostCount", lost.count)
            json.array("lost") { json in
                for link in lost.prefix(Limits.listedLinks) {
                    json.object { json in
                        json.member("link", link.link)
                        json.member("supervisor", link.supervisor)
                        json.member("since", link.since)
                        json.member("losses", link.losses)
                        json.member("backSince", ifPresent: link.backSince)
                        json.member("incident", link.incident.value)
                    }
                }
            }
        }
    }
}

extension OverdueAlerts {
    fileprivate func write(to json: inout JSONWriter) {
        json.object("overdueAlerts") { json in
            json.member("count", count)
            json.member("since", ifPresent: since)
            json.object("bySeverity") { json in
                for (severity, count) in zip(Severity.allCases, counts) where count > 0 {
                    json.key(escaping: severity.rawValue)
                    json.integer(Int64(count))
                }
            }
        }
    }
}

extension ControlCommand {
    /// Returns the failure of the rest of the message, addressed as its header says.
    fileprivate func failure(_ refusal: Refusal) -> CommandFailure {
        CommandFailure(refusal: refusal, subject: reference.text, command: word)
    }
}
