import Synchronization
import TocsinClient
import TocsinModel
import TocsinRouting
import TocsinWire

/// A drill while it is played.
final class DrillCourse: Sendable {
    /// What came of one entry as it was played.
    enum Outcome: Sendable {
        /// A report is stored; the reference is what its news names it by.
        case stored(Receipt, reference: String)
        case refused(RefusalCode)
        /// A link is lost, or is not, although it had the time that the drill waits.
        case lost(IncidentNumber?)
    }

    /// What one entry of the drill has come to.
    private struct Played: Sendable {
        /// The incident; nil for a report that was refused, and for a link that is not lost.
        var incident: IncidentNumber?
        /// The incident by which others are told of a report that has joined; nil where it counts alone.
        var update: IncidentNumber?
        var refusal: RefusalCode?
        var isRated = false
        /// The broker's own incident that the rating is low.
        var lowRating: IncidentNumber?

        /// Of a report that has joined an incident it is not said yet whose that is.
        init(_ outcome: Outcome) {
            switch outcome {
            case .stored(let receipt, _):
                (incident, update) = (receipt.joined == nil ? receipt.incident : nil, receipt.update)
            case .refused(let code): refusal = code
            case .lost(let incident): self.incident = incident
            }
        }

        /// Those that are this drill's to close.
        var incidents: [IncidentNumber] { [incident, update, lowRating].compactMap(\.self) }
    }

    /// An alert that has been seen.
    private struct Seen: Hashable {
        let recipient: Recipient
        let number: AlertNumber

        init(_ alert: IncidentPage.Alert) { (recipient, number) = (alert.recipient, alert.number) }
    }

    /// The pause between two looks at what has become of the incidents.
    private static let pause = Duration.milliseconds(200)
    /// How long a report is tried that is to be refused. A refusal that is passing is an answer when this is over.
    private static let refusedWithin = Duration.seconds(2)

    private let drill: Drill
    private let reporter: Reporter
    private let control: Operator
    private let timeout: Duration
    /// By the place of the entry in the drill, from 0.
    private let played = Mutex<[Int: Played]>([:])
    /// Who was on duty for each alert when it was first seen; nil where the broker says nothing.
    private let duty = Mutex<[Seen: [String]?]>([:])
    /// The identifiers that this playing has given its reports.
    private let identifiers = Mutex<Set<String>>([])

    init(drill: Drill, reporter: Reporter, control: Operator, timeout: Duration) {
        self.drill = drill
        self.reporter = reporter
        self.control = control
        self.timeout = timeout
    }

    /// Sends the reports at their times, and waits until everybody has answered or the time is over.
    func run() async throws -> Readiness {
        let startedAt = Clock.now
        // Where this client may not see what becomes of its reports, the drill ends before it begins.
        _ = try await control.request(.pending, within: timeout)
        try await playAll()
        let end = ContinuousClock.now + drill.wait
        while true {
            let readiness = Readiness(drill: drill, startedAt: startedAt, try await outcomes())
            guard !readiness.isSettled, ContinuousClock.now < end else {
                Console.progress("")
                return readiness
            }
            let rest = Clock.duration(end - ContinuousClock.now)
            Console.progress("\(readiness.answered) of \(readiness.asked) have answered; waiting for \(rest) at most")
            try await Task.sleep(for: Self.pause)
        }
    }

    // MARK: What happens

    private func playAll() async throws {
        let start = ContinuousClock.now
        var (left, references): ([Int], [String: String]) = (Array(drill.entries.indices), [:])
        try await withThrowingTaskGroup(of: (index: Int, outcome: Outcome).self) { group in
            // A report that waits for its receipt does not hold up the next one, unless that is news of it.
            func begin() {
                let possible = left.filter { index in
                    drill.entries[index].exercise?.origins.allSatisfy { references[$0] != nil } ?? true
                }
                left.removeAll { possible.contains($0) }
                for index in possible {
                    let origins = drill.entries[index].exercise?.origins.compactMap { references[$0] } ?? []
                    group.addTask { [self] in
                        try await Task.sleep(until: start + drill.entries[index].at, clock: .continuous)
                        return (index, try await play(drill.entries[index], newsOf: origins))
                    }
                }
            }
            begin()
            while let (index, outcome) = try await group.next() {
                let entry = drill.entries[index]
                // What is this drill's to close is noted before anything can go wrong.
                var one = Played(outcome)
                played.withLock { [one] in $0[index] = one }
                Console.progress("")
                try Console.line(DrillView.line(of: entry, outcome, after: ContinuousClock.now - start))
                if case .stored(let receipt, let reference) = outcome {
                    if receipt.joined != nil { try await checkIsOwn(receipt.incident) }
                    one.incident = receipt.incident
                    if let name = entry.exercise?.name { references[name] = reference }
                }
                played.withLock { [one] in $0[index] = one }
                // Who is on duty is a matter of the moment: at a hand-over it would be somebody else.
                for incident in one.incidents { _ = try await page(of: incident) }
                begin()
            }
        }
    }

    private func play(_ entry: Drill.Entry, newsOf origins: [String]) async throws -> Outcome {
        switch entry.happening {
        case .report(let exercise): try await report(exercise, newsOf: origins)
        case .silence(let recipient): .lost(try await loss(of: recipient))
        }
    }

    /// Reports an exercise, under a name of its own this time.
    private func report(_ exercise: Drill.Exercise, newsOf origins: [String]) async throws -> Outcome {
        var members = JSONMembers(exercise.json)
        let sender = exercise.hasSender ? exercise.report.name.sender : Environment.userAtHost
        let (identifier, sent) = (ReportIdentifier.make(), "\(Clock.now)")
        identifiers.withLock { _ = $0.insert(identifier) }
        var given = [
            ("identifier", identifier), ("sender", sender), ("sent", sent), ("status", ReportStatus.exercise.rawValue),
        ]
        if !origins.isEmpty {
            given += [("msgType", exercise.type.rawValue), ("references", origins.joined(separator: " "))]
        }
        for (name, value) in given { members.set(name, JSONMembers.json(value)) }
        do {
            let receipt = try await reporter.report(
                members.json, within: exercise.refusal == nil ? timeout : min(timeout, Self.refusedWithin))
            return .stored(receipt, reference: "\(sender),\(identifier),\(sent)")
        } catch ClientError.refused(let refusal) where exercise.refusal != nil {
            return .refused(refusal.code)
        } catch ClientError.refused(let refusal) where refusal.code == .busy {
            throw Failure(
                .refused,
                "\(refusal.sentence) The drill ends here. Senders have one rate for all drills: if another one of theirs goes "
                    + "on, or was played a moment ago, play this one again later.", code: refusal.code.rawValue)
        }
    }

    /// Checks that a report of this drill has joined what this drill has begun.
    ///
    /// - Throws: a ``Failure`` where it has joined an incident of somebody else's. What became of that says nothing of this
    ///   drill, and its end is not this drill's affair.
    private func checkIsOwn(_ incident: IncidentNumber) async throws {
        let first = try await page(of: incident).identifier
        guard let first, !identifiers.withLock({ $0.contains(first) }) else { return }
        throw Failure(
            .refused,
            "incident \(incident) is not of this drill: a rule correlates, and the report has joined it. The drill ends here, "
                + "and that incident stays as it is. If another drill of the same reports goes on, or was played a moment "
                + "ago, play this one again when that is over.")
    }

    // MARK: Links

    /// Says that a link is to fall silent now, and waits until the broker has noticed.
    ///
    /// - Returns: the broker's incident; nil if it has not noticed while the drill waits.
    /// - Throws: a ``Failure`` if the link is lost already.
    private func loss(of recipient: Recipient) async throws -> IncidentNumber? {
        if let lost = try await lostLink(recipient) {
            throw Failure(
                .refused,
                "\(recipient) has been silent since \(Clock.date(lost.since)): for this drill let its terminals join first."
            )
        }
        Console.progress("")
        try Console.line("\(recipient): let all its terminals fall silent now")
        let end = ContinuousClock.now + drill.wait
        while ContinuousClock.now < end {
            if let lost = try await lostLink(recipient) { return IncidentNumber(lost.incident) }
            try await Task.sleep(for: Self.pause)
        }
        return nil
    }

    private func lostLink(_ recipient: Recipient) async throws -> BrokerStatus.Links.Lost? {
        let answer = try await control.request(.info, within: timeout)
        let links = try readAnswer(answer) { (json) throws(Refusal) in
            try BrokerStatus.Links(try json.member("links") as JSONNode)
        }
        return links.lost.first { $0.link == recipient.name && $0.backSince == nil }
    }

    // MARK: Looking

    /// Asks what has become of the incidents, and rates those that are over.
    private func outcomes() async throws -> [Readiness.Outcome] {
        var outcomes: [Readiness.Outcome] = []
        for (index, one) in played.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            var outcome = Readiness.Outcome(index: index, refusal: one.refusal, isRated: one.isRated)
            if let incident = one.incident {
                let found = try await page(of: incident)
                outcome.page = found
                if let update = one.update { outcome.update = try await page(of: update) }
                if let rating = drill.entries[index].exercise?.rating?.rating, !one.isRated, !found.isOpen {
                    let told = try await rate(incident, rating)
                    played.withLock { $0[index]?.isRated = true }
                    played.withLock { $0[index]?.lowRating = told }
                    outcome.isRated = true
                    outcome.page = try await page(of: incident)
                    if let told { outcome.lowRating = try await page(of: told) }
                } else if let told = one.lowRating {
                    outcome.lowRating = try await page(of: told)
                }
            }
            outcomes.append(outcome)
        }
        return outcomes
    }

    /// Rates an incident that is over.
    ///
    /// - Returns: the broker's own incident that the rating is low, where somebody is told of that.
    private func rate(_ incident: IncidentNumber, _ rating: Rating) async throws -> IncidentNumber? {
        try await reporter.rate(incident, rating, within: timeout)
        Console.progress("")
        try Console.line("incident \(incident): \(DrillView.words(rating))")
        guard rating.isLow else { return nil }
        // It is there already, for the rating was answered; and it is younger than what was rated.
        var before: Int64?
        while true {
            let question = makeJSON { json in
                json.member("limit", Limits.listedIncidents)
                json.member("before", ifPresent: before)
            }
            let answer = try await control.request(.incidents, arguments: question, within: timeout)
            let lines = try readAnswer(answer) { (json) throws(Refusal) in try IncidentLine.lines(of: json) }
            if let line = lines.first(where: { $0.identifier == "rated-low/\(incident)" && $0.sender == "tocsind" }) {
                return IncidentNumber(line.number)
            }
            guard let last = lines.last?.number, last > incident.value else { return nil }
            before = last
        }
    }

    private func page(of incident: IncidentNumber) async throws -> IncidentPage {
        let question = makeJSON { $0.member("incident", incident.value) }
        let answer = try await control.request(.incident, arguments: question, within: timeout)
        var page = try readAnswer(answer) { (json) throws(Refusal) in try IncidentPage(json: json) }
        let isNew = duty.withLock { duty in page.alerts.contains { duty.index(forKey: Seen($0)) == nil } }
        let now = isNew ? try await onDuty() : [:]
        duty.withLock { duty in
            for (index, alert) in page.alerts.enumerated() {
                if let known = duty[Seen(alert)] {
                    page.alerts[index].onDuty = known
                } else {
                    page.alerts[index].onDuty = alert.onDuty ?? now[alert.recipient]
                    duty.updateValue(page.alerts[index].onDuty, forKey: Seen(alert))
                }
            }
        }
        return page
    }

    /// Asks who is on duty now. INCIDENT says it only of those who must act and have not.
    private func onDuty() async throws -> [Recipient: [String]] {
        let answer = try await control.request(.pending, within: timeout)
        return try readAnswer(answer) { (json) throws(Refusal) in
            var found: [Recipient: [String]] = [:]
            try json.forEachElement(of: "mailboxes") { (node) throws(Refusal) in
                found[try node.member("recipient")] = try node.member(ifPresent: "onDuty")
            }
            return found
        }
    }

    /// Closes the incidents of the drill that are open. What cannot be closed is said. A lost link is none of the drill's
    /// own: its incident ends when the link is back.
    func close() async {
        for (index, one) in played.withLock({ $0 }).sorted(by: { $0.key < $1.key })
        where drill.entries[index].exercise != nil {
            for incident in one.incidents { await close(incident) }
        }
    }

    private func close(_ incident: IncidentNumber) async {
        let arguments = makeJSON { json in
            json.member("incident", incident.value)
            json.member("by", Environment.userAtHost)
            json.member("reason", "the drill '\(drill.name)' is over")
        }
        do {
            _ = try await control.request(.close, arguments: arguments, within: timeout)
        } catch ClientError.refused(let refusal) where refusal.code == .unknownIncident {
            // It has closed by itself: everybody has answered.
        } catch {
            Console.note("tocsin: incident \(incident) of the drill stays open: \(error)")
        }
    }
}
