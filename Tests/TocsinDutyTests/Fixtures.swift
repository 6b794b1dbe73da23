import Testing
import TocsinConfiguration
import TocsinModel
import TocsinRouting

@testable import TocsinDuty

/// A duty file that has been read, and questions about it in its own clocks.
struct Sheet {
    let table: DutyTable

    /// - Parameters:
    ///   - rosters: the file from `rosters` on.
    ///   - persons: the elements of the list of persons.
    ///   - zone: the zone of the file.
    ///   - calendars: the calendars by their names.
    ///   - holidays: the holidays, if there are any.
    init(
        _ rosters: String, persons: String = "王, 李, 赵", zone: String = "Asia/Shanghai",
        calendars: [String: String] = [:],
        holidays: Holidays? = nil
    ) throws {
        let directory = try Directory(
            departments: """
                departments:
                  - { name: fire, zh: 消防, en: Fire }
                  - { name: gas, zh: 燃气, en: Gas }
                roles:
                  - { name: leader, at: [district, street], zh: 领导, en: Leader }

                """, departmentsFile: "departments.yaml",
            grids: "places: { \"110101\": 东城区, \"110101001\": 东华门街道 }\n", gridsFile: "grids.yaml")
        table = try DutyTable(
            yaml: "time-zone: \(zone)\npersons: [\(persons)]\n\(rosters)\n", file: "site/duty.yaml",
            calendars: { name in
                calendars[name].map { .success(Array($0.utf8)) }
                    ?? .failure(UnreadableCalendar("\(name) cannot be read: there is no such file"))
            }, directory: directory, holidays: holidays, zones: .system)
    }

    /// A sheet of the fire department with these layers and overrides.
    static func fire(
        _ roster: String, persons: String = "王, 李, 赵", zone: String = "Asia/Shanghai",
        calendars: [String: String] = [:],
        holidays: Holidays? = nil
    ) throws -> Sheet {
        try Sheet(
            "rosters:\n  - recipient: fire\n    \(roster.replacing("\n", with: "\n    "))", persons: persons,
            zone: zone,
            calendars: calendars, holidays: holidays)
    }

    /// The roster of the first mailbox.
    var roster: Roster { table.rosters[0] }

    /// A time by the clocks of the file, or with its offset.
    func time(_ text: String) throws -> Timestamp {
        if let time = Timestamp(text) { return time }
        let local = try #require(LocalTime(text[...]))
        return local.timestamp(in: table.zone)
    }

    /// Those on duty at a time.
    func who(_ time: String) throws -> [String] { roster.duty(at: try self.time(time)).persons }

    /// The shifts of a span, each as `11-30 08:00–12-07 08:00 王`.
    func shifts(_ from: String, _ to: String) throws -> [String] {
        let span = try time(from)..<time(to)
        return roster.shifts(in: span).map { shift in
            "\(short(shift.span.lowerBound))–\(short(shift.span.upperBound)) "
                + (shift.isGap ? "nobody" : shift.persons.joined(separator: "+")) + (shift.isDouble ? "!" : "")
        }
    }

    func short(_ time: Timestamp) -> String {
        String(table.zone.clockTime(at: time).description.dropFirst(9))
    }

    /// The problems of a file that is refused.
    static func problems(_ read: () throws -> Sheet) -> [String] {
        do {
            _ = try read()
            return []
        } catch let error as FileProblems {
            return error.problems.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }
}

/// A calendar of events, each of which is given by its lines.
func calendar(_ events: String...) -> String {
    let events = events.enumerated().map { index, lines in
        let uid = lines.contains("UID:") ? "" : "UID:\(index)\n"
        let summary = lines.contains("SUMMARY:") ? "" : "SUMMARY:王\n"
        return "BEGIN:VEVENT\n\(uid)\(summary)\(lines)\nEND:VEVENT\n"
    }
    return ("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n" + events.joined() + "END:VCALENDAR\n").replacing(
        "\n", with: "\r\n")
}
