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
        _ identifier: String, telling recipient: Recipient, _ number: Int64, _ plan: Plan
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
                ], plans: [plan], rules: .zero, report: []))
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
}
