import TocsinDuty
import TocsinModel
import TocsinRouting

/// A duty sheet for people and for programs.
struct DutyView {
    private let rosters: [Roster]
    private let directory: Directory
    private let zone: Zone
    private let time: Timestamp

    init(_ rosters: [Roster], _ directory: Directory, zone: Zone, at time: Timestamp) {
        self.rosters = rosters
        self.directory = directory
        self.zone = zone
        self.time = time
    }

    /// Seven days, from the midnight before the time on.
    var week: Range<Timestamp> {
        let today = zone.clockTime(at: time).date
        return zone.time(of: today, second: 0)..<zone.time(of: today + 7, second: 0)
    }

    /// Who is on duty now, until when, and who comes next.
    func lines(style: Style) -> [String] {
        var table = Table(["recipient", "", "on duty", "until", "next", "by"])
        for roster in rosters {
            let duty = roster.duty(at: time)
            table.add(
                roster.recipient.name, title(roster), Self.names(duty.persons, style),
                duty.until.map(clock) ?? "no end in sight", duty.next.map { Self.names($0.persons, style) } ?? "",
                style.dim(duty.source.printable))
        }
        return [style.bold("\(clock(time)) \(zone.name)")] + table.lines(style: style)
    }

    /// Every shift of the week.
    func weekLines(style: Style) -> [String] {
        var lines = [style.bold("\(clock(week.lowerBound)) to \(clock(week.upperBound)) \(zone.name)")]
        for roster in rosters {
            lines += ["", style.bold("\(roster.recipient) \(title(roster))")]
            var table = Table()
            for shift in roster.shifts(in: week) {
                table.add(
                    clock(shift.span.lowerBound), clock(shift.span.upperBound), Self.names(shift.persons, style),
                    style.dim(shift.source.printable) + (shift.isDouble ? "  " + style.warning("double cover") : ""))
            }
            lines += table.lines(style: style, indent: 2)
        }
        return lines
    }

    /// Returns those whom the broker's answer says to be on duty; nil where it says nothing, as there is no roster.
    static func names(in node: JSONNode, style: Style) throws(Refusal) -> String? {
        let persons: [String]? = try node.member(ifPresent: "onDuty")
        return persons.map { names($0, style) }
    }

    private func title(_ roster: Roster) -> String {
        directory.title(of: roster.recipient)?.chinese.printable ?? ""
    }

    private static func names(_ persons: [String], _ style: Style) -> String {
        persons.isEmpty ? style.bad("nobody") : persons.map(\.printable).joined(separator: ", ")
    }

    private func clock(_ time: Timestamp) -> String { zone.clockTime(at: time).description }

    /// `{"at": T, "timeZone": "Asia/Shanghai", "duty": [{"recipient": "fire", "onDuty": ["王"], "by": "weeks", "until": T,
    /// "next": {"from": T, "until": T, "onDuty": ["李"], "by": "weeks"}}]}`; of a week `"shifts": […]` instead of what is now.
    func json(week isWeek: Bool) -> [UInt8] {
        makeJSON { json in
            json.member("at", time)
            json.member("timeZone", zone.name)
            json.array("duty") { json in
                for roster in rosters {
                    json.object { json in
                        json.member("recipient", roster.recipient)
                        if isWeek {
                            json.array("shifts") { json in
                                for shift in roster.shifts(in: week) {
                                    json.object { json in Self.write(shift, to: &json) }
                                }
                            }
                        } else {
                            Self.write(roster.duty(at: time), to: &json)
                        }
                    }
                }
            }
        }
    }

    private static func write(_ duty: Duty, to json: inout JSONWriter) {
        write(duty.persons, by: duty.source, to: &json)
        json.member("until", ifPresent: duty.until)
        if let next = duty.next { json.object("next") { json in write(next, to: &json) } }
    }

    private static func write(_ shift: DutyShift, to json: inout JSONWriter) {
        json.member("from", shift.span.lowerBound)
        json.member("until", shift.span.upperBound)
        write(shift.persons, by: shift.source, to: &json)
        if shift.isDouble { json.member("double", true) }
    }

    private static func write(_ persons: [String], by source: String, to json: inout JSONWriter) {
        json.array("onDuty") { json in for person in persons { json.string(person) } }
        if !source.isEmpty { json.member("by", source) }
    }
}
