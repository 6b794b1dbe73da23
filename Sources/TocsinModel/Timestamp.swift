/// A moment of civil time, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// The text form is RFC 3339. It is written in UTC with three decimals (`2026-11-23T08:10:00.123Z`), and read with any
/// offset and any number of decimals.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    public static func + (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(milliseconds: time.milliseconds + duration.wholeMilliseconds)
    }

    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .milliseconds(left.milliseconds - right.milliseconds)
    }

    public var description: String {
        var text = ByteBuffer(capacity: 24)
        append(to: &text)
        return text.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}

extension Duration {
    /// This duration in whole milliseconds; the rest is cut off.
    public var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}

// MARK: - RFC 3339

extension Timestamp {
    /// Reads an RFC 3339 date-time such as `2026-11-23T08:10:00+08:00`; nil for anything else.
    public init?(_ text: String) {
        var text = text
        guard let time = text.withUTF8({ Timestamp(utf8: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = time
    }

    /// The times that have a year of four digits in UTC: RFC 3339 can express no others.
    private static let expressible: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// The last time that RFC 3339 can express.
    public static let lastExpressible = Timestamp(milliseconds: expressible.upperBound)

    /// True if RFC 3339 can express it: its year has at most four digits.
    public var isExpressible: Bool { Self.expressible.contains(milliseconds) }

    /// Reads RFC 3339 from UTF-8 bytes; nil for anything else.
    public init?(utf8 bytes: UnsafeRawBufferPointer) {
        var cursor = Cursor(bytes: bytes)
        guard let year = cursor.digits(4), cursor.skip("-"), let month = cursor.digits(2), cursor.skip("-"),
            let day = cursor.digits(2), cursor.skip("T") || cursor.skip("t") || cursor.skip(" "),
            let hour = cursor.digits(2), cursor.skip(":"), let minute = cursor.digits(2), cursor.skip(":"),
            let second = cursor.digits(2), let fraction = cursor.milliseconds(), let offset = cursor.offsetMinutes(),
            cursor.isAtEnd,
            (1...12).contains(month), (1...CivilDate.days(inMonth: month, of: year)).contains(day),
            hour <= 23, minute <= 59, second <= 60
        else { return nil }
        let days = CivilDate.daysSince1970(year: year, month: month, day: day)
        let seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second
        milliseconds = Int64(seconds * 1000 + fraction)
        guard Self.expressible.contains(milliseconds) else { return nil }
    }

    /// Appends the RFC 3339 form in UTC with three decimals, 24 bytes for the years 0 to 9999.
    public func append(to buffer: inout ByteBuffer) {
        let (day, inDay) = milliseconds.flooredQuotientAndRemainder(by: 86_400_000)
        let date = CivilDate.parts(daysSince1970: Int(day))
        let rest = Int(inDay)
        buffer.append("0000-00-00T00:00:00.000Z" as StaticString)
        buffer.setTwoDigits(date.year / 100 % 100, fromEnd: 24)
        buffer.setTwoDigits(date.year % 100, fromEnd: 22)
        buffer.setTwoDigits(date.month, fromEnd: 19)
        buffer.setTwoDigits(date.day, fromEnd: 16)
        buffer.setTwoDigits(rest / 3_600_000, fromEnd: 13)
        buffer.setTwoDigits(rest / 60_000 % 60, fromEnd: 10)
        buffer.setTwoDigits(rest / 1000 % 60, fromEnd: 7)
        buffer.setTwoDigits(rest % 1000 / 10, fromEnd: 4)
        buffer.setTwoDigits(rest % 100, fromEnd: 3)
    }
}

/// Walks the bytes of a date-time from left to right.
private struct Cursor {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    var isAtEnd: Bool { position == bytes.count }

    mutating func digits(_ wanted: Int) -> Int? {
        guard position + wanted <= bytes.count else { return nil }
        var value = 0
        for index in position..<position + wanted {
            guard let digit = bytes[index].decimalDigit else { return nil }
            value = value * 10 + digit
        }
        position += wanted
        return value
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Reads an optional fraction of a second. Decimals after the third are cut off.
    mutating func milliseconds() -> Int? {
        guard skip(".") else { return 0 }
        let start = position
        var value = 0
        while position < bytes.count, let digit = bytes[position].decimalDigit {
            if position - start < 3 { value = value * 10 + digit }
            position += 1
        }
        switch position - start {
        case 0: return nil
        case 1: return value * 100
        case 2: return value * 10
        default: return value
        }
    }

    mutating func offsetMinutes() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = digits(2), skip(":"), let minutes = digits(2), hours <= 23, minutes <= 59
        else { return nil }
        return sign * (hours * 60 + minutes)
    }
}

extension UInt8 {
    /// The value of an ASCII decimal digit; nil for other bytes.
    public var decimalDigit: Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) ? Int(self - UInt8(ascii: "0")) : nil
    }
}

extension Int64 {
    fileprivate func flooredQuotientAndRemainder(by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
