import TocsinModel
import TocsinRouting

extension RecurrenceRule {
    private static let weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    private static let parts = [
        "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST",
    ]

    /// Reads the value of RRULE.
    ///
    /// - Parameters:
    ///   - line: the content line.
    ///   - start: the event's DTSTART, which must be the first occurrence.
    /// - Throws: what this reader does not know, what the standard does not allow, and a start that is none of the rule's.
    init(_ line: CalendarLine, start: CalendarTime) throws(FileProblem) {
        var values: [String: (text: Substring, offset: Int)] = [:]
        var offset = 0
        for part in line.value.split(separator: ";", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = sides[0].uppercased()
            guard sides.count == 2, !sides[1].isEmpty, Self.parts.contains(name) else {
                throw line.problemOfValue(
                    Suggestion.message(
                        sides.count == 2 ? name : String(part), isNot: "a part of RRULE that is read here",
                        valid: Self.parts.map { "\($0)=…" }),
                    at: offset)
            }
            guard values.updateValue((sides[1], offset + name.utf8.count + 1), forKey: name) == nil else {
                throw line.problemOfValue("\(name) is there twice; each part may be there once", at: offset)
            }
            offset += part.utf8.count + 1
        }
        guard let word = values["FREQ"] else {
            throw line.problemOfValue("FREQ is missing; valid is FREQ=WEEKLY and the like")
        }
        guard let frequency = Frequency(rawValue: word.text.uppercased()) else {
            throw line.problemOfValue(
                Suggestion.message(
                    String(word.text), isNot: "how often duty recurs", valid: Frequency.allCases.map(\.rawValue)),
                at: word.offset)
        }
        self.init(frequency: frequency)
        let count = try Self.numbers(values["COUNT"], "COUNT", 1...Limits.calendarCount, line, isList: false).first
        interval =
            try Self.numbers(values["INTERVAL"], "INTERVAL", 1...Limits.calendarCount, line, isList: false).first ?? 1
        months = try Self.numbers(values["BYMONTH"], "BYMONTH", 1...12, line)
        monthDays = try Self.numbers(values["BYMONTHDAY"], "BYMONTHDAY", -31...31, line)
        positions = try Self.numbers(values["BYSETPOS"], "BYSETPOS", -366...366, line)
        if let week = values["WKST"] { weekStart = try Self.weekday(week.text, line, week.offset) }
        if let list = values["BYDAY"] { days = try days(list.text, line, list.offset) }
        try check(line)
        if let bound = values["UNTIL"] {
            guard count == nil else {
                throw line.problemOfValue("COUNT and UNTIL are both there; valid is one of them", at: bound.offset)
            }
            until = try Self.until(bound.text, line, bound.offset, start)
        }
        try checkStart(line, start)
        if let count { last = end(after: count, from: start.date) }
    }

    /// Refuses combinations that the standard does not allow.
    private func check(_ line: CalendarLine) throws(FileProblem) {
        if frequency == .weekly, !monthDays.isEmpty {
            throw line.problemOfValue("BYMONTHDAY does not go with FREQ=WEEKLY; valid are BYDAY and BYMONTH")
        }
        let hasOrdinals = days.contains { $0.ordinal != 0 }
        if hasOrdinals, frequency == .daily || frequency == .weekly {
            throw line.problemOfValue(
                "a number before a day in BYDAY does not go with FREQ=\(frequency.rawValue); valid are days such as MO,TU"
            )
        }
        if !positions.isEmpty, months.isEmpty, monthDays.isEmpty, days.isEmpty {
            throw line.problemOfValue("BYSETPOS needs BYDAY, BYMONTHDAY or BYMONTH, of which it chooses")
        }
    }

    /// Refuses a start that the rule itself does not have: programs disagree on what that means.
    private func checkStart(_ line: CalendarLine, _ start: CalendarTime) throws(FileProblem) {
        var isFirst = false
        forEachDate(start: start.date, from: start.date, to: start.date) { _ in
            isFirst = true
            return false
        }
        guard isFirst, until.map({ start.timestamp <= $0 }) ?? true else {
            throw line.problemOfValue(
                "DTSTART, \(start.date.weekday.rawValue) \(start.date), is not one of the rule's own days; let DTSTART be the first "
                    + "day on which the rule holds")
        }
    }

    /// The date of the last of so many occurrences.
    private func end(after count: Int, from start: CivilDate) -> CivilDate {
        var (rest, last) = (count, start)
        let horizon = CivilDate(
            daysSince1970: CivilDate.daysSince1970(year: LocalTime.years.upperBound, month: 12, day: 31))
        forEachDate(start: start, from: start, to: horizon) { date in
            (rest, last) = (rest - 1, date)
            return rest > 0
        }
        return last
    }

    private static func numbers(
        _ value: (text: Substring, offset: Int)?, _ name: String, _ range: ClosedRange<Int>, _ line: CalendarLine,
        isList: Bool = true
    ) throws(FileProblem) -> [Int] {
        guard let value else { return [] }
        var numbers: Set<Int> = []
        let words = value.text.split(separator: ",", omittingEmptySubsequences: false)
        for word in words {
            guard let number = Int(word), word.first != "+" || isList, range.contains(number), number != 0,
                isList || words.count == 1
            else {
                let valid =
                    range.lowerBound < 0
                    ? "\(range.lowerBound) to -1 and 1 to \(range.upperBound)"
                    : "\(range.lowerBound) to \(range.upperBound)"
                throw line.problemOfValue(
                    "\(Suggestion.quoted(String(value.text))) is not a value of \(name); valid are \(valid)",
                    at: value.offset)
            }
            numbers.insert(number)
        }
        return numbers.sorted()
    }

    private static func weekday(_ text: Substring, _ line: CalendarLine, _ offset: Int) throws(FileProblem) -> Int {
        guard let day = weekdays.firstIndex(of: text.uppercased()) else {
            throw line.problemOfValue(Suggestion.message(String(text), isNot: "a day", valid: weekdays), at: offset)
        }
        return day
    }

    private func days(_ text: Substring, _ line: CalendarLine, _ offset: Int) throws(FileProblem) -> [Day] {
        var days: Set<Day> = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            let weekday = try Self.weekday(word.suffix(2), line, offset)
            let number = word.dropLast(2)
            guard !number.isEmpty else {
                days.insert(Day(ordinal: 0, weekday: weekday))
                continue
            }
            guard let ordinal = Int(number), (1...53).contains(abs(ordinal)) else {
                throw line.problemOfValue(
                    "\(Suggestion.quoted(String(word))) is not a day of BYDAY; valid are MO, 1MO, -1FR and the like",
                    at: offset)
            }
            days.insert(Day(ordinal: ordinal, weekday: weekday))
        }
        return days.sorted { ($0.weekday, $0.ordinal) < ($1.weekday, $1.ordinal) }
    }

    /// Reads UNTIL, which is of DTSTART's kind, and in UTC where that has a zone.
    private static func until(
        _ text: Substring, _ line: CalendarLine, _ offset: Int, _ start: CalendarTime
    ) throws(FileProblem) -> Timestamp {
        let isDate = start.form == .date
        let time = CalendarTime(text, isDate: isDate, zone: start.zone, isZoned: false)
        let wanted: CalendarTime.Form =
            switch start.form {
            case .date: .date
            case .floating: .floating
            case .utc, .zoned: .utc
            }
        guard let time, time.form == wanted else {
            throw line.problemOfValue(
                "\(Suggestion.quoted(String(text))) is not an UNTIL for DTSTART, which is \(start.form.words); valid is "
                    + "\(wanted.words)", at: offset)
        }
        return time.timestamp
    }
}
