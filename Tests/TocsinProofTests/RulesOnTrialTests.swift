import Testing
import TocsinModel
import TocsinProof
import TocsinRouting

/// As of which time, at which place and to which supervisor an incident is routed again.
@Suite struct RulesOnTrialTests {
    private static let byPlace = "  - { name: a, when: { category: Fire }, notify: police@street }"

    @Test func `the place of a report that has a point alone is found by each directory`() throws {
        func grids(_ west: Double, _ east: Double) -> String {
            """
            places:
              "110101": 东城区
              "110101005":
                name: 北新桥街道
                polygon: [[39.94, \(west)], [39.94, \(east)], [39.96, \(east)], [39.96, \(west)]]
              "110101006": 东四街道
            """
        }
        let point = try #require(Point(latitude: 39.95, longitude: 116.415))
        let incident = Town.incident(grid: nil, point: point)
        let inside = try Town.rules(Self.byPlace, grids: grids(116.40, 116.42))
        let outside = try Town.rules(Self.byPlace, grids: grids(116.42, 116.44))
        #expect(changes(from: outside, to: inside, incident) == ["police@110101005 added →0!", "desk dropped 0!→"])
        // What the report itself says counts, whatever the borders are.
        #expect(changes(from: outside, to: inside, Town.incident(point: point)) == [])
    }

    @Test func `hours are those at which the report was stored`() throws {
        let always = try Town.rules("  - { name: a, when: { category: Fire }, notify: fire }")
        let byDay = try Town.rules(
            "  - { name: a, when: { category: Fire, during: Mon-Fri 07:00-09:00 UTC }, notify: fire }")
        #expect(changes(from: always, to: byDay) == [])
        let later = Town.incident(at: Town.start + .seconds(3600))
        #expect(changes(from: always, to: byDay, later) == ["desk added →0!", "fire dropped 0!→"])
    }

    @Test func `a lost link goes to its supervisor by each directory, and to whom rules add`() throws {
        let desk = try #require(Recipient("desk"))
        func rules(_ supervisor: String, _ rules: String = "  []") throws -> RulesOnTrial {
            let departments = Town.departments.replacing("en: Gas,", with: "en: Gas, supervised-by: \(supervisor),")
            return try Town.rules(rules, departments: departments)
        }
        let lost = Town.incident("link-lost", grid: nil, origin: .lostLink("gas", supervisor: desk))
        #expect(
            changes(from: try rules("desk"), to: try rules("leader@district"), lost) == [
                "leader@110101 added →0!", "desk later 0!→300000!",
            ])
        let added = "  - { name: lines, when: { event: link-lost }, inform: fire }"
        #expect(changes(from: try rules("desk"), to: try rules("desk", added), lost) == ["fire added →0"])
        // Neither directory supervises the link: whoever supervised it then is told by both.
        #expect(changes(from: try Town.rules("  []"), to: try Town.rules("  []"), lost) == [])
        #expect(changes(from: try Town.rules("  []"), to: try rules("fire"), lost).first == "fire added →0!")

        // Of a link that is back, whoever was told of the loss is informed, and no rules are asked.
        let back = Town.incident("link-restored", origin: .restoredLink("gas", told: [desk]))
        #expect(changes(from: try rules("desk"), to: try rules("fire", added), back) == [])
    }
}
