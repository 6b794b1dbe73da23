/// The places that have borders, by their positions on the map.
///
/// A tree of boxes, each around eight others (Leutenegger, Edgington, López: "STR", ICDE 1997). A look-up opens the boxes
/// around the point, so its cost grows with the depth of the tree.
public struct BorderIndex: Sendable {
    private struct Entry: Sendable {
        let place: GridCode
        let border: Border
        /// The place's position in the file.
        let order: Int
    }

    private static let fanOut = 8

    /// No places with borders.
    public static let empty = BorderIndex([])

    /// The places in the order of the lowest boxes.
    private let entries: [Entry]
    /// The boxes of each level, the lowest first.
    private let levels: [[Border.Box]]
    /// The indices of the places that touch a pole. Boxes are of no use there.
    private let polar: [Int]

    /// - Parameter borders: the places with their borders, in the file's order.
    public init(_ borders: [(place: GridCode, border: Border)]) {
        entries = Self.packed(borders.enumerated().map { Entry(place: $1.place, border: $1.border, order: $0) })
        var levels = entries.isEmpty ? [] : [entries.map(\.border.box)]
        while let last = levels.last, last.count > 1 {
            levels.append(
                stride(from: 0, to: last.count, by: Self.fanOut).map { start in
                    last[start..<min(start + Self.fanOut, last.count)].dropFirst().reduce(last[start]) { $0.joined($1) }
                })
        }
        self.levels = levels
        polar = entries.indices.filter { [entries] in entries[$0].border.reachesPole }
    }

    public var isEmpty: Bool { entries.isEmpty }

    /// The number of places with borders.
    public var count: Int { entries.count }

    /// Returns the place in which a point lies; nil if there is none.
    ///
    /// 1. Of the places around the point, the one with the smallest area wins; the first in the file, if two are equal.
    /// 2. A point on a border belongs to a place that has this border, unless that place is larger than the winner of 1.
    /// 3. Of several such places the smallest size wins (a grid before its street), and of that the first in the file.
    public func place(at point: Point) -> GridCode? {
        var around: Entry?
        var touching: [Entry] = []
        forEachCandidate(Border.Corner(point)) { entry in
            switch entry.border.side(of: point) {
            case .outside: break
            case .border: touching.append(entry)
            case .inside:
                guard let best = around else {
                    around = entry
                    return
                }
                if (entry.border.area, entry.order) < (best.border.area, best.order) { around = entry }
            }
        }
        if let around { touching.removeAll { $0.border.area > around.border.area } }
        return (touching.min { ($0.place.level, $0.order) < ($1.place.level, $1.order) } ?? around)?.place
    }

    /// Calls `body` with each place whose box has the point in it.
    private func forEachCandidate(_ corner: Border.Corner, _ body: (Entry) -> Void) {
        guard let root = levels.last?.first else { return }
        guard abs(corner.y) < Border.halfTurn / 2 else {
            for index in polar { body(entries[index]) }
            return
        }
        // A border across the 180th meridian has longitudes beyond it.
        for turns: Int64 in [-1, 0, 1] {
            let corner = Border.Corner(x: corner.x + turns * 2 * Border.halfTurn, y: corner.y)
            if root.contains(corner) { descend(levels.count - 1, 0, corner, body) }
        }
    }

    private func descend(_ level: Int, _ box: Int, _ corner: Border.Corner, _ body: (Entry) -> Void) {
        guard level > 0 else { return body(entries[box]) }
        let below = levels[level - 1]
        for child in box * Self.fanOut..<min((box + 1) * Self.fanOut, below.count) where below[child].contains(corner) {
            descend(level - 1, child, corner, body)
        }
    }

    /// Returns the places so that neighbours on the map are neighbours in the list: in strips from west to east, each
    /// from south to north.
    private static func packed(_ entries: [Entry]) -> [Entry] {
        let leaves = (entries.count + fanOut - 1) / fanOut
        let strip = fanOut * max(1, Int(Double(leaves).squareRoot().rounded(.up)))
        let byLongitude = entries.sorted { $0.border.box.middle.x < $1.border.box.middle.x }
        return stride(from: 0, to: entries.count, by: strip).flatMap { start in
            byLongitude[start..<min(start + strip, entries.count)].sorted {
                $0.border.box.middle.y < $1.border.box.middle.y
            }
        }
    }
}

extension Border.Box {
    fileprivate var middle: Border.Corner {
        Border.Corner(x: (least.x + most.x) / 2, y: (least.y + most.y) / 2)
    }
}
