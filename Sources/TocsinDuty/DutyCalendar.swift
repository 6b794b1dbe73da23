import TocsinModel
import TocsinRouting

/// The shifts of a calendar (RFC 5545): each event says in its SUMMARY who is on duty.
struct DutyCalendar: Hashable, Sendable {
    let events: [CalendarEvent]

    /// Returns the stints that touch a span. What recurs for ever ends with the span.
    func stints(in span: Range<Timestamp>) -> [Stint] { events.flatMap { $0.stints(in: span) } }

    /// Returns the names in a summary: `王建国、李梅` are two.
    static func persons(in summary: String) -> [String] {
        summary.split { ",，、".contains($0) }.map { name in
            var name = name
            while name.first?.isWhitespace ?? false { name.removeFirst() }
            while name.last?.isWhitespace ?? false { name.removeLast() }
            return String(name)
        }.filter { !$0.isEmpty }
    }

    /// Reads a calendar.
    ///
    /// - Parameters:
    ///   - bytes: the file's bytes.
    ///   - file: what problems call the file.
    ///   - persons: those who are known.
    ///   - zone: the zone of dates, and of times that have none.
    ///   - zones: the zones that TZID can name.
    /// - Returns: the calendar, and its text.
    /// - Throws: every problem of the file.
    static func read(
        _ bytes: [UInt8], file: String, persons: [String], zone: Zone, _ zones: inout ZoneTable
    ) throws(FileProblems) -> (DutyCalendar, text: String) {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let mended = CalendarLines.text(of: bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes)
        let text: String
        do throws(UTF8.ValidationError) {
            text = String(copying: try UTF8Span(validating: mended.span))
        } catch {
            let before = mended[..<error.byteOffsets.lowerBound].split(
                separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let column = (before.last?.count { $0 & 0xC0 != 0x80 } ?? 0) + 1
            throw FileProblems([
                FileProblem(
                    file: file, line: max(before.count, 1), column: column,
                    message: "this is not text in UTF-8; export the calendar as UTF-8")
            ])
        }
        var reader = CalendarReader(file: file, persons: persons, zone: zone, zones: zones)
        let events = reader.read(text)
        zones = reader.zones
        guard reader.problems.isEmpty else { throw FileProblems(reader.problems) }
        return (DutyCalendar(events: events), text)
    }
}

/// One event of a calendar, with its recurrences.
struct CalendarEvent: Hashable, Sendable {
    var persons: [String]
    var start: CalendarTime
    var length: CalendarLength
    var rule: RecurrenceRule?
    /// Occurrences beside those of the rule (RDATE).
    var added: [CalendarTime] = []
    /// Occurrences that are left out (EXDATE), or have an event of their own (RECURRENCE-ID).
    var excepted: Set<Timestamp> = []

    func stints(in span: Range<Timestamp>) -> [Stint] {
        var stints: [Stint] = []
        forEachOccurrence(in: span) { start in
            if let stint = Stint(start.timestamp, length.end(after: start), persons), stint.span.overlaps(span) {
                stints.append(stint)
            }
        }
        return stints
    }

    /// True if the event begins at a time, once or again, whether that is left out or not.
    func occurs(at time: Timestamp) -> Bool {
        var event = self
        event.excepted = []
        var isFound = false
        event.forEachOccurrence(in: time..<time + .milliseconds(1)) { start in
            if start.timestamp == time { isFound = true }
        }
        return isFound
    }

    /// Calls a function with the beginning of each occurrence that may touch a span, and of some beside it.
    private func forEachOccurrence(in span: Range<Timestamp>, _ body: (CalendarTime) -> Void) {
        func take(_ time: CalendarTime) {
            if !excepted.contains(time.timestamp) { body(time) }
        }
        for time in added where time != start { take(time) }
        guard let rule else { return take(start) }
        // A day on either side, for the zones.
        let from = start.zone.clockTime(at: span.lowerBound).date - (length.days + 1)
        let to = start.zone.clockTime(at: span.upperBound).date + 1
        let listed = Set(added.map(\.timestamp)).subtracting([start.timestamp])
        rule.forEachDate(start: start.date, from: from, to: to) { date in
            let time = start.on(date)
            if let until = rule.until, time.timestamp > until { return false }
            if !listed.contains(time.timestamp) { take(time) }
            return true
        }
    }
}
