import CMath

/// The corners of a border while it is made.
struct BorderRing {
    private typealias Corner = Border.Corner

    /// One line of the ring, with its corners in the order of their longitudes.
    private struct Line {
        let index: Int
        let from: Border.Corner
        let to: Border.Corner

        var west: Int64 { min(from.x, to.x) }
        var east: Int64 { max(from.x, to.x) }
        var south: Int64 { min(from.y, to.y) }
        var north: Int64 { max(from.y, to.y) }

        /// True if a corner that is on the line's prolongation is between its ends.
        func reaches(_ corner: Border.Corner) -> Bool {
            west <= corner.x && corner.x <= east && south <= corner.y && corner.y <= north
        }
    }

    private let corners: [Border.Corner]

    init(_ corners: [Border.Corner]) {
        self.corners = corners
    }

    private var lines: [Line] {
        corners.indices.map { Line(index: $0, from: corners[$0], to: corners[($0 + 1) % corners.count]) }
    }

    var box: Border.Box {
        corners.reduce(Border.Box(least: corners[0], most: corners[0])) { $0.joined(.init(least: $1, most: $1)) }
    }

    /// The area within, on the sphere: the integral of the sine of the latitude over the longitude.
    var area: Double {
        let radians = Double.pi / 180 / Corner.degree
        var sum = 0.0
        for line in lines {
            let middle = Double(line.from.y + line.to.y) / 2 * radians
            let half = Double(line.to.y - line.from.y) / 2 * radians
            sum +=
                Double(line.to.x - line.from.x) * radians * math_sine(middle) * (half == 0 ? 1 : math_sine(half) / half)
        }
        return abs(sum) * Circle.earthRadius * Circle.earthRadius
    }

    /// Returns the first two lines that have a point in common which is not their common corner; nil if there are none.
    func firstContact() -> (Int, Int)? {
        var first: (Int, Int)?
        // From west to east. Only lines that have not ended yet can meet the next one.
        var open: [Line] = []
        for line in lines.sorted(by: { ($0.west, $0.index) < ($1.west, $1.index) }) {
            open.removeAll { $0.east < line.west }
            for other in open where other.south <= line.north && line.south <= other.north && meet(other, line) {
                let contact = (min(line.index, other.index), max(line.index, other.index))
                if first.map({ contact < $0 }) ?? true { first = contact }
            }
            open.append(line)
        }
        return first
    }

    private func meet(_ one: Line, _ other: Line) -> Bool {
        // Neighbours share a corner. They may not go back on one another.
        if one.index == (other.index + 1) % corners.count { return folds(other, one) }
        if other.index == (one.index + 1) % corners.count { return folds(one, other) }
        let sides = (
            Corner.turn(one.from, one.to, other.from).signum(), Corner.turn(one.from, one.to, other.to).signum(),
            Corner.turn(other.from, other.to, one.from).signum(), Corner.turn(other.from, other.to, one.to).signum()
        )
        if sides.0 * sides.1 < 0, sides.2 * sides.3 < 0 { return true }
        return sides.0 == 0 && one.reaches(other.from) || sides.1 == 0 && one.reaches(other.to)
            || sides.2 == 0 && other.reaches(one.from) || sides.3 == 0 && other.reaches(one.to)
    }

    private func folds(_ first: Line, _ second: Line) -> Bool {
        guard Corner.turn(first.from, first.to, second.to) == 0 else { return false }
        return Int128(first.to.x - first.from.x) * Int128(second.to.x - second.from.x)
            + Int128(first.to.y - first.from.y) * Int128(second.to.y - second.from.y) < 0
    }
}
