import TocsinModel
package import Yams

/// The zones that a file names, each read once, and the one that it means where it names none.
package struct ZoneTable {
    private let data: ZoneData
    private var known: [String: Result<Zone, ZoneData.Problem>] = [:]
    private var standard: Result<Zone, ZoneData.Problem>?

    package init(_ data: ZoneData) {
        self.data = data
    }

    package mutating func zone(named name: String) -> Result<Zone, ZoneData.Problem> {
        if let zone = known[name] { return zone }
        let zone = Result { [data] () throws(ZoneData.Problem) in try data.zone(named: name) }
        known[name] = zone
        return zone
    }

    /// The zone that the file gives for all hours without one, or else that of the machine.
    package mutating func standardZone() -> Result<Zone, ZoneData.Problem> {
        if let standard { return standard }
        let zone = Result { [data] () throws(ZoneData.Problem) in try data.zoneOfMachine() }
        standard = zone
        return zone
    }

    package mutating func setStandard(_ zone: Zone) { standard = .success(zone) }
}

/// Reading hours and time zones.
extension FileReader {
    /// Reads a zone's name.
    package mutating func zone(of node: Node, _ what: String, _ zones: inout ZoneTable) -> Zone? {
        text(of: node, what).flatMap { take(zones.zone(named: $0), $0, node) }
    }

    /// Returns the zone that the file means where it names none. What is wrong with that is noted at a node.
    package mutating func standardZone(_ node: Node, _ zones: inout ZoneTable) -> Zone? {
        take(zones.standardZone(), "", node)
    }

    /// Reads `Mon-Fri 08:00-18:00 Asia/Shanghai`: days, hours and a zone, of which the days or the hours may be left out,
    /// and the zone.
    package mutating func hours(
        of node: Node, as what: String = "during", _ zones: inout ZoneTable, hasHolidays: Bool
    ) -> WeeklyHours? {
        guard let text = self.text(of: node, what) else { return nil }
        var words = text.split { $0 == " " || $0 == "\t" }[...]
        guard let first = words.first else {
            note(node, "\(what) is empty; \(Self.hoursExample)")
            return nil
        }
        var (days, minutes) = (WeeklyHours.Days.all, WeeklyHours.wholeDay)
        if !first.contains(":") {
            guard let read = self.days(String(first), node, hasHolidays: hasHolidays) else { return nil }
            days = read
            words = words.dropFirst()
        }
        if let word = words.first, word.contains(":") {
            guard let read = self.minutes(String(word), node) else { return nil }
            minutes = read
            words = words.dropFirst()
        }
        guard words.count <= 1 else {
            note(node, "\(Suggestion.quoted(text)) has too many words; \(Self.hoursExample)")
            return nil
        }
        let zone =
            words.first.map { take(zones.zone(named: String($0)), String($0), node) }
            ?? take(zones.standardZone(), "", node)
        guard let zone else { return nil }
        let named = words.isEmpty ? "\(text) \(zone.name)" : text
        return WeeklyHours(text: named, days: days, minutes: minutes, zone: zone)
    }

    private static var hoursExample: String {
        "hours have days, times and a time zone, such as Mon-Fri 08:00-18:00 Asia/Shanghai; the days or the times may be "
            + "left out, and the zone"
    }

    private mutating func days(_ word: String, _ node: Node, hasHolidays: Bool) -> WeeklyHours.Days? {
        switch word {
        case "holidays", "workdays":
            guard hasHolidays else {
                note(
                    node,
                    "'\(word)' needs the file of holidays, and there is none; name it with 'holidays: FILE' in tocsin.yaml"
                )
                return nil
            }
            return word == "holidays" ? .holidays : .workdays
        default:
            let ends = word.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if let first = Weekday(rawValue: ends[0]), let last = Weekday(rawValue: ends[ends.count - 1]) {
                return .weekdays(from: first, to: last)
            }
            let wrong = ends.first { Weekday(rawValue: $0) == nil } ?? word
            note(
                node,
                Suggestion.message(wrong, isNot: "a day", valid: Weekday.words + ["holidays", "workdays"])
                    + "; days from one to another are written Mon-Fri")
            return nil
        }
    }

    /// Reads `08:00-18:00`. Hours whose end is not after their beginning go on over midnight.
    private mutating func minutes(_ word: String, _ node: Node) -> Range<Int>? {
        let ends = word.split(separator: "-", omittingEmptySubsequences: false).map { Self.minute(String($0)) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first < 1440, first != last else {
            note(
                node,
                "\(Suggestion.quoted(word)) are not hours; valid are two different times from 00:00 to 24:00 such as "
                    + "08:00-18:00, or 22:00-06:00 over midnight; the end is not part of them, and 24:00 is the day's end"
            )
            return nil
        }
        return first < last ? first..<last : first..<last + 1440
    }

    private static func minute(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"), let hour = number(bytes[..<2]),
            let minute = number(bytes[3...]), minute < 60, hour < 24 || hour == 24 && minute == 0
        else { return nil }
        return hour * 60 + minute
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        var number = 0
        for byte in bytes {
            guard let digit = byte.decimalDigit else { return nil }
            number = number * 10 + digit
        }
        return number
    }

    private mutating func take(_ zone: Result<Zone, ZoneData.Problem>, _ name: String, _ node: Node) -> Zone? {
        switch zone {
        case .success(let zone): return zone
        case .failure(let problem): note(node, problem.message(name))
        }
        return nil
    }
}

extension ZoneData.Problem {
    /// Returns what is wrong with a zone's name, and what would be right. An empty name is that of the machine.
    package func message(_ name: String) -> String {
        switch self {
        case .unknown where name.isEmpty:
            "the hours name no time zone, and that of this machine (the variable TZ, or else /etc/localtime) is none of the "
                + "IANA's; write one behind the hours such as Asia/Shanghai, or as 'time-zone' at the top of the file"
        case .unknown(let nearest):
            "\(Suggestion.quoted(name)) is not a time zone; valid are the names of the IANA such as Asia/Shanghai, and UTC"
                + (nearest.map { "; did you mean '\($0)'?" } ?? "")
        case .notInstalled: "the system has no time zones; install the package tzdata"
        case .unreadable:
            "the file of the time zone \(name.isEmpty ? "of this machine" : Suggestion.quoted(name)) cannot be read; "
                + "install the package tzdata again"
        }
    }
}
