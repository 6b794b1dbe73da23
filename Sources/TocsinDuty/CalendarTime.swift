import TocsinModel
import TocsinRouting

/// A DATE or a DATE-TIME of a calendar (RFC 5545, 3.3.4 and 3.3.5).
struct CalendarTime: Hashable, Sendable {
    /// How the value says which moment it means.
    enum Form: Hashable, Sendable {
        /// A whole day, by the clocks of the duty file's zone.
        case date
        /// `…Z`
        case utc
        /// With TZID.
        case zoned
        /// Without a zone: by the clocks of the duty file's.
        case floating

        /// What the standard calls it.
        var words: String {
            switch self {
            case .date: "a date (VALUE=DATE)"
            case .utc: "a time in UTC (…Z)"
            case .zoned: "a time with TZID"
            case .floating: "a time without a zone"
            }
        }
    }

    var form: Form
    var date: CivilDate
    /// Since midnight, as clocks show it; 0 for a date.
    var second: Int
    var zone: Zone

    var timestamp: Timestamp { zone.time(of: date, second: second) }

    /// Returns the same time of another day.
    func on(_ date: CivilDate) -> CalendarTime {
        var time = self
        time.date = date
        return time
    }

    /// Reads `20261130`, `20261130T080000` or `20261130T000000Z`; nil for anything else. The zone is for values without Z.
    init?(_ text: Substring, isDate: Bool, zone: Zone, isZoned: Bool) {
        var bytes = Array(text.utf8)
        let isUTC = bytes.last == UInt8(ascii: "Z")
        if isUTC { bytes.removeLast() }
        guard bytes.count == (isDate ? 8 : 15), isDate || bytes[8] == UInt8(ascii: "T"), !isUTC || !isDate && !isZoned
        else {
            return nil
        }
        func number(_ range: Range<Int>) -> Int? {
            var number = 0
            for byte in bytes[range] {
                guard let digit = byte.decimalDigit else { return nil }
                number = number * 10 + digit
            }
            return number
        }
        guard let year = number(0..<4), LocalTime.years.contains(year), let month = number(4..<6),
            let day = number(6..<8),
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        self.date = date
        self.zone = isUTC ? .utc : zone
        form = isDate ? .date : isUTC ? .utc : isZoned ? .zoned : .floating
        second = 0
        guard !isDate else { return }
        guard let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15), hour < 24,
            minute < 60,
            second < 60
        else { return nil }
        self.second = hour * 3600 + minute * 60 + second
    }
}

/// How long an event lasts.
enum CalendarLength: Hashable, Sendable {
    /// By DTEND: the same for each recurrence, to the second.
    case exact(milliseconds: Int64)
    /// By DURATION, or by dates: days as clocks have them, and then seconds.
    case nominal(days: Int, seconds: Int)

    /// Reads `P1W`, `P2D`, `PT8H` or `P1DT2H30M`; nil for anything else, and for what is not more than 0.
    init?(duration text: String) {
        var rest = text[...]
        guard rest.popFirst() == "P" else { return nil }
        var (days, seconds) = (0, 0)
        var units: [(Character, Int)] = [("W", 7), ("D", 1)]
        var isTime = false
        while !rest.isEmpty {
            if !isTime, rest.first == "T" {
                (isTime, units) = (true, [("H", 3600), ("M", 60), ("S", 1)])
                rest.removeFirst()
                guard !rest.isEmpty else { return nil }
                continue
            }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard (1...6).contains(digits.count), let number = Int(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            guard let letter = rest.popFirst(), let place = units.firstIndex(where: { $0.0 == letter }) else {
                return nil
            }
            if isTime { seconds += number * units[place].1 } else { days += number * units[place].1 }
            // Weeks stand alone, and each unit is there once.
            guard letter != "W" || rest.isEmpty else { return nil }
            units.removeSubrange(...place)
        }
        guard days + seconds > 0 else { return nil }
        self = .nominal(days: days, seconds: seconds)
    }

    /// Returns the end of an event that begins at a time.
    func end(after start: CalendarTime) -> Timestamp {
        switch self {
        case .exact(let milliseconds): start.timestamp + .milliseconds(milliseconds)
        case .nominal(let days, let seconds):
            start.zone.time(of: start.date + days, second: start.second) + .seconds(seconds)
        }
    }

    /// The most days that it can take.
    var days: Int {
        switch self {
        case .exact(let milliseconds): Int(milliseconds / 86_400_000) + 2
        case .nominal(let days, let seconds): days + seconds / 86_400 + 2
        }
    }
}
