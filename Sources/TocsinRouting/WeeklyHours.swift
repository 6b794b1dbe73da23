public import TocsinModel

/// Hours of certain days, by the clocks of a time zone: `Mon-Fri 08:00-18:00 Asia/Shanghai`.
public struct WeeklyHours: Hashable, Sendable {
    /// The days on which the hours begin.
    public enum Days: Hashable, Sendable {
        /// Days of the week, as bits from Monday on. A date is the day as which it counts: see ``Holidays``.
        case weekdays(UInt8)
        /// The days off of the file of holidays.
        case holidays
        /// What counts as Monday to Friday.
        case workdays

        /// Every day.
        public static let all = Days.weekdays(0b111_1111)

        /// The days from one to another, over the end of the week where the first is the later one.
        static func weekdays(from first: Weekday, to last: Weekday) -> Days {
            var bits: UInt8 = 0
            let count = (last.ordinal - first.ordinal).flooredRemainder(by: 7)
            for day in 0...count { bits |= 1 << UInt8((first.ordinal + day) % 7) }
            return .weekdays(bits)
        }

        func contains(_ date: CivilDate, _ holidays: Holidays) -> Bool {
            switch self {
            case .weekdays(let bits): bits & 1 << UInt8(holidays.weekdayOrdinal(of: date)) != 0
            case .holidays: holidays.isOff(date)
            case .workdays: holidays.isWorkday(date)
            }
        }
    }

    /// The minutes of a day.
    public static let wholeDay = 0..<1440

    /// What the file says, with the zone.
    public let text: String
    public let days: Days
    /// The minutes since the midnight with which the day begins, the end excluded. Hours over midnight end above 1440.
    public let minutes: Range<Int>
    public let zone: Zone

    /// True if clocks show one of the hours. Allocates nothing.
    func contains(_ time: Timestamp, _ holidays: Holidays) -> Bool {
        let clock = zone.clockTime(at: time)
        // Hours over midnight belong to the day before.
        return minutes.contains(clock.minute) && days.contains(clock.date, holidays)
            || minutes.contains(clock.minute + 1440) && days.contains(clock.date - 1, holidays)
    }
}

extension WeeklyHours {
    /// Returns the time from the hours' beginning on a date to their end; nil if they do not begin on it.
    ///
    /// Unlike the hours of rules, which are judged by what clocks show, a shift ends once: also in the night in which an
    /// hour is there twice.
    package func shift(on date: CivilDate, _ holidays: Holidays) -> Range<Timestamp>? {
        guard days.contains(date, holidays) else { return nil }
        let start = zone.time(of: date, second: minutes.lowerBound * 60)
        let end = zone.time(of: date, second: minutes.upperBound * 60)
        return start < end ? start..<end : nil
    }
}

/// The times at which a rule applies: any of several hours.
public struct DutyTimes: Hashable, Sendable {
    public let hours: [WeeklyHours]
    public let holidays: Holidays

    public init(_ hours: [WeeklyHours], holidays: Holidays) {
        self.hours = hours
        self.holidays = holidays
    }

    public func contains(_ time: Timestamp) -> Bool { hours.contains { $0.contains(time, holidays) } }

    /// Returns the hours that have the time in them, as the file says them.
    func reason(at time: Timestamp) -> String? { hours.first { $0.contains(time, holidays) }?.text }

    /// Returns what clocks show, in the zone of the first hours: `Sat 2026-02-14 09:30 Asia/Shanghai, a working day`.
    func description(of time: Timestamp) -> String {
        let zone = hours.first?.zone ?? .utc
        let clock = zone.clockTime(at: time)
        let note =
            holidays.isOff(clock.date)
            ? ", a day off" : holidays.work.contains(clock.date) ? ", a working day" : ""
        return "\(clock.description) \(zone.name)\(note)"
    }
}
