import TocsinModel
import TocsinRouting

/// The properties of one event, each found by its name.
struct EventLines {
    /// What may be there only once.
    private static let single = [
        "UID", "DTSTART", "DTEND", "DURATION", "SUMMARY", "STATUS", "RRULE", "RECURRENCE-ID",
    ]
    private static let several = ["EXDATE", "RDATE"]
    /// What says nothing of who is on duty when.
    private static let passedOver: Set = [
        "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "DESCRIPTION", "LOCATION", "CATEGORIES", "COMMENT",
        "CONTACT",
        "ORGANIZER", "ATTENDEE", "PRIORITY", "URL", "GEO", "ATTACH", "RELATED-TO", "RESOURCES", "CLASS", "TRANSP",
        "COLOR",
        "IMAGE", "CONFERENCE", "REQUEST-STATUS",
    ]

    /// The line with which it begins.
    let begin: CalendarLine
    private var lines: [String: [CalendarLine]] = [:]

    init(_ begin: CalendarLine, _ lines: [CalendarLine]) throws(FileProblem) {
        self.begin = begin
        for line in lines where !Self.passedOver.contains(line.name) && !line.name.hasPrefix("X-") {
            guard Self.single.contains(line.name) || Self.several.contains(line.name) else {
                throw line.problem(
                    Suggestion.message(
                        line.name, isNot: "a property that is read here", valid: Self.single + Self.several + ["X-…"]))
            }
            self.lines[line.name, default: []].append(line)
        }
        for name in Self.single {
            guard let lines = self.lines[name], lines.count > 1 else { continue }
            throw lines[1].problem("\(name) is there twice; it may be there once")
        }
    }

    subscript(name: String) -> CalendarLine? { lines[name]?.first }

    func all(_ name: String) -> [CalendarLine] { lines[name] ?? [] }

    func required(_ name: String) throws(FileProblem) -> CalendarLine {
        if let line = self[name] { return line }
        throw begin.problem("the event needs \(name), which is missing")
    }
}

/// The events of a calendar as they are read.
struct CalendarEvents {
    private var masters: [(uid: String, event: CalendarEvent?, line: CalendarLine)] = []
    private var places: [String: Int] = [:]
    /// What takes the place of one occurrence; without an event where that is cancelled.
    private var instead: [(uid: String, of: Timestamp, event: CalendarEvent?, line: CalendarLine)] = []

    var count: Int { masters.count + instead.count }

    mutating func add(_ lines: EventLines, _ reader: inout CalendarReader) throws(FileProblem) {
        let uid = try lines.required("UID").value
        let start = try reader.time(lines.required("DTSTART"))
        let isCancelled = try Self.isCancelled(lines)
        let event = isCancelled ? nil : try Self.event(lines, start, &reader)
        if let line = lines["RECURRENCE-ID"] {
            if let rule = lines["RRULE"] {
                throw rule.problem(
                    "RRULE does not go with RECURRENCE-ID, which stands for one occurrence; leave it out")
            }
            let time = try reader.time(line)
            return instead.append((uid, time.timestamp, event, line))
        }
        guard places.updateValue(masters.count, forKey: uid) == nil else {
            throw try lines.required("UID").problemOfValue(
                "the UID \(Suggestion.quoted(uid)) is there already; each event needs its own, or a RECURRENCE-ID")
        }
        masters.append((uid, event, lines.begin))
    }

    /// Returns all events, each without the occurrences for which others stand.
    func joined(_ reader: inout CalendarReader) -> [CalendarEvent] {
        var masters = masters
        var taken: Set<[String]> = []
        for (uid, time, _, line) in instead {
            guard let index = places[uid] else {
                reader.note(
                    line.problem(
                        "there is no event with the UID \(Suggestion.quoted(uid)) of which this could be an occurrence")
                )
                continue
            }
            guard taken.insert([uid, "\(time.milliseconds)"]).inserted else {
                reader.note(line.problemOfValue("another event stands for this occurrence already; one may"))
                continue
            }
            guard let event = masters[index].event else { continue }
            guard event.occurs(at: time) else {
                reader.note(
                    line.problemOfValue(
                        "\(Suggestion.quoted(line.value)) is no occurrence of the event; valid is the time at which one of them "
                            + "would have begun"))
                continue
            }
            masters[index].event?.excepted.insert(time)
        }
        return masters.compactMap(\.event) + instead.compactMap(\.event)
    }

    private static func isCancelled(_ lines: EventLines) throws(FileProblem) -> Bool {
        guard let status = lines["STATUS"] else { return false }
        switch status.value.uppercased() {
        case "CONFIRMED": return false
        case "CANCELLED": return true
        default:
            throw status.problemOfValue(
                "\(Suggestion.quoted(status.value)) is not certain enough for duty; valid are CONFIRMED and CANCELLED")
        }
    }

    private static func event(
        _ lines: EventLines, _ start: CalendarTime, _ reader: inout CalendarReader
    ) throws(FileProblem) -> CalendarEvent {
        let summary = try lines.required("SUMMARY")
        let persons = DutyCalendar.persons(in: try summary.text())
        guard !persons.isEmpty, persons.count <= Limits.dutyPersonsTogether else {
            throw summary.problemOfValue(
                "SUMMARY has \(persons.count) names; valid are 1 to \(Limits.dutyPersonsTogether), with commas between")
        }
        for person in persons where !reader.known.contains(person) {
            throw summary.problemOfValue(
                Suggestion.message(person, isNot: "a person of the duty file's list", valid: reader.persons))
        }
        var event = CalendarEvent(persons: persons, start: start, length: try length(lines, start, &reader))
        if let line = lines["RRULE"] { event.rule = try RecurrenceRule(line, start: start) }
        for line in lines.all("EXDATE") {
            event.excepted.formUnion(try dates(line, start, event.excepted.count, &reader).map(\.timestamp))
        }
        for line in lines.all("RDATE") { event.added += try dates(line, start, event.added.count, &reader) }
        return event
    }

    /// Reads times that are of DTSTART's kind.
    private static func dates(
        _ line: CalendarLine, _ start: CalendarTime, _ count: Int, _ reader: inout CalendarReader
    ) throws(FileProblem) -> [CalendarTime] {
        let times = try reader.times(line)
        guard count + times.count <= Limits.calendarDates else {
            throw line.problem(
                "with this the event has more than \(Limits.calendarDates) of them; that many are allowed")
        }
        for time in times where (time.form == .date) != (start.form == .date) {
            throw line.problemOfValue(
                "\(line.name) has \(time.form.words), and DTSTART \(start.form.words); both must be dates, or both times"
            )
        }
        return times
    }

    private static func length(
        _ lines: EventLines, _ start: CalendarTime, _ reader: inout CalendarReader
    ) throws(FileProblem) -> CalendarLength {
        let length: CalendarLength
        let line: CalendarLine
        switch (lines["DTEND"], lines["DURATION"]) {
        case (_?, let duration?): throw duration.problem("DTEND and DURATION are both there; valid is one of them")
        case (nil, let duration?):
            guard let read = CalendarLength(duration: duration.value) else {
                throw duration.problemOfValue(
                    "\(Suggestion.quoted(duration.value)) is not a duration; valid are PT8H, P1D, P1W, P1DT2H30M and the like"
                )
            }
            (length, line) = (read, duration)
        case (let end?, nil):
            let time = try reader.time(end)
            guard (time.form == .date) == (start.form == .date) else {
                throw end.problemOfValue(
                    "DTEND is \(time.form.words), and DTSTART \(start.form.words); both must be of one kind")
            }
            guard start.timestamp < time.timestamp else {
                throw end.problemOfValue("the event ends before it has begun; DTEND must be later than DTSTART")
            }
            line = end
            length =
                start.form == .date
                ? .nominal(days: time.date.daysSince1970 - start.date.daysSince1970, seconds: 0)
                : .exact(milliseconds: time.timestamp.milliseconds - start.timestamp.milliseconds)
        case (nil, nil):
            guard start.form == .date else {
                throw lines.begin.problem("the event needs DTEND or DURATION: without them it has no time")
            }
            return .nominal(days: 1, seconds: 0)
        }
        guard length.days <= Limits.calendarEventDays + 2 else {
            throw line.problemOfValue(
                "the event takes longer than \(Limits.calendarEventDays) days; that many are allowed")
        }
        return length
    }
}
