import TocsinModel

/// The cells by which circles are found without asking each.
///
/// The cube around the earth is halved along its three axes, again and again. A circle has the cells of one level that
/// it reaches, of a side at least as long as its radius: about a dozen. A point lies in one cell of each level. There
/// are no longitudes in this, and so nothing is different at the poles and across the 180th meridian.
enum CircleCells {
    /// The level of the smallest cells. Their sides are 49 metres long, so that smaller circles have few cells, too.
    static let finest = 18

    /// A set of levels, as bits.
    struct Levels: Hashable, Sendable {
        private(set) var bits: UInt32 = 0

        mutating func insert(_ level: Int) { bits |= 1 << UInt32(level) }

        var isEmpty: Bool { bits == 0 }

        /// The number of levels, of each of which a point has one cell.
        var count: Int { bits.nonzeroBitCount }
    }

    /// Calls `body` with the point's cell at each of the levels.
    static func forEachCell(of point: Point, at levels: Levels, _ body: (UInt64) -> Void) {
        let direction = point.direction
        var rest = levels.bits
        while rest != 0 {
            let level = rest.trailingZeroBitCount
            body(key(level, place(direction, level)))
            rest &= rest - 1
        }
    }

    /// Returns the level of a circle's cells.
    static func level(of circle: Circle) -> Int {
        var level = 0
        // A cell of level n has a side of 2 / 2^n in a sphere of radius 1.
        while level < finest, side(level + 1) >= circle.chord { level += 1 }
        return level
    }

    /// Returns the cells of a circle, at its level. Each point of the circle lies in one of them.
    static func cells(of circle: Circle) -> [UInt64] {
        let level = level(of: circle)
        // More than rounding can take away from a position.
        let reach = circle.chord * (1 + 1e-9) + 1e-12
        let least = place(circle.axis - SIMD3(repeating: reach), level)
        let most = place(circle.axis + SIMD3(repeating: reach), level)
        var cells: [UInt64] = []
        for x in least.x...most.x {
            for y in least.y...most.y {
                for z in least.z...most.z {
                    let cell = SIMD3(x, y, z)
                    if isReached(cell, level, circle.axis, reach) { cells.append(key(level, cell)) }
                }
            }
        }
        return cells
    }

    /// True if the cell is near enough to the center and has a part of the sphere in it.
    private static func isReached(_ cell: SIMD3<Int64>, _ level: Int, _ center: SIMD3<Double>, _ reach: Double) -> Bool
    {
        let low = SIMD3<Double>(cell) * side(level) - 1
        let high = low + side(level)
        let nearest = center.clamped(lowerBound: low, upperBound: high)
        guard (nearest - center).squaredLength <= reach * reach else { return false }
        let innermost = SIMD3<Double>.zero.clamped(lowerBound: low, upperBound: high)
        let outermost = SIMD3(max(abs(low.x), abs(high.x)), max(abs(low.y), abs(high.y)), max(abs(low.z), abs(high.z)))
        return innermost.squaredLength <= 1 + 1e-9 && outermost.squaredLength >= 1 - 1e-9
    }

    private static func side(_ level: Int) -> Double { 2 / Double(UInt64(1) << UInt64(level)) }

    /// Returns the numbers of the cell in which a position lies. What is outside the cube has the nearest cell.
    private static func place(_ position: SIMD3<Double>, _ level: Int) -> SIMD3<Int64> {
        let last = Double(Int64(1) << Int64(level)) - 1
        let place = ((position + 1) / side(level)).rounded(.down)
        return SIMD3<Int64>(place.clamped(lowerBound: .zero, upperBound: SIMD3(repeating: last)))
    }

    private static func key(_ level: Int, _ cell: SIMD3<Int64>) -> UInt64 {
        Hash.mix(0, UInt64(level) << 54 | UInt64(cell.x) << 36 | UInt64(cell.y) << 18 | UInt64(cell.z))
    }
}
