import Glibc
import TocsinModel

/// A day in this machine's time zone.
struct LocalDay {
    /// The first moment after the day.
    let end: Timestamp

    private static let last = Timestamp("9999-12-31T23:59:59Z") ?? Timestamp(milliseconds: 0)

    /// Reads a day such as `2027-06-30`; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        // A time of that day is right only if the day is.
        guard Timestamp("\(text)T00:00:00Z") != nil, parts.count == 3, let year = Int32(parts[0]),
            let month = Int32(parts[1]), let day = Int32(parts[2])
        else { return nil }
        // mktime takes the 32nd of a month for the first of the next, and looks up summer time by itself.
        var time = tm()
        (time.tm_year, time.tm_mon, time.tm_mday, time.tm_isdst) = (year - 1900, month - 1, day + 1, -1)
        // No later time can be written down.
        end = min(Timestamp(milliseconds: Int64(mktime(&time)) * 1000), Self.last)
    }
}
