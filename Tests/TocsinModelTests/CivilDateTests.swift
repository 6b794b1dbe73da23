import Testing
import TocsinModel

struct CivilDateTests {
    @Test func `dates count days and know their weekday`() throws {
        #expect(try #require(CivilDate("1970-01-01")).daysSince1970 == 0)
        #expect(try #require(CivilDate("1970-01-01")).weekday == .thursday)
        #expect(try #require(CivilDate("1969-12-28")).weekday == .sunday)
        #expect(try #require(CivilDate("2026-02-14")).weekday == .saturday)
        #expect(try #require(CivilDate("2026-02-28")) + 1 == CivilDate("2026-03-01"))
        #expect(try #require(CivilDate("2028-02-28")) + 1 == CivilDate("2028-02-29"))
        #expect(try #require(CivilDate("2026-01-01")) - 1 == CivilDate("2025-12-31"))
    }

    @Test func `dates are written as they are read, for four hundred years`() throws {
        let first = try #require(CivilDate("1801-01-01"))
        for day in stride(from: 0, to: 146_097, by: 13) {
            let date = first + day
            #expect(CivilDate(date.description) == date)
        }
    }

    @Test(arguments: [
        "", "2026-2-14", "2026-02-30", "2026-13-01", "2026-00-10", "2026-01-00", "2026/01/01", "二〇二六-1-1",
    ])
    func `what is no date is none`(text: String) {
        #expect(CivilDate(text) == nil)
    }
}
