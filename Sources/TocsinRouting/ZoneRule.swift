import TocsinModel

/// The changes of a zone's clocks year by year, as in the variable TZ of POSIX with the extension of RFC 9636 (3.3.2):
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Hashable, Sendable {
    /// The time of a year at which clocks change.
    private struct Change: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// `Jn`: the days of a year from 1, without February 29.
            case withoutLeapDay(Int)
            /// `n`: the days of a year from 0, with February 29.
            case withLeapDay(Int)
            /// `Mm.w.d`: the month, the week from 1, where 5 means the last, and the day, 0 for a Sunday.
            case weekday(month: Int, week: Int, day: Int)
        }

        var day: Day
        /// The seconds after midnight, as clocks show them before the change. They may reach into other days.
        var second: Int

        /// Returns the change's seconds since 1970, as clocks show them before it.
        func seconds(in year: Int) -> Int {
            let newYear = CivilDate.daysSince1970(year: year, month: 1, day: 1)
            let date =
                switch day {
                case .withoutLeapDay(let day): newYear + day - 1 + (CivilDate.isLeap(year) && day >= 60 ? 1 : 0)
                case .withLeapDay(let day): newYear + day
                case .weekday(let month, let week, let day): Self.date(year, month, week, day)
                }
            return date * 86_400 + second
        }

        private static func date(_ year: Int, _ month: Int, _ week: Int, _ day: Int) -> Int {
            let first = CivilDate.daysSince1970(year: year, month: month, day: 1)
            // 1970-01-01 was a Thursday, which is 4 where Sunday is 0.
            let toDay = (day - (first + 4)).flooredRemainder(by: 7)
            let last = CivilDate.days(inMonth: month, of: year)
            var inMonth = toDay + 7 * (week - 1)
            while inMonth >= last { inMonth -= 7 }
            return first + inMonth
        }
    }

    /// The seconds east of UTC.
    private let standard: Int
    private let daylight: Daylight?

    private struct Daylight: Hashable, Sendable {
        /// The seconds east of UTC.
        let offset: Int
        let from: Change
        let to: Change
    }

    /// Reads a rule; nil for anything else.
    init?(_ text: ArraySlice<UInt8>) {
        var reader = Reader(text: text)
        guard reader.name(), let west = reader.time() else { return nil }
        standard = -west
        guard !reader.isAtEnd else {
            daylight = nil
            return
        }
        guard reader.name() else { return nil }
        var offset = standard + 3600
        if !reader.isAt(",") {
            guard let west = reader.time() else { return nil }
            offset = -west
        }
        guard let from = Self.change(&reader), let to = Self.change(&reader), reader.isAtEnd else { return nil }
        daylight = Daylight(offset: offset, from: from, to: to)
    }

    /// Returns the seconds east of UTC at a time, which is in seconds since 1970.
    func offset(at second: Int64) -> Int {
        guard let daylight else { return standard }
        let second = Int(second)
        let day = (second + standard).flooredQuotientAndRemainder(by: 86_400).quotient
        let year = CivilDate(daysSince1970: day).year
        let start = daylight.from.seconds(in: year) - standard
        let end = daylight.to.seconds(in: year) - daylight.offset
        // South of the equator summer goes on over the new year.
        let isDaylight = start < end ? start <= second && second < end : !(end <= second && second < start)
        return isDaylight ? daylight.offset : standard
    }

    /// Reads `,M3.2.0/2`. Without a time, clocks change at 02:00.
    private static func change(_ reader: inout Reader) -> Change? {
        guard reader.skip(","), let day = day(&reader) else { return nil }
        guard reader.skip("/") else { return Change(day: day, second: 7200) }
        return reader.time().map { Change(day: day, second: $0) }
    }

    private static func day(_ reader: inout Reader) -> Change.Day? {
        if reader.skip("J") {
            return reader.number(1...365).map { .withoutLeapDay($0) }
        }
        guard reader.skip("M") else { return reader.number(0...365).map { .withLeapDay($0) } }
        guard let month = reader.number(1...12), reader.skip("."), let week = reader.number(1...5), reader.skip("."),
            let day = reader.number(0...6)
        else { return nil }
        return .weekday(month: month, week: week, day: day)
    }
}

/// Walks the bytes of a rule.
private struct Reader {
    let text: ArraySlice<UInt8>
    private var position: Int

    init(text: ArraySlice<UInt8>) {
        self.text = text
        position = text.startIndex
    }

    var isAtEnd: Bool { position == text.endIndex }

    func isAt(_ character: Unicode.Scalar) -> Bool { !isAtEnd && text[position] == UInt8(ascii: character) }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard isAt(character) else { return false }
        position += 1
        return true
    }

    /// Skips a name: three letters or more, or `<+08>`.
    mutating func name() -> Bool {
        let start = position
        if skip("<") {
            while !isAtEnd, !isAt(">") { position += 1 }
            return skip(">")
        }
        while !isAtEnd, (text[position] | 0x20) >= UInt8(ascii: "a"), (text[position] | 0x20) <= UInt8(ascii: "z") {
            position += 1
        }
        return position - start >= 3
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int? {
        var value: Int?
        while !isAtEnd, let digit = text[position].decimalDigit, value ?? 0 < 1000 {
            value = (value ?? 0) * 10 + digit
            position += 1
        }
        return value.flatMap { range.contains($0) ? $0 : nil }
    }

    /// Reads `8`, `-3:30` or `+167:59:59`, in seconds.
    mutating func time() -> Int? {
        let sign = skip("-") ? -1 : 1
        if sign == 1 { _ = skip("+") }
        guard let hours = number(0...167) else { return nil }
        var seconds = hours * 3600
        for unit in [60, 1] where skip(":") {
            guard let number = number(0...59) else { return nil }
            seconds += number * unit
        }
        return sign * seconds
    }
}
