import Glibc
import Testing
import TocsinModel

struct CircleTests {
    private func point(_ latitude: Double, _ longitude: Double) throws -> Point {
        try #require(Point(latitude: latitude, longitude: longitude))
    }

    private func circle(_ latitude: Double, _ longitude: Double, _ radius: Double) throws -> Circle {
        try #require(Circle(center: try point(latitude, longitude), radius: radius))
    }

    @Test func `distances are great circles on the sphere of the mean radius`() throws {
        let quarter = Circle.longestRadius / 2
        #expect(try abs(point(0, 0).distance(to: point(0, 90)) - quarter) < 1e-6)
        #expect(try abs(point(0, 0).distance(to: point(90, 17)) - quarter) < 1e-6)
        #expect(try abs(point(-35, 20).distance(to: point(35, -160)) - 2 * quarter) < 1e-6)
        // Paris to Berlin, by the law of cosines.
        #expect(try abs(point(48.8566, 2.3522).distance(to: point(52.52, 13.405)) - 877_464.6) < 1)
    }

    @Test func `a distance of a millimetre is a millimetre`() throws {
        let step = 0.001 / Circle.earthRadius * 180 / .pi
        for latitude in [0, 39.93, -89] {
            let distance = try point(latitude, 116.42).distance(to: point(latitude + step, 116.42))
            #expect(abs(distance - 0.001) < 1e-8)
        }
    }

    @Test(arguments: [0.0, 39.93, -60, 89.999, -90]) func `the radius is included, and no more`(latitude: Double) throws
    {
        let center = try point(latitude, 179.999)
        for radius in [0.5, 500, 30_000, 9_000_000, 19_000_000] {
            for bearing in stride(from: 0.0, to: 6.2, by: 0.7) {
                let inside = destination(center, bearing, radius)
                let beyond = destination(center, bearing, radius + 0.001)
                let circle = try #require(Circle(center: center, radius: radius))
                #expect(circle.contains(inside), "\(radius) m to \(bearing)")
                #expect(!circle.contains(beyond), "\(radius) m to \(bearing)")
            }
        }
    }

    @Test func `nothing is different at the poles`() throws {
        let north = try circle(90, 0, 1000)
        for longitude in stride(from: -180.0, through: 180, by: 30) {
            #expect(try north.contains(point(89.9915, longitude)))
            #expect(try !north.contains(point(89.99, longitude)))
        }
        #expect(try circle(89.9, 0, 22_300).contains(point(89.9, 180)))
        #expect(try !circle(89.9, 0, 22_200).contains(point(89.9, 180)))
    }

    @Test func `a circle goes on across the 180th meridian`() throws {
        let circle = try circle(-17, 179.9995, 500)
        #expect(try circle.contains(point(-17, -179.9995)))
        #expect(try circle.contains(point(-17, 180)))
        #expect(try circle.contains(point(-17, -180)))
        #expect(try !circle.contains(point(-17, -179.99)))
    }

    @Test func `the longest radius has the whole earth in it`() throws {
        let all = try circle(39.93, 116.42, Circle.longestRadius)
        #expect(try all.contains(point(-39.93, -63.58)))
        #expect(try all.contains(point(90, 0)))
    }

    @Test(arguments: [0, -1, .nan, .infinity, Circle.longestRadius + 1]) func `other radii are none`(radius: Double)
        throws
    {
        #expect(try Circle(center: point(0, 0), radius: radius) == nil)
    }

    /// The point at a distance to a side, as navigators compute it.
    private func destination(_ from: Point, _ bearing: Double, _ distance: Double) -> Point {
        let angle = distance / Circle.earthRadius
        let latitude = from.latitude * .pi / 180
        let sine = sin(latitude) * cos(angle) + cos(latitude) * sin(angle) * cos(bearing)
        let turn = atan2(sin(bearing) * sin(angle) * cos(latitude), cos(angle) - sin(latitude) * sine)
        // The arc sine loses digits near the poles.
        let flat = hypot(
            cos(angle) * cos(latitude) - sin(angle) * sin(latitude) * cos(bearing), sin(bearing) * sin(angle))
        var longitude = from.longitude + turn * 180 / .pi
        if longitude > 180 { longitude -= 360 }
        if longitude < -180 { longitude += 360 }
        return Point(latitude: atan2(sine, flat) * 180 / .pi, longitude: longitude) ?? from
    }
}
