import TocsinClient
import TocsinModel
import TocsinWire

/// The facts by which `tocsin health` judges.
struct HealthFacts: Sendable {
    /// Open incidents that are looked at one by one, the newest first: a monitor asks once a minute, and briefly.
    private static let incidents = 200

    var status: BrokerStatus
    /// Mailboxes for which alerts wait and at which nobody has joined.
    var unattended: [Recipient]
    /// The age of the oldest deadline that has passed unanswered; nil if there is none.
    var longestOverdue: Duration?
    /// The number of alerts for action that are past their deadline and that nobody has taken.
    var overdue: Int
    /// The time that the answer to INFO took.
    var answerTime: Duration

    /// The facts that an answer to INFO has.
    init(info: [UInt8], answerTime: Duration = .zero) throws {
        status = try readAnswer(info, BrokerStatus.init(json:))
        (unattended, overdue) = ([], 0)
        self.answerTime = answerTime
    }

    /// Asks the broker for all of it.
    static func ask(_ client: Operator, within timeout: Duration) async throws -> HealthFacts {
        let start = ContinuousClock.now
        let info = try await client.request(.info, within: timeout)
        let answerTime = ContinuousClock.now - start
        var facts = try HealthFacts(info: info, answerTime: answerTime)
        // Without its journal's state it can answer nothing else, and INFO says so.
        guard facts.status.underWay != nil else { return facts }
        let pending = try await client.request(.pending, within: timeout)
        facts.unattended = try readAnswer(pending) { (json) throws(Refusal) in
            try json.elements("mailboxes") { (node) throws(Refusal) -> Recipient? in
                let (undelivered, terminals): (Int64, Int64) = (
                    try node.member("undelivered"), try node.member("terminals")
                )
                return undelivered > 0 && terminals == 0 ? try node.member("recipient") : nil
            }.compactMap(\.self)
        }
        let list = try await client.request(
            .incidents, arguments: makeJSON { $0.member("limit", Self.incidents) }, within: timeout)
        for incident in try readAnswer(list, IncidentLine.lines(of:)) where incident.isOpen {
            let page = try await client.request(
                .incident, arguments: makeJSON { $0.member("incident", incident.number) }, within: timeout)
            try readAnswer(page) { (page) throws(Refusal) in try facts.add(page) }
        }
        return facts
    }

    private mutating func add(_ page: JSONNode) throws(Refusal) {
        try page.forEachElement(of: "alerts") { (node) throws(Refusal) in
            let (purpose, state): (Purpose, AlertState) = (try node.member("purpose"), try node.member("state"))
            let deadline: Timestamp? = try node.member(ifPresent: "acknowledgeBy")
            guard purpose == .action, !state.isTaken, state != .cancelled, let deadline, deadline < status.now else {
                return
            }
            overdue += 1
            longestOverdue = max(longestOverdue ?? .zero, status.now - deadline)
        }
    }
}

/// From when on something is not well.
struct HealthThresholds: Sendable {
    var warnUndelivered: Int64
    var criticalUndelivered: Int64?
    var warnOverdue: Duration
    var criticalOverdue: Duration
    /// In bytes, as is the next.
    var warnFree: Int64
    var criticalFree: Int64
    /// A disk that is full within these seconds is a warning.
    private static let full: Int64 = 86_400

    func judge(_ facts: HealthFacts) -> HealthVerdict {
        let status = facts.status
        var verdict = HealthVerdict()
        if !status.isJournalAvailable { verdict.note(.critical, "the journal cannot write: reports are refused") }
        judgeCondition(status, &verdict)
        guard let underWay = status.underWay else {
            verdict.note(.critical, "the journal is being read again: what is under way is not known")
            return verdict
        }
        verdict.add(
            .init(name: "waiting_steps", value: underWay.waitingSteps, critical: 0),
            "\(counted(underWay.waitingSteps, "escalation step")) overdue until the journal writes again")
        verdict.metrics.append(.init(name: "open", value: underWay.openIncidents))
        let oldest = (facts.longestOverdue ?? .zero).wholeMilliseconds
        verdict.add(
            .init(
                name: "overdue_age", value: oldest, unit: "ms", warning: warnOverdue.wholeMilliseconds,
                critical: criticalOverdue.wholeMilliseconds),
            "\(counted(facts.overdue, "alert")) unanswered, the oldest for "
                + "\(Clock.duration(facts.longestOverdue ?? .zero)) beyond its time")
        verdict.metrics.append(.init(name: "overdue", value: Int64(facts.overdue)))
        verdict.add(
            .init(
                name: "undelivered", value: underWay.undeliveredAlerts, warning: warnUndelivered,
                critical: criticalUndelivered),
            "\(counted(underWay.undeliveredAlerts, "alert")) undelivered")
        verdict.add(
            .init(name: "unattended", value: Int64(facts.unattended.count), warning: 0),
            "alerts wait and nobody listens: \(Self.named(facts.unattended))")
        verdict.metrics.append(.init(name: "terminals", value: status.terminals))
        verdict.add(
            .init(name: "hung", value: status.terminalsNotReceiving, warning: 0),
            "\(counted(status.terminalsNotReceiving, "terminal")) without RECEIVED")
        verdict.metrics.append(.init(name: "time", value: facts.answerTime.wholeMilliseconds, unit: "ms"))
        verdict.summary =
            "\(counted(underWay.openIncidents, "incident")) open, \(counted(facts.overdue, "alert")) unanswered beyond "
            + "\(facts.overdue == 1 ? "its" : "their") time, \(counted(status.terminals, "terminal")) connected"
        return verdict
    }

    /// Judges the files and the disk. A broker that does not say how they are is taken to be well.
    private func judgeCondition(_ status: BrokerStatus, _ verdict: inout HealthVerdict) {
        let problems = counted(status.fileProblemCount, "problem")
        if status.rulesAreFromJournal {
            verdict.note(.warning, "the last good rules are in force, for the files are refused: \(problems)")
        } else if status.fileProblemCount > 0 {
            verdict.note(.warning, "the files were refused when they were read again: \(problems)")
        }
        guard let disk = status.disk else { return }
        let free = DiskCheck.size(UInt64(max(0, disk.freeBytes)))
        verdict.add(
            .init(
                name: "disk_free", value: disk.freeBytes, unit: "B", warning: warnFree, critical: criticalFree,
                isReserve: true),
            "\(free) free on the journal's disk")
        if let seconds = disk.lastsSeconds, seconds < Self.full {
            let lasts = Clock.duration(.seconds(seconds))
            verdict.note(.warning, "the journal's disk is full in \(lasts) at the present rate")
        }
    }

    private static func named(_ recipients: [Recipient]) -> String {
        let names = recipients.prefix(3).map(\.name).joined(separator: ", ")
        return recipients.count > 3 ? "\(names) and \((recipients.count - 3).grouped) more" : names
    }
}
