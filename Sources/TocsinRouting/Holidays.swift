public import TocsinModel

/// The days on which people do not work although the week says so, and those on which they do although it does not.
///
/// Each date counts as one day of the week. So shifts that cover the week cover every date, and cover it once:
///
/// | date | counts as |
/// |---|---|
/// | a day off, Monday to Friday | a Sunday |
/// | a working day that was moved to a Saturday | the Friday before it |
/// | a working day that was moved to a Sunday | the Monday after it |
/// | every other | itself |
public struct Holidays: Hashable, Sendable {
    /// No date is special.
    public static let none = Holidays(off: [], work: [])

    /// The days off, none of which is in ``work``.
    public let off: Set<CivilDate>
    /// The Saturdays and Sundays on which people work.
    public let work: Set<CivilDate>

    /// True if the date is a day off, be it a Saturday or a Sunday too.
    public func isOff(_ date: CivilDate) -> Bool { off.contains(date) }

    /// True if the date counts as one of Monday to Friday.
    public func isWorkday(_ date: CivilDate) -> Bool { weekdayOrdinal(of: date) < 5 }

    /// Returns the day of the week as which a date counts: 0 for a Monday, 6 for a Sunday.
    public func weekdayOrdinal(of date: CivilDate) -> Int {
        let ordinal = date.weekdayOrdinal
        if ordinal < 5 { return off.contains(date) ? 6 : ordinal }
        guard work.contains(date) else { return ordinal }
        return ordinal == 5 ? 4 : 0
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(off.count)
        hasher.combine(work.count)
    }
}

extension Holidays {
    /// Returns what is wrong with the years that the dates cover, as of this day. A year without any date has not been
    /// entered: the dates of the next one are made known in autumn.
    ///
    /// - Returns: The years without a date, and whether that is an error and not yet only a warning. Nil if nothing is
    ///   missing.
    func gap(on today: CivilDate) -> (years: [Int], isError: Bool)? {
        let covered = Set((off.map(\.year) + work.map(\.year)))
        let missing = [today.year, today.year + 1].filter { !covered.contains($0) }
        guard !missing.isEmpty else { return nil }
        return (missing, missing.contains(today.year) || today.parts.month == 12)
    }
}
