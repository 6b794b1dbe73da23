import Logging
import TocsinCore
import TocsinDuty
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

extension OperatorDesk {
    /// Answers questions, one at a time. An answerer belongs to the desk's thread.
    struct Answerer: ~Copyable {
        private let logger: Logger
        private let decoder: ReportDecoder
        private let parser = JSONParser(maximumBytes: Limits.bodyBytes)
        private var earlierRules = EarlierRules()
        private var json = JSONWriter(capacity: 4096)

        init(reportBytes: Int, logger: Logger) {
            self.logger = logger
            decoder = ReportDecoder(maximumBytes: reportBytes)
        }

        mutating func answer(_ message: OperatorMessage, _ view: View) -> Answer.Outcome {
            json.removeAll()
            do {
                switch message.command {
                case .incidents: try writeIncidents(message, view)
                case .incident: try writeIncident(message, view)
                case .pending: writePending(view)
                case .clients: view.clients?.write(to: &json)
                case .subscriptions: try writeSubscriptions(message, view)
                case .audit: try writeAudit(message, view)
                case .stats: try writeStatistics(message, view)
                case .silences: try writeSilences(message, view)
                case .explain: try writeExplanation(message, view)
                case .reopen: if let outcome = try reopening(message, view) { return outcome }
                case .info, .reload, .close, .silence, .unsilence, .split, .ping, .pong: return .itsTurn
                }
                return .json(try AnswerFrame(json))
            } catch let refusal as Refusal {
                return .refused(refusal)
            } catch {
                logger.error("a question cannot be answered", metadata: ["error": "\(error)"])
                return .refused(Refusal(.unavailable, "The journal cannot be read: \(error)"))
            }
        }
    }
}

extension OperatorDesk.Answerer {
    private mutating func writeExplanation(_ message: OperatorMessage, _ view: OperatorDesk.View) throws {
        let (body, at) = (message.body ?? [], try message.time(parser))
        let subject = Case(try decoder.decode(body), at: at ?? view.now, body: body, in: view.directory)
        var explanation: Explanation
        if subject.report.messageType == .alert {
            explanation = view.rules.explain(subject, with: view.subscriptions)
        } else {
            guard let followed = view.followed else { throw Refusal.stateUnknown }
            explanation = view.rules.explanation(ofNews: subject, followed, view)
        }
        explanation.at = at
        explanation.addOutlook(of: subject, by: view.rules, view.silences.standing(at: view.now))
        explanation.write(to: &json, withTimetable: true)
    }

    /// Reads the incident that is to be opened again, for the broker to decide. Nil for a preview, which is answered here.
    private mutating func reopening(
        _ message: OperatorMessage, _ view: OperatorDesk.View
    ) throws -> OperatorDesk.Answer.Outcome? {
        guard let index = view.index else { throw Refusal.stateUnknown }
        let (number, person): (IncidentNumber, Person?) = try message.argument(parser) { (json) throws(Refusal) in
            let isPreview = try json.member(ifPresent: "preview") ?? false
            return (
                try json.member("incident"), isPreview ? nil : try PersonalWord(json: json, for: .reopen).person
            )
        }
        guard let life = IncidentLife(timeline: try index.timeline(of: number)) else {
            throw Refusal(.unknownIncident, "There is no incident \(number).", field: "incident")
        }
        if let person { return .reopening(life, person) }
        let reopening = try Reopening(
            of: life, isOpen: view.openIncidents.contains(number), in: view.directory, fallback: view.rules.fallback,
            now: view.now)
        json.object { json in
            json.member("incident", number.value)
            json.array("recipients") { json in
                for addressee in reopening.addressees { json.object { $0.members(of: addressee) } }
            }
        }
        return nil
    }

    private mutating func writePending(_ view: OperatorDesk.View) {
        let lines = view.mailboxes.sorted { $0.recipient < $1.recipient }
        json.object { json in
            json.array("mailboxes") { json in
                for line in lines {
                    json.object { json in
                        json.member("recipient", line.recipient)
                        json.member("title", ifPresent: view.directory.label(of: line.recipient))
                        json.member("undelivered", line.undelivered)
                        json.member("open", line.open)
                        json.member("terminals", line.terminals)
                        json.member("terminalsNotReceiving", line.terminalsNotReceiving)
                        view.duty.duty(of: line.recipient, at: view.now)?.write(to: &json)
                    }
                }
            }
        }
    }

    private mutating func writeSubscriptions(_ message: OperatorMessage, _ view: OperatorDesk.View) throws {
        var recipient: Recipient?
        if message.body != nil {
            recipient = try message.argument(parser) { (json) throws(Refusal) in
                try json.member(ifPresent: "recipient")
            }
        }
        let lines = view.subscriptions.lines(of: recipient)
        if let recipient, lines.isEmpty, !view.directory.contains(recipient) {
            throw view.directory.unknown(recipient, field: "recipient")
        }
        json.object { json in
            json.array("subscriptions") { json in
                for line in lines { line.write(to: &json, withRecipient: true) }
            }
        }
    }

    private mutating func writeIncidents(_ message: OperatorMessage, _ view: OperatorDesk.View) throws {
        guard let index = view.index else { throw Refusal.stateUnknown }
        var limit: Int64 = 20
        var before: IncidentNumber?
        if message.body != nil {
            (limit, before) = try message.argument(parser) { (json) throws(Refusal) in
                (try json.member(ifPresent: "limit") ?? limit, try json.member(ifPresent: "before"))
            }
        }
        guard (1...Int64(Limits.listedIncidents)).contains(limit) else {
            throw Refusal(member: "limit", "must be 1 to \(Limits.listedIncidents)")
        }
        let entries = try index.newestIncidents(before: before, limit: Int(limit))
        json.object { json in
            json.array("incidents") { json in
                for entry in entries { Self.writeSummary(entry, view, to: &json) }
            }
        }
    }

    private static func writeSummary(_ entry: JournalEntry, _ view: OperatorDesk.View, to json: inout JSONWriter) {
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
            incident.news?.writeMembers(to: &json)
            json.array("recipients") { json in
                for alert in incident.alerts { json.recipient(alert.recipient) }
            }
            if let count = view.reportCounts[IncidentNumber(entry.position)] { json.member("reports", count) }
            if let split = incident.split { json.member("splitFrom", split.incident.value) }
            json.member("open", view.openIncidents.contains(IncidentNumber(entry.position)))
        }
    }

    private mutating func writeAudit(_ message: OperatorMessage, _ view: OperatorDesk.View) throws {
        guard let index = view.index else { throw Refusal.stateUnknown }
        var audit = Audit(before: view.lastPosition.next)
        if message.body != nil {
            audit = try message.argument(parser) { (json) throws(Refusal) in
                try Audit(json: json, last: view.lastPosition)
            }
        }
        try audit.write(index, to: &json)
    }

    private mutating func writeStatistics(_ message: OperatorMessage, _ view: OperatorDesk.View) throws {
        guard let index = view.index else { throw Refusal.stateUnknown }
        var question = StatisticsQuestion()
        if message.body != nil {
            question = try message.argument(parser) { (json) throws(Refusal) in try StatisticsQuestion(json: json) }
        }
        try index.writeStatistics(question, now: view.now, to: &json)
    }

    /// `{"silences":[{"silence":7,…}],"windows":[{"window":"night works",…}]}`, or a preview.
    private mutating func writeSilences(_ message: OperatorMessage, _ view: OperatorDesk.View) throws {
        if message.body != nil {
            let wish = try message.argument(parser) { (json) throws(Refusal) in
                try SilenceWish(json: try json.member("preview"))
            }
            guard let index = view.index else { throw Refusal.stateUnknown }
            return try SilencePreview(wish).write(index, view.rules, now: view.now, to: &json)
        }
        json.object { json in
            json.array("silences") { json in
                for line in view.silences.standing(at: view.now).lines {
                    line.write(keeping: view.hushed[.silence(line.number)] ?? 0, to: &json)
                }
            }
            json.array("windows") { json in
                for window in view.rules.windows {
                    window.write(at: view.now, keeping: view.hushed[.window(window.name)] ?? 0, to: &json)
                }
            }
        }
    }

    private mutating func writeIncident(_ message: OperatorMessage, _ view: OperatorDesk.View) throws {
        guard let index = view.index else { throw Refusal.stateUnknown }
        let number: IncidentNumber = try message.argument(parser) { (json) throws(Refusal) in
            try json.member("incident")
        }
        guard let history = IncidentHistory(try index.timeline(of: number)) else {
            throw Refusal(.unknownIncident, "There is no incident \(number).", field: "incident")
        }
        let files = try files(of: history.life.record, view, index)
        let explanation = try files.flatMap { files in
            try files.rules.explanation(of: history.life, having: view.subscriptions) {
                try index.subscriptions(before: number.position)
            }
        }
        history.write(
            to: &json, isOpen: view.openIncidents.contains(number), explanation: explanation,
            duty: { view.duty.duty(of: $0, at: view.now) },
            label: { files?.directory.label(of: $0) ?? view.directory.label(of: $0) })
    }

    /// Returns the rules and the directory that decided on an incident. Nil if they cannot be read any more.
    private mutating func files(
        of record: IncidentRecord, _ view: OperatorDesk.View, _ index: any IncidentIndex
    ) throws -> EarlierFiles? {
        guard record.rules != view.rulesPosition else {
            return EarlierFiles(rules: view.rules, directory: view.directory)
        }
        return try earlierRules.files(at: record.rules, view, index, logger)
    }
}

extension Ruleset {
    /// Explains an incident's routing by these rules, and by the subscriptions that stood then. Nil if its report
    /// cannot be read any more. The report may be larger than the limit of now. Where `present` has been read by these
    /// rules, what stood then and stands now is not read again.
    fileprivate func explanation(
        of life: IncidentLife, having present: SubscriptionTable, _ stood: () throws -> [Subscription]
    ) throws -> Explanation? {
        let decoder = ReportDecoder(maximumBytes: life.record.report.count)
        guard let report = try? decoder.decode(life.record.report) else { return nil }
        let subject = Case(
            report, at: life.storedAt, body: life.record.report, storedGrid: life.record.grid)
        var subscriptions = SubscriptionTable()
        for subscription in try stood() { subscriptions.add(subscription) }
        if present.isRead(by: self) {
            subscriptions = present.brought(to: subscriptions)
        } else {
            subscriptions.read(by: self)
        }
        if life.record.alerts.first?.rule == Self.ratedLowName {
            return Self.explanation(ofLowRating: life.record.alerts.map(\.recipient))
        }
        if let news = life.record.news {
            let routing = Routing(recorded: life.record.alerts.map(\.addressee), plans: life.record.plans)
            return explain(subject, routing: routing, news, with: subscriptions)
        }
        // The broker's own reports go to supervisors first. The rules are not asked of what is told for information.
        guard let first = life.record.alerts.first, let link = Self.supervisedLink(of: first.rule) else {
            return explain(subject, with: subscriptions, canBeJoined: !life.record.correlation.isEmpty)
        }
        switch first.purpose {
        case .action: return explain(subject, to: first.recipient, of: String(link), with: subscriptions)
        case .information:
            return Self.explanation(ofReturn: String(link), to: life.record.alerts.map(\.recipient))
        }
    }
}

/// Rules and a directory that were in force together.
private struct EarlierFiles {
    let rules: Ruleset
    let directory: Directory
}

/// Rule files that were in force once, compiled again to explain what they decided. An operator who looks at one
/// incident of that time looks at others.
private struct EarlierRules {
    /// The number of rule files that are kept, enough to compare two. A hundred thousand rules take some hundred
    /// megabytes.
    private static let kept = 2

    private var compiled: [(position: Position, files: EarlierFiles?)] = []
    /// The time at which the directory was read that the rules are compiled against.
    private var loadedAt: Timestamp?

    /// Returns the files whose record is at a position. Nil if there is none, or if an earlier version recorded no
    /// directory and the rules do not fit that of now.
    mutating func files(
        at position: Position, _ view: OperatorDesk.View, _ index: any IncidentIndex, _ logger: Logger
    ) throws(JournalError) -> EarlierFiles? {
        if loadedAt != view.loadedAt { (compiled, loadedAt) = ([], view.loadedAt) }
        if let known = compiled.first(where: { $0.position == position }) { return known.files }
        guard let texts = try index.rules(at: position) else { return nil }
        if compiled.count == Self.kept { compiled.removeFirst() }
        var files: EarlierFiles?
        do {
            if texts.hasDirectory {
                let read = try RuleFiles(texts, of: position, at: view.now)
                files = EarlierFiles(rules: read.rules, directory: read.directory)
            } else {
                // An earlier version recorded no directory. The directory of now mostly fits.
                files = EarlierFiles(
                    rules: try Ruleset(
                        yaml: texts.rules, file: "the rules of then", directory: view.directory, runsExpectations: false
                    ),
                    directory: view.directory)
            }
        } catch {
            logger.info("rules of then cannot be read by now", metadata: ["problems": "\(error)"])
        }
        compiled.append((position, files))
        return files
    }
}

extension Duty {
    /// Writes the members `onDuty`, and `onDutyUntil` where the hand-over is known.
    func write(to json: inout JSONWriter) {
        json.array("onDuty") { json in
            for person in persons { json.string(person) }
        }
        json.member("onDutyUntil", ifPresent: until)
    }
}
