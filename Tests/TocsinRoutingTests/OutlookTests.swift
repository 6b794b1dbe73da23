import Testing
import TocsinModel
import TocsinRouting

/// What an explanation says besides who is told: what keeps the alerts still, and by what a report joins an incident.
struct OutlookTests {
    private static let text = """
        fallback: desk
        rules:
          - name: smoke
            when: { event: smoke, message: [Alert, Update, Cancel] }
            notify: [fire, police]
            inform: gas
            require: any
            acknowledge-within: 60s
            escalate: [{ after: 3m, to: leader@district }]
            correlate: { by: [event, grid], within: 10m }
          - name: more smoke
            when: { event: smoke }
            inform: gas
            correlate: { by: category, within: 1h }
        silences:
          - name: 夜间施工
            when: { event: [smoke, hum], message: [Alert, Update, Cancel] }
            during: 22:00-06:00 UTC
            by: Li
            reason: works
        """
    private static let (day, night) = ("2026-12-01T12:00:00Z", "2026-12-02T01:00:00Z")

    private let rules: Ruleset

    init() throws {
        rules = try Ruleset(yaml: Self.text, file: "rules.yaml", directory: makeDirectory(), zones: .system)
    }

    private func explain(
        _ report: Report, at time: String, _ silences: SilenceTable = SilenceTable()
    ) throws -> Explanation {
        let time = try #require(Timestamp(time))
        let subject = Case(report, at: time, body: [])
        var explanation = rules.explain(subject)
        explanation.addOutlook(of: subject, by: rules, silences)
        return explanation
    }

    private func silence(until: String, evenExtreme: Bool = false) throws -> SilenceTable {
        var silences = SilenceTable()
        silences.read(by: rules)
        silences.add(
            Silence(
                when: #"{"event":"smoke"}"#, until: try #require(Timestamp(until)),
                person: Person(by: "Li", note: "works"), evenExtreme: evenExtreme), at: Position(7))
        return silences
    }

    private func json(_ explanation: Explanation, withTimetable: Bool = false) -> String {
        var json = JSONWriter()
        explanation.write(to: &json, withTimetable: withTimetable)
        return json.text
    }

    // MARK: - Silences

    @Test func `a silence of the rules keeps still what comes in its hours`() throws {
        let silenced = try explain(makeReport(event: "smoke"), at: Self.night).silenced
        let morning = try #require(Timestamp("2026-12-02T06:00:00Z"))
        #expect(silenced == .init(Silencing(.window("夜间施工"), until: morning)))
        #expect(try explain(makeReport(event: "smoke"), at: Self.day).silenced == nil)
        #expect(try explain(makeReport(event: "smoke", severity: .extreme), at: Self.night).silenced == nil)
        #expect(try explain(makeReport(event: "gas-leak"), at: Self.night).silenced == nil)
    }

    @Test func `an Update is kept still like an Alert, and a Cancel never`() throws {
        #expect(try explain(makeReport(event: "smoke", type: .update), at: Self.night).silenced != nil)
        #expect(try explain(makeReport(event: "smoke", type: .cancel), at: Self.night).silenced == nil)
    }

    @Test func `of an Extreme report that is kept still leaders are told, and whoever is informed`() throws {
        let silences = try silence(until: "2026-12-01T13:00:00Z", evenExtreme: true)
        let explanation = try explain(makeReport(event: "smoke", severity: .extreme), at: Self.day, silences)
        #expect(
            explanation.routing.told == [
                "fire action", "police action", "gas information", "leader@110101 information",
            ])
        #expect(explanation.routing.addressees.last?.rule == Ruleset.silenceRule)
        #expect(
            json(explanation).contains(
                #""silenced":{"silence":7,"until":"2026-12-01T13:00:00.000Z","told":["gas","leader@110101"]}"#))
    }

    @Test func `a silence that is over at the time keeps nothing still`() throws {
        let silences = try silence(until: "2026-12-01T13:00:00Z")
        let end = try #require(Timestamp("2026-12-01T13:00:00Z"))
        #expect(silences.standing(at: end + .milliseconds(-1)).count == 1)
        #expect(silences.standing(at: end).isEmpty)
        #expect(try explain(makeReport(event: "smoke"), at: Self.day, silences).silenced?.told == [])
        #expect(try explain(makeReport(event: "smoke"), at: "2026-12-01T13:00:00Z", silences).silenced == nil)
    }

    @Test func `the timetable counts from the end of the silence`() throws {
        var explanation = try explain(makeReport(event: "smoke"), at: Self.night)
        explanation.at = Timestamp(Self.night)
        let text = json(explanation, withTimetable: true)
        #expect(text.hasPrefix(#"{"at":"2026-12-02T01:00:00.000Z","rules""#))
        #expect(text.contains(#""timetable":[{"afterMs":0,"at":"2026-12-02T06:00:00.000Z","told""#))
        #expect(text.contains(#"{"afterMs":60000,"at":"2026-12-02T06:01:00.000Z","overdue":["fire","police"]}"#))
    }

    // MARK: - One happening

    @Test func `a report finds an incident to join by what its rule looks at`() throws {
        let explanation = try explain(makeReport(event: "smoke"), at: Self.day)
        #expect(
            json(explanation).hasSuffix(
                #","correlates":{"rule":"smoke","by":["event","grid"],"withinMs":600000}}"#))
        guard case .matched(let second)? = explanation.verdicts.last?.verdict else {
            Issue.record("The second rule does not match.")
            return
        }
        #expect(!second.contains { $0.contains("join it") })
    }

    @Test func `what a report lacks lets it join nothing, and its rule does not say otherwise`() throws {
        let explanation = try explain(makeReport(event: "smoke", grid: nil), at: Self.day)
        #expect(
            json(explanation).hasSuffix(
                #","correlates":{"rule":"smoke","by":["event","grid"],"withinMs":600000,"lacks":["grid"]}}"#))
        #expect(!json(explanation).contains("join it"))
    }

    @Test func `of what nothing joins its rule does not say otherwise`() throws {
        #expect(!json(try explain(makeReport(event: "smoke", type: .update), at: Self.day)).contains("join it"))
        let subject = Case(makeReport(event: "smoke"), at: try #require(Timestamp(Self.day)), body: [])
        #expect(json(rules.explain(subject)).contains("join it"))
        #expect(!json(rules.explain(subject, canBeJoined: false)).contains("join it"))
        let joined = rules.explain(
            subject, routing: rules.route(subject), roots: [IncidentNumber(7)], astray: [], isRaised: false,
            with: SubscriptionTable())
        #expect(!json(joined).contains("join it"))
    }

    @Test func `a report that names its happening joins by that alone`() throws {
        var report = makeReport(event: "smoke")
        report.happenings = ["台风 7", "b"]
        #expect(
            json(try explain(report, at: Self.day)).hasSuffix(
                #","correlates":{"happenings":["台风 7","b"],"withinMs":86400000}}"#))
    }

    @Test func `what no rule correlates, and an Update, join nothing`() throws {
        #expect(try explain(makeReport(event: "gas-leak"), at: Self.day).correlates == nil)
        #expect(try explain(makeReport(event: "smoke", type: .update), at: Self.day).correlates == nil)
    }

    // MARK: - One answer

    @Test func `a plan says that one answer is enough`() throws {
        #expect(json(try explain(makeReport(event: "smoke"), at: Self.day)).contains(#""require":"any"}]"#))
    }

    @Test func `all of it survives being written and read as JSON`() throws {
        var happening = makeReport(event: "smoke", severity: .extreme, grid: nil)
        happening.happenings = ["b"]
        let silences = try silence(until: "2026-12-01T13:00:00Z", evenExtreme: true)
        let parser = JSONParser(maximumBytes: 65_536)
        for report in [makeReport(event: "smoke"), makeReport(event: "smoke", grid: nil), happening] {
            let explanation = try explain(report, at: Self.day, silences)
            let read = try parser.parse(Array(json(explanation).utf8)) { try Explanation(json: $0) }
            #expect(read.silenced == explanation.silenced && read.correlates == explanation.correlates)
            #expect(read.silenced != nil && read.correlates != nil)
            #expect(read.routing.plans == explanation.routing.plans)
        }
    }

    @Test(arguments: [
        (#""silenced":{"until":"2026-12-01T13:00:00Z"}"#, "silence"), (#""silenced":{"silence":7}"#, "until"),
        (#""correlates":{"by":["event"],"withinMs":1}"#, "rule"),
        (#""correlates":{"rule":"r","by":["colour"],"withinMs":1}"#, "by"),
    ])
    func `what cannot be read of it is refused by its member`(_ member: String, _ field: String) throws {
        let text = #"{"rules":[],"addressees":[],"plans":[],"# + member + "}"
        let refusal = #expect(throws: Refusal.self) {
            try JSONParser(maximumBytes: 65_536).parse(Array(text.utf8)) { try Explanation(json: $0) }
        }
        #expect(refusal?.field == field)
    }
}
