import Testing
import TocsinModel

struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.001Z", 1),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2026-11-23T08:10:00+08:00", 1_795_392_600_000),
        ("2026-11-23T00:10:00Z", 1_795_392_600_000),
        ("2026-11-22T19:10:00-05:00", 1_795_392_600_000),
        ("2026-11-23T05:55:00+05:45", 1_795_392_600_000),
        ("2026-11-23T00:10:00-00:00", 1_795_392_600_000),
        ("2026-11-23t00:10:00z", 1_795_392_600_000),
        ("2026-11-23 00:10:00Z", 1_795_392_600_000),
        ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ])
    func `a date-time with any offset is read as one moment`(text: String, milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [("0.1", 100), ("0.12", 120), ("0.123", 123), ("0.1239", 123), ("0.000999999", 0)])
    func `decimals after the third are cut off`(second: String, milliseconds: Int64) {
        #expect(Timestamp("1970-01-01T00:00:0\(second)Z")?.milliseconds == milliseconds)
    }

    @Test(arguments: ["0000-01-01T00:00:00+00:01", "0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-00:01"])
    func `a date-time whose year in UTC has not four digits is refused`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `a leap second is the first moment of the next minute`() {
        #expect(Timestamp("2016-12-31T23:59:60Z") == Timestamp("2017-01-01T00:00:00Z"))
    }

    @Test(arguments: ["2024-02-29", "2000-02-29", "2026-04-30", "2026-12-31"])
    func `the last day of a month exists`(day: String) {
        #expect(Timestamp("\(day)T00:00:00Z") != nil)
    }

    @Test(arguments: [
        "2025-02-29", "1900-02-29", "2100-02-29", "2026-04-31", "2026-00-10", "2026-13-10", "2026-01-00", "2026-01-32",
    ])
    func `a day that the calendar does not have is nothing`(day: String) {
        #expect(Timestamp("\(day)T00:00:00Z") == nil)
    }

    @Test(arguments: [
        "", "2026", "2026-11-23", "2026-11-23T08:10:00", "2026-11-23T08:10Z", "2026-11-23T24:00:00Z",
        "2026-11-23T08:60:00Z", "2026-11-23T08:10:61Z", "2026-11-23T08:10:00.Z", "2026-11-23T08:10:00,5Z",
        "2026-11-23T08:10:00+8:00", "2026-11-23T08:10:00+0800", "2026-11-23T08:10:00+24:00",
        "2026-11-23T08:10:00+08:60", "2026-11-23T08:10:00Z ", " 2026-11-23T08:10:00Z", "2026-11-23T08:10:00ZZ",
        "+2026-11-23T08:10:00Z", "２０２６-11-23T08:10:00Z", "2026/11/23T08:10:00Z", "1795392600",
    ])
    func `what is not RFC 3339 with its offset is nothing`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `a moment is written in UTC with three decimals`() {
        #expect(Timestamp("2026-11-23T08:10:00.5+08:00")?.description == "2026-11-23T00:10:00.500Z")
        #expect(Timestamp(milliseconds: -1).description == "1969-12-31T23:59:59.999Z")
    }

    @Test func `every day of eight centuries is read back as it was written`() {
        // 400 years make a full turn of the calendar; an odd step visits every time of the day.
        for milliseconds in stride(from: Int64(-12_622_780_800_000), to: 12_622_780_800_000, by: 86_399_989) {
            let time = Timestamp(milliseconds: milliseconds)
            #expect(Timestamp(time.description) == time)
        }
    }

    @Test func `time and duration add up to the millisecond`() {
        let start = Timestamp(milliseconds: 1000)
        #expect(start + .milliseconds(250) == Timestamp(milliseconds: 1250))
        #expect(start + .seconds(-2) == Timestamp(milliseconds: -1000))
        #expect(Timestamp(milliseconds: 1250) - start == .milliseconds(250))
        #expect(Duration.microseconds(1999).wholeMilliseconds == 1)
    }
}
