import Testing
import TocsinModel
import TocsinSimulator

@testable import TocsinRouting

struct BorderIndexTests {
    private typealias Entry = (place: GridCode, border: Border)

    private static func rectangle(_ code: String, _ south: Double, _ west: Double, _ north: Double, _ east: Double)
        throws
        -> Entry
    {
        let corners = [(south, west), (south, east), (north, east), (north, west)]
        return (
            try #require(GridCode(code)),
            try Border(corners.map { try #require(Point(latitude: $0.0, longitude: $0.1)) })
        )
    }

    private func place(_ index: BorderIndex, _ latitude: Double, _ longitude: Double) throws -> String? {
        index.place(at: try #require(Point(latitude: latitude, longitude: longitude)))?.description
    }

    /// The rule again, asked of each border.
    private static func place(of point: Point, _ entries: [Entry]) -> GridCode? {
        let sides = entries.map { $0.border.side(of: point) }
        let inside = entries.indices.filter { sides[$0] == .inside }
            .min { (entries[$0].border.area, $0) < (entries[$1].border.area, $1) }
        let touching = entries.indices.filter { index in
            sides[index] == .border && (inside.map { entries[index].border.area <= entries[$0].border.area } ?? true)
        }
        let best = touching.min { (entries[$0].place.level, $0) < (entries[$1].place.level, $1) } ?? inside
        return best.map { entries[$0].place }
    }

    @Test func `the smallest place wins, and a border belongs to the first in the file`() throws {
        let street = try Self.rectangle("110101001", 39.90, 116.40, 39.94, 116.44)
        let first = try Self.rectangle("110101001001001", 39.90, 116.40, 39.92, 116.42)
        let second = try Self.rectangle("110101001001002", 39.90, 116.42, 39.92, 116.43)
        let index = BorderIndex([street, first, second])
        #expect(try place(index, 39.91, 116.41) == "110101001001001")
        #expect(try place(index, 39.93, 116.41) == "110101001")
        // Between the two grids: the first, although the second is smaller.
        #expect(try place(index, 39.91, 116.42) == "110101001001001")
        #expect(try place(BorderIndex([second, first, street]), 39.91, 116.42) == "110101001001002")
        // On the border of the street and of its grid: the grid.
        #expect(try place(index, 39.90, 116.425) == "110101001001002")
        // On the border of a grid, inside the street.
        #expect(try place(index, 39.92, 116.41) == "110101001001001")
        #expect(try place(index, 39.94, 116.44) == "110101001")
        #expect(try place(index, 39.89, 116.44) == nil)
        // On the border of a street, inside a grid of another.
        let other = try Self.rectangle("110101002", 39.909, 116.405, 39.911, 116.408)
        #expect(try place(BorderIndex([other, street, first]), 39.91, 116.405) == "110101002")
        let large = try Self.rectangle("110101002", 38.0, 116.405, 39.94, 118)
        #expect(try place(BorderIndex([large, street, first]), 39.91, 116.405) == "110101001001001")
        #expect(BorderIndex.empty.isEmpty)
        #expect(try place(.empty, 39.9, 116.4) == nil)
    }

    @Test func `the index answers as asking each border does, at the poles and the 180th meridian too`() throws {
        var random = SplitMix64(seed: 7)
        // Coordinates of few values, so that borders touch and coincide.
        let latitudes = [-90, -89.5, -30, 0, 0.5, 39.9, 40, 89, 90]
        let longitudes = [-180, -179.5, -90, 0, 10, 116.4, 116.5, 179.5, 180]
        var entries: [Entry] = []
        var code = 110_101_001_001_000
        while entries.count < 400 {
            let (south, north) = (
                latitudes.randomElement(using: &random) ?? 0, latitudes.randomElement(using: &random) ?? 0
            )
            let (west, east) = (
                longitudes.randomElement(using: &random) ?? 0, longitudes.randomElement(using: &random) ?? 0
            )
            guard south < north, west != east, abs(west - east) != 360 else { continue }
            code += 1
            let level = [9, 12, 15].randomElement(using: &random) ?? 15
            guard let entry = try? Self.rectangle(String(String(code).prefix(level)), south, west, north, east) else {
                continue
            }
            entries.append(entry)
        }
        let index = BorderIndex(entries)
        var found = 0
        for _ in 0..<4000 {
            func coordinate(_ known: [Double], _ most: Double) -> Double {
                Bool.random(using: &random)
                    ? known.randomElement(using: &random) ?? 0 : Double.random(in: -most...most, using: &random)
            }
            let point = try #require(Point(latitude: coordinate(latitudes, 90), longitude: coordinate(longitudes, 180)))
            let expected = Self.place(of: point, entries)
            #expect(index.place(at: point) == expected, "\(point)")
            if expected != nil { found += 1 }
        }
        #expect(found > 2000)
    }
}
