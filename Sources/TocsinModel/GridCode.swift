/// The size of a place, given by the number of digits of its grid code.
public enum PlaceLevel: String, ReportWord, Comparable {
    public static let table = WordTable(PlaceLevel.self)

    case district
    case street
    case community
    case grid

    /// The number of digits that name a place of this size: 6, 9, 12 or 15.
    public var digits: Int {
        switch self {
        case .district: 6
        case .street: 9
        case .community: 12
        case .grid: 15
        }
    }

    /// The smaller place is less.
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

/// A place by number: 6 digits for the district, then 3 each for street, community and grid. A shorter code names the
/// larger place.
///
///     110101 005 003 002
///     │      │   │   └ grid
///     │      │   └ community
///     │      └ street
///     └ district
public struct GridCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The digits as a number. A code never begins with 0, so the number determines it.
    private let number: UInt64

    /// The size of the place.
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

    /// Returns the place of the given size that contains this place or is this place; nil if this place is larger.
    public func enclosing(_ wanted: PlaceLevel) -> GridCode? {
        guard level <= wanted else { return nil }
        var number = number
        for _ in wanted.digits..<level.digits { number /= 10 }
        return GridCode(number: number, level: wanted)
    }

    /// True if this place is `place` or lies in it.
    public func isWithin(_ place: GridCode) -> Bool { enclosing(place.level) == place }

    public static func < (left: GridCode, right: GridCode) -> Bool { left.description < right.description }

    public var description: String { String(number) }

    /// The digits as a number. A code never begins with 0, so the number also gives its length.
    package var packed: UInt64 { number }

    /// Creates the code of a number; nil if the number does not have 6, 9, 12 or 15 digits.
    package init?(packed number: UInt64) {
        guard let level = PlaceLevel(digits: number.decimalDigits) else { return nil }
        self.init(number: number, level: level)
    }
}
