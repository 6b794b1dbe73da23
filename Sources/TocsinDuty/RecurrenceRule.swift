import TocsinModel

/// When an event recurs (RFC 5545, 3.3.10), as far as shifts need it: on days, weeks, months or years.
struct RecurrenceRule: Hashable, Sendable {
    enum Frequency: String, CaseIterable, Sendable {
        case daily = "DAILY"
        case weekly = "WEEKLY"
        case monthly = "MONTHLY"
        case yearly = "YEARLY"
    }

    /// A day of the week, or the nth of a month or year, from its end where it is negative.
    struct Day: Hashable, Sendable {
        /// 0 for any of them.
        var ordinal: Int
        /// 0 for Monday.
        var weekday: Int
    }

    var frequency: Frequency
    var interval = 1
    /// Ascending and without repetitions, as all lists here.
    var months: [Int] = []
    var monthDays: [Int] = []
    var days: [Day] = []
    var positions: [Int] = []
    /// The first day of a week, 0 for Monday.
    var weekStart = 0
    /// The last time at which it may recur; nil for no such bound.
    var until: Timestamp?
    /// The date of the last recurrence, where they are counted; nil for no such bound.
    var last: CivilDate?

    /// Calls a function with each date of the rule from one to another, both included, in the order of time, until it
    /// returns false.
    ///
    /// - Parameters:
    ///   - start: the date of the first occurrence.
    ///   - from: the first date that matters. Earlier periods are passed over.
    ///   - to: the last one.
    ///   - body: what is called with each date; it returns false to stop.
    func forEachDate(
        start: CivilDate, from: CivilDate, to: CivilDate, _ body: (CivilDate) -> Bool
    ) {
        let end = last.map { min($0, to) } ?? to
        var index = max(0, period(of: max(from, start), start) / interval)
        while true {
            let number = index * interval
            guard beginning(of: number, start) <= end else { return }
            for date in dates(in: number, start) where date >= start && date >= from {
                guard date <= end, body(date) else { return }
            }
            index += 1
        }
    }

    /// The number of days, weeks, months or years from that of the start to that of a date.
    private func period(of date: CivilDate, _ start: CivilDate) -> Int {
        switch frequency {
        case .daily: date.daysSince1970 - start.daysSince1970
        case .weekly: (date.daysSince1970 - week(of: start).daysSince1970) / 7
        case .monthly: Self.month(of: date) - Self.month(of: start)
        case .yearly: date.year - start.year
        }
    }

    private static func month(of date: CivilDate) -> Int { date.parts.year * 12 + date.parts.month - 1 }

    private func week(of date: CivilDate) -> CivilDate {
        date - (date.weekdayOrdinal - weekStart).flooredRemainder(by: 7)
    }

    private func beginning(of period: Int, _ start: CivilDate) -> CivilDate {
        switch frequency {
        case .daily: start + period
        case .weekly: week(of: start) + 7 * period
        case .monthly:
            CivilDate(daysSince1970: Self.daysBefore(month: Self.month(of: start) + period))
        case .yearly: CivilDate(daysSince1970: CivilDate.daysSince1970(year: start.year + period, month: 1, day: 1))
        }
    }

    private static func daysBefore(month: Int) -> Int {
        CivilDate.daysSince1970(year: month / 12, month: month % 12 + 1, day: 1)
    }

    /// The dates of one period, ascending.
    private func dates(in period: Int, _ start: CivilDate) -> [CivilDate] {
        let first = beginning(of: period, start)
        var dates: [CivilDate]
        switch frequency {
        case .daily: dates = isIn(first, start) ? [first] : []
        case .weekly:
            let days = days.isEmpty ? [start.weekdayOrdinal] : days.map(\.weekday)
            dates = (0..<7).map { first + $0 }.filter { days.contains($0.weekdayOrdinal) && isInMonths($0) }
        case .monthly:
            let (year, month, _) = first.parts
            dates = months.isEmpty || months.contains(month) ? self.dates(year, month, start) : []
        case .yearly:
            let year = first.year
            if days.isEmpty || !months.isEmpty || !monthDays.isEmpty {
                let all = monthDays.isEmpty ? [start.parts.month] : Array(1...12)
                dates = (months.isEmpty ? all : months).flatMap { self.dates(year, $0, start) }
            } else {
                dates = Self.matching(days, first, CivilDate.isLeap(year) ? 366 : 365)
            }
        }
        guard !positions.isEmpty else { return dates }
        return positions.compactMap { position in
            let index = position > 0 ? position - 1 : dates.count + position
            return dates.indices.contains(index) ? dates[index] : nil
        }.sorted()
    }

    /// True if a day passes the limits of a daily rule.
    private func isIn(_ date: CivilDate, _ start: CivilDate) -> Bool {
        guard isInMonths(date) else { return false }
        let (year, month, day) = date.parts
        if !monthDays.isEmpty {
            let last = CivilDate.days(inMonth: month, of: year)
            guard monthDays.contains(day) || monthDays.contains(day - last - 1) else { return false }
        }
        return days.isEmpty || days.contains { $0.weekday == date.weekdayOrdinal }
    }

    private func isInMonths(_ date: CivilDate) -> Bool { months.isEmpty || months.contains(date.parts.month) }

    /// The dates of a month.
    private func dates(_ year: Int, _ month: Int, _ start: CivilDate) -> [CivilDate] {
        let count = CivilDate.days(inMonth: month, of: year)
        let first = CivilDate(daysSince1970: CivilDate.daysSince1970(year: year, month: month, day: 1))
        let byDay = days.isEmpty ? nil : Self.matching(days, first, count)
        if !monthDays.isEmpty {
            let numbers = Set(monthDays.map { $0 > 0 ? $0 : count + 1 + $0 }.filter { (1...count).contains($0) })
            let dates = numbers.sorted().map { first + ($0 - 1) }
            // With both, days are a limit (RFC 5545, the table in 3.3.10).
            return byDay.map { allowed in dates.filter { allowed.contains($0) } } ?? dates
        }
        if let byDay { return byDay }
        let day = start.parts.day
        return day <= count ? [first + (day - 1)] : []
    }

    /// The days of a span that are of the list, ascending.
    private static func matching(_ days: [Day], _ first: CivilDate, _ count: Int) -> [CivilDate] {
        (0..<count).map { first + $0 }.filter { date in
            let place = date.daysSince1970 - first.daysSince1970
            return days.contains { day in
                guard day.weekday == date.weekdayOrdinal else { return false }
                return day.ordinal == 0 || day.ordinal == place / 7 + 1 || day.ordinal == -((count - 1 - place) / 7 + 1)
            }
        }
    }
}
