public import TocsinModel
public import TocsinRouting

/// Who is on duty for one mailbox, at any time: `override > top layer > nobody`.
///
/// An immutable value that any thread may use.
public struct Roster: Sendable {
    /// Where people come from: turns, or a calendar.
    struct Layer: Sendable {
        enum Kind: Sendable {
            case rotation(Rotation)
            case calendar(DutyCalendar)
        }

        var name: String
        var kind: Kind

        func stints(in span: Range<Timestamp>, _ holidays: Holidays) -> [Stint] {
            switch kind {
            case .rotation(let rotation): rotation.stints(in: span, holidays)
            case .calendar(let calendar): calendar.stints(in: span)
            }
        }
    }

    /// What counts before every layer.
    struct Override: Sendable {
        var stint: Stint
        var line: Int
        var column: Int
    }

    public let recipient: Recipient
    /// The zone by which the sheet is shown.
    public let zone: Zone
    /// The place of the roster in its file.
    let line: Int
    let column: Int
    /// The times in which somebody must be on duty; empty for always.
    let cover: [WeeklyHours]
    /// In the order of time.
    let overrides: [Override]
    /// The top one first.
    let layers: [Layer]
    /// When people are away.
    let leave: [String: [Range<Timestamp>]]
    let holidays: Holidays

    /// Returns who is on duty at a time, until when, and who comes next.
    public func duty(at time: Timestamp) -> Duty {
        // Most shifts end soon, and a calendar of years need not be looked at for them.
        var days = 2
        while true {
            let shifts = shifts(in: .days(days, from: time))
            guard let current = shifts.first else { return Duty(persons: [], source: "") }
            let isLast = days >= Limits.dutyHorizonDays
            guard shifts.count > 2 || isLast else {
                days = min(days * 8, Limits.dutyHorizonDays)
                continue
            }
            let next = shifts.dropFirst().first
            return Duty(
                persons: current.persons, source: current.source, until: next.map { _ in current.span.upperBound },
                next: next)
        }
    }

    /// Returns the shifts of a span, in the order of time: they cover it without a hole, and two neighbours differ.
    public func shifts(in span: Range<Timestamp>) -> [DutyShift] {
        var sources = [
            Source(DutyShift.override, overrides.map(\.stint).filter { $0.span.overlaps(span) }, mindsLeave: false)
        ]
        for layer in layers {
            sources.append(Source(layer.name, layer.stints(in: span, holidays), mindsLeave: true))
        }
        var shifts: [DutyShift] = []
        let times = times(of: sources, in: span)
        for (start, end) in zip(times, times.dropFirst()) {
            let shift = shift(start..<end, &sources)
            if let last = shifts.last, last.persons == shift.persons, last.source == shift.source,
                last.isDouble == shift.isDouble
            {
                shifts[shifts.count - 1].span = last.span.lowerBound..<end
            } else {
                shifts.append(shift)
            }
        }
        return shifts
    }

    /// Returns the shifts that touch a span, each from its beginning to its end, and whether the first one's beginning is
    /// known.
    ///
    /// What has no beginning, or no end, within ``TocsinModel/Limits/dutyHorizonDays`` is cut at the midnight before the span,
    /// or at the one after it.
    func wholeShifts(in span: Range<Timestamp>) -> (shifts: [DutyShift], hasBeginning: Bool) {
        let (first, last) = (zone.clockTime(at: span.lowerBound).date, zone.clockTime(at: span.upperBound).date)
        var days = 2
        while true {
            let wide = zone.time(of: first - days, second: 0)..<zone.time(of: last + days, second: 0)
            var touching = shifts(in: wide).filter { $0.span.overlaps(span) }
            let hasBeginning = touching.first.map { $0.span.lowerBound > wide.lowerBound } ?? true
            let hasEnd = touching.last.map { $0.span.upperBound < wide.upperBound } ?? true
            guard hasBeginning && hasEnd || days >= Limits.dutyHorizonDays else {
                days = min(days * 8, Limits.dutyHorizonDays)
                continue
            }
            let days = zone.time(of: first, second: 0)..<zone.time(of: last + 1, second: 0)
            if !hasBeginning { touching[0].span = days.lowerBound..<touching[0].span.upperBound }
            if !hasEnd {
                let index = touching.count - 1
                touching[index].span = touching[index].span.lowerBound..<days.upperBound
            }
            return (touching, hasBeginning)
        }
    }

    /// The times at which anything may change, ascending, with both ends of the span.
    private func times(of sources: [Source], in span: Range<Timestamp>) -> [Timestamp] {
        var times: Set<Timestamp> = [span.lowerBound, span.upperBound]
        func add(_ range: Range<Timestamp>) {
            for time in [range.lowerBound, range.upperBound] where span.contains(time) { times.insert(time) }
        }
        var named: Set<String> = []
        for stint in sources.flatMap(\.stints) {
            add(stint.span)
            named.formUnion(stint.persons)
        }
        for person in named {
            for absence in leave[person] ?? [] { add(absence) }
        }
        return times.sorted()
    }

    /// Those of the first source that has anybody. Nothing changes within the time.
    private func shift(_ time: Range<Timestamp>, _ sources: inout [Source]) -> DutyShift {
        for index in sources.indices {
            sources[index].proceed(to: time.lowerBound)
            var persons: [String] = []
            var groups: Set<[String]> = []
            for stint in sources[index].active {
                let present =
                    sources[index].mindsLeave
                    ? stint.persons.filter { !isAway($0, at: time.lowerBound) } : stint.persons
                guard !present.isEmpty else { continue }
                groups.insert(present)
                for person in present where !persons.contains(person) { persons.append(person) }
            }
            guard !persons.isEmpty else { continue }
            return DutyShift(span: time, persons: persons, source: sources[index].name, isDouble: groups.count > 1)
        }
        return DutyShift(span: time, persons: [], source: "")
    }

    private func isAway(_ person: String, at time: Timestamp) -> Bool {
        leave[person]?.contains { $0.contains(time) } ?? false
    }
}

/// One source of people, walked in the order of time.
private struct Source {
    let name: String
    let stints: [Stint]
    let mindsLeave: Bool
    private var next = 0
    /// The stints of the time that was reached.
    private(set) var active: [Stint] = []

    init(_ name: String, _ stints: [Stint], mindsLeave: Bool) {
        self.name = name
        self.stints = stints.sorted { $0.span.lowerBound < $1.span.lowerBound }
        self.mindsLeave = mindsLeave
    }

    mutating func proceed(to time: Timestamp) {
        active.removeAll { $0.span.upperBound <= time }
        while next < stints.count, stints[next].span.lowerBound <= time {
            if stints[next].span.upperBound > time { active.append(stints[next]) }
            next += 1
        }
    }
}
