package import TocsinModel

/// A silence of the rules file, which comes again and again, as in the nights of a construction site.
public struct SilenceWindow: Hashable, Sendable {
    public let name: String
    /// The reports whose alerts do not ring.
    public let conditions: Conditions
    public let hours: DutyTimes
    /// Whoever answers for it, and why, as the file says.
    public let by: String
    public let reason: String
    /// True if it keeps Extreme reports still, too. Leaders are told of those.
    public let evenExtreme: Bool

    /// `{"window":"night works","conditions":["event is works"],"during":["Mon-Fri 22:00-06:00 Asia/Shanghai"],"by":"Li",
    /// "reason":"…","evenExtreme":false,"openIncidents":2}`, with `"until"` while it lasts.
    package func write(at time: Timestamp, keeping openIncidents: Int, to json: inout JSONWriter) {
        json.object { json in
            json.member("window", name)
            json.array("conditions") { json in
                for condition in conditions.asked { json.string("\(condition.name) is \(condition.wanted)") }
            }
            json.array("during") { json in
                for hours in hours.hours { json.string(hours.text) }
            }
            json.member("by", by)
            json.member("reason", reason)
            json.member("evenExtreme", evenExtreme)
            json.member("openIncidents", Int64(openIncidents))
            json.member("until", ifPresent: end(at: time))
        }
    }

    /// Returns the end of the hours that a time lies in, the latest where several hold; nil outside of all. What would end
    /// after the year 9999 ends with it.
    func end(at time: Timestamp) -> Timestamp? {
        hours.hours.compactMap { $0.end(at: time, hours.holidays) }.max().map { min($0, .lastExpressible) }
    }
}

extension WeeklyHours {
    /// Returns the time at which the hours end that a time lies in; nil outside of them.
    func end(at time: Timestamp, _ holidays: Holidays) -> Timestamp? {
        let clock = zone.clockTime(at: time)
        // Hours over midnight belong to the day before.
        return [clock.date, clock.date - 1].lazy.compactMap { shift(on: $0, holidays) }.first { $0.contains(time) }?
            .upperBound
    }
}
