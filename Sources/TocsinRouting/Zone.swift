public import TocsinModel

/// A time zone: how far its clocks are from UTC at any time.
///
/// Made of a TZif file (RFC 9636), which has the changes so far and a rule for the time after them.
public struct Zone: Hashable, Sendable {
    /// UTC itself.
    public static let utc = Zone(name: "UTC", changes: [], offsets: [0], rule: nil)

    /// The name: `Asia/Shanghai`.
    public let name: String
    /// The times of the changes in seconds since 1970, ascending.
    private let changes: [Int64]
    /// The seconds east of UTC: first those before all changes, then those after each.
    private let offsets: [Int32]
    /// What comes after the last change; nil if that lasts.
    private let rule: ZoneRule?

    /// - Precondition: There is one offset more than changes.
    init(name: String, changes: [Int64], offsets: [Int32], rule: ZoneRule?) {
        precondition(offsets.count == changes.count + 1)
        self.name = name
        self.changes = changes
        self.offsets = offsets
        self.rule = rule
    }

    /// The time that clocks show.
    public struct ClockTime: Hashable, Sendable {
        public let date: CivilDate
        /// Whole minutes since midnight, as the clock shows them: 0 to 1439.
        public let minute: Int

        public var description: String {
            func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            return "\(date.weekday.rawValue) \(date) \(padded(minute / 60)):\(padded(minute % 60))"
        }
    }

    /// Returns what the zone's clocks show. An hour that is there twice is shown twice; one that is left out, never.
    public func clockTime(at time: Timestamp) -> ClockTime {
        let second = Int(time.milliseconds).flooredQuotientAndRemainder(by: 1000).quotient
        let (day, rest) = (second + offset(at: Int64(second))).flooredQuotientAndRemainder(by: 86_400)
        return ClockTime(date: CivilDate(daysSince1970: day), minute: rest / 60)
    }

    /// Returns the time at which the zone's clocks show a second of a day; the second may lie beyond the day.
    ///
    /// As RFC 5545 has it (3.3.5): of a time that is there twice the first is meant, and one that is left out is counted as
    /// if the clocks had not been changed yet.
    package func time(of date: CivilDate, second: Int) -> Timestamp {
        let shown = Int64(date.daysSince1970 * 86_400 + second)
        let before = Int64(offset(at: shown - 86_400))
        let after = Int64(offset(at: shown + 86_400))
        let isLater = offset(at: shown - before) != before && offset(at: shown - after) == after
        return Timestamp(milliseconds: (shown - (isLater ? after : before)) * 1000)
    }

    /// Returns the seconds east of UTC at a time, which is in seconds since 1970.
    package func offset(at second: Int64) -> Int {
        if let rule, changes.last.map({ second >= $0 }) ?? true { return rule.offset(at: second) }
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle] <= second { low = middle + 1 } else { high = middle }
        }
        return Int(offsets[low])
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Zone {
    /// Reads a TZif file (RFC 9636, 3). Nil if it is none, or counts leap seconds, which time here does not.
    ///
    ///     header    "TZif" version 15×reserved, 6 counts of 4 bytes: isut isstd leap time type char
    ///     data      time × moment (4 bytes; 8 in the second block), time × index of a type,
    ///               type × (offset 4, isdst 1, abbreviation 1), char × 1, leap × (moment + 4), isstd × 1, isut × 1
    ///     footer    LF, a rule as in the variable TZ, LF; from version 2 on, after a second header and block
    init?(name: String, tzif bytes: [UInt8]) {
        var reader = BigEndianReader(bytes: bytes)
        guard var block = TZifBlock(&reader, momentBytes: 4) else { return nil }
        var rule: ZoneRule?
        if block.version >= UInt8(ascii: "2") {
            guard let second = TZifBlock(&reader, momentBytes: 8), let footer = reader.line() else { return nil }
            block = second
            if !footer.isEmpty {
                guard let read = ZoneRule(footer) else { return nil }
                rule = read
            }
        }
        guard block.leaps == 0, let first = block.offsets.first else { return nil }
        var offsets = [first]
        for index in block.indices {
            guard block.offsets.indices.contains(index) else { return nil }
            offsets.append(block.offsets[index])
        }
        guard zip(block.moments, block.moments.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
        self.init(name: name, changes: block.moments, offsets: offsets, rule: rule)
    }
}

/// One block of a TZif file with its header.
private struct TZifBlock {
    var version: UInt8
    var leaps: Int
    var moments: [Int64] = []
    /// The type that begins at each moment.
    var indices: [Int] = []
    /// The seconds east of UTC of each type.
    var offsets: [Int32] = []

    /// Returns nil if the bytes are no block, or end too soon.
    init?(_ reader: inout BigEndianReader, momentBytes: Int) {
        guard reader.bytes(4) == Array("TZif".utf8)[...], let version = reader.bytes(1)?.first,
            reader.bytes(15) != nil, let isut = reader.count(), let isstd = reader.count(), let leaps = reader.count(),
            let times = reader.count(), let types = reader.count(), let characters = reader.count()
        else { return nil }
        (self.version, self.leaps) = (version, leaps)
        for _ in 0..<times {
            guard let moment = reader.signed(momentBytes) else { return nil }
            moments.append(moment)
        }
        guard let indices = reader.bytes(times) else { return nil }
        self.indices = indices.map(Int.init)
        for _ in 0..<types {
            guard let offset = reader.signed(4), reader.bytes(2) != nil else { return nil }
            offsets.append(Int32(clamping: offset))
        }
        guard reader.bytes(characters + leaps * (momentBytes + 4) + isstd + isut) != nil else { return nil }
    }
}

/// Reads numbers whose first byte is the largest.
private struct BigEndianReader {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= bytes.count - position else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func signed(_ count: Int) -> Int64? {
        guard let bytes = bytes(count) else { return nil }
        let value = bytes.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        return count == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
    }

    /// A count that the bytes that are left can hold.
    mutating func count() -> Int? {
        guard let value = signed(4), value >= 0, value <= bytes.count else { return nil }
        return Int(value)
    }

    /// The text between a line end and the next one.
    mutating func line() -> ArraySlice<UInt8>? {
        guard bytes(1)?.first == UInt8(ascii: "\n"),
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n"))
        else { return nil }
        return bytes(end - position)
    }
}
