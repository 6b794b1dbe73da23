import TocsinModel
import TocsinRouting

/// People who take turns, each for so many days, in certain hours or always.
struct Rotation: Hashable, Sendable {
    /// Who is on duty in each turn: one person, or several together.
    var turns: [[String]]
    /// The days of one turn.
    var days: Int
    /// The day on which the first turn begins; nil for a single turn that has always been on.
    var from: CivilDate?
    /// The minute of the day at which turns change.
    var handOver: Int
    /// The end of the rotation; nil for none.
    var until: Timestamp?
    /// Any of these; empty for always.
    var hours: [WeeklyHours]
    var zone: Zone

    /// Returns the stints that touch a span, in the order of time.
    func stints(in span: Range<Timestamp>, _ holidays: Holidays) -> [Stint] {
        var span = span
        if let until {
            guard span.lowerBound < until else { return [] }
            span = span.lowerBound..<min(span.upperBound, until)
        }
        var stints: [Stint] = []
        guard !hours.isEmpty else {
            add(span, to: &stints)
            return stints
        }
        for hours in hours {
            let first = hours.zone.clockTime(at: span.lowerBound).date - 2
            let last = hours.zone.clockTime(at: span.upperBound).date + 1
            var date = first
            while date <= last {
                if let shift = hours.shift(on: date, holidays), shift.overlaps(span) { add(shift, to: &stints) }
                date = date + 1
            }
        }
        guard hours.count > 1 else { return stints }
        return stints.sorted { $0.span.lowerBound < $1.span.lowerBound }
    }

    /// Adds a time with those whose turn it is, cut where turns change.
    private func add(_ time: Range<Timestamp>, to stints: inout [Stint]) {
        let end = until.map { min($0, time.upperBound) } ?? time.upperBound
        guard let from else {
            if let stint = Stint(time.lowerBound, end, turns[0]) { stints.append(stint) }
            return
        }
        let passed = zone.clockTime(at: time.lowerBound).date.daysSince1970 - from.daysSince1970
        var turn = max(0, passed.flooredQuotientAndRemainder(by: days).quotient - 1)
        while beginning(of: turn + 1, from) <= time.lowerBound { turn += 1 }
        while true {
            let start = beginning(of: turn, from)
            guard start < end else { return }
            let stint = Stint(
                max(start, time.lowerBound), min(beginning(of: turn + 1, from), end), turns[turn % turns.count])
            if let stint { stints.append(stint) }
            turn += 1
        }
    }

    private func beginning(of turn: Int, _ from: CivilDate) -> Timestamp {
        zone.time(of: from + turn * days, second: handOver * 60)
    }
}
