import TocsinClient
import TocsinModel
import TocsinWire

/// The facts by which `tocsin health` judges.
struct HealthFacts: Sendable {
    var status: BrokerStatus
    /// Mailboxes for which alerts wait and at which nobody has joined.
    var unattended: [Recipient]
    /// The time that the answer to INFO took.
    var answerTime: Duration

    /// The facts that an answer to INFO has.
    init(info: [UInt8], answerTime: Duration = .zero) throws {
        status = try readAnswer(info, BrokerStatus.init(json:))
        unattended = []
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
        return facts
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
        if !status.isJournalAvailable {
            let reason = status.journalError.map { ": \($0)" } ?? ""
            verdict.note(
                .critical,
                status.isJournalSparing
                    ? "there is no room for new reports; what people say is written"
                    : "the journal cannot write: reports are refused" + reason)
        }
        judgeCondition(status, &verdict)
        guard let underWay = status.underWay else {
            verdict.note(.critical, "the journal is being read again: what is under way is not known")
            return verdict
        }
        verdict.add(
            .init(name: "waiting_steps", value: underWay.waitingSteps, critical: 0),
            "\(counted(underWay.waitingSteps, "escalation step")) overdue until the journal writes again")
        verdict.metrics.append(.init(name: "open", value: underWay.openIncidents))
        let oldest = underWay.overdueSince.map { status.now - $0 } ?? .zero
        let extreme = underWay.overdueExtreme > 0 ? ", \(underWay.overdueExtreme.grouped) of them Extreme" : ""
        verdict.add(
            .init(
                name: "overdue_age", value: oldest.wholeMilliseconds, unit: "ms",
                warning: warnOverdue.wholeMilliseconds,
                critical: criticalOverdue.wholeMilliseconds),
            "\(counted(underWay.overdueAlerts, "alert")) unanswered\(extreme), the oldest for "
                + "\(Clock.duration(oldest)) beyond its time")
        verdict.metrics.append(.init(name: "overdue", value: underWay.overdueAlerts))
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
            "\(counted(underWay.openIncidents, "incident")) open, \(counted(underWay.overdueAlerts, "alert")) unanswered beyond "
            + "\(underWay.overdueAlerts == 1 ? "its" : "their") time, \(counted(status.terminals, "terminal")) connected"
        return verdict
    }

    /// Judges the configuration, the files and the disk. A broker that does not say how they are is taken to be well.
    private func judgeCondition(_ status: BrokerStatus, _ verdict: inout HealthVerdict) {
        let problems = counted(status.fileProblemCount, "problem")
        if status.rulesAreFromJournal {
            verdict.note(.warning, "the last good rules are in force, for the files are refused: \(problems)")
            if status.clientsLeftOut > 0 { verdict.note(.warning, status.leftOut) }
        } else if status.fileProblemCount > 0 {
            verdict.note(.warning, "the files were refused when they were read again: \(problems)")
        }
        if let warning = status.configuration?.warning { verdict.note(.warning, warning) }
        if status.ruleCount == 0 { verdict.note(.warning, "there is no rule: every report goes to the fallback alone") }
        guard let disk = status.disk else { return }
        let free = byteCount(disk.freeBytes)
        verdict.add(
            .init(
                name: "disk_free", value: disk.freeBytes, unit: "B", warning: warnFree, critical: criticalFree,
                isReserve: true),
            "\(free) free on the journal's disk")
        if let seconds = disk.lastsSeconds, seconds < Self.full, let lasts = disk.lasts {
            verdict.note(.warning, "the journal's disk is full in \(lasts) at the present rate")
        }
    }

    private static func named(_ recipients: [Recipient]) -> String {
        let names = recipients.prefix(3).map(\.name).joined(separator: ", ")
        return recipients.count > 3 ? "\(names) and \((recipients.count - 3).grouped) more" : names
    }
}
