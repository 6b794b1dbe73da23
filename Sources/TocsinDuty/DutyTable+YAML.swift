public import TocsinModel
public import TocsinRouting
import Yams

extension DutyTable {
    /// Reads a duty file.
    ///
    ///     time-zone: Asia/Shanghai
    ///     gap-notice: 24h
    ///     persons:
    ///       - 王建国
    ///       - { name: 李梅, leave: [2026-12-24/2026-12-31, 2026-12-05T08:00/2026-12-05T20:00] }
    ///     rosters:
    ///       - recipient: fire
    ///         layers:                                  # the top one first
    ///           - { calendar: fire.ics }
    ///           - { name: weeks, persons: [王建国, [李梅, 赵磊]], every: week, from: 2026-11-30, hand-over: "08:00" }
    ///         overrides:
    ///           - { from: 2026-12-05T08:00, to: 2026-12-06T08:00, persons: 李梅 }
    ///
    /// - Parameters:
    ///   - yaml: the file's text.
    ///   - file: what problems call the file. Calendars are called by their names in the same folder.
    ///   - calendars: returns the bytes of a calendar by its name in the file.
    ///   - directory: who can be addressed.
    ///   - holidays: what `holidays` and `workdays` mean; nil if there is no file of them.
    ///   - zones: the time zones that the file can name.
    /// - Throws: every problem of the file and its calendars, with line, column and what would be valid.
    public init(
        yaml: String, file: String, calendars: (String) -> Result<[UInt8], UnreadableCalendar>, directory: Directory,
        holidays: Holidays?, zones: ZoneData
    ) throws(FileProblems) {
        var reader = DutyReader(file: file, directory: directory, holidays: holidays, zones: ZoneTable(zones))
        let table = reader.read(yaml, calendars: calendars)
        guard let table, reader.problems.isEmpty else { throw FileProblems(reader.problems) }
        self = table
    }
}

/// Reads a duty file.
struct DutyReader {
    private static let rosterKeys = ["recipient", "layers", "overrides", "cover"]
    private static let rotationKeys = ["name", "persons", "every", "from", "hand-over", "until", "hours"]

    var file: FileReader
    let directory: Directory
    let holidays: Holidays?
    var zones: ZoneTable
    var zone = Zone.utc
    /// Those who are known, in the file's order.
    var persons: [String] = []
    var known: Set<String> = []
    var leave: [String: [Range<Timestamp>]] = [:]
    /// The calendars read so far, by their names.
    private var calendars: [String: DutyCalendar] = [:]
    private var texts: [(name: String, text: String)] = []
    private var calendarProblems: [FileProblem] = []
    private let name: String

    init(file: String, directory: Directory, holidays: Holidays?, zones: ZoneTable) {
        self.file = FileReader(file: file)
        name = file
        self.directory = directory
        self.holidays = holidays
        self.zones = zones
    }

    /// The problems of the file in its order, and then those of its calendars.
    var problems: [FileProblem] { file.inOrder + calendarProblems }

    mutating func read(
        _ yaml: String, calendars read: (String) -> Result<[UInt8], UnreadableCalendar>
    ) -> DutyTable? {
        let keys = ["time-zone", "gap-notice", "persons", "rosters"]
        guard let root = file.compose(yaml), let fields = file.fields(of: root, "the duty file", keys: keys) else {
            return nil
        }
        if let node = fields["time-zone"] {
            let zone = file.zone(of: node, "time-zone", &zones)
            // Where it is none the rest is read all the same, for its problems.
            zones.setStandard(zone ?? .utc)
        }
        guard let zone = file.standardZone(fields["time-zone"] ?? root, &zones) else { return nil }
        self.zone = zone
        let gapNotice = fields["gap-notice"].flatMap { file.duration(of: $0, "gap-notice", atLeast: .seconds(60)) }
        if let list = file.required("persons", in: fields) { readPersons(list) }
        var rosters: [Roster] = []
        var lines: [Recipient: Int] = [:]
        if let list = file.required("rosters", in: fields) {
            for node in file.sequence(of: list, "rosters") ?? [] {
                for roster in roster(node, read) {
                    if let line = lines[roster.recipient] {
                        file.note(node, "\(roster.recipient) has a roster already, in line \(line); each may have one")
                    } else {
                        lines[roster.recipient] = node.mark?.line ?? 1
                        rosters.append(roster)
                    }
                }
                guard rosters.count <= Limits.rosters else {
                    file.note(node, "with this there are more than \(Limits.rosters) rosters; that many are allowed")
                    break
                }
            }
        }
        return DutyTable(rosters: rosters, zone: zone, gapNotice: gapNotice, calendars: texts)
    }

    private mutating func roster(
        _ node: Node, _ read: (String) -> Result<[UInt8], UnreadableCalendar>
    ) -> [Roster] {
        guard let fields = file.fields(of: node, "a roster", keys: Self.rosterKeys) else { return [] }
        let recipients = file.required("recipient", in: fields).map { self.recipients($0) } ?? []
        var layers: [Roster.Layer] = []
        if let list = fields["layers"] {
            let nodes = bounded(file.sequence(of: list, "layers") ?? [], Limits.dutyLayers, "layers", list)
            for (index, node) in nodes.enumerated() {
                guard let layer = layer(node, index, read) else { continue }
                if layers.contains(where: { $0.name == layer.name }) || layer.name == DutyShift.override {
                    file.note(
                        node, "the name \(Suggestion.quoted(layer.name)) is taken; give this layer a 'name' of its own")
                }
                layers.append(layer)
            }
        }
        let overrides = fields["overrides"].map { self.overrides($0) } ?? []
        if fields["layers"] == nil, fields["overrides"] == nil {
            file.note(node, "the roster has nobody; give it 'layers', 'overrides' or both")
        }
        let cover = fields["cover"].map { hours($0, "cover") } ?? []
        return recipients.map { recipient in
            Roster(
                recipient: recipient, zone: zone, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1,
                cover: cover, overrides: overrides, layers: layers, leave: leave, holidays: holidays ?? .none)
        }
    }

    private mutating func recipients(_ node: Node) -> [Recipient] {
        var recipients: [Recipient] = []
        for node in file.oneOrMore(node, "recipient") {
            switch file.target(node, "recipient", in: directory) {
            case .mailbox(let recipient)?: recipients.append(recipient)
            case .role(let role, let level)?:
                file.note(
                    node,
                    "'\(role)@\(level.rawValue)' is a mailbox at each \(level.rawValue), and a roster is for one that is named; "
                        + "write \(role)@CODE, and several in a list")
            case nil: break
            }
        }
        return recipients
    }

    private mutating func layer(
        _ node: Node, _ index: Int, _ read: (String) -> Result<[UInt8], UnreadableCalendar>
    ) -> Roster.Layer? {
        let isCalendar = node.mapping?.contains { $0.key.scalar?.string == "calendar" } ?? false
        let what = isCalendar ? "a layer with a calendar" : "a layer"
        let keys = isCalendar ? ["name", "calendar"] : Self.rotationKeys + ["calendar"]
        guard let fields = file.fields(of: node, what, keys: keys) else { return nil }
        let given = fields["name"].flatMap { file.text(of: $0, "name") }
        guard let calendar = fields["calendar"] else {
            return rotation(fields, node).map { .init(name: given ?? "layer \(index + 1)", kind: .rotation($0)) }
        }
        guard let path = file.text(of: calendar, "calendar") else { return nil }
        return self.calendar(path, calendar, read).map { .init(name: given ?? path, kind: .calendar($0)) }
    }

    private mutating func rotation(_ fields: FileReader.Fields, _ node: Node) -> Rotation? {
        let before = file.problems.count
        let turns = file.required("persons", in: fields).map { self.turns($0) } ?? []
        let from = fields["from"].flatMap { date($0, "from") }
        let hours = fields["hours"].map { self.hours($0, "hours") } ?? []
        let days = fields["every"].flatMap { self.days($0) }
        let handOver = fields["hand-over"].flatMap { minute($0, "hand-over") }
        let until = fields["until"].flatMap { time($0, "until") }
        if turns.count > 1 {
            for key in ["every", "from"] where fields[key] == nil {
                file.note(
                    node,
                    "a layer in which people take turns needs '\(key)', which is missing: "
                        + "every: week (or day, 3 days, 2 weeks), from: 2026-11-30")
            }
        } else if let every = fields["every"] {
            file.note(every, "'every' is for people who take turns, and there is one turn; leave it out")
        }
        guard file.problems.count == before, !turns.isEmpty else { return nil }
        return Rotation(
            turns: turns, days: days ?? Limits.dutyHorizonDays, from: from,
            handOver: handOver ?? hours.first?.minutes.lowerBound ?? 0, until: until, hours: hours, zone: zone)
    }

    private mutating func calendar(
        _ path: String, _ node: Node, _ read: (String) -> Result<[UInt8], UnreadableCalendar>
    ) -> DutyCalendar? {
        if let calendar = calendars[path] { return calendar }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }), path.hasSuffix(".ics"),
            path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") })
        else {
            file.note(
                node,
                "\(Suggestion.quoted(path)) is not a calendar; valid is the name of a file that ends in .ics, in the folder of "
                    + "this file or below it, such as fire.ics")
            return nil
        }
        guard calendars.count < Limits.dutyCalendars else {
            file.note(node, "with this there are more than \(Limits.dutyCalendars) calendars; that many are allowed")
            return nil
        }
        switch read(path) {
        case .failure(let error): file.note(node, error.message)
        case .success(let bytes):
            let folder = name.lastIndex(of: "/").map { String(name[...$0]) } ?? ""
            do throws(FileProblems) {
                let (calendar, text) = try DutyCalendar.read(
                    bytes, file: folder + path, persons: persons, zone: zone, &zones)
                calendars[path] = calendar
                texts.append((path, text))
                return calendar
            } catch {
                calendarProblems += error.problems
                // The same problems need not be told for each layer.
                calendars[path] = DutyCalendar(events: [])
            }
        }
        return nil
    }
}
