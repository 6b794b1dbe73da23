import JournalContract
import Testing
import TocsinAccess
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

@testable import TocsinCore

/// The timetable of an explanation is what the broker does when nobody answers.
struct TimetableTests {
    @Test(arguments: 0..<60) func `a broker that nobody answers tells whom the timetable says, when it says`(
        seed: Int
    ) throws {
        var town = SilentTown(seed: UInt64(seed))
        let files = try town.files()
        var harness = Harness(files)
        for subscription in try town.subscriptions() {
            harness.handle(.subscribe(Scene.peer("desk"), subscription))
        }
        #expect(harness.broker.subscriptions.count == 2)
        harness.join("fire", as: "engine-1")
        for number in 1...4 {
            harness.report("r-\(number)", event: town.event(), status: town.status())
            harness.advance(.milliseconds(Int64(town.pick(5000))))
        }
        harness.leave("fire", "engine-1")
        harness.advance(.seconds(2 * 3600))
        // Everybody comes at last, and has said nothing before.
        for recipient in SilentTown.recipients { harness.join(recipient, as: "late-\(recipient)") }
        let incidents = harness.store.entries.filter { if case .incident = $0.record { true } else { false } }
        #expect(incidents.count == 5, "four reports, and the link of fire")
        for entry in incidents {
            let expected = try lines(expectedOf: entry, files.rules, harness.broker.subscriptions)
            #expect(expected == lines(happenedTo: entry, harness), "seed \(seed), incident \(entry.position)")
        }
    }

    /// What the timetable of an incident's routing says: "60000 leader action rule 1", "120000 leader is overdue".
    private func lines(
        expectedOf entry: JournalEntry, _ rules: Ruleset, _ subscriptions: SubscriptionTable
    ) throws -> Set<String> {
        guard case .incident(let record) = entry.record else { return [] }
        let report =
            record.name.sender == LinkReport.sender
            ? try ReportDecoder().decode(record.report)
            : Report(
                name: record.name, sent: entry.at, event: record.event, category: record.category,
                severity: record.severity, status: record.status)
        let subject = Case(report, at: entry.at, body: record.report)
        let routing =
            record.name.sender == LinkReport.sender
            ? rules.route(subject, to: Scene.recipient("gas"), of: "fire", with: subscriptions)
            : rules.route(subject, with: subscriptions)
        let timetable = Timetable(routing)
        #expect(timetable.moments.map(\.afterMilliseconds) == timetable.moments.map(\.afterMilliseconds).sorted())
        #expect(Set(timetable.unanswered).isSubset(of: timetable.moments.flatMap(\.told).map(\.recipient)))
        return Set(
            timetable.moments.flatMap { moment in
                moment.told.map { told in
                    "\(moment.afterMilliseconds) \(told.recipient) \(told.purpose.rawValue) \(told.rule) \(told.step)"
                } + moment.overdue.map { "\(moment.afterMilliseconds) \($0) is overdue" }
            })
    }

    /// What the journal says that the broker did, and the alerts say until when somebody should have acknowledged.
    private func lines(happenedTo entry: JournalEntry, _ harness: borrowing Harness) -> Set<String> {
        guard case .incident(let record) = entry.record else { return [] }
        let number = IncidentNumber(entry.position)
        var lines = Set(record.alerts.map { "0 \($0.recipient) \($0.purpose.rawValue) \($0.rule) 0" })
        for later in harness.store.entries {
            let after = (later.at - entry.at).wholeMilliseconds
            switch later.record {
            case .escalated(let step) where step.incident == number:
                lines.insert(
                    "\(after) \(step.recipient) action \(record.plans[step.plan].rule) \(step.step + 1)")
            case .rung(let ring) where ring.incident == number:
                // A step that leads to somebody who has the alert already.
                guard let plan = ring.plan, let step = ring.step else { continue }
                lines.insert("\(after) \(ring.recipient) action \(record.plans[plan].rule) \(step + 1)")
            default: continue
            }
        }
        let envelopes = harness.alerts.filter { $0.envelope.incident == number && $0.terminal != "engine-1" }
        for alert in envelopes {
            guard let deadline = alert.envelope.acknowledgeBy else { continue }
            lines.insert("\((deadline - entry.at).wholeMilliseconds) \(alert.recipient) is overdue")
        }
        return lines
    }

    @Test func `a step for whoever was told already is told again, and what waits for what is said`() throws {
        let rules = """
            fallback: desk
            rules:
              - name: fire
                when: { category: Fire }
                notify: [fire, gas]
                inform: leader
                acknowledge-within: 1m
                escalate: [{ after: 1m, to: leader }, { after: 90s, to: fire }]
            """
        let ruleset = try Scene.ruleset(rules)
        let report = Report(
            name: ReportName(sender: "s", identifier: "i"), sent: Timestamp(milliseconds: 0), event: "e",
            category: .fire, severity: .severe)
        let routing = ruleset.route(Case(report, at: report.sent, body: []))
        let timetable = Timetable(routing)
        #expect(timetable.moments.map(\.afterMilliseconds) == [0, 60_000, 90_000, 120_000])
        #expect(timetable.moments.map { $0.overdue.map(\.name) } == [[], ["fire", "gas"], [], ["leader"]])
        let told = timetable.moments.flatMap(\.told)
        #expect(told.map(\.recipient.name) == ["fire", "gas", "leader", "leader", "fire"])
        #expect(told.map(\.isAgain) == [false, false, false, true, true])
        #expect(told.map(\.plan) == [nil, nil, nil, 0, 0])
        #expect(timetable.unanswered.map(\.name) == ["fire", "gas", "leader"])
    }

    @Test func `where nobody has to act nothing follows`() throws {
        let routing = try Scene.ruleset("fallback: desk\nrules: [{ name: a, inform: [fire, gas] }]").route(
            Case(
                Report(
                    name: ReportName(sender: "s", identifier: "i"), sent: Timestamp(milliseconds: 0), event: "e",
                    category: .fire, severity: .severe), at: Timestamp(milliseconds: 0), body: []))
        let timetable = Timetable(routing)
        #expect(timetable.moments.map { $0.told.map(\.recipient.name) } == [["fire", "gas"]])
        #expect(timetable.unanswered.isEmpty)
    }
}

/// Rules, subscriptions and reports by chance, the same for the same seed.
private struct SilentTown {
    static let recipients = ["fire", "police", "gas", "leader", "chief", "desk"]

    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1
    }

    mutating func pick(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % count
    }

    mutating func event() -> String { ["flood", "quake", "storm", "other"][pick(4)] }

    mutating func status() -> ReportStatus { [.actual, .actual, .exercise, .test][pick(4)] }

    mutating func files() throws -> RuleFiles {
        let departments =
            "departments:\n"
            + Self.recipients.map { name in
                "  - { name: \(name), zh: \(name), en: \(name), may-subscribe: action"
                    + (name == "fire" ? ", supervised-by: gas }\n" : " }\n")
            }.joined() + "roles:\n  - { name: officer, zh: 网格员, en: Officer, at: [street] }\n"
        let directory = try Directory(
            departments: departments, departmentsFile: "departments.yaml", grids: nil, gridsFile: "")
        let rules = "fallback: desk\nrules:\n" + (0..<5).map { rule($0) }.joined()
        return RuleFiles(
            rules: try Ruleset(yaml: rules, file: "rules.yaml", directory: directory), directory: directory,
            texts: RuleTexts(rules: rules, departments: departments), loadedAt: Timestamp(milliseconds: 0))
    }

    private mutating func rule(_ number: Int) -> String {
        // No report has a place, so that the fallback stands in for the officer.
        let everybody = Self.recipients + ["officer@street"]
        let notify = (0...pick(2)).map { _ in everybody[pick(7)] }
        let inform = (0...pick(2)).map { _ in everybody[pick(7)] }
        var after = 0
        let steps = (0..<pick(5)).map { _ in
            after += 1 + pick(900)
            return "{ after: \(after)s, to: \(everybody[pick(7)]) }"
        }
        let event = ["flood", "quake", "storm", "link-lost"][pick(4)]
        let asked = pick(3) > 0 ? "when: { event: \(event) }" : "when: { status: [Actual, Test] }"
        let list = { (names: [String]) in "[\(Set(names).sorted().joined(separator: ", "))]" }
        return """
              - name: rule \(number)
                \(asked)
                notify: \(list(notify))
                inform: \(list(inform.filter { !notify.contains($0) } + ["chief"].filter { !notify.contains($0) }))
                acknowledge-within: \(1 + pick(600))s
                escalate: [\(steps.joined(separator: ", "))]
                stop: \(pick(6) == 0)

            """.replacing("    inform: []\n", with: "").replacing("    escalate: []\n", with: "")
    }

    mutating func subscriptions() throws -> [Subscription] {
        try ["leader", "police"].map { recipient in
            Subscription(
                Subscription.Key(Scene.recipient(recipient), try #require(SubscriptionName("s"))),
                when: pick(2) == 0 ? #"{"event":"flood"}"# : #"{"category":["Fire","Infra"]}"#,
                purpose: pick(2) == 0 ? .action : .information, by: "Li", since: Timestamp(milliseconds: 0),
                principal: nil)
        }
    }
}
