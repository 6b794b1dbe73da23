import TocsinModel

/// A numbering of the places of each size. A report's place is looked up once, and compared as numbers from then on.
struct PlaceIndex: Sendable {
    /// A place as the numbers of the places that it lies in: district, street, community, grid. Each size has its own
    /// numbers. -1 means that there is no place of the size, as the place is larger or not known.
    struct Position: Hashable, Sendable {
        fileprivate var numbers: SIMD4<Int32>

        /// The position of no place at all.
        static let nowhere = Position(numbers: SIMD4(repeating: -1))

        subscript(level: PlaceLevel) -> Int32 { numbers[level.ordinal] }
    }

    private var positions: [GridCode: Position]
    /// The places of each size, by number.
    private var codes: [[GridCode]]

    init(_ places: some Sequence<GridCode>) {
        codes = PlaceLevel.allCases.map { _ in [] }
        var numbers: [GridCode: Int32] = [:]
        for code in places where numbers[code] == nil {
            numbers[code] = Int32(codes[code.level.ordinal].count)
            codes[code.level.ordinal].append(code)
        }
        positions = [:]
        positions.reserveCapacity(numbers.count)
        for code in numbers.keys {
            var position = Position.nowhere
            for level in PlaceLevel.allCases {
                guard let number = code.enclosing(level).flatMap({ numbers[$0] }) else { continue }
                position.numbers[level.ordinal] = number
            }
            positions[code] = position
        }
    }

    /// Returns the position of a grid. A grid that is not known has the position of the smallest known place that it
    /// lies in.
    func position(of grid: GridCode?) -> Position {
        guard let grid else { return .nowhere }
        if let position = positions[grid] { return position }
        // A known place carries every place that encloses it, so the smallest known one suffices.
        for level in [PlaceLevel.community, .street, .district] {
            guard let larger = grid.enclosing(level), let position = positions[larger] else { continue }
            return position
        }
        return .nowhere
    }

    /// Returns the places of one size, in the order of their numbers.
    func places(_ level: PlaceLevel) -> [GridCode] { codes[level.ordinal] }
}

extension PlaceLevel {
    /// 0 for a district, 3 for a grid.
    var ordinal: Int {
        switch self {
        case .district: 0
        case .street: 1
        case .community: 2
        case .grid: 3
        }
    }
}
