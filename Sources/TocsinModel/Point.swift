/// A position on the earth's surface in degrees, WGS 84, as in CAP 1.2.
public struct Point: Hashable, Sendable {
    /// -90 at the south pole to 90 at the north pole.
    public let latitude: Double
    /// -180 to 180, positive east of Greenwich.
    public let longitude: Double

    /// Creates a position; nil if a number is out of range.
    public init?(latitude: Double, longitude: Double) {
        guard abs(latitude) <= 90, abs(longitude) <= 180 else { return nil }
        self.latitude = latitude
        self.longitude = longitude
    }
}

/// The border of an area: a ring of positions, as in CAP 1.2.
public struct Polygon: Hashable, Sendable {
    /// The points of the ring: at least four, at most ``Limits/polygonPoints``. The last equals the first.
    public let points: [Point]

    /// Creates a ring; nil if it is not closed or has too few or too many points.
    public init?(_ points: [Point]) {
        guard (4...Limits.polygonPoints).contains(points.count), points.first == points.last else { return nil }
        self.points = points
    }
}
