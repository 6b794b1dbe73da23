import Testing
import TocsinModel
import TocsinRouting

/// Borders of places in the grids file.
struct BorderFileTests {
    private func directory(_ grid: String) throws -> Directory {
        try makeDirectory(
            grids:
                "places:\n  \"110101\": 区\n  \"110101005\": 街道\n  \"110101005003\": 社区\n  \"110101005003001\": \(grid)\n"
        )
    }

    private func problems(_ grid: String) -> [String] {
        TocsinRoutingTests.problems { _ = try directory(grid) }
    }

    @Test func `a place is a name, or a name with a border`() throws {
        let directory = try directory("{ name: 甲, polygon: [[39.9, 116.4], [39.9, 116.41], [39.91, 116.41]] }")
        #expect(directory.places[try #require(GridCode("110101005003001"))] == "甲")
        #expect(directory.borders.count == 1)
        let point = try #require(Point(latitude: 39.902, longitude: 116.408))
        #expect(directory.borders.place(at: point)?.description == "110101005003001")
        #expect(try makeDirectory().borders.isEmpty)
    }

    @Test(arguments: [
        ("{ polygon: [] }", "g:5:22: a place needs 'name', which is missing"),
        ("{ name: 甲, ring: [] }", "g:5:33: 'ring' is not a key of a place; valid are name, polygon"),
        (
            "{ name: 甲, polygon: [[39.9, 116.4], [39.9, 116.41]] }",
            "g:5:42: the polygon of 110101005003001 needs three different points at least"
        ),
        (
            "{ name: 甲, polygon: [[39.9, 116.4], [39.9, 116.4], [39.9, 116.41], [39.9, 116.4]] }",
            "g:5:42: the polygon of 110101005003001 needs three different points at least"
        ),
        (
            "{ name: 甲, polygon: [[116.4, 39.9], [39.9, 116.4], [39.91, 116.41]] }",
            "g:5:44: the latitude 116.4 is not between -90 and 90; a point is [latitude, longitude] in degrees, such as"
        ),
        (
            "{ name: 甲, polygon: [[39.9, 180.1], [39.9, 116.4], [39.91, 116.41]] }",
            "g:5:50: the longitude 180.1 is not between -180 and 180"
        ),
        ("{ name: 甲, polygon: [[39.9], [39.9, 116.4], [39.91, 116.41]] }", "g:5:43: a point of the polygon of"),
        (
            "{ name: 甲, polygon: [[39.9, nan], [39.9, 116.4], [39.91, 116.41]] }",
            "g:5:50: the longitude is not a decimal number"
        ),
        (
            "{ name: 甲, polygon: [[0, 0], [0, 2], [2, 0], [2, 2]] }",
            "g:5:67: the polygon of 110101005003001 crosses or touches itself: the line from this point to the next meets "
                + "that which begins at line 5, column 51; list the points in their order along the border"
        ),
        (
            "{ name: 甲, polygon: [[0, -100], [0, 0], [0, 90], [10, 0]] }",
            "g:5:62: the polygon of 110101005003001 spans more than 180° of longitude with this point; name a smaller"
        ),
        ("{ name: 甲, polygon: 5 }", "g:5:42: the polygon of 110101005003001 is '5'; a list is expected"),
    ]) func `a wrong border says what is right, and where`(grid: String, problem: String) {
        let found = problems(grid).map { $0.replacing("grids.yaml", with: "g") }
        #expect(found.contains { $0.hasPrefix(problem) }, "\(found)")
    }

    @Test func `a border has a bound`() {
        let points = (0...Limits.polygonPoints).map { "[\(Double($0) / 100), \($0 % 2)]" }.joined(separator: ", ")
        #expect(
            problems("{ name: 甲, polygon: [\(points)] }") == [
                "grids.yaml:5:42: the polygon of 110101005003001 has 4097 points; at most 4096 are allowed"
            ])
    }
}
