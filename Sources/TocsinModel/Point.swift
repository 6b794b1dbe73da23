/// A position on the earth's surface in degrees, WGS 84, as in CAP 1.2.
public struct Point: Hashable, Sendable {
    /// -90 at the south pole to 90 at the north pole.
    public let latitude: Double
    /// -180 to 180, east of Greenwich above 0.
    public let longitude: Double

    /// A position; nil where there is none with these numbers.
    public init?(latitude: Double, longitude: Double) {
        guard abs(latitude) <= 90, abs(longitude) <= 180 else { return nil }
        self.latitude = latitude
        self.longitude = longitude
    }
}

/// The border of an area: a ring of positions, as in CAP 1.2.
public struct Polygon: Hashable, Sendable {
    /// At least four, at most ``Limits/polygonPoints``; the last is the first.
    public let points: [Point]

    /// A ring; nil where there are too few or too many points for one, and where it is not closed.
    public init?(_ points: [Point]) {
        guard (4...Limits.polygonPoints).contains(points.count), points.first == points.last else { return nil }
        self.points = points
    }
}
