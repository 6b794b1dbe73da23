import JournalContract
import Testing
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

@testable import TocsinCore

/// A report that has a point alone is routed by the place in which the point lies.
struct FoundPlaceTests {
    private static let departments = """
        departments: [{ name: desk, zh: 值班台, en: Desk }]
        roles: [{ name: police, at: grid, zh: 网格警员, en: Police Officer }]
        """
    private static let grids = """
        places:
          "110101": 东城区
          "110101001": 东华门街道
          "110101001001": 甲社区
          "110101001001001": { name: 第一网格, polygon: [[39.90, 116.40], [39.90, 116.41], [39.91, 116.41], [39.91, 116.40]] }
          "110101001001002": { name: 第二网格, polygon: [[39.90, 116.41], [39.90, 116.42], [39.91, 116.42], [39.91, 116.41]] }
        """
    private static let rules = "fallback: desk\nrules: [{ name: everything, notify: police@grid }]\n"

    private func files(grids: String = Self.grids) throws -> RuleFiles {
        let directory = try Directory(
            departments: Self.departments, departmentsFile: "d", grids: grids, gridsFile: "g")
        return RuleFiles(
            rules: try Ruleset(yaml: Self.rules, file: "r", directory: directory), directory: directory,
            texts: RuleTexts(rules: Self.rules, departments: Self.departments, grids: grids),
            loadedAt: Timestamp(milliseconds: 0))
    }

    private func report(_ harness: borrowing Harness, _ longitude: Double, grid: String? = nil) -> Input {
        guard
            case .report(let peer, let reference, var report, let body, let stored, _, let principal, _) =
                harness.reportInput("r-1")
        else { preconditionFailure("A report is one.") }
        report.point = Point(latitude: 39.905, longitude: longitude)
        report.grid = grid.flatMap { GridCode($0) }
        return .report(peer, reference, report, body: body, stored: stored, by: principal)
    }

    @Test func `the receipt says which place was found, and the journal has it`() throws {
        var harness = Harness(try files())
        let report = report(harness, 116.415)
        harness.handle(report)
        #expect(harness.receipts.map(\.grid) == [GridCode("110101001001002")])
        #expect(harness.receipts.map(\.isPlaceUnknown) == [false])
        #expect(harness.receipts[0].recipients.map(\.recipient.name) == ["police@110101001001002"])
        guard case .incident(let incident)? = harness.store.entries.last?.record else {
            Issue.record("There is no incident.")
            return
        }
        #expect(incident.grid == GridCode("110101001001002"))
    }

    @Test func `the same report has the same place after a restart, and after the borders have moved`() throws {
        var harness = Harness(try files())
        let first = report(harness, 116.415)
        harness.handle(first)
        try harness.restart(after: .seconds(60))
        let second = report(harness, 116.415)
        harness.handle(second)
        let moved = try files(grids: Self.grids.replacing("116.41]", with: "116.418]"))
        harness.event { pipeline, turn in pipeline.broker.adopt(moved, into: &turn) }
        let third = report(harness, 116.415)
        harness.handle(third)
        #expect(harness.receipts.map(\.isDuplicate) == [false, true, true])
        #expect(Set(harness.receipts.map(\.grid)) == [GridCode("110101001001002")])
        #expect(Set(harness.receipts.map(\.recipients)).count == 1)
    }

    @Test func `a report that names its place goes by that, and one that lies nowhere has none`() throws {
        var harness = Harness(try files())
        let named = report(harness, 116.415, grid: "110101001001001")
        harness.handle(named)
        #expect(harness.receipts.map(\.grid) == [nil])
        #expect(harness.receipts[0].recipients.map(\.recipient.name) == ["police@110101001001001"])
        var other = Harness(try files())
        let nowhere = report(other, 116.43)
        other.handle(nowhere)
        #expect(other.receipts.map(\.grid) == [nil])
        #expect(other.receipts[0].recipients.map(\.recipient.name) == ["desk"])
    }
}
