public import TocsinModel

/// A sheet as a calendar that other programs read (RFC 5545): an event for each shift, in UTC.
public struct DutyCalendarText {
    /// The calendar, with CR LF and lines of at most 75 bytes.
    public private(set) var text = ""

    /// Each shift that touches the span is there whole, so that its UID is the same whenever the calendar is made, and a
    /// program that reads it again changes its event. Before the year 0 and after 9999, which RFC 5545 cannot write, it is cut.
    ///
    /// - Parameters:
    ///   - roster: the mailbox's roster; times without anybody are left out.
    ///   - span: what is looked at.
    ///   - now: the time at which this is written.
    public init(of roster: Roster, in span: Range<Timestamp>, now: Timestamp) {
        let first = Self.writable.lowerBound
        let (shifts, hasBeginning) = roster.wholeShifts(in: max(span.lowerBound, first)..<max(span.upperBound, first))
        let written = shifts.compactMap { shift in
            var shift = shift
            shift.span = shift.span.clamped(to: Self.writable)
            return shift.span.isEmpty ? nil : shift
        }
        self.init(of: roster.recipient, written, hasBeginning: hasBeginning, now: now)
    }

    /// The times with a year of four digits, in whole seconds.
    private static let writable = midnight(of: 0)..<midnight(of: 10_000) + .seconds(-1)

    /// The first moment of a year in UTC.
    private static func midnight(of year: Int) -> Timestamp {
        let days = CivilDate.daysSince1970(year: year, month: 1, day: 1)
        return Timestamp(milliseconds: Int64(days) * 86_400_000)
    }

    /// Writes shifts as they are. `hasBeginning` is false if the first one has begun at an unknown time before.
    init(of recipient: Recipient, _ shifts: [DutyShift], hasBeginning: Bool = true, now: Timestamp) {
        line("BEGIN:VCALENDAR")
        line("VERSION:2.0")
        line("PRODID:-//Tocsin//\(Release.version)//EN")
        line("X-WR-CALNAME:\(Self.escaped(recipient.name))")
        for (index, shift) in shifts.enumerated() where !shift.isGap {
            let beginning = index > 0 || hasBeginning ? Self.time(shift.span.lowerBound) : "standing"
            line("BEGIN:VEVENT")
            line("UID:\(recipient.name.replacing("@", with: "-"))-\(beginning)@tocsin")
            line("DTSTAMP:\(Self.time(now))")
            line("DTSTART:\(Self.time(shift.span.lowerBound))")
            line("DTEND:\(Self.time(shift.span.upperBound))")
            line("SUMMARY:\(Self.escaped(shift.persons.joined(separator: ", ")))")
            line("CATEGORIES:\(Self.escaped(shift.source))")
            line("END:VEVENT")
        }
        line("END:VCALENDAR")
    }

    private mutating func line(_ content: String) {
        var width = 0
        for character in content.unicodeScalars {
            let bytes = UTF8.encode(character)?.count ?? 1
            if width + bytes > 75 {
                text += "\r\n "
                width = 1
            }
            text.unicodeScalars.append(character)
            width += bytes
        }
        text += "\r\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing(";", with: "\\;").replacing(",", with: "\\,")
            .replacing("\n", with: "\\n")
    }

    /// `20261130T000000Z`
    private static func time(_ time: Timestamp) -> String {
        String(time.description.prefix(19)).filter { $0 != "-" && $0 != ":" } + "Z"
    }
}
