import CMath

/// The points within a distance of a point, along the surface of a sphere.
///
/// Great circle distances on a sphere of the earth's mean radius are within 0.6 % of those on the ground. They are right
/// everywhere: at the poles, across the 180th meridian, and from a millimetre to the other side of the earth.
public struct Circle: Hashable, Sendable {
    /// The earth's mean radius in metres: (2 a + b) / 3 of WGS 84.
    public static let earthRadius = 6_371_008.8
    /// Half of the earth's circumference in metres, which is the distance to the other side.
    public static let longestRadius = Double.pi * earthRadius
    /// What rounding may take away from a distance, in metres. Whatever lies that much outside is still inside.
    private static let rounding = 0.000_001

    public let center: Point
    /// The distance in metres, itself included: more than 0, at most ``longestRadius``.
    public let radius: Double

    /// The center's direction from the middle of the earth, of length 1.
    package let axis: SIMD3<Double>
    /// The degrees of latitude to which the circle reaches north and south. They keep most points from being measured.
    private let latitudeReach: Double
    /// The squares of the sine and the cosine of half the radius as an angle.
    private let sineSquared: Double
    private let cosineSquared: Double

    /// Creates a circle; nil if the radius is out of range.
    public init?(center: Point, radius: Double) {
        guard radius > 0, radius <= Self.longestRadius else { return nil }
        self.center = center
        self.radius = radius
        axis = center.direction
        let angle = min((radius + Self.rounding) / Self.earthRadius, .pi)
        latitudeReach = angle * 180 / .pi + 1e-12
        sineSquared = math_sine(angle / 2) * math_sine(angle / 2)
        // No rounding may leave out the other side of the earth.
        cosineSquared = angle < .pi ? math_cosine(angle / 2) * math_cosine(angle / 2) : 0
    }

    /// The length of the straight line from the center to the border, through a sphere of radius 1.
    package var chord: Double { 2 * sineSquared.squareRoot() }

    /// True if the point lies inside or on the border. Allocates nothing.
    public func contains(_ point: Point) -> Bool {
        guard abs(point.latitude - center.latitude) <= latitudeReach else { return false }
        let direction = point.direction
        // |a - b| is 2 sin(d/2) and |a + b| is 2 cos(d/2). One of them is exact where the other has lost its digits.
        return (axis - direction).squaredLength * cosineSquared <= (axis + direction).squaredLength * sineSquared
    }
}

extension Point {
    /// The distance to another point in metres, along a great circle.
    public func distance(to other: Point) -> Double {
        let (from, to) = (direction, other.direction)
        let half = math_angle((from - to).squaredLength.squareRoot(), (from + to).squaredLength.squareRoot())
        return 2 * half * Circle.earthRadius
    }

    /// The direction from the middle of the earth, of length 1: x to 0° 0°, y to 0° 90° east, z to the north pole.
    package var direction: SIMD3<Double> {
        let (latitude, longitude) = (latitude * .pi / 180, longitude * .pi / 180)
        let flat = math_cosine(latitude)
        return SIMD3(flat * math_cosine(longitude), flat * math_sine(longitude), math_sine(latitude))
    }
}

extension SIMD3<Double> {
    package var squaredLength: Double { (self * self).sum() }
}
