import TocsinModel
import TocsinRouting

/// The classes of times: the sets of hours in which one moment can be.
///
/// Clocks show the same at the same hours of two days, if these and their neighbours are the same days of the week, off or
/// not, and no zone differs in its distance from UTC. Of all days that are alike the first is looked at: in it each minute
/// at which some hours begin or end, each midnight, and each change of clocks.
struct Times {
    /// The distinct days that are looked at, times the hours.
    private static let mostMoments = 4_000_000

    private(set) var choices: [Level.Choice] = []
    /// What was not looked at.
    private(set) var omission: String?

    /// What makes days alike.
    private struct Kind: Hashable {
        var days: [UInt8]
        var offsets: [Int]
        /// The seconds from midnight at which clocks change.
        var changes: [Int64]
    }

    /// - Parameters:
    ///   - atoms: the hours for which each atom asks.
    ///   - days: the days that are looked at, in UTC.
    init(_ atoms: [(number: Int32, times: DutyTimes)], days: Range<CivilDate>) {
        let hours = Set(atoms.flatMap(\.times.hours))
        let holidays = atoms.first?.times.holidays ?? .none
        let zones = Dictionary(hours.map { ($0.zone.name, $0.zone) }, uniquingKeysWith: { first, _ in first })
            .sorted { $0.key < $1.key }.map(\.value)
        var minutes: [String: Set<Int>] = [:]
        for hours in hours {
            minutes[hours.zone.name, default: [0]].formUnion(
                [hours.minutes.lowerBound % 1440, hours.minutes.upperBound % 1440])
        }
        var seen: Set<Kind> = []
        var classes = Classes<Timestamp>()
        var moments = 0
        for number in days.lowerBound.daysSince1970..<days.upperBound.daysSince1970 {
            let kind = Self.kind(of: CivilDate(daysSince1970: number), zones, holidays)
            guard seen.insert(kind).inserted else { continue }
            for moment in Self.moments(of: number, zones, minutes) {
                moments += atoms.count
                guard moments <= Self.mostMoments else {
                    omission = "times of all kinds of days: the rules name \(hours.count) different hours"
                    break
                }
                classes.add(moment, atoms.filter { $0.times.contains(moment) }.map(\.number))
            }
        }
        choices = classes.sorted.map { Level.Choice(truths: $0.truths, content: .time($0.values[0])) }
    }

    private static func kind(of date: CivilDate, _ zones: [Zone], _ holidays: Holidays) -> Kind {
        let days = (-2...2).map { offset in
            let date = CivilDate(daysSince1970: date.daysSince1970 + offset)
            return UInt8(date.weekdayOrdinal) | (holidays.isOff(date) ? 8 : 0)
                | (holidays.isWorkday(date) ? 16 : 0)
        }
        let start = Int64(date.daysSince1970) * 86_400
        let changing = zones.filter { $0.offset(at: start) != $0.offset(at: start + 86_400) }
        return Kind(
            days: days, offsets: zones.flatMap { [$0.offset(at: start), $0.offset(at: start + 86_400)] },
            changes: changing.map { change(of: $0, start) - start })
    }

    /// Returns the moments of a day at which something may begin or end, ascending.
    private static func moments(of day: Int, _ zones: [Zone], _ minutes: [String: Set<Int>]) -> [Timestamp] {
        let start = Int64(day) * 86_400
        var seconds: Set<Int64> = [start]
        for zone in zones {
            let offsets = Set([zone.offset(at: start), zone.offset(at: start + 86_400)])
            for offset in offsets {
                for minute in minutes[zone.name] ?? [] {
                    seconds.insert(start + Int64((minute * 60 - offset).flooredRemainder(by: 86_400)))
                }
            }
            if offsets.count > 1 { seconds.insert(change(of: zone, start)) }
        }
        return seconds.sorted().map { Timestamp(milliseconds: $0 * 1000) }
    }

    /// Returns the second of a day at which a zone's clocks change.
    private static func change(of zone: Zone, _ start: Int64) -> Int64 {
        let before = zone.offset(at: start)
        var (low, high) = (start, start + 86_400)
        while high - low > 1 {
            let middle = (low + high) / 2
            if zone.offset(at: middle) == before { low = middle } else { high = middle }
        }
        return high
    }
}
