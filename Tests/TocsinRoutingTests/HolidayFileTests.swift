import Testing
import TocsinModel

@testable import TocsinRouting

struct HolidayFileTests {
    private func problems(_ yaml: String, today: String? = nil) throws -> [String] {
        let today = try today.map { try #require(CivilDate($0)) }
        return TocsinRoutingTests.problems { _ = try Holidays(yaml: yaml, file: "h", today: today) }
    }

    @Test func `dates are single or from one to another`() throws {
        let holidays = try Holidays(
            yaml: "off: [2026-05-01/2026-05-05, 2026-06-19]\nwork: [2026-05-09]", file: "h", today: nil)
        #expect(holidays.off.count == 6)
        #expect(holidays.work.map(\.description) == ["2026-05-09"])
        #expect(try Holidays(yaml: "off: [2026-06-19]\nwork:", file: "h", today: nil).work.isEmpty)
    }

    @Test(arguments: [
        (
            "off: [2026-5-1]",
            "h:1:7: '2026-5-1' is not a date; valid are a day such as 2026-05-01, and 2026-05-01/2026-05-05"
        ),
        ("off: [2026-02-30]", "h:1:7: '2026-02-30' is not a date"),
        ("off: [2026-05-01/]", "h:1:7: '2026-05-01/' is not a date"),
        (
            "off: [2026-05-05/2026-05-01]",
            "h:1:7: 2026-05-05/2026-05-01 ends before it begins; write 2026-05-01/2026-05-05"
        ),
        ("off: [2026-05-01, 2026-05-01]", "h:1:19: 2026-05-01 is under 'off' twice"),
        (
            "off: [2026-05-09]\nwork: [2026-05-09]",
            "h:2:8: 2026-05-09 is under 'off' too; a date is a day off or a working day"
        ),
        (
            "work: [2026-05-08]",
            "h:1:8: 2026-05-08 is a Fri, a working day anyway; 'work' has the Saturdays and Sundays"
        ),
        (
            "of: [2026-05-08]",
            "h:1:1: 'of' is not a key of the file of holidays; valid are off, work; did you mean 'off'?"
        ),
        ("off: 2026-05-01", "h:1:6: off is '2026-05-01'; a list is expected"),
        ("{}", "h:1:1: there is no date; the file of holidays has the lists 'off' and 'work'"),
        ("off: [1900-01-01/2026-01-01]", "h:1:7: with this there are more than 4096 dates"),
        ("off: [0001-01-01/9999-12-31]", "h:1:7: with this there are more than 4096 dates"),
    ]) func `a wrong file says what is right`(yaml: String, problem: String) throws {
        let found = try problems(yaml)
        #expect(found.contains { $0.hasPrefix(problem) }, "\(found)")
    }

    @Test func `a year without dates is told before December, and refused from then on`() throws {
        let yaml = "off: [2026-05-01]"
        #expect(try problems(yaml, today: "2026-11-30") == [])
        let holidays = try Holidays(yaml: yaml, file: "h", today: nil)
        #expect(
            holidays.warning(on: try #require(CivilDate("2026-11-30")))
                == "there is no date of 2027 here; enter the days off and the working days that are moved; from 1 December on "
                + "that is an error")
        #expect(
            try problems(yaml, today: "2026-12-01")
                == ["h:1:1: there is no date of 2027 here; enter the days off and the working days that are moved"])
        #expect(
            try problems(yaml, today: "2027-03-01").first?.contains("there is no date of 2027 and 2028 here") == true)
        #expect(try problems("off: [2026-05-01, 2027-05-01]", today: "2026-12-31") == [])
        #expect(
            try Holidays(yaml: "off: [2026-05-01, 2027-05-01]", file: "h", today: nil)
                .warning(on: #require(CivilDate("2026-12-31"))) == nil)
    }
}
