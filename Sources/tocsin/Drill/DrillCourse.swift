import Synchronization
import TocsinClient
import TocsinModel
import TocsinRouting
import TocsinWire

/// A drill while it is played.
final class DrillCourse: Sendable {
    /// A report of the drill that has become an incident.
    struct Played: Sendable {
        /// The place of the report in the drill, from 0.
        let index: Int
        let incident: IncidentNumber
    }

    /// An alert that has been seen.
    private struct Seen: Hashable {
        let recipient: Recipient
        let number: AlertNumber

        init(_ alert: IncidentPage.Alert) { (recipient, number) = (alert.recipient, alert.number) }
    }

    /// The pause between two looks at what has become of the incidents.
    private static let pause = Duration.milliseconds(200)

    private let drill: Drill
    private let reporter: Reporter
    private let control: Operator
    private let timeout: Duration
    private let played = Mutex<[Played]>([])
    /// Who was on duty for each alert when it was first seen; nil where the broker says nothing.
    private let duty = Mutex<[Seen: [String]?]>([:])

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
        try await sendAll()
        let end = ContinuousClock.now + drill.wait
        while true {
            let readiness = Readiness(drill: drill, startedAt: startedAt, try await pages())
            guard !readiness.isSettled, ContinuousClock.now < end else {
                Console.progress("")
                return readiness
            }
            let rest = Clock.duration(end - ContinuousClock.now)
            Console.progress("\(readiness.answered) of \(readiness.asked) have answered; waiting for \(rest) at most")
            try await Task.sleep(for: Self.pause)
        }
    }

    private func sendAll() async throws {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: (Played, Receipt).self) { group in
            // A report that waits for its receipt does not hold up the next one.
            for (index, entry) in drill.entries.enumerated() {
                group.addTask { [self] in
                    try await Task.sleep(until: start + entry.at, clock: .continuous)
                    let receipt = try await reporter.report(Self.json(of: entry), within: timeout)
                    return (Played(index: index, incident: receipt.incident), receipt)
                }
            }
            for try await (one, receipt) in group {
                played.withLock { $0.append(one) }
                Console.progress("")
                try Console.line(
                    DrillView.line(of: drill.entries[one.index], receipt, after: ContinuousClock.now - start))
                // Who is on duty is a matter of the moment: at a hand-over it would be somebody else.
                _ = try await page(of: one.incident)
            }
        }
    }

    /// Returns a report as it goes out this time: an exercise, under a name of its own.
    private static func json(of entry: Drill.Entry) -> [UInt8] {
        var members = JSONMembers(entry.json)
        var given = [
            ("identifier", ReportIdentifier.make()), ("sent", "\(Clock.now)"),
            ("status", ReportStatus.exercise.rawValue),
        ]
        if !entry.hasSender { given.append(("sender", Environment.userAtHost)) }
        for (name, value) in given { members.set(name, JSONMembers.json(value)) }
        return members.json
    }

    /// Asks what has become of the incidents, in the order of the drill.
    private func pages() async throws -> [(index: Int, page: IncidentPage)] {
        var pages: [(index: Int, page: IncidentPage)] = []
        for one in played.withLock({ $0 }).sorted(by: { $0.index < $1.index }) {
            pages.append((one.index, try await page(of: one.incident)))
        }
        return pages
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

    /// Closes the incidents of the drill that are open. What cannot be closed is said.
    func close() async {
        for one in played.withLock({ $0 }) {
            let arguments = makeJSON { json in
                json.member("incident", one.incident.value)
                json.member("by", Environment.userAtHost)
                json.member("reason", "the drill '\(drill.name)' is over")
            }
            do {
                _ = try await control.request(.close, arguments: arguments, within: timeout)
            } catch ClientError.refused(let refusal) where refusal.code == .unknownIncident {
                // It has closed by itself: everybody has answered.
            } catch {
                Console.note("tocsin: incident \(one.incident) of the drill stays open: \(error)")
            }
        }
    }
}

/// What became of an incident, as the broker's answer has it.
struct IncidentPage: Sendable {
    struct Alert: Hashable, Sendable {
        let recipient: Recipient
        let number: AlertNumber
        let purpose: Purpose
        let escalation: Int
        /// The times after which it was told, delivered to a terminal, and taken on by a person.
        var told = Duration.zero
        var delivered: Duration?
        var acknowledged: Duration?
        var state: AlertState
        /// Who has taken it on, or declined.
        var by: String?
        /// Who was on duty by the sheet, which may be nobody; nil where the recipient has no roster.
        var onDuty: [String]?

        /// True if nothing more is expected of the recipient: it has answered, somebody else has for it, or it has been told
        /// where it need not act.
        var isSettled: Bool {
            purpose == .action ? state.isTaken || state == .declined || state == .silenced : delivered != nil
        }
    }

    let incident: IncidentNumber
    var alerts: [Alert] = []

    /// - Throws: a ``TocsinModel/Refusal`` that names the first member that is missing or wrong.
    init(json: JSONNode) throws(Refusal) {
        incident = try json.member("incident")
        let stored: Timestamp = try json.member("storedAt")
        var alerts: [Alert] = []
        try json.forEachElement(of: "alerts") { (node) throws(Refusal) in
            alerts.append(
                Alert(
                    recipient: try node.member("recipient"), number: try node.member("number"),
                    purpose: try node.member("purpose"), escalation: Int(try node.member("escalation") as Int64),
                    state: try node.member("state"), onDuty: try node.member(ifPresent: "onDuty")))
        }
        try json.forEachElement(of: "timeline") { (node) throws(Refusal) in
            let (recipient, number): (Recipient?, AlertNumber?) = (
                try node.member(ifPresent: "recipient"), try node.member(ifPresent: "number")
            )
            guard let index = alerts.firstIndex(where: { $0.recipient == recipient && $0.number == number }) else {
                return
            }
            let after = (try node.member("at") as Timestamp) - stored
            let word: String = try node.member("state")
            if word == "escalated" { alerts[index].told = after }
            // A word of the broker's own, as that somebody else has taken it on, says nothing of a delivery.
            guard let state = AlertState(rawValue: word), state == .received || state.isPersonal else { return }
            alerts[index].delivered = min(alerts[index].delivered ?? after, after)
            guard state.isPersonal, alerts[index].acknowledged == nil else { return }
            if state != .declined { alerts[index].acknowledged = after }
            alerts[index].by = try node.member(ifPresent: "by")
        }
        self.alerts = alerts
    }
}
