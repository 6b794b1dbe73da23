import JournalContract
import Testing
import TocsinModel

@testable import TocsinJournal
@testable import TocsinSQLite

/// How far up incidents went, and the answers that whoever reported was promised.
@Suite struct ClimbTests {
    let folder = StateFolderFixture()

    private static func recipient(_ name: String) -> Recipient {
        guard let recipient = Recipient(name) else { preconditionFailure("'\(name)' is not a recipient.") }
        return recipient
    }

    private static let grid = recipient("officer@230699001001001")
    private static let community = recipient("mediation@230699001001")
    private static let town = recipient("mediation@230699001")
    private static let county = recipient("leader@230699")
    private static let office = recipient("office")

    private static func climb(_ tellings: [[Recipient]]) -> Climb {
        var climb = Climb()
        for telling in tellings { climb.tell(telling) }
        return climb
    }

    @Test func `a size of place is skipped where nobody of the next smaller one is told before or together`() {
        func skips(_ tellings: [Recipient]...) -> [PlaceLevel] {
            let climb = Self.climb(tellings)
            return (0..<Climb.withoutPlace).filter(climb.skipped).map { Climb.levels[$0] }
        }
        #expect(skips([Self.grid], [Self.community], [Self.town], [Self.county]) == [])
        #expect(skips([Self.grid, Self.community, Self.town, Self.county]) == [])
        #expect(skips([Self.grid], [Self.county]) == [.district])
        #expect(skips([Self.county], [Self.town]) == [.street, .district])
        #expect(skips([Self.office]) == [])
        #expect(Self.climb([[Self.office], [Self.town]]).highest == Climb.rank(.street))
        #expect(Self.climb([[Self.office]]).highest == Climb.withoutPlace)
        #expect(Self.climb([[Self.grid, Self.county]]).hasSkipped)
    }

    private func plan(_ steps: [Recipient], feedback: Int64? = nil) -> Plan {
        Plan(
            rule: "petition", acknowledgeWithinMilliseconds: 60_000, watched: [0],
            steps: steps.enumerated().map { Plan.Step(after: .seconds($0.offset + 1), to: $0.element) },
            feedbackWithinMilliseconds: feedback)
    }

    private func incident(
        _ identifier: String, telling recipient: Recipient, _ number: Int64, _ plan: Plan, report: String = "",
        news: ReportNews? = nil, split: ReportSplit? = nil
    ) -> JournalRecord {
        .incident(
            IncidentRecord(
                name: ReportName(sender: "s", identifier: identifier), event: "petition", category: .other,
                severity: .minor, status: .actual, grid: GridCode("230699001001001"),
                alerts: [
                    .init(
                        Addressee(
                            recipient: recipient, purpose: .action, rule: "petition",
                            acknowledgeWithinMilliseconds: 60_000), number: AlertNumber(number), terminals: 0)
                ], plans: [plan], rules: .zero, report: [UInt8](report.utf8), news: news, split: split))
    }

    private func step(_ incident: Int64, _ step: Int, to recipient: Recipient, _ number: Int64) -> JournalRecord {
        .escalated(
            EscalatedRecord(
                incident: IncidentNumber(incident), plan: 0, step: step, recipient: recipient,
                number: AlertNumber(number), cause: .unanswered))
    }

    private func answer(_ records: [JournalRecord], by dimension: StatisticsQuestion.Dimension) throws -> [String] {
        let journal = try folder.store.openJournal()
        try journal.append(records.enumerated().map { Sample.entry(Int64($0.offset + 1), $0.element) })
        try journal.countAll()
        var json = JSONWriter()
        try journal.index().writeStatistics(
            StatisticsQuestion(by: dimension), now: Sample.start + .seconds(3600), to: &json)
        return try JSONParser(maximumBytes: 1 << 20).parse(json.bytes) { (json) throws(Refusal) in
            var lines: [String] = []
            func add(_ node: JSONNode) throws(Refusal) {
                let name: String = try node.member(ifPresent: "name") ?? "-"
                var counts: [Int64?] = [
                    try node.member(ifPresent: "incidents"), try node.member(ifPresent: "ended"),
                    try node.member(ifPresent: "skipped"),
                ]
                if let feedback = node["feedback"] {
                    counts += [
                        try feedback.member("promised"), try feedback.member("kept"), try feedback.member("missed"),
                    ]
                }
                lines.append(([name] + counts.compactMap(\.self).map(String.init)).joined(separator: " "))
            }
            try json.forEachElement(of: "groups") { (node) throws(Refusal) in try add(node) }
            try add(try json.member("total"))
            return lines
        }
    }

    @Test func `by level each size of place has the incidents that reached it, ended there, and skipped to it`() throws
    {
        let steps = plan([Self.town, Self.county])
        let lines = try answer(
            [
                incident("a", telling: Self.community, 1, steps), incident("b", telling: Self.community, 2, steps),
                incident("c", telling: Self.community, 3, plan([Self.county])),
                incident("d", telling: Self.office, 1, steps),
                step(1, 0, to: Self.town, 1), step(2, 0, to: Self.town, 2), step(2, 1, to: Self.county, 1),
                step(3, 0, to: Self.county, 2),
            ], by: .level)
        // A community without anybody at a grid is skipped to, too.
        #expect(lines == ["community 3 0 3", "street 2 1 0", "district 2 2 1", "- 1 1 0", "- 4 4 3"])
    }

    @Test func `promised answers are counted, and those that were given in time and were not`() throws {
        let promise = plan([], feedback: 30 * 60_000)
        let lines = try answer(
            [
                incident("a", telling: Self.town, 1, promise), incident("b", telling: Self.town, 2, promise),
                incident("c", telling: Self.town, 3, plan([Self.county])),
                Sample.personal(Self.town, .resolved, 1...1),
            ], by: .rule)
        #expect(lines == ["petition 3 2 1 1", "- 3 2 1 1"])
    }

    @Test(arguments: [
        (StatisticsQuestion.Dimension.level, ["community 1 1 1", "street 0 0 0", "district 0 0 0", "- 1 1 1"]),
        (.rule, ["petition 1", "- 1"]),
    ])
    func `an Update and a report that joined are no incidents of their own`(
        dimension: StatisticsQuestion.Dimension, lines: [String]
    ) throws {
        let root = ReportNews.Root(IncidentNumber(1), sender: "s")
        let steps = plan([Self.county])
        let found = try answer(
            [
                incident("a", telling: Self.community, 1, steps),
                incident("b", telling: Self.town, 1, steps, news: ReportNews(.update, roots: [root])),
                incident("c", telling: Self.town, 2, steps, news: ReportNews(.alert, roots: [root], joined: 2)),
                step(2, 0, to: Self.county, 1),
            ], by: dimension)
        #expect(found == lines)
    }

    @Test func `a report that was taken out of an incident was not on its way since it was sent`() {
        let report = #"{"sent":"2026-01-01T00:00:00Z"}"#
        let split = ReportSplit(of: Position(2), from: IncidentNumber(1), by: Person(by: "Li"))
        let records = [
            incident("a", telling: Self.town, 1, plan([]), report: report),
            incident("b", telling: Self.town, 2, plan([]), report: report, split: split),
        ]
        let folded = FoldedCourses(records.enumerated().map { Sample.entry(Int64($0.offset) + 1, $0.element) })
        #expect(folded.course(of: Self.town, AlertNumber(1))?.reporting != nil)
        #expect(folded.course(of: Self.town, AlertNumber(2)).map { $0.reporting == nil } == true)
    }

    @Test func `an alert that was silenced has its time from when it rang`() throws {
        let rang = Sample.start + .seconds(3600)
        let until = Silencing(.silence(Position(5)), until: rang)
        let folded = FoldedCourses([
            Sample.entry(1, incident("a", telling: Self.town, 1, plan([]))),
            Sample.entry(
                2,
                .stoodDown(
                    StoodDownRecord(
                        incident: IncidentNumber(1), recipient: Self.town, number: AlertNumber(1), state: .silenced,
                        cause: .silenced(until)))),
            Sample.entry(
                3,
                .rung(
                    RungRecord(
                        incident: IncidentNumber(1), recipient: Self.town, number: AlertNumber(1), cause: .lifted,
                        acknowledgeWithinMilliseconds: 90_000)), at: rang),
            Sample.entry(4, Sample.personal(Self.town, .acknowledged, 1...1), at: rang + .seconds(80)),
        ])
        let course = try #require(folded.course(of: Self.town, AlertNumber(1)))
        #expect(course.told == rang.milliseconds)
        #expect(course.within == 90_000 && course.acknowledged == 80_000)
        #expect(!course.isMissed(now: (rang + .seconds(3600)).milliseconds))
    }
}
