import Glibc
import Testing
import TocsinModel

struct BorderTests {
    typealias Place = (latitude: Double, longitude: Double)

    private func points(_ places: [Place]) throws -> [Point] {
        try places.map { try #require(Point(latitude: $0.latitude, longitude: $0.longitude)) }
    }

    private func side(_ border: Border, _ latitude: Double, _ longitude: Double) throws -> Border.Side {
        border.side(of: try #require(Point(latitude: latitude, longitude: longitude)))
    }

    private let square: [Place] = [(39.90, 116.40), (39.90, 116.42), (39.92, 116.42), (39.92, 116.40)]

    @Test func `a ring may be closed or not, begin anywhere and run either way`() throws {
        let open = try Border(points(square))
        for ring in [
            square + [square[0]], Array(square.reversed()), Array(square[2...] + square[..<2]), square + square[3...],
        ] {
            let border = try Border(points(ring))
            #expect(border.pointCount == 4)
            #expect(abs(border.area - open.area) < 1e-3)
            #expect(try side(border, 39.91, 116.41) == .inside)
            #expect(try side(border, 39.93, 116.41) == .outside)
        }
    }

    @Test func `a point is on the border by its decimals`() throws {
        let border = try Border(points([(39.1, 116.1), (39.2, 116.4), (39.7, 116.1)]))
        // Doubles have none of these numbers exactly.
        for step in 0...100 {
            #expect(try side(border, Double(39_100 + step) / 1000, Double(116_100 + 3 * step) / 1000) == .border)
        }
        #expect(try side(border, 39.15, 116.250000001) == .outside)
        #expect(try side(border, 39.150000001, 116.25) == .inside)
        #expect(try side(border, 39.2, 116.4) == .border)
    }

    @Test func `a border may cross the 180th meridian`() throws {
        let border = try Border(points([(-17, 179.9), (-17, -179.9), (-16.8, -179.9), (-16.8, 179.9)]))
        for longitude in [179.95, 180, -180, -179.95] { #expect(try side(border, -16.9, longitude) == .inside) }
        for longitude in [179.9, -179.9] { #expect(try side(border, -16.9, longitude) == .border) }
        for longitude in [179.8, -179.8, 0] { #expect(try side(border, -16.9, longitude) == .outside) }
        let elsewhere = try Border(points([(-17, 19.9), (-17, 20.1), (-16.8, 20.1), (-16.8, 19.9)]))
        #expect(abs(border.area - elsewhere.area) < 1)
    }

    @Test func `a pole is one point for all longitudes`() throws {
        let border = try Border(points([(89, 10), (89, 50), (90, 50), (90, 10)]))
        #expect(try side(border, 90, 0) == .border)
        #expect(try side(border, 90, -120) == .border)
        #expect(try side(border, -90, 20) == .outside)
        #expect(try side(border, 89.5, 20) == .inside)
    }

    @Test func `the area is that on the sphere`() throws {
        let radius = Circle.earthRadius
        let degree = Double.pi / 180
        let atEquator = try Border(points([(0, 0), (0, 1), (1, 1), (1, 0)]))
        #expect(abs(atEquator.area / (radius * radius * degree * sin(degree)) - 1) < 1e-12)
        let inNorth = try Border(points([(59, 0), (59, 1), (60, 1), (60, 0)]))
        #expect(abs(inNorth.area / (radius * radius * degree * (sin(60 * degree) - sin(59 * degree))) - 1) < 1e-12)
        // A grid of ten metres by ten.
        let grid = try Border(points([(39.9, 116.4), (39.9, 116.400117), (39.90009, 116.400117), (39.90009, 116.4)]))
        #expect(abs(grid.area - 99.9) < 0.2)
    }

    @Test func `what is no border says what is wrong, and where`() throws {
        #expect(throws: Border.Fault.tooFewPoints) { try Border(points([(1, 1), (2, 2), (1, 1)])) }
        #expect(throws: Border.Fault.tooFewPoints) { try Border([]) }
        // Three points in a line, and a spike.
        #expect(throws: Border.Fault.self) { try Border(points([(1, 1), (2, 2), (3, 3)])) }
        #expect(throws: Border.Fault.crossing(1, 2)) { try Border(points([(0, 0), (0, 2), (4, 2), (2, 2), (2, 0)])) }
        // An hourglass.
        #expect(throws: Border.Fault.crossing(1, 3)) { try Border(points([(0, 0), (0, 2), (2, 0), (2, 2)])) }
        // Two triangles that have a corner in common.
        #expect(throws: Border.Fault.self) {
            try Border(points([(0, 0), (0, 2), (1, 1), (2, 2), (2, 0), (1, 1)]))
        }
        #expect(throws: Border.Fault.tooWide(at: 2)) {
            try Border(points([(0, -100), (0, 0), (0, 90), (10, 0)]))
        }
        // Around a pole.
        #expect(throws: Border.Fault.self) { try Border(points([(80, 0), (80, 120), (80, -120)])) }
        let many = (0...Limits.polygonPoints).map { Place(Double($0) / 1000, 0) }
        #expect(throws: Border.Fault.tooManyPoints(many.count)) { try Border(points(many)) }
    }

    @Test func `the largest border is checked for crossings`() throws {
        let corners = Limits.polygonPoints
        let star = (0..<corners).map { index in
            let angle = Double(index) / Double(corners) * 2 * .pi
            let length = index % 2 == 0 ? 1.0 : 0.4
            return Place(39 + length * sin(angle), 116 + length * cos(angle))
        }
        #expect(try Border(points(star)).pointCount == corners)
        var crossed = star
        crossed.swapAt(1000, 3000)
        #expect(throws: Border.Fault.self) { try Border(points(crossed)) }
    }
}
