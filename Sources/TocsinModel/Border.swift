/// The border of a place: a ring of straight lines on the map of latitude and longitude, as in GeoJSON (RFC 7946).
///
/// Positions are whole billionths of a degree, a tenth of a millimetre. A point that is on the border by its decimals
/// is found to be on it, and never a little beside.
public struct Border: Hashable, Sendable {
    /// What is wrong with points that are no border. Points are counted from 0.
    public enum Fault: Error, Hashable, Sendable {
        /// There are fewer than three different points.
        case tooFewPoints
        /// There are more points than ``Limits/polygonPoints``.
        case tooManyPoints(Int)
        /// The border spans more than 180° of longitude, of which this point is the first.
        case tooWide(at: Int)
        /// The line that begins at the first point crosses or touches the one that begins at the other.
        case crossing(Int, Int)
    }

    /// A position on the map in billionths of a degree. `x` is the longitude, which goes on beyond 180° where a border
    /// crosses that meridian; `y` is the latitude.
    struct Corner: Hashable, Sendable {
        static let degree: Double = 1e9

        var x: Int64
        var y: Int64

        init(x: Int64, y: Int64) {
            self.x = x
            self.y = y
        }

        init(_ point: Point) {
            x = Int64((point.longitude * Self.degree).rounded())
            y = Int64((point.latitude * Self.degree).rounded())
        }
    }

    /// The part of the map that has the border in it.
    struct Box: Hashable, Sendable {
        var least: Corner
        var most: Corner

        func contains(_ corner: Corner) -> Bool {
            least.x <= corner.x && corner.x <= most.x && least.y <= corner.y && corner.y <= most.y
        }

        func joined(_ other: Box) -> Box {
            Box(
                least: Corner(x: min(least.x, other.least.x), y: min(least.y, other.least.y)),
                most: Corner(x: max(most.x, other.most.x), y: max(most.y, other.most.y)))
        }
    }

    /// Where a point is.
    public enum Side: Hashable, Sendable {
        case outside, border, inside
    }

    static let halfTurn = Int64(180 * Corner.degree)
    private static let pole = Int64(90 * Corner.degree)

    /// The corners in order. The last is joined with the first, and equals no other.
    let corners: [Corner]
    let box: Box
    /// The number of different points.
    public var pointCount: Int { corners.count }

    /// The area on the earth's surface in square metres.
    public let area: Double

    /// Creates a border. The last point may repeat the first, as in CAP, or be the one before it.
    ///
    /// Lines take the shorter way around the earth, so that a border may cross the 180th meridian.
    public init(_ points: [Point]) throws(Fault) {
        guard points.count <= Limits.polygonPoints else { throw .tooManyPoints(points.count) }
        var corners: [Corner] = []
        var indices: [Int] = []
        var (west, east) = (Int64.max, Int64.min)
        for (index, point) in points.enumerated() {
            var corner = Corner(point)
            if let last = corners.last {
                while corner.x - last.x > Self.halfTurn { corner.x -= 2 * Self.halfTurn }
                while corner.x - last.x <= -Self.halfTurn { corner.x += 2 * Self.halfTurn }
            }
            (west, east) = (min(west, corner.x), max(east, corner.x))
            guard east - west <= Self.halfTurn else { throw .tooWide(at: index) }
            // The same point again is no line.
            guard corner != corners.last else { continue }
            corners.append(corner)
            indices.append(index)
        }
        while corners.count > 1, corners.first == corners.last { corners.removeLast() }
        guard Set(corners).count >= 3 else { throw .tooFewPoints }
        let ring = BorderRing(corners)
        if let (first, second) = ring.firstContact() { throw .crossing(indices[first], indices[second]) }
        self.corners = corners
        box = ring.box
        area = ring.area
    }

    /// Returns where a point is. The ring's lines are taken as exact.
    public func side(of point: Point) -> Side { side(of: Corner(point)) }

    /// A corner of this border, or one of its longitudes that differ by whole turns.
    func side(of corner: Corner) -> Side {
        if abs(corner.y) == Self.pole { return reachesPole(corner.y) ? .border : .outside }
        var corner = corner
        while corner.x > box.most.x { corner.x -= 2 * Self.halfTurn }
        while corner.x < box.least.x { corner.x += 2 * Self.halfTurn }
        guard box.contains(corner) else { return .outside }
        var isInside = false
        var from = corners[corners.count - 1]
        for to in corners {
            defer { from = to }
            guard min(from.y, to.y) <= corner.y, corner.y <= max(from.y, to.y) else { continue }
            let turn = Corner.turn(from, to, corner)
            if turn == 0, min(from.x, to.x) <= corner.x, corner.x <= max(from.x, to.x) { return .border }
            // Counts the lines that a ray to the east crosses. A line has its lower end, and not its upper one.
            if (from.y > corner.y) != (to.y > corner.y), (turn > 0) == (to.y > from.y) { isInside.toggle() }
        }
        return isInside ? .inside : .outside
    }

    /// True if the border touches that pole, which is one point for all longitudes.
    private func reachesPole(_ y: Int64) -> Bool { box.least.y == y || box.most.y == y }

    /// True if the border touches one of the poles.
    var reachesPole: Bool { reachesPole(Self.pole) || reachesPole(-Self.pole) }
}

extension Border.Corner {
    /// More than 0 if `to` lies to the left of the line from `a` to `b`, 0 if it lies on it. Exact.
    static func turn(_ a: Self, _ b: Self, _ to: Self) -> Int128 {
        Int128(b.x - a.x) * Int128(to.y - a.y) - Int128(b.y - a.y) * Int128(to.x - a.x)
    }
}
