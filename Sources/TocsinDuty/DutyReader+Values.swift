import TocsinModel
import TocsinRouting
import Yams

/// Reading people and times.
extension DutyReader {
    mutating func readPersons(_ list: Node) {
        var lines: [String: Int] = [:]
        for node in file.sequence(of: list, "persons") ?? [] {
            guard persons.count < Limits.dutyPersons else {
                file.note(node, "with this there are more than \(Limits.dutyPersons) persons; that many are allowed")
                return
            }
            let (name, away) = entry(node)
            guard let name else { continue }
            if let line = lines[name] {
                file.note(
                    node, "\(Suggestion.quoted(name)) is there already, in line \(line); each person may be there once")
            } else {
                lines[name] = node.mark?.line ?? 1
                persons.append(name)
                known.insert(name)
                if !away.isEmpty { leave[name] = away }
            }
        }
    }

    private mutating func entry(_ node: Node) -> (name: String?, leave: [Range<Timestamp>]) {
        guard node.mapping != nil else { return (name(node), []) }
        guard let fields = file.fields(of: node, "a person", keys: ["name", "leave"]) else { return (nil, []) }
        let name = file.required("name", in: fields).flatMap { self.name($0) }
        var leave: [Range<Timestamp>] = []
        if let list = fields["leave"] {
            for node in bounded(file.oneOrMore(list, "leave"), Limits.dutyLeave, "leave", list) {
                if let absence = absence(node) { leave.append(absence) }
            }
        }
        return (name, leave)
    }

    private mutating func name(_ node: Node) -> String? {
        guard let text = file.text(of: node, "the name of a person") else { return nil }
        guard text.utf8.count <= Limits.personNameBytes, DutyCalendar.persons(in: text) == [text],
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            file.note(
                node,
                "\(Suggestion.quoted(text)) is not the name of a person; valid are 1 to \(Limits.personNameBytes) bytes without "
                    + "commas, which stand between the names in a calendar")
            return nil
        }
        return text
    }

    /// Reads a list of turns, each of which is a name or a list of those who serve together.
    mutating func turns(_ node: Node) -> [[String]] {
        bounded(file.oneOrMore(node, "persons"), Limits.dutyTurns, "persons", node).map { together($0) }
    }

    /// Reads those who are on duty together: a name, or a list of them.
    mutating func together(_ node: Node) -> [String] {
        var names: [String] = []
        for node in bounded(file.oneOrMore(node, "persons"), Limits.dutyPersonsTogether, "persons", node) {
            guard let text = file.text(of: node, "a person") else { continue }
            guard known.contains(text) else {
                file.note(node, Suggestion.message(text, isNot: "a person of this file's list", valid: persons))
                continue
            }
            if names.contains(text) { file.note(node, "\(Suggestion.quoted(text)) is there twice") }
            names.append(text)
        }
        return names
    }

    mutating func overrides(_ list: Node) -> [Roster.Override] {
        var overrides: [Roster.Override] = []
        let nodes = bounded(file.sequence(of: list, "overrides") ?? [], Limits.dutyOverrides, "overrides", list)
        for node in nodes {
            guard let fields = file.fields(of: node, "an override", keys: ["from", "to", "persons"]) else { continue }
            let from = file.required("from", in: fields).flatMap { time($0, "from") }
            let to = file.required("to", in: fields).flatMap { time($0, "to") }
            let persons = file.required("persons", in: fields).map { together($0) } ?? []
            guard let from, let to else { continue }
            guard let stint = Stint(from, to, persons) else {
                file.note(node, "the override ends before it begins; 'to' must be later than 'from'")
                continue
            }
            overrides.append(.init(stint: stint, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1))
        }
        return overrides.sorted { $0.stint.span.lowerBound < $1.stint.span.lowerBound }
    }

    mutating func hours(_ node: Node, _ what: String) -> [WeeklyHours] {
        let nodes = bounded(file.oneOrMore(node, what), Limits.hoursPerRule, what, node)
        return nodes.compactMap { file.hours(of: $0, as: what, &zones, hasHolidays: holidays != nil) }
    }

    /// Returns the nodes of a list, or none with a problem noted if there are too many.
    mutating func bounded(_ nodes: [Node], _ limit: Int, _ what: String, _ list: Node) -> [Node] {
        guard nodes.count > limit else { return nodes }
        file.note(list, "\(what) has \(nodes.count) entries; at most \(limit) are allowed")
        return []
    }

    /// Reads `day`, `week`, `3 days` or `2 weeks`, in days.
    mutating func days(_ node: Node) -> Int? {
        guard let text = file.text(of: node, "every") else { return nil }
        let words = text.split(separator: " ")
        let count = words.count == 2 ? Int(words[0]) : words.count == 1 ? 1 : nil
        let unit: Int? =
            switch words.last {
            case "day", "days": 1
            case "week", "weeks": 7
            default: nil
            }
        if let count, let unit, count > 0, count <= Limits.dutyTurnDays, count * unit <= Limits.dutyTurnDays {
            return count * unit
        }
        file.note(
            node,
            "\(Suggestion.quoted(text)) is not how long a turn lasts; valid are day, week, 3 days, 2 weeks and the like, at "
                + "most \(Limits.dutyTurnDays) days")
        return nil
    }

    mutating func minute(_ node: Node, _ what: String) -> Int? {
        guard let text = file.text(of: node, what) else { return nil }
        if let minute = LocalTime.minute(text[...]) { return minute }
        file.note(node, "\(Suggestion.quoted(text)) is not a time of day; valid are 00:00 to 23:59 such as 08:00")
        return nil
    }

    mutating func date(_ node: Node, _ what: String) -> CivilDate? {
        guard let text = file.text(of: node, what) else { return nil }
        if let date = CivilDate(text), LocalTime.years.contains(date.year) { return date }
        file.note(node, "\(Suggestion.quoted(text)) is not a date for \(what); valid are dates such as 2026-11-30")
        return nil
    }

    /// Reads a time of the file's zone.
    mutating func time(_ node: Node, _ what: String) -> Timestamp? {
        guard let text = file.text(of: node, what) else { return nil }
        if let time = LocalTime(text[...]) { return time.timestamp(in: zone) }
        file.note(
            node,
            "\(Suggestion.quoted(text)) is not a time for \(what); valid are times of \(zone.name) such as 2026-12-05T08:00"
        )
        return nil
    }

    /// Reads `2026-12-24`, `2026-12-24/2026-12-31` with both days, or `2026-12-05T08:00/2026-12-05T20:00`.
    private mutating func absence(_ node: Node) -> Range<Timestamp>? {
        guard let text = file.text(of: node, "leave") else { return nil }
        let ends = text.split(separator: "/", omittingEmptySubsequences: false)
        if let first = ends.first, let last = ends.last, ends.count <= 2 {
            var range: (Timestamp, Timestamp)?
            if let from = CivilDate(String(first)), let to = CivilDate(String(last)),
                LocalTime.years.contains(from.year), LocalTime.years.contains(to.year)
            {
                range = (zone.time(of: from, second: 0), zone.time(of: to + 1, second: 0))
            } else if ends.count == 2, let from = LocalTime(first), let to = LocalTime(last) {
                range = (from.timestamp(in: zone), to.timestamp(in: zone))
            }
            if let (from, to) = range {
                if from < to { return from..<to }
                file.note(node, "\(text) ends before it begins; write the earlier one first")
                return nil
            }
        }
        file.note(
            node,
            "\(Suggestion.quoted(text)) is not a time of leave; valid are 2026-12-24, 2026-12-24/2026-12-31 with both days, and "
                + "2026-12-05T08:00/2026-12-05T20:00")
        return nil
    }
}

/// A time as clocks show it: `2026-12-05T08:00`.
struct LocalTime {
    /// The years that a duty sheet may have.
    static let years = 1970...2199

    let date: CivilDate
    let minute: Int

    init?(_ text: Substring) {
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "T" || $0 == " " }
        guard parts.count == 2, let date = CivilDate(String(parts[0])), Self.years.contains(date.year),
            let minute = Self.minute(parts[1])
        else { return nil }
        (self.date, self.minute) = (date, minute)
    }

    func timestamp(in zone: Zone) -> Timestamp { zone.time(of: date, second: minute * 60) }

    /// Reads `08:00`.
    static func minute(_ text: Substring) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"), let tens = bytes[0].decimalDigit,
            let ones = bytes[1].decimalDigit, let tenths = bytes[3].decimalDigit, let last = bytes[4].decimalDigit,
            tens * 10 + ones < 24, tenths < 6
        else { return nil }
        return (tens * 10 + ones) * 60 + tenths * 10 + last
    }
}
