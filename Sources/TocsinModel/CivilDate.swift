/// A day of the proleptic Gregorian calendar, wherever it is.
public struct CivilDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The days since 1970-01-01.
    public let daysSince1970: Int

    public init(daysSince1970: Int) {
        self.daysSince1970 = daysSince1970
    }

    /// Creates a day; nil if the month has no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, of: year) else { return nil }
        daysSince1970 = Self.daysSince1970(year: year, month: month, day: day)
    }

    /// Reads `2026-02-14` (ISO 8601); nil for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return nil }
        var numbers: [Int] = []
        for part in [bytes[..<4], bytes[5..<7], bytes[8...]] {
            var number = 0
            for byte in part {
                guard let digit = byte.decimalDigit else { return nil }
                number = number * 10 + digit
            }
            numbers.append(number)
        }
        self.init(year: numbers[0], month: numbers[1], day: numbers[2])
    }

    public var weekday: Weekday { Weekday.table.words[weekdayOrdinal] }

    /// 0 for a Monday, 6 for a Sunday. 1970-01-01 was a Thursday.
    public var weekdayOrdinal: Int { (daysSince1970 + 3).flooredRemainder(by: 7) }

    public var year: Int { parts.year }

    /// The year, the month from 1, and the day of the month.
    public var parts: (year: Int, month: Int, day: Int) { Self.parts(daysSince1970: daysSince1970) }

    public static func < (left: CivilDate, right: CivilDate) -> Bool { left.daysSince1970 < right.daysSince1970 }

    public static func + (date: CivilDate, days: Int) -> CivilDate {
        CivilDate(daysSince1970: date.daysSince1970 + days)
    }

    public static func - (date: CivilDate, days: Int) -> CivilDate { date + -days }

    public var description: String {
        func padded(_ number: Int, _ count: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, count - digits.count)) + digits
        }
        let (year, month, day) = parts
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}

extension CivilDate {
    // Both conversions are Howard Hinnant's for the proleptic Gregorian calendar
    // (https://howardhinnant.github.io/date_algorithms.html): a year begins in March, 400 years make an era.

    package static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func parts(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    package static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    package static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Timestamp {
    /// The day in UTC.
    public var date: CivilDate {
        CivilDate(daysSince1970: Int(milliseconds).flooredQuotientAndRemainder(by: 86_400_000).quotient)
    }
}

/// A day of the week, as rules write it.
public enum Weekday: String, ReportWord {
    public static let table = WordTable(Weekday.self)

    case monday = "Mon"
    case tuesday = "Tue"
    case wednesday = "Wed"
    case thursday = "Thu"
    case friday = "Fri"
    case saturday = "Sat"
    case sunday = "Sun"

    /// 0 for Monday, 6 for Sunday.
    public var ordinal: Int {
        switch self {
        case .monday: 0
        case .tuesday: 1
        case .wednesday: 2
        case .thursday: 3
        case .friday: 4
        case .saturday: 5
        case .sunday: 6
        }
    }

    public var isWeekend: Bool { ordinal >= 5 }
}

extension Int {
    /// The quotient, rounded down, and the remainder, which is never negative.
    package func flooredQuotientAndRemainder(by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    package func flooredRemainder(by divisor: Int) -> Int { flooredQuotientAndRemainder(by: divisor).remainder }
}
