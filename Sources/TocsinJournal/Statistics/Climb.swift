import TocsinModel

/// How far up an incident went: the sizes of the places whose roles were told of it, and where it skipped one.
///
/// In a course it is a byte: one bit each for somebody at a grid, a community, a street, a district and at no place, then
/// for a community, a street and a district that were told before anybody at the next smaller size.
public struct Climb: Hashable, Sendable {
    /// The rank of recipients without a place, which stand beside the sizes of place and not above them.
    static let withoutPlace = 4
    /// The sizes of place by their rank.
    static let levels: [PlaceLevel] = [.grid, .community, .street, .district]

    private(set) var byte: UInt8

    init(byte: UInt8 = 0) {
        self.byte = byte
    }

    /// The rank of a size of place: 0 for a grid, 3 for a district, and ``withoutPlace`` for none.
    static func rank(_ level: PlaceLevel?) -> Int {
        switch level {
        case .grid: 0
        case .community: 1
        case .street: 2
        case .district: 3
        case nil: withoutPlace
        }
    }

    /// Notes that recipients are told together.
    mutating func tell(_ recipients: some Sequence<Recipient>) {
        let before = byte
        for recipient in recipients { byte |= 1 << UInt8(Self.rank(recipient.level)) }
        for rank in 1..<Self.withoutPlace where reached(rank) && !reached(rank - 1) {
            let wasReached = before & 1 << UInt8(rank) != 0
            if !wasReached { byte |= Self.skip(rank) }
        }
    }

    /// Returns true if somebody of a rank was told.
    func reached(_ rank: Int) -> Bool { byte & 1 << UInt8(rank) != 0 }

    /// Returns true if somebody of a rank was told before anybody of the next lower one.
    func skipped(_ rank: Int) -> Bool { (1..<Self.withoutPlace).contains(rank) && byte & Self.skip(rank) != 0 }

    var hasSkipped: Bool { byte >> 5 != 0 }

    /// The highest rank that was told, by places; ``withoutPlace`` if nobody at a place was.
    var highest: Int { (0..<Self.withoutPlace).last(where: reached) ?? Self.withoutPlace }

    private static func skip(_ rank: Int) -> UInt8 { 1 << UInt8(4 + rank) }
}
