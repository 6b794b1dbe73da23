import Testing
import TocsinModel

@testable import TocsinRouting

/// Hours as rules have them, before any rule has them.
struct HoursTests {
    private static let holidays = """
        off: [2026-02-15/2026-02-23, 2026-05-01/2026-05-05, 2026-10-01/2026-10-07]
        work: [2026-02-14, 2026-02-28, 2026-05-09, 2026-09-20, 2026-10-10]
        """

    private func read(_ text: String, hasHolidays: Bool = true) throws -> WeeklyHours {
        var reader = FileReader(file: "f")
        var zones = ZoneTable(.system)
        zones.setStandard(try ZoneData.system.zone(named: "Asia/Shanghai"))
        let root = reader.compose("'\(text)'")
        let node = try #require(root)
        let hours = reader.hours(of: node, &zones, hasHolidays: hasHolidays)
        guard let hours, reader.problems.isEmpty else { throw FileProblems(reader.problems) }
        return hours
    }

    /// True if the hours have the time in them, which is Beijing's where it has no offset.
    private func holds(_ text: String, _ time: String, holidays: Holidays = .none) throws -> Bool {
        let time = time.count > 16 ? time : time.replacing(" ", with: "T") + ":00+08:00"
        return DutyTimes([try read(text)], holidays: holidays).contains(try #require(Timestamp(time)))
    }

    @Test func `hours have their beginning and not their end`() throws {
        let hours = "Mon-Fri 08:00-18:00 Asia/Shanghai"
        #expect(try holds(hours, "2026-11-27 08:00"))
        #expect(try holds(hours, "2026-11-27T17:59:59.999+08:00"))
        #expect(try !holds(hours, "2026-11-27 18:00"))
        #expect(try !holds(hours, "2026-11-27 07:59"))
        #expect(try !holds(hours, "2026-11-28 12:00"))
        #expect(try holds(hours, "2026-11-27T00:00:00Z"))
    }

    @Test func `hours over midnight belong to the day on which they begin`() throws {
        #expect(try holds("Fri 22:00-06:00", "2026-11-27 23:00"))
        #expect(try holds("Fri 22:00-06:00", "2026-11-28 05:59"))
        #expect(try !holds("Fri 22:00-06:00", "2026-11-28 06:00"))
        #expect(try !holds("Fri 22:00-06:00", "2026-11-27 05:00"))
        #expect(try !holds("Fri 22:00-06:00", "2026-11-28 23:00"))
        #expect(try holds("Sat 18:00-24:00", "2026-11-28 23:59"))
        #expect(try !holds("Sat 18:00-24:00", "2026-11-29 00:00"))
        #expect(try holds("Sat 18:00-00:00", "2026-11-28 23:59"))
        #expect(try !holds("Sat 18:00-00:00", "2026-11-29 00:00"))
    }

    @Test func `days go on over the end of the week`() throws {
        let expected = ["Sat": true, "Sun": true, "Mon": true, "Tue": false, "Wed": false, "Thu": false, "Fri": false]
        for day in 23...29 {
            let date = try #require(CivilDate("2026-11-\(day)"))
            #expect(try holds("Sat-Mon", "\(date) 12:00") == expected[date.weekday.rawValue])
            #expect(try holds("Mon-Sun", "\(date) 00:00"))
            #expect(try holds("Wed-Wed", "\(date) 12:00") == (date.weekday == .wednesday))
            #expect(try holds("08:00-18:00", "\(date) 12:00"))
        }
    }

    @Test func `hours follow the clocks of their zone when these change`() throws {
        // There twice.
        #expect(try holds("02:00-03:00 Europe/Berlin", "2026-10-25T00:10:00Z"))
        #expect(try holds("02:00-03:00 Europe/Berlin", "2026-10-25T01:10:00Z"))
        #expect(try !holds("02:00-03:00 Europe/Berlin", "2026-10-25T02:10:00Z"))
        // Missing: the clocks go from 02:00 to 03:00.
        for minute in 0..<120 {
            let time = "2026-03-29T00:00:00Z"
            let moment = try #require(Timestamp(time)) + .seconds(60 * minute)
            #expect(try !holds("02:00-03:00 Europe/Berlin", moment.description))
            #expect(try holds("01:00-04:00 Europe/Berlin", moment.description))
        }
        // A night is an hour longer, and an hour shorter.
        for (date, hours) in [("2026-10-24", 9), ("2026-03-28", 7), ("2026-07-01", 8)] {
            let start = try #require(Timestamp("\(date)T12:00:00Z"))
            let night = DutyTimes([try read("22:00-06:00 Europe/Berlin")], holidays: .none)
            #expect((0..<24).count { night.contains(start + .seconds(3600 * $0)) } == hours)
        }
    }

    @Test func `each date counts as one day of the week`() throws {
        let holidays = try Holidays(yaml: Self.holidays, file: "h", today: nil)
        // A day off is a Sunday.
        #expect(try !holds("Mon-Fri", "2026-10-01 12:00", holidays: holidays))
        #expect(try holds("Sat-Sun", "2026-10-01 12:00", holidays: holidays))
        #expect(try !holds("Sat", "2026-10-01 12:00", holidays: holidays))
        #expect(try holds("holidays", "2026-10-01 12:00", holidays: holidays))
        #expect(try !holds("workdays", "2026-10-01 12:00", holidays: holidays))
        // A Saturday off stays one.
        #expect(try holds("Sat", "2026-10-03 12:00", holidays: holidays))
        #expect(try holds("holidays", "2026-10-03 12:00", holidays: holidays))
        // A moved working day is the nearest of the working week.
        #expect(try holds("Mon-Fri", "2026-10-10 12:00", holidays: holidays))
        #expect(try holds("Fri", "2026-10-10 12:00", holidays: holidays))
        #expect(try holds("Mon", "2026-09-20 12:00", holidays: holidays))
        #expect(try !holds("Sat-Sun", "2026-10-10 12:00", holidays: holidays))
        #expect(try holds("workdays", "2026-10-10 12:00", holidays: holidays))
        #expect(try !holds("holidays", "2026-10-10 12:00", holidays: holidays))
        // The others are what they are.
        #expect(try holds("workdays", "2026-11-27 12:00", holidays: holidays))
        #expect(try !holds("workdays", "2026-11-28 12:00", holidays: holidays))
        // Hours over midnight go on into a day off.
        #expect(try holds("workdays 22:00-06:00", "2026-10-01 03:00", holidays: holidays))
        #expect(try !holds("workdays 22:00-06:00", "2026-10-02 03:00", holidays: holidays))
    }

    @Test func `shifts that cover the week cover the year, once`() throws {
        let holidays = try Holidays(yaml: Self.holidays, file: "h", today: nil)
        let plans = [
            ["Mon-Fri 08:00-18:00", "Mon-Fri 18:00-08:00", "Sat-Sun"], ["Sat-Tue", "Wed-Thu", "Fri"],
            ["workdays", "Sat-Sun"],
        ]
        let start = try #require(Timestamp("2026-01-05T12:00:00+08:00"))
        for plan in plans.dropFirst() {
            let shifts = try plan.map { DutyTimes([try read($0)], holidays: holidays) }
            for hour in 0..<360 * 24 {
                let time = start + .seconds(3600 * hour)
                #expect(shifts.count { $0.contains(time) } == 1, "\(plan) at \(time)")
            }
        }
    }

    @Test(arguments: [
        (
            "Mond-Fri 08:00-18:00",
            "'Mond' is not a day; valid are Mon, Tue, Wed, Thu, Fri, Sat, Sun, holidays, workdays"
        ),
        ("Mon- 08:00-18:00", "'' is not a day; valid are"), ("workday", "did you mean 'workdays'?"),
        ("Mon-Fri 8:00-18:00", "'8:00-18:00' are not hours; valid are two different times from 00:00 to 24:00"),
        ("Mon 08:00-08:00", "are not hours"), ("Mon 24:00-06:00", "are not hours"),
        ("Mon 08:00-24:01", "are not hours"),
        ("Mon 08:60-09:00", "are not hours"), ("Mon 08:00", "are not hours"), ("08:00-09:00-10:00", "are not hours"),
        ("Mon 08:00-18:00 Asia/Shangai", "'Asia/Shangai' is not a time zone; valid are the names of the IANA such as"),
        ("Mon Asia/Shangai", "did you mean 'Asia/Shanghai'?"), ("Mon-Fri 08:00-18:00 UTC now", "has too many words"),
        ("  ", "during is empty; hours have days, times and a time zone"),
    ]) func `wrong hours are told with what is right`(text: String, problem: String) {
        let found = problems { _ = try read(text) }
        #expect(found.first?.contains(problem) == true, "\(found)")
    }

    @Test func `holidays need a file of holidays`() {
        let found = problems { _ = try read("holidays 08:00-18:00", hasHolidays: false) }
        #expect(
            found == [
                "f:1:1: 'holidays' needs the file of holidays, and there is none; name it with 'holidays: FILE' in tocsin.yaml"
            ])
    }

    @Test func `without zone data the package is named`() throws {
        var reader = FileReader(file: "f")
        var zones = ZoneTable(.none)
        let root = reader.compose("Mon 08:00-18:00 Asia/Shanghai")
        let hours = reader.hours(of: try #require(root), &zones, hasHolidays: false)
        #expect(hours == nil)
        #expect(reader.problems.map(\.message) == ["the system has no time zones; install the package tzdata"])
    }

    @Test func `what clocks show is told with the day that it is`() throws {
        let holidays = try Holidays(yaml: Self.holidays, file: "h", today: nil)
        let times = DutyTimes([try read("Mon-Fri 08:00-18:00")], holidays: holidays)
        let moved = try #require(Timestamp("2026-10-10T01:05:00Z"))
        #expect(times.description(of: moved) == "Sat 2026-10-10 09:05 Asia/Shanghai, a working day")
        #expect(times.reason(at: moved) == "Mon-Fri 08:00-18:00 Asia/Shanghai")
        let off = try #require(Timestamp("2026-10-01T01:05:00Z"))
        #expect(times.description(of: off) == "Thu 2026-10-01 09:05 Asia/Shanghai, a day off")
        #expect(times.reason(at: off) == nil)
    }
}
