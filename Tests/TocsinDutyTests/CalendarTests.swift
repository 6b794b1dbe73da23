import Testing
import TocsinModel
import TocsinRouting

@testable import TocsinDuty

struct CalendarTests {
    private func sheet(_ events: String, zone: String = "Asia/Shanghai", persons: String = "王, 李, 赵") throws -> Sheet {
        try Sheet.fire(
            "layers: [{ calendar: fire.ics }]", persons: persons, zone: zone,
            calendars: ["fire.ics": events.contains("VCALENDAR") ? events : calendar(events)])
    }

    /// The days on which an event with this rule begins, which lasts an hour.
    private func days(_ start: String, _ rule: String, from: String, to: String) throws -> [String] {
        let sheet = try sheet("DTSTART:\(start)T080000\nDTEND:\(start)T090000\nRRULE:\(rule)")
        return try sheet.shifts("\(from)T00:00", "\(to)T00:00").filter { !$0.hasSuffix("nobody") }.map {
            String($0.prefix(5))
        }
    }

    // The expansions are those that RFC 5545 (3.8.5.3) gives for its examples, where a comment says so.
    @Test(arguments: [
        (
            "19970902", "FREQ=DAILY;COUNT=10", "1997-09-01", "1997-10-01",
            "09-02 09-03 09-04 09-05 09-06 09-07 09-08 09-09 09-10 09-11"
        ),
        ("19970902", "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09-01", "1998-01-01", "09-02 09-12 09-22 10-02 10-12"),
        (
            "19970902", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;UNTIL=19971007T000000", "1997-09-01", "1998-01-01",
            "09-02 09-16 09-30"
        ),
        (
            "19970902", "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "1997-09-01", "1998-01-01",
            "09-02 09-04 09-16 09-18 09-30 10-02 10-14 10-16"
        ),
        (
            "19970905", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "1997-09-01", "1999-01-01",
            "09-05 10-03 11-07 12-05 01-02 02-06 03-06 04-03 05-01 06-05"
        ),
        (
            "19970907", "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "1997-09-01", "1999-01-01",
            "09-07 09-28 11-02 11-30 01-04 01-25 03-01 03-29 05-03 05-31"
        ),
        (
            "19970922", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997-09-01", "1999-01-01",
            "09-22 10-20 11-17 12-22 01-19 02-16"
        ),
        ("19970928", "FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-01", "1998-03-01", "09-28 10-29 11-28 12-29 01-29 02-26"),
        (
            "19970930", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", "1997-09-01", "1999-01-01",
            "09-30 10-01 10-31 11-01 11-30 12-01 12-31 01-01 01-31 02-01"
        ),
        (
            "19970610", "FREQ=YEARLY;COUNT=10;BYMONTH=6,7", "1997-01-01", "2003-01-01",
            "06-10 07-10 06-10 07-10 06-10 07-10 06-10 07-10 06-10 07-10"
        ),
        ("19970519", "FREQ=YEARLY;BYDAY=20MO", "1997-01-01", "2000-01-01", "05-19 05-18 05-17"),
        (
            "19970313", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997-01-01", "1998-04-01",
            "03-13 03-20 03-27 03-05 03-12 03-19 03-26"
        ),
        (
            "19980213", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1998-01-01", "2000-12-01",
            "02-13 03-13 11-13 08-13 10-13"
        ),
        (
            "19961105", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "1996-01-01",
            "2005-01-01", "11-05 11-07 11-02"
        ),
        ("19970904", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-01", "1998-01-01", "09-04 10-07 11-06"),
        (
            "19970929", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-09-01", "1998-04-01",
            "09-29 10-30 11-27 12-30 01-29 02-26 03-30"
        ),
        (
            "19970805", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-01", "1998-01-01",
            "08-05 08-10 08-19 08-24"
        ),
        (
            "19970805", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-01", "1998-01-01",
            "08-05 08-17 08-19 08-31"
        ),
        (
            "20070115", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007-01-01", "2008-01-01",
            "01-15 01-30 02-15 03-15 03-30"
        ),
        ("20240229", "FREQ=YEARLY", "2024-01-01", "2033-01-01", "02-29 02-29 02-29"),
        ("20260131", "FREQ=MONTHLY", "2026-01-01", "2026-09-01", "01-31 03-31 05-31 07-31 08-31"),
        (
            "20260105", "FREQ=DAILY;BYDAY=MO;BYMONTH=1,3", "2026-01-01", "2026-03-20",
            "01-05 01-12 01-19 01-26 03-02 03-09 03-16"
        ),
    ])
    func `rules recur as the standard says`(
        start: String, rule: String, from: String, to: String, expected: String
    ) throws {
        #expect(try days(start, rule, from: from, to: to) == expected.split(separator: " ").map(String.init))
    }

    @Test func `a rule without an end goes on, and what lies long after its start is found at once`() throws {
        #expect(
            try days("19970902", "FREQ=DAILY;INTERVAL=3", from: "2026-12-01", to: "2026-12-08") == ["12-02", "12-05"])
        #expect(
            try days("19970901", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", from: "2026-12-01", to: "2026-12-20").count == 1)
        let forever = try sheet("DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=DAILY")
        #expect(try forever.roster.duty(at: forever.time("2026-12-01T00:00")).until == nil)
    }

    @Test func `names are Chinese, several, escaped and folded in the middle of a character`() throws {
        var text = Array(
            calendar("DTSTART;TZID=Asia/Shanghai:20261201T080000\nDURATION:P1DT2H30M\nSUMMARY:王小明\\, 李、赵").utf8)
        // A line end and a space between the bytes of the second character of the first name.
        let name = Array("王小明".utf8)
        let place = try #require(text.indices.first { text[$0...].starts(with: name) })
        text.insert(contentsOf: Array("\r\n ".utf8), at: place + 4)
        let mended = CalendarLines.text(of: text)
        let sheet = try sheet(
            try #require(String(validating: mended, as: UTF8.self)), persons: "王小明, 李, 赵")
        #expect(
            try sheet.shifts("2026-12-01T08:00", "2026-12-02T10:30") == ["12-01 08:00–12-02 10:30 王小明+李+赵"])
    }

    @Test func `an occurrence is left out, moved, added and cancelled`() throws {
        let text = calendar(
            """
            UID:week
            DTSTART;TZID=Asia/Shanghai:20261201T080000
            DTEND;TZID=Asia/Shanghai:20261201T090000
            RRULE:FREQ=DAILY;COUNT=5
            EXDATE;TZID=Asia/Shanghai:20261202T080000
            EXDATE:20261205T000000Z
            RDATE;TZID=Asia/Shanghai:20261205T200000
            """,
            """
            UID:week
            RECURRENCE-ID;TZID=Asia/Shanghai:20261203T080000
            DTSTART;TZID=Asia/Shanghai:20261203T100000
            DTEND;TZID=Asia/Shanghai:20261203T120000
            SUMMARY:李
            """,
            "UID:week\nRECURRENCE-ID:20261204T000000Z\nDTSTART:20261204T000000Z\nSTATUS:CANCELLED")
        let shifts = try sheet(text).shifts("2026-12-01T00:00", "2026-12-07T00:00").filter { !$0.hasSuffix("nobody") }
        #expect(
            shifts == ["12-01 08:00–12-01 09:00 王", "12-03 10:00–12-03 12:00 李", "12-05 20:00–12-05 21:00 王"])
    }

    @Test func `clocks change under a calendar as the standard says`() throws {
        let day = try sheet("DTSTART;VALUE=DATE:20260328\nRRULE:FREQ=DAILY;COUNT=3", zone: "Europe/Berlin")
        #expect(try day.shifts("2026-03-28T00:00", "2026-03-31T00:00") == ["03-28 00:00–03-31 00:00 王"])
        // By DTEND the length is exact, by DURATION in days it is what clocks show.
        let exact = try sheet(
            "DTSTART;TZID=Europe/Berlin:20260327T220000\nDTEND;TZID=Europe/Berlin:20260328T220000\nRRULE:FREQ=DAILY;COUNT=3",
            zone: "Europe/Berlin")
        #expect(
            try exact.shifts("2026-03-27T22:00", "2026-03-30T23:00") == [
                "03-27 22:00–03-30 22:00 王", "03-30 22:00–03-30 23:00 nobody",
            ])
        #expect(try exact.who("2026-03-29T22:30") == ["王"])
        let nominal = try sheet(
            "DTSTART;TZID=Europe/Berlin:20260328T220000\nDURATION:P1D", zone: "Europe/Berlin")
        #expect(
            try nominal.shifts("2026-03-28T22:00", "2026-03-29T23:00") == [
                "03-28 22:00–03-29 22:00 王", "03-29 22:00–03-29 23:00 nobody",
            ])
    }

    @Test(arguments: [
        (
            "DTSTART;TZID=China Standard Time:20261201T080000\nDURATION:PT1H",
            "7:1: 'China Standard Time' is not a time zone"
        ),
        (
            "DTSTART:20261201T080000\nDURATION:PT1H\nRRULE:FREQ=HOURLY",
            "9:12: 'HOURLY' is not how often duty recurs; valid are DAILY"
        ),
        ("DTSTART:20261201T080000\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYHOUR=8", "9:18: 'BYHOUR' is not a part of RRULE"),
        (
            "DTSTART:20261201T080000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=MO",
            "9:7: DTSTART, Tue 2026-12-01, is not one"
        ),
        (
            "DTSTART:20261201T080000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=0",
            "9:24: '0' is not a value of COUNT; valid are 1 to 10000"
        ),
        (
            "DTSTART:20261201T080000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2;UNTIL=20261203T000000",
            "9:32: COUNT and UNTIL"
        ),
        (
            "DTSTART:20261201T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20261203",
            "9:24: '20261203' is not an UNTIL"
        ),
        ("DTSTART:20261201T080000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=1TU", "9:7: a number before a day"),
        (
            "DTSTART:20260231T080000\nDURATION:PT1H",
            "7:9: '20260231T080000' is not a time for DTSTART; valid is 20261130T080000"
        ),
        ("DTSTART:20261201T080000", "3+1: the event needs DTEND or DURATION"),
        ("DTSTART:20261201T080000\nDTEND:20261201T080000", "8:7: the event ends before it has begun"),
        ("DTSTART:20261201T080000\nDURATION:PT", "8:10: 'PT' is not a duration"),
        ("DTSTART:20261201T080000\nDURATION:P400D", "8:10: the event takes longer than 366 days"),
        (
            "DTSTART:20261201T080000\nDURATION:PT1H\nEXRULE:FREQ=DAILY",
            "9:1: 'EXRULE' is not a property that is read here"
        ),
        ("DTSTART:20261201T080000\nDURATION:PT1H\nSTATUS:TENTATIVE", "9:8: 'TENTATIVE' is not certain enough for duty"),
        ("DTSTART:20261201T080000\nDURATION:PT1H\nSUMMARY:王, 孙", "9:9: '孙' is not a person of the duty file's list"),
        ("DTSTART:20261201T080000\nDURATION:PT1H\nSUMMARY:王\\q", "9:10: '\\q' is not an escape"),
        ("DTSTART:20261201T080000\nDURATION:PT1H\nDTSTART:20261201T080000", "9:1: DTSTART is there twice"),
        (
            "RECURRENCE-ID:20261201T080000\nDTSTART:20261201T080000\nDURATION:PT1H",
            "7:1: there is no event with the UID '0'"
        ),
        ("DTSTART;X=\"a:20261201T080000", "7:9: the quotation mark is not closed"),
        ("DTSTART 20261201T080000", "7:8: a ':' is missing here"),
    ])
    func `what is not known is refused, with its place and what would be valid`(lines: String, problem: String) {
        let problems = Sheet.problems { try sheet(lines) }
        let expected = problem.replacing("3+1:", with: "4:1:")
        #expect(problems.count == 1)
        #expect(
            problems.first?.hasPrefix("site/fire.ics:\(lines.contains("SUMMARY") ? Self.earlier(expected) : expected)")
                == true, "\(problems)")
    }

    /// The same problem one line earlier, where the event says its own summary.
    private static func earlier(_ problem: String) -> String {
        let line = problem.prefix { $0 != ":" }
        return "\((Int(line) ?? 0) - 1)" + problem.dropFirst(line.count)
    }

    @Test func `what is cut off, no calendar, or of another kind is refused`() {
        let whole = calendar("DTSTART;VALUE=DATE:20261201")
        for text in [
            "", "王", "BEGIN:VCALENDAR\n" + "VERSION:1.0\nEND:VCALENDAR\n",
            whole.replacing("END:VCALENDAR\r\n", with: ""),
            whole.replacing("VEVENT", with: "VTODO"), whole.replacing("END:VEVENT", with: "END:VALARM"), " " + whole,
            whole.replacing("SUMMARY:王", with: "SUMMARY:\u{1}王"), whole.replacing("UID:0\r\n", with: ""),
        ] {
            let problems = Sheet.problems {
                try Sheet.fire("layers: [{ calendar: fire.ics }]", calendars: ["fire.ics": text])
            }
            #expect(problems.first?.hasPrefix("site/fire.ics:") == true, "\(text): \(problems)")
        }
    }

    @Test func `a calendar that was written is read again`() throws {
        let sheet = try Sheet.fire(
            "layers:\n  - { persons: [[王, 李], 赵], every: day, from: 2026-11-30, hand-over: \"08:00\" }")
        let span = try sheet.time("2026-12-01T08:00")..<sheet.time("2026-12-08T08:00")
        let shifts = sheet.roster.shifts(in: span)
        let text = DutyCalendarText(of: sheet.roster.recipient, shifts, now: span.lowerBound).text
        #expect(text.utf8.split(separator: UInt8(ascii: "\n")).allSatisfy { $0.count <= 76 })
        let again = try Sheet.fire("layers: [{ calendar: out.ics }]", calendars: ["out.ics": text])
        #expect(again.roster.shifts(in: span).map(\.persons) == shifts.map(\.persons))
        #expect(again.roster.shifts(in: span).map(\.span) == shifts.map(\.span))
    }

    @Test func `the journal keeps the file with its calendars`() throws {
        let joined = DutyTable.text("persons: [王]\n", [("a.ics", "BEGIN:…\n"), ("b/c.ics", "")])
        let (yaml, calendars) = DutyTable.parts(of: joined)
        #expect(yaml == "persons: [王]\n")
        #expect(calendars == ["a.ics": Array("BEGIN:…\n".utf8), "b/c.ics": []])
    }
}
