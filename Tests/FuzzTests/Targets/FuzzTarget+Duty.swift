import TocsinDuty
import TocsinModel
import TocsinRouting

/// Who is on duty: the sheet and its calendars are read or refused, and what is read says somebody or nobody of every time.
extension FuzzTarget {
    private static let dutyText = """
        time-zone: UTC
        gap-notice: 24h
        persons: [王, { name: 李, leave: [2026-12-24/2026-12-31, 2026-12-05T08:00/2026-12-05T20:00] }, 赵]
        rosters:
          - recipient: [fire, leader@110101]
            cover: [Mon-Fri 08:00-18:00]
            layers:
              - { calendar: a.ics }
              - { name: 周, persons: [王, [李, 赵]], every: 2 weeks, from: 2026-11-30, hand-over: "08:00", until: 2027-03-01T08:00 }
              - { name: n, persons: 赵, hours: ["22:00-06:00 UTC", Sat-Sun, workdays] }
            overrides:
              - { from: 2026-12-05T08:00, to: 2026-12-06T08:00, persons: [李, 王] }

        """
    private static let calendarText = """
        BEGIN:VCALENDAR
        VERSION:2.0
        CALSCALE:GREGORIAN
        BEGIN:VTIMEZONE
        TZID:UTC
        END:VTIMEZONE
        BEGIN:VEVENT
        UID:a
        DTSTART;TZID=UTC:20261201T080000
        DURATION:P1DT2H
        RRULE:FREQ=MONTHLY;INTERVAL=2;COUNT=9;BYDAY=1TU,-1SU;BYMONTHDAY=-31,1,2,3;BYSETPOS=1,-1;WKST=SU;BYMONTH=2,12
        EXDATE;VALUE=DATE-TIME:20270201T080000Z,20270301T080000Z
        RDATE:20270105T080000
        SUMMARY:王\\, 李
         、赵
        END:VEVENT
        BEGIN:VEVENT
        UID:a
        RECURRENCE-ID:20261201T080000Z
        DTSTART;VALUE=DATE:20261203
        STATUS:CONFIRMED
        SUMMARY:李
        BEGIN:VALARM
        END:VALARM
        END:VEVENT
        BEGIN:VEVENT
        UID:b
        DTSTART:20200101T000000Z
        DTEND:20200103T000000Z
        RRULE:FREQ=WEEKLY;UNTIL=20270101T000000Z
        SUMMARY:王
        END:VEVENT
        END:VCALENDAR

        """
    private static let dutyWords = [
        "王", "persons", "layers", "every", "day", "366 days", "hand-over", "hours", "holidays", "2026-12-05T08:00", "/",
        "RRULE:",
        "FREQ=YEARLY", "FREQ=DAILY", ";INTERVAL=10000", ";COUNT=10000", ";BYDAY=53MO", ";BYMONTHDAY=-31",
        ";BYSETPOS=-366",
        "EXDATE", "RDATE", "RECURRENCE-ID", "VALUE=DATE:", "20261201", "T080000", "Z", "BEGIN:", "END:", "VEVENT",
        "\r\n ", "\\,",
        "\"", "STATUS:CANCELLED", "21991231", "P366D", "UTC", "- ", ": ", "{}", "[]",
    ]

    static let duty = FuzzTarget(
        name: "duty", corpus: [[UInt8](dutyText)], words: dutyWords, count: 6_000
    ) {
        let read = try sheets()
        return { bytes in
            try accepts { try read(String(decoding: bytes, as: UTF8.self), [UInt8](calendarText)) }
        }
    }

    static let calendar = FuzzTarget(
        name: "calendar",
        corpus: [[UInt8](calendarText), [UInt8](calendarText.replacing("\n", with: "\r\n"))], words: dutyWords,
        count: 8_000
    ) {
        let read = try sheets()
        return { bytes in try accepts { try read(dutyText, [UInt8](bytes)) } }
    }

    /// Returns what reads a duty file and its one calendar, and looks at some days.
    private static func sheets() throws -> (String, [UInt8]) throws -> Void {
        let directory = try Directory(
            departments: "departments:\n  - { name: fire, zh: 消防, en: Fire }\nroles:\n"
                + "  - { name: leader, at: [district, street], zh: 领导, en: Leader }\n",
            departmentsFile: "d.yaml", grids: "places: { \"110101\": 东城区 }\n", gridsFile: "g.yaml")
        let holidays = try Holidays(yaml: "off: [2026-12-25]\n", file: "h.yaml", today: nil)
        let first = CivilDate(year: 2026, month: 12, day: 1).map {
            Timestamp(milliseconds: Int64($0.daysSince1970) * 86_400_000)
        }
        guard let now = first else { preconditionFailure("December has a first day.") }
        return { yaml, calendar in
            let table = try DutyTable(
                yaml: yaml, file: "duty.yaml", calendars: { _ in .success(calendar) }, directory: directory,
                holidays: holidays, zones: .none)
            let span = now..<now + .seconds(9 * 86_400)
            for roster in table.rosters.prefix(2) {
                let shifts = roster.shifts(in: span)
                try promise(shifts.first?.span.lowerBound == span.lowerBound, "it does not begin with the span")
                try promise(shifts.last?.span.upperBound == span.upperBound, "it does not end with the span")
                for (one, next) in zip(shifts, shifts.dropFirst()) {
                    try promise(
                        one.span.upperBound == next.span.lowerBound, "there is a hole at \(one.span.upperBound)")
                }
                let now = roster.duty(at: now)
                try promise(
                    now.persons == shifts.first?.persons, "\(now.persons) are on duty, and the sheet says otherwise")
            }
            let again = DutyTable.parts(of: DutyTable.text(yaml, table.calendars))
            try promise(
                again.yaml == yaml && again.calendars.count == table.calendars.count, "the journal keeps another text")
        }
    }

    private static func accepts(_ read: () throws -> Void) throws -> Bool {
        do {
            try read()
            return true
        } catch let problems as FileProblems {
            let isPlaced = problems.problems.allSatisfy { $0.line > 0 && $0.column > 0 }
            try promise(isPlaced && !problems.problems.isEmpty, problems.description)
            return false
        }
    }
}
