import Synchronization
import TocsinClient
import TocsinModel
import TocsinWire

/// The demonstration, act by act.
struct Demo: Sendable {
    /// The time after which the demonstration says that something did not happen.
    private static let patience: Duration = .seconds(15)
    /// The reports while the broker is killed. `salvo` of them are sent at the very moment.
    private static let smallIncidents = 300
    private static let salvo = 60

    let daemon: DaemonProcess
    let stage: DemoStage
    let ledger: DemoLedger
    let staff: DemoStaff
    let reporter: Reporter

    func run() async throws {
        try await people()
        try await incidents()
        try await nobodyAnswers()
        let redelivered = try await killed()
        try await lateShift()
        try await verdict(redelivered)
    }

    // MARK: Acts

    private func people() async throws {
        try stage.title("Terminals · 终端")
        for post in DemoPost.posts {
            try await staff.open(post)
            let who = (post.person ?? stage.style.warning("rings, nobody answers")).padded(to: 25)
            try stage.wrap(
                "  \(post.name.padded(to: 19)) \(who) ", stage.style.dim(post.recipients.joined(separator: ", ")))
        }
        try await Task.sleep(for: .seconds(1))
    }

    private func incidents() async throws {
        let drafts = DemoScenario.incidents()
        for (index, draft) in drafts.enumerated() {
            try stage.title("Incident \(index + 1) of \(drafts.count)")
            try await tell(draft)
            try await Task.sleep(for: .milliseconds(700))
        }
    }

    private func nobodyAnswers() async throws {
        try stage.title("Nobody answers · 无人响应")
        try stage.text(
            "A rule that only this demonstration has gives civil-affairs 2 seconds, then tells the district's leader.")
        let draft = DemoScenario.unansweredIncident()
        let started = ContinuousClock.now
        let incident = try await tell(draft)
        for try await progress in reporter.follow(incident) {
            guard progress.event == .escalated, let recipient = progress.recipient else { continue }
            await ledger.promise(recipient, of: incident)
            try stage.line(
                .escalated,
                "to \(recipient) after \(Clock.duration(ContinuousClock.now - started)): nobody at civil-affairs answered"
            )
            break
        }
        try await answered(incident, since: started)
    }

    /// - Returns: The number of alerts that came again because of the kill.
    private func killed() async throws -> Int64 {
        try stage.title("The broker is killed while reports come in · 服务被强行终止")
        let small = Self.smallIncidents
        let receipts = Mutex<[Receipt]>([])
        let failures = Mutex<[String]>([])
        let report = { (number: Int) in
            reporter.submit(DemoScenario.smallIncident(number).json()) { result in
                switch result {
                case .success(let receipt): receipts.withLock { $0.append(receipt) }
                case .failure(let error): failures.withLock { $0.append("\(error)") }
                }
            }
        }
        try stage.line(.reported, "\(small) scratched cars from traffic cameras, as fast as they come")
        let before = small / 2
        for number in 0..<before {
            report(number)
            try await Task.sleep(for: .milliseconds(2))
        }
        for number in before..<before + Self.salvo { report(number) }
        // The kill should come while the salvo is being stored: some reports have a receipt, some are stored and have
        // none.
        _ = await poll { receipts.withLock { $0.count } > before }
        await daemon.kill()
        let receipted = receipts.withLock { $0.count }
        try stage.line(
            .killed,
            "SIGKILL: \(receipted) reports have a receipt, \(before + Self.salvo - receipted) are on their way")
        for number in before + Self.salvo..<small { report(number) }
        try stage.more("\(small - before - Self.salvo) more are reported while nobody is there")
        try await Task.sleep(for: .milliseconds(700))
        let started = ContinuousClock.now
        let status = try await daemon.start()
        try stage.line(
            .restarted,
            "process \(status.processID) after \(Clock.duration(ContinuousClock.now - started)), "
                + "\(counted(try status.known().openIncidents, "open incident")) read back from the journal")
        let isComplete = await poll { receipts.withLock { $0.count } + failures.withLock { $0.count } == small }
        let all = receipts.withLock { $0 }
        for receipt in all { await ledger.promise(receipt) }
        for text in failures.withLock({ $0 }) { await ledger.note(problem: "report: \(text)") }
        try require(isComplete, "\(small - all.count) of \(small) reports never got a receipt.")
        let duplicates = all.count { $0.isDuplicate }
        try stage.line(
            .durable,
            "all \(small) have a receipt; \(duplicates) were stored before the kill, sent again, and not stored twice")
        try require(
            Set(all.map(\.incident)).count == small, "\(small) reports did not become \(small) different incidents.")
        return try await everybodyHasTheirs()
    }

    private func everybodyHasTheirs() async throws -> Int64 {
        let present = staff.recipients
        _ = await ledger.wait(Self.patience) { $0.missing(at: present).isEmpty }
        let missing = await ledger.missing(at: present).count
        let redelivered = try await daemon.info().count("redelivered")
        try stage.line(
            .redelivered,
            "\(counted(redelivered, "alert")) had been sent before the kill, but no terminal had confirmed them: they came "
                + "again, marked redelivered; " + stage.style.bold("\(missing) are lost"))
        try require(missing == 0, "\(missing) alerts were promised by a receipt and have not come.")
        return redelivered
    }

    private func lateShift() async throws {
        let absent = Set(await ledger.missing().map(\.recipient)).sorted()
        try stage.title("Those who were away come back · 后到者不漏收")
        try stage.text(
            "\(counted(absent.count, "recipient")) had no terminal all the while; what they were to be told has waited."
        )
        guard !absent.isEmpty else { return }
        let waiting = await ledger.missing().count
        try await staff.open(.lateShift(absent))
        _ = await ledger.wait(Self.patience) { $0.missing().isEmpty }
        let missing = await ledger.missing().count
        try stage.line(.received, "\(waiting - missing) of \(counted(waiting, "alert")) that waited")
        try require(missing == 0, "\(missing) alerts that waited have not come.")
    }

    private func verdict(_ redelivered: Int64) async throws {
        let answering = staff.answering
        _ = await ledger.wait(Self.patience) { $0.unacknowledged(at: answering).isEmpty }
        let unacknowledged = await ledger.unacknowledged(at: answering).count
        let status = try await daemon.info()
        let promised = await ledger.promised
        let forAction = promised.values.count { $0 == .action }
        let received = await ledger.received.count
        let acknowledged = await ledger.acknowledged.count
        let lost = await ledger.missing().count
        try stage.title("What was promised and what came · 结果")
        var table = Table(alignments: [.left, .right])
        table.add("incidents reported", Set(promised.keys.map(\.incident)).count.grouped)
        table.add("alerts promised, by receipts and one escalation", promised.count.grouped)
        table.add("  received", received.grouped)
        table.add("  of these sent again after the kill, as redelivered", redelivered.grouped)
        table.add("  " + stage.style.bold("lost"), stage.style.bold(lost.grouped))
        table.add("of the alerts promised, to be acknowledged", forAction.grouped)
        table.add("  acknowledged by name", acknowledged.grouped)
        table.add("  not acknowledged: nobody answers at civil-affairs", (forAction - acknowledged).grouped)
        table.add("alerts that the broker still has to deliver", try status.known().undeliveredAlerts.grouped)
        for line in table.lines(indent: 2) { try Console.line(line) }
        try require(unacknowledged == 0, "\(unacknowledged) alerts were not acknowledged by those who answer.")
        try require(lost == 0, "\(counted(lost, "alert")) promised and lost.")
        let problems = await ledger.problems
        try require(problems.isEmpty, problems.joined(separator: "\n"))
        try Console.line()
        try Console.line("  " + stage.style.good("Nothing was lost."))
    }

    // MARK: One incident

    /// Reports an incident, and shows its recipients, the deliveries and the acknowledgements.
    @discardableResult
    private func tell(_ draft: ReportDraft) async throws -> IncidentNumber {
        try stage.reported(draft)
        let started = ContinuousClock.now
        let receipt = try await reporter.report(draft, within: Self.patience)
        let duration = ContinuousClock.now - started
        await ledger.promise(receipt)
        try stage.receipted(receipt, after: duration)
        let present = staff.recipients
        let told = Set(receipt.recipients.map(\.recipient))
        let here = told.intersection(present)
        let incident = receipt.incident
        let isReceived = await ledger.wait(Self.patience) { ledger in
            ledger.received(of: incident).count { here.contains($0.duty.recipient) } == here.count
        }
        let delays = await ledger.received(of: incident).map { $0.at - started }
        let times = delays.max().map { " within \(Clock.duration($0))" } ?? ""
        let away = told.count - here.count
        try stage.line(
            .received,
            "by \(here.count) of \(told.count)\(times)"
                + (away > 0 ? stage.style.dim("; \(away) not there now, it waits for them") : ""))
        try require(isReceived, "Incident \(incident) did not reach every terminal that is there.")
        try await answered(incident, since: started)
        return incident
    }

    /// Shows each acknowledgement as it comes, until all people who answer have acknowledged.
    private func answered(_ incident: IncidentNumber, since started: ContinuousClock.Instant) async throws {
        let answering = staff.answering
        var shown = 0
        while true {
            let count = shown
            let isFresh = await ledger.wait(Self.patience) { ledger in
                ledger.acknowledged(of: incident).count > count
                    || !ledger.unacknowledged(at: answering).contains { $0.incident == incident }
            }
            try require(isFresh, "Incident \(incident) was not acknowledged by everyone who answers.")
            let entries = await ledger.acknowledged(of: incident)
            for entry in entries.dropFirst(shown) {
                try stage.line(
                    .acknowledged,
                    "\(entry.duty.recipient) by \(stage.style.bold(entry.person ?? "?")) "
                        + stage.style.dim("after \(Clock.duration(entry.at - started))"))
            }
            shown = entries.count
            guard await ledger.unacknowledged(at: answering).contains(where: { $0.incident == incident }) else {
                return
            }
        }
    }

    /// Polls a condition that has no event of its own.
    private func poll(_ condition: () -> Bool) async -> Bool {
        let end = ContinuousClock.now + Self.patience
        while !condition() {
            guard ContinuousClock.now < end, !Task.isCancelled else { return false }
            try? await Task.sleep(for: .milliseconds(1))
        }
        return true
    }

    private func require(_ condition: Bool, _ message: String) throws {
        try Task.checkCancellation()
        guard condition else { throw Failure(.refused, message) }
    }
}
