import Testing
import TocsinModel
import TocsinRouting

@testable import TocsinDuty

struct RosterTests {
    private static let weeks =
        "layers:\n  - { name: weeks, persons: [王, 李, 赵], every: week, from: 2026-11-30, hand-over: \"08:00\" }"

    @Test func `turns change at the minute of the hand-over`() throws {
        let sheet = try Sheet.fire(Self.weeks)
        #expect(try sheet.who("2026-11-30T07:59").isEmpty)
        #expect(try sheet.who("2026-11-30T08:00") == ["王"])
        #expect(try sheet.who("2026-12-07T07:59:59.999+08:00") == ["王"])
        #expect(try sheet.who("2026-12-07T08:00") == ["李"])
        #expect(try sheet.who("2026-12-21T08:00") == ["王"])
        #expect(try sheet.who("2036-12-22T12:00") == ["王"])
        let duty = try sheet.roster.duty(at: sheet.time("2026-12-02T03:00"))
        #expect(try duty.until == sheet.time("2026-12-07T08:00"))
        #expect(duty.source == "weeks")
        #expect(duty.next?.persons == ["李"])
        #expect(try duty.next?.span == sheet.time("2026-12-07T08:00")..<sheet.time("2026-12-14T08:00"))
    }

    @Test func `a calendar has each shift whole, and under the same UID whenever it is made`() throws {
        let sheet = try Sheet.fire(Self.weeks)
        func events(_ from: String) throws -> [String] {
            let start = try sheet.time(from)
            let text = DutyCalendarText(of: sheet.roster, in: start..<start + .seconds(8 * 86_400), now: start).text
            return text.split(separator: "\r\n").filter { $0.hasPrefix("UID") || $0.hasPrefix("DT") }
                .filter { !$0.hasPrefix("DTSTAMP") }.map(String.init)
        }
        let first = ["UID:fire-20261207T000000Z@tocsin", "DTSTART:20261207T000000Z", "DTEND:20261214T000000Z"]
        let second = ["UID:fire-20261214T000000Z@tocsin", "DTSTART:20261214T000000Z", "DTEND:20261221T000000Z"]
        #expect(try events("2026-12-07T08:00") == first + second)
        #expect(try events("2026-12-09T17:31") == first + second)
        #expect(try events("2026-12-13T03:00") == first + second)
        // What has been so for longer than anybody looks back keeps one UID too.
        let standing = try Sheet.fire("layers:\n  - { persons: 王 }")
        let uids = try ["2026-12-07T08:00", "2026-12-19T09:00"].map { text in
            let time = try standing.time(text)
            let calendar = DutyCalendarText(of: standing.roster, in: time..<time + .seconds(60), now: time).text
            return calendar.split(separator: "\r\n").filter { $0.hasPrefix("UID") || $0.hasPrefix("DTE") }.map(
                String.init)
        }
        #expect(
            uids == [
                ["UID:fire-standing@tocsin", "DTEND:20261207T160000Z"],
                ["UID:fire-standing@tocsin", "DTEND:20261219T160000Z"],
            ])
    }

    @Test(arguments: [
        "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T12:00:00Z", "9999-12-31T23:59:59.999Z",
    ])
    func `a calendar of any year that can be written has shifts that end after they begin`(time: String) throws {
        let rosters = [
            "layers:\n  - { persons: 王 }", "layers:\n  - { persons: 王, hours: 00:00-24:00 }",
            Self.weeks + "\n  - { name: nights, persons: [李, 赵], every: day, from: 2026-01-01, hours: 00:00-24:00 }",
        ]
        for roster in rosters {
            let sheet = try Sheet.fire(roster)
            let (from, month) = (try sheet.time(time), Duration.seconds(31 * 86_400))
            let calendar = DutyCalendarText(of: sheet.roster, in: from..<from + month, now: from).text
            var (begins, ends): ([String], [String]) = ([], [])
            for line in calendar.split(separator: "\r\n") {
                if line.hasPrefix("DTSTART:") { begins.append(String(line.dropFirst(8))) }
                if line.hasPrefix("DTEND:") { ends.append(String(line.dropFirst(6))) }
            }
            #expect(begins.count == ends.count, "\(calendar)")
            // Turns have a first day.
            #expect(!begins.isEmpty || roster.contains("from:"), "\(calendar)")
            #expect(zip(begins, ends).allSatisfy { $0 < $1 }, "\(calendar)")
        }
    }

    @Test func `several can be on duty together, and hours say when`() throws {
        let sheet = try Sheet.fire(
            "layers:\n  - { persons: [[王, 李], 赵], every: day, from: 2026-11-30, hours: Mon-Fri 18:00-08:00 }")
        // Without a hand-over turns change when the hours begin.
        #expect(
            try sheet.shifts("2026-12-03T12:00", "2026-12-06T00:00") == [
                "12-03 12:00–12-03 18:00 nobody", "12-03 18:00–12-04 08:00 赵", "12-04 08:00–12-04 18:00 nobody",
                "12-04 18:00–12-05 08:00 王+李", "12-05 08:00–12-06 00:00 nobody",
            ])
    }

    @Test func `an override is before the top layer, and that before the others`() throws {
        let sheet = try Sheet.fire(
            """
            layers:
              - { name: days, persons: 李, hours: Mon-Fri 08:00-18:00 }
              - { name: rest, persons: 王 }
            overrides:
              - { from: 2026-12-01T09:00, to: 2026-12-01T20:00, persons: [赵, 王] }
            """)
        #expect(
            try sheet.shifts("2026-12-01T00:00", "2026-12-02T00:00") == [
                "12-01 00:00–12-01 08:00 王", "12-01 08:00–12-01 09:00 李", "12-01 09:00–12-01 20:00 赵+王",
                "12-01 20:00–12-02 00:00 王",
            ])
        #expect(try sheet.roster.duty(at: sheet.time("2026-12-01T10:00")).source == "override")
    }

    @Test func `who is away is not on duty, and the next layer takes over`() throws {
        let persons = "{ name: 王, leave: [2026-12-02, 2026-12-04T12:00/2026-12-04T14:00] }, 李, 赵"
        let sheet = try Sheet.fire(
            "layers:\n  - { persons: [[王, 李]] }\n  - { name: second, persons: 赵 }", persons: persons)
        #expect(try sheet.who("2026-12-01T23:59") == ["王", "李"])
        #expect(try sheet.who("2026-12-02T00:00") == ["李"])
        #expect(try sheet.who("2026-12-03T00:00") == ["王", "李"])
        let alone = try Sheet.fire("layers:\n  - { persons: 王 }\n  - { name: second, persons: 赵 }", persons: persons)
        #expect(
            try alone.shifts("2026-12-04T00:00", "2026-12-05T00:00") == [
                "12-04 00:00–12-04 12:00 王", "12-04 12:00–12-04 14:00 赵", "12-04 14:00–12-05 00:00 王",
            ])
        // Whoever is named in an override has said so.
        let overridden = try Sheet.fire(
            "overrides:\n  - { from: 2026-12-02T08:00, to: 2026-12-02T09:00, persons: 王 }", persons: persons)
        #expect(try overridden.who("2026-12-02T08:30") == ["王"])
        #expect(
            try overridden.table.warnings(file: "duty.yaml", at: overridden.time("2026-12-02T08:00")).contains {
                $0.hasPrefix("duty.yaml:6:9: the override for fire names 王 at a time of leave")
            })
    }

    @Test(arguments: [
        // Clocks go from 02:00 to 03:00: the night is an hour shorter, and nobody is missing.
        ("2026-03-28", ["03-28 22:00–03-29 06:00 王"], 7), ("2026-10-24", ["10-24 22:00–10-25 06:00 王"], 9),
    ])
    func `a night in which clocks change has its hours by the clock`(date: String, expected: [String], hours: Int)
        throws
    {
        let sheet = try Sheet.fire(
            "layers:\n  - { persons: 王, hours: \"22:00-06:00\" }\n  - { name: days, persons: 李 }", zone: "Europe/Berlin"
        )
        let night = try sheet.roster.duty(at: sheet.time("\(date)T22:00"))
        let until = try #require(night.until)
        #expect(try until - sheet.time("\(date)T22:00") == .seconds(hours * 3600))
        let from = try sheet.time("\(date)T22:00")
        #expect(sheet.roster.shifts(in: from..<until).count == 1)
    }

    @Test func `a hand-over within the hour that is there twice is one, and within the one left out as well`() throws {
        let sheet = try Sheet.fire(
            "layers:\n  - { persons: [王, 李], every: day, from: 2026-10-24, hand-over: \"02:30\" }",
            zone: "Europe/Berlin")
        // 02:30 is at 00:30Z and 01:30Z; the first is meant.
        #expect(try sheet.who("2026-10-25T00:29:00Z") == ["王"])
        #expect(try sheet.who("2026-10-25T00:30:00Z") == ["李"])
        #expect(try sheet.who("2026-10-25T01:29:00Z") == ["李"])
        // 02:30 is left out on 28 March 2027: what would have been 02:30 is 03:30.
        let day = try sheet.roster.shifts(in: sheet.time("2027-03-28T00:00")..<sheet.time("2027-03-28T12:00"))
        #expect(try day.map(\.span.lowerBound).last == sheet.time("2027-03-28T01:30:00Z"))
        #expect(day.count == 2)
    }

    @Test func `a moved working day is one for duty too`() throws {
        let holidays = try Holidays(yaml: "off: [2026-10-01]\nwork: [2026-10-10]", file: "h", today: nil)
        let sheet = try Sheet.fire("layers:\n  - { persons: 王, hours: workdays 08:00-18:00 }", holidays: holidays)
        #expect(try sheet.who("2026-10-01T12:00").isEmpty)
        #expect(try sheet.who("2026-10-10T12:00") == ["王"])
        #expect(try sheet.who("2026-10-17T12:00").isEmpty)
    }

    @Test func `gaps are told where somebody must be there, and only once each`() throws {
        let layers = "layers:\n  - { persons: 王, hours: Mon-Fri 08:00-18:00, until: 2026-12-03T18:00 }"
        let always = try Sheet.fire(layers)
        let now = try always.time("2026-12-01T10:00")
        #expect(
            always.table.warnings(file: "duty.yaml", at: now) == [
                "duty.yaml:4:5: nobody is on duty for fire from Tue 2026-12-01 18:00 to Wed 2026-12-02 08:00 Asia/Shanghai, "
                    + "and 2 times more in the month"
            ])
        let office = try Sheet.fire(layers + "\ncover: Mon-Thu 08:00-18:00")
        let gaps = try office.roster.gaps(in: now..<office.time("2026-12-09T00:00"))
        #expect(
            gaps.map { "\(office.short($0.lowerBound))–\(office.short($0.upperBound))" } == [
                "12-07 08:00–12-07 18:00", "12-08 08:00–12-08 18:00",
            ])
        let covered = try Sheet.fire("layers:\n  - { persons: 王 }")
        #expect(covered.table.warnings(file: "duty.yaml", at: now) == [])
        #expect(covered.roster.duty(at: now) == Duty(persons: ["王"], source: "layer 1"))
    }

    @Test func `two overrides at once are a double cover, and both are on duty`() throws {
        let sheet = try Sheet.fire(
            """
            layers: [{ persons: 赵 }]
            overrides:
              - { from: 2026-12-01T08:00, to: 2026-12-01T12:00, persons: 王 }
              - { from: 2026-12-01T10:00, to: 2026-12-01T14:00, persons: 李 }
            """)
        #expect(
            try sheet.shifts("2026-12-01T08:00", "2026-12-01T14:00") == [
                "12-01 08:00–12-01 10:00 王", "12-01 10:00–12-01 12:00 王+李!", "12-01 12:00–12-01 14:00 李",
            ])
        #expect(
            try sheet.table.warnings(file: "d", at: sheet.time("2026-12-01T00:00")) == [
                "d:4:5: 王, 李 are on duty for fire at the same time, by different entries of 'override', from "
                    + "Tue 2026-12-01 10:00 to Tue 2026-12-01 12:00 Asia/Shanghai"
            ])
    }

    @Test func `what is asked at every minute is what the sheet has`() throws {
        let sheet = try Sheet.fire(
            """
            layers:
              - { name: a, persons: [王, 李], every: 3 days, from: 2026-03-20, hours: ["Mon-Sat 07:30-19:00", "Sun 22:00-02:15"] }
              - { name: b, persons: [[李, 赵], 王], every: 2 weeks, from: 2026-03-16, hand-over: "03:00", hours: "19:00-07:30" }
            """, zone: "Europe/Berlin")
        let span = try sheet.time("2026-03-27T00:00")..<sheet.time("2026-03-31T00:00")
        for shift in sheet.roster.shifts(in: span) {
            for time in [shift.span.lowerBound, shift.span.upperBound + .milliseconds(-1)] {
                #expect(sheet.roster.duty(at: time).persons == shift.persons)
            }
        }
    }
}
