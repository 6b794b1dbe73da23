import Glibc
import Logging
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire
import ZeroMQ

/// What operators ask at the control endpoint.
extension BrokerLoop {
    /// Takes a batch from the control endpoint.
    mutating func takeControl(into turn: inout Turn) throws {
        for _ in 0..<Self.messagesPerTurn {
            guard
                let arrival = try door.next(
                    at: endpoints.control, { (header) throws(CommandFailure) in try ControlCommand(header: header) })
            else { return }
            broker.recordReceived(into: &turn)
            let command: ControlCommand
            do {
                command = try arrival.command.get()
            } catch {
                refuse(arrival.peer, .control, error, into: &turn)
                continue
            }
            do {
                try answer(command, arrival, into: &turn)
            } catch let refusal as Refusal {
                refuse(
                    arrival.peer, .control,
                    CommandFailure(refusal: refusal, subject: command.reference.text, command: command.word),
                    into: &turn)
            } catch let error as JournalError {
                logger.error("the journal cannot be read", metadata: ["error": "\(error)"])
                let refusal = Refusal(.unavailable, "The journal cannot be read: \(error)")
                refuse(
                    arrival.peer, .control,
                    CommandFailure(refusal: refusal, subject: command.reference.text, command: command.word),
                    into: &turn)
            }
        }
    }

    private mutating func answer(
        _ command: ControlCommand, _ arrival: Arrival<ControlCommand>, into turn: inout Turn
    ) throws {
        switch command {
        case .ping, .info, .pending, .reload: try arrival.expectBodies(0...0, "its header")
        case .pong, .incidents, .incident, .explain, .close: break
        }
        var json = JSONWriter(capacity: 4096)
        switch command {
        case .ping(let payload): return broker.handle(.ping(.control, arrival.peer, payload), into: &turn)
        case .pong: return
        case .info: try writeInfo(to: &json, now: turn.now)
        case .pending: writePending(to: &json)
        case .incidents: try writeIncidents(arrival, to: &json)
        case .incident: try writeIncident(arrival, to: &json)
        case .explain:
            try arrival.expectBodies(1...1, "the report")
            let report = try door.body.withUnsafeBytes { (bytes) throws(Refusal) in try decoder.decode(bytes) }
            broker.rules.explain(report).write(to: &json)
        case .reload(let reference): return startReload(for: (arrival.peer, reference), now: turn.now)
        case .close(let reference):
            let (number, person) = try closing(arrival)
            return broker.handle(.close(arrival.peer, reference, number, person), into: &turn)
        }
        try outbox.answer(arrival.peer, command.reference, json, through: endpoints)
    }

    private mutating func closing(_ arrival: Arrival<ControlCommand>) throws(Refusal) -> (IncidentNumber, Person) {
        try arrival.expectBodies(1...1, "the incident, the name and the reason")
        return try parseBody("The closing") { (json) throws(Refusal) in
            let person = try PersonalWord(json: json, for: .close).person
            guard person.note != nil else { throw Refusal(.invalid, "'reason' is required.", field: "reason") }
            return (IncidentNumber(try json.requiredInteger("incident")), person)
        }
    }

    private func writeInfo(to json: inout JSONWriter, now: Moment) throws {
        let bound = try endpoints.bound()
        let overview = broker.overview
        json.object { json in
            json.member("name", "tocsind")
            json.member("version", Service.version)
            json.member("processID", Int(getpid()))
            json.member("startedAt", started.wall)
            json.member("now", now.wall)
            json.object("endpoints") { json in
                json.member("reports", bound.reports)
                json.member("alerts", bound.alerts)
                json.member("feed", bound.feed)
                json.member("control", bound.control)
            }
            json.object("journal") { json in
                json.member("path", store.location)
                json.member("lastPosition", overview.lastPosition.value)
                json.member("available", broker.isJournalAvailable)
            }
            json.object("rules") { json in
                json.member("file", configuration.rules)
                json.member("count", broker.rules.rules.count)
                json.member("loadedAt", files.loadedAt)
            }
            json.object("directory") { json in
                json.member("departments", broker.directory.departments.count)
                json.member("places", broker.directory.places.count)
                json.member("mailboxes", broker.directory.mailboxCount)
            }
            json.member("openIncidents", overview.openIncidents)
            json.member("undeliveredAlerts", overview.undeliveredAlerts)
            json.member("terminals", overview.terminals)
            json.member("followers", overview.followers)
            json.member("uncommittedReports", overview.uncommittedReports)
            json.key("counts")
            outbox.counts.write(to: &json)
        }
    }

    private func writePending(to json: inout JSONWriter) {
        json.object { json in
            json.array("mailboxes") { json in
                for line in broker.mailboxLines {
                    json.object { json in
                        json.member("recipient", line.recipient)
                        json.member("title", ifPresent: broker.directory.label(of: line.recipient))
                        json.member("undelivered", line.undelivered)
                        json.member("open", line.open)
                        json.member("terminals", line.terminals)
                    }
                }
            }
        }
    }

    private mutating func writeIncidents(_ arrival: Arrival<ControlCommand>, to json: inout JSONWriter) throws {
        guard journal != nil else { throw Refusal.journalUnavailable }
        try arrival.expectBodies(0...1, "limit and before")
        var limit: Int64 = 20
        var before: IncidentNumber?
        if arrival.bodies == 1 {
            (limit, before) = try parseBody("The argument") { (json) throws(Refusal) in
                guard json.kind == .object else {
                    throw Refusal(.invalid, "The argument is a JSON \(json.kind.rawValue); an object is expected.")
                }
                let limit = json["limit"] == nil ? 20 : try json.requiredInteger("limit")
                let before = json["before"] == nil ? nil : IncidentNumber(try json.requiredInteger("before"))
                return (limit, before)
            }
        }
        guard (1...Int64(Limits.listedIncidents)).contains(limit) else {
            throw Refusal(.invalid, "'limit' must be 1 to \(Limits.listedIncidents).", field: "limit")
        }
        let entries = try reader.newestIncidents(before: before, limit: Int(limit))
        json.object { json in
            json.array("incidents") { json in
                for entry in entries { writeSummary(entry, to: &json) }
            }
        }
    }

    private func writeSummary(_ entry: JournalEntry, to json: inout JSONWriter) {
        guard case .incident(let incident) = entry.record else { return }
        json.object { json in
            json.member("incident", entry.position.value)
            json.member("storedAt", entry.at)
            json.member("event", incident.event)
            json.member("category", incident.category)
            json.member("severity", incident.severity)
            json.member("status", incident.status)
            json.member("grid", ifPresent: incident.grid)
            json.member("sender", incident.name.sender)
            json.member("identifier", incident.name.identifier)
            json.array("recipients") { json in
                for alert in incident.alerts { json.recipient(alert.recipient) }
            }
            json.member("open", broker.isOpen(IncidentNumber(entry.position)))
        }
    }

    private mutating func writeIncident(_ arrival: Arrival<ControlCommand>, to json: inout JSONWriter) throws {
        guard journal != nil else { throw Refusal.journalUnavailable }
        try arrival.expectBodies(1...1, "the incident's number")
        let number = try parseBody("The argument") { (json) throws(Refusal) in
            IncidentNumber(try json.requiredInteger("incident"))
        }
        let timeline = try reader.timeline(of: number)
        guard let history = IncidentHistory(timeline) else {
            throw Refusal(.unknownIncident, "There is no incident \(number).", field: "incident")
        }
        let explanation = try explanation(of: history.life.record)
        history.write(to: &json, isOpen: broker.isOpen(number), directory: broker.directory, explanation: explanation)
    }

    /// Why it went where it went, by the rules that were in force then; nil where those, or the report, cannot be read
    /// any more. The report may be larger than is allowed by now.
    private func explanation(of record: IncidentRecord) throws -> Explanation? {
        let decoder = ReportDecoder(maximumBytes: record.report.count)
        guard let report = try? decoder.decode(record.report) else { return nil }
        if record.rules == broker.rulesPosition { return broker.rules.explain(report) }
        guard let rules = try reader.rules(at: record.rules) else { return nil }
        do {
            return try Ruleset(yaml: rules, file: "the rules of then", directory: broker.directory).explain(report)
        } catch {
            logger.info("rules of then do not fit the directory of now", metadata: ["problems": "\(error)"])
            return nil
        }
    }
}

extension ControlCommand {
    fileprivate var reference: Reference {
        switch self {
        case .info(let reference), .incidents(let reference), .incident(let reference), .pending(let reference),
            .explain(let reference), .reload(let reference), .close(let reference):
            reference
        case .ping, .pong: .none
        }
    }

    fileprivate var word: CommandWord {
        switch self {
        case .info: .info
        case .incidents: .incidents
        case .incident: .incident
        case .pending: .pending
        case .explain: .explain
        case .reload: .reload
        case .close: .close
        case .ping: .ping
        case .pong: .pong
        }
    }
}
