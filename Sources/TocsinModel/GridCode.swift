/// The size of a place, by how many digits of the grid code name it.
public enum PlaceLevel: String, ReportWord, Comparable {
    public static let table = WordTable(PlaceLevel.self)

    case district
    case street
    case community
    case grid

    /// How many digits name a place of this size: 6, 9, 12 or 15.
    public var digits: Int {
        switch self {
        case .district: 6
        case .street: 9
        case .community: 12
        case .grid: 15
        }
    }

    /// A smaller place is less.
    public static func < (left: PlaceLevel, right: PlaceLevel) -> Bool { left.digits > right.digits }

    init?(digits: Int) {
        switch digits {
        case 6: self = .district
        case 9: self = .street
        case 12: self = .community
        case 15: self = .grid
        default: return nil
        }
    }
}

/// A place by number: district 6 digits, street 3, community 3, grid 3; a shorter code names the larger place.
///
///     110101 005 003 002
///     │      │   │   └ grid
///     │      │   └ community
///     │      └ street
///     └ district
public struct GridCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The digits as a number; a code never begins with 0, so the number says it all.
    private let number: UInt64

    /// Which of the four sizes the place has.
    public let level: PlaceLevel

    /// Reads 6, 9, 12 or 15 digits that do not begin with 0; nil for anything else.
    public init?(_ text: String) {
        var text = text
        guard let code = text.withUTF8({ GridCode(utf8: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = code
    }

    init?(utf8 bytes: UnsafeRawBufferPointer) {
        guard let level = PlaceLevel(digits: bytes.count) else { return nil }
        var number: UInt64 = 0
        for byte in bytes {
            guard let digit = byte.decimalDigit, number > 0 || digit > 0 else { return nil }
            number = number * 10 + UInt64(digit)
        }
        self.number = number
        self.level = level
    }

    private init(number: UInt64, level: PlaceLevel) {
        self.number = number
        self.level = level
    }

    /// The place of that size that this one lies in (or is); nil where this one is larger.
    public func enclosing(_ wanted: PlaceLevel) -> GridCode? {
        guard level <= wanted else { return nil }
        var number = number
        for _ in wanted.digits..<level.digits { number /= 10 }
        return GridCode(number: number, level: wanted)
    }

    /// Whether this place is `place` or lies in it.
    public func isWithin(_ place: GridCode) -> Bool { enclosing(place.level) == place }

    public static func < (left: GridCode, right: GridCode) -> Bool { left.description < right.description }

    public var description: String { String(number) }

    /// The digits as a number, which says it all: a code never begins with 0, so the number has its length.
    package var packed: UInt64 { number }

    /// The code of that number; nil for one that does not have 6, 9, 12 or 15 digits.
    package init?(packed number: UInt64) {
        guard let level = PlaceLevel(digits: number.decimalDigits) else { return nil }
        self.init(number: number, level: level)
    }
}
