import Glibc
import Testing
import TocsinModel
import TocsinSimulator

@testable import TocsinRouting

struct CircleCellsTests {
    /// Points where maps go wrong and elsewhere, each with some near it.
    private static func points(_ random: inout SplitMix64) -> [Point] {
        var points: [Point] = []
        for latitude in [-90.0, -89.9999, -45, 0, 39.93, 89.99, 90] {
            for longitude in [-180.0, -179.9999, -90, 0, 116.42, 179.9999, 180] {
                for _ in 0..<6 {
                    let spread = Double.random(in: 0...3, using: &random)
                    let north = latitude + Double.random(in: -spread...spread, using: &random)
                    var east = longitude + Double.random(in: -spread...spread, using: &random)
                    if east > 180 { east -= 360 } else if east < -180 { east += 360 }
                    if let point = Point(latitude: max(-90, min(90, north)), longitude: east) { points.append(point) }
                }
            }
        }
        return points
    }

    @Test func `the cells find each circle that has the point in it`() throws {
        var random = SplitMix64(seed: 18)
        let points = Self.points(&random)
        var found = 0
        for center in points {
            let radius = pow(10, Double.random(in: 0...7.3, using: &random))
            let circle = try #require(Circle(center: center, radius: radius))
            let cells = Set(CircleCells.cells(of: circle))
            #expect(cells.count <= 27)
            var levels = CircleCells.Levels()
            levels.insert(CircleCells.level(of: circle))
            for point in points where circle.contains(point) {
                found += 1
                CircleCells.forEachCell(of: point, at: levels) { #expect(cells.contains($0)) }
            }
        }
        #expect(found > 1000)
    }

    @Test func `a border point at every bearing is found`() throws {
        for latitude in [-90.0, -30, 0, 45, 89.9999, 90] {
            let center = try #require(Point(latitude: latitude, longitude: -180))
            for radius in [1.0, 48, 50, 97, 500, 10_000, 2_000_000, 15_000_000] {
                let circle = try #require(Circle(center: center, radius: radius))
                let cells = Set(CircleCells.cells(of: circle))
                var levels = CircleCells.Levels()
                levels.insert(CircleCells.level(of: circle))
                let reach = radius / Circle.earthRadius * 180 / .pi
                for step in 0..<360 {
                    let angle = Double(step) * .pi / 180
                    let point = Point(
                        latitude: max(-90, min(90, latitude + reach * cos(angle))),
                        longitude: max(-180, min(180, -180 + abs(reach * sin(angle)))))
                    guard let point, circle.contains(point) else { continue }
                    CircleCells.forEachCell(of: point, at: levels) { #expect(cells.contains($0)) }
                }
            }
        }
    }

    @Test func `few circles are found that do not have the point in them`() throws {
        var random = SplitMix64(seed: 5)
        // A city of ten kilometres, and circles of a few hundred metres.
        func place() throws -> Point {
            try #require(
                Point(
                    latitude: Double.random(in: 39.87...39.97, using: &random),
                    longitude: Double.random(in: 116.35...116.47, using: &random)))
        }
        let circles = try (0..<2000).map { _ in try #require(Circle(center: place(), radius: 300)) }
        var index: [UInt64: [Int]] = [:]
        var levels = CircleCells.Levels()
        for (number, circle) in circles.enumerated() {
            levels.insert(CircleCells.level(of: circle))
            for cell in CircleCells.cells(of: circle) { index[cell, default: []].append(number) }
        }
        var (asked, right) = (0, 0)
        for _ in 0..<500 {
            let point = try place()
            CircleCells.forEachCell(of: point, at: levels) { asked += index[$0]?.count ?? 0 }
            right += circles.count { $0.contains(point) }
        }
        #expect(asked < 6 * right, "\(asked) asked for \(right)")
    }
}
