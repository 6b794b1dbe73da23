import TocsinModel
import TocsinRouting

/// Reads the components of a calendar. What it does not know is refused: a line that is passed over could be the one that
/// says who comes.
struct CalendarReader {
    private let file: String
    let persons: [String]
    let known: Set<String>
    let zone: Zone
    var zones: ZoneTable
    private(set) var problems: [FileProblem] = []

    init(file: String, persons: [String], zone: Zone, zones: ZoneTable) {
        self.file = file
        self.persons = persons
        known = Set(persons)
        self.zone = zone
        self.zones = zones
    }

    mutating func note(_ problem: FileProblem) {
        if problems.count < FileProblems.limit { problems.append(problem) }
    }

    /// Runs what may find a problem, which is noted.
    mutating func noting<Value>(_ body: (inout Self) throws(FileProblem) -> Value) -> Value? {
        do throws(FileProblem) {
            return try body(&self)
        } catch {
            note(error)
            return nil
        }
    }

    /// Returns the events. If there are problems afterwards, they must not be used.
    mutating func read(_ text: String) -> [CalendarEvent] {
        let lines = CalendarLines(text, file: file)
        for problem in lines.problems { note(problem) }
        guard problems.isEmpty else { return [] }
        guard lines.lines.contains(where: { $0.name == "BEGIN" && $0.value.uppercased() == "VCALENDAR" }) else {
            note(
                FileProblem(
                    file: file, line: 1, column: 1, message: "this is no calendar; valid is a file with BEGIN:VCALENDAR"
                ))
            return []
        }
        var events = CalendarEvents()
        var rest = lines.lines[...]
        while let line = rest.popFirst() {
            guard line.name == "BEGIN", line.value.uppercased() == "VCALENDAR" else {
                note(
                    line.problem(
                        "\(Suggestion.quoted(line.name)) stands outside of a calendar; valid is BEGIN:VCALENDAR"))
                return []
            }
            readCalendar(&rest, begun: line, into: &events)
        }
        return events.joined(&self)
    }

    private mutating func readCalendar(
        _ rest: inout ArraySlice<CalendarLine>, begun: CalendarLine, into events: inout CalendarEvents
    ) {
        while let line = rest.popFirst() {
            switch (line.name, line.value.uppercased()) {
            case ("END", "VCALENDAR"): return
            case ("BEGIN", "VEVENT"):
                let lines = component(&rest, begun: line)
                guard events.count < Limits.calendarEvents else {
                    note(
                        line.problem(
                            "with this there are more than \(Limits.calendarEvents) events; that many are allowed"))
                    return
                }
                noting { (reader) throws(FileProblem) in try events.add(EventLines(line, lines), &reader) }
            case ("BEGIN", "VTIMEZONE"):
                // Zones are known by their names, with every change that the system's data has.
                _ = component(&rest, begun: line)
            case ("BEGIN", let kind):
                _ = component(&rest, begun: line)
                if !kind.hasPrefix("X-") {
                    note(
                        line.problemOfValue(
                            Suggestion.message(
                                line.value, isNot: "a component of a duty calendar", valid: ["VEVENT", "VTIMEZONE"])))
                }
            case ("VERSION", "2.0"), ("CALSCALE", "GREGORIAN"), ("METHOD", "PUBLISH"): break
            case ("VERSION", _):
                note(line.problemOfValue("\(Suggestion.quoted(line.value)) is not a version; valid is 2.0"))
            case ("CALSCALE", _):
                note(
                    line.problemOfValue("\(Suggestion.quoted(line.value)) is not a calendar scale; valid is GREGORIAN"))
            case ("METHOD", _):
                note(
                    line.problemOfValue(
                        "\(Suggestion.quoted(line.value)) is a message about a calendar, and not a calendar; valid is PUBLISH"
                    ))
            case ("PRODID", _), ("NAME", _), ("DESCRIPTION", _), ("UID", _), ("LAST-MODIFIED", _), ("URL", _),
                ("REFRESH-INTERVAL", _), ("SOURCE", _), ("COLOR", _), ("CATEGORIES", _), ("IMAGE", _):
                break
            case (let name, _) where name.hasPrefix("X-"): break
            default:
                note(
                    line.problem(
                        Suggestion.message(
                            line.name, isNot: "a property of a calendar",
                            valid: ["VERSION", "PRODID", "CALSCALE", "METHOD", "X-…"])))
            }
        }
        note(begun.problem("BEGIN:VCALENDAR has no END:VCALENDAR; the file may have been cut off"))
    }

    /// Returns the lines of a component without those of components within it.
    private mutating func component(
        _ rest: inout ArraySlice<CalendarLine>, begun: CalendarLine
    ) -> [CalendarLine] {
        var lines: [CalendarLine] = []
        var open = [begun.value.uppercased()]
        while let line = rest.popFirst() {
            switch line.name {
            case "BEGIN":
                let kind = line.value.uppercased()
                if open == ["VEVENT"], kind != "VALARM", !kind.hasPrefix("X-") {
                    note(
                        line.problemOfValue(
                            Suggestion.message(line.value, isNot: "a component of an event", valid: ["VALARM"])))
                }
                open.append(kind)
            case "END":
                guard open.last == line.value.uppercased() else {
                    note(line.problemOfValue("'END:\(line.value)' ends nothing; valid is END:\(open.last ?? "")"))
                    continue
                }
                open.removeLast()
                if open.isEmpty { return lines }
            default:
                if open.count == 1 { lines.append(line) }
            }
        }
        note(begun.problem("BEGIN:\(begun.value) has no END:\(begun.value); the file may have been cut off"))
        return []
    }

    /// Reads the values of a property that has dates or times.
    mutating func times(_ line: CalendarLine) throws(FileProblem) -> [CalendarTime] {
        var isDate = false
        var zone: Zone?
        for (name, value) in line.parameters {
            switch (name, value.uppercased()) {
            case ("VALUE", "DATE"): isDate = true
            case ("VALUE", "DATE-TIME"): break
            case ("VALUE", _):
                throw line.problem(
                    Suggestion.message(value, isNot: "a kind of value for \(line.name)", valid: ["DATE", "DATE-TIME"]))
            case ("TZID", _):
                switch zones.zone(named: value) {
                case .success(let known): zone = known
                case .failure(let problem): throw line.problem(problem.message(value))
                }
            case ("RANGE", _):
                throw line.problem(
                    "RANGE is not read here; end the rule with UNTIL, and write another event for what comes after it")
            default:
                guard name.hasPrefix("X-") else {
                    throw line.problem(
                        Suggestion.message(name, isNot: "a parameter of \(line.name)", valid: ["VALUE", "TZID"]))
                }
            }
        }
        var times: [CalendarTime] = []
        var offset = 0
        for text in line.value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let time = CalendarTime(text, isDate: isDate, zone: zone ?? self.zone, isZoned: zone != nil) else {
                let valid =
                    isDate
                    ? "a date such as 20261130"
                    : zone == nil ? "20261130T080000, or 20261130T000000Z in UTC" : "20261130T080000"
                throw line.problemOfValue(
                    "\(Suggestion.quoted(String(text))) is not a time for \(line.name); valid is \(valid), of the years "
                        + "\(LocalTime.years.lowerBound) to \(LocalTime.years.upperBound)", at: offset)
            }
            times.append(time)
            offset += text.utf8.count + 1
        }
        return times
    }

    mutating func time(_ line: CalendarLine) throws(FileProblem) -> CalendarTime {
        let times = try times(line)
        guard times.count == 1 else {
            throw line.problemOfValue("\(line.name) has \(times.count) values; one is expected")
        }
        return times[0]
    }
}
