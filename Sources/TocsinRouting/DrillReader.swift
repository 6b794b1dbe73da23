public import TocsinModel
import Yams

extension Drill {
    /// Reads a drill.
    ///
    /// - Parameters:
    ///   - yaml: the file's text.
    ///   - file: what problems call it.
    ///   - directory: has every place and recipient that the drill names.
    /// - Throws: every problem of the file: syntax, unknown keys, no report, reports that the broker would refuse, places and
    ///   recipients that the directory does not have, nobody who is expected, and times that cannot be kept.
    public init(yaml: String, file: String, directory: Directory) throws(FileProblems) {
        var reader = DrillReader(file: FileReader(file: file), directory: directory)
        let drill = reader.read(yaml)
        guard let drill, reader.file.problems.isEmpty else { throw FileProblems(reader.file.inOrder) }
        self = drill
    }
}

/// Reads the file of a drill.
struct DrillReader {
    private static let keys = ["name", "wait", "speed", "reports"]
    static let entryKeys = [
        "at", "name", "updates", "cancels", "report", "refused", "rating", "silent", "expect",
    ]
    private static let expectedKeys = ["recipient", "within"]
    /// The time for answers where the file says none.
    private static let usualWait = Duration.seconds(30)

    /// When a report is due.
    private enum Time {
        case after(Duration)
        case recorded(Timestamp)
    }

    var file: FileReader
    let directory: Directory
    private var expectedCount = 0
    /// The bytes of all reports so far.
    var bytes = 0

    init(file: FileReader, directory: Directory) {
        self.file = file
        self.directory = directory
    }

    mutating func read(_ yaml: String) -> Drill? {
        guard let root = file.compose(yaml), let fields = file.fields(of: root, "a drill", keys: Self.keys) else {
            return nil
        }
        let name = file.required("name", in: fields).flatMap { line($0, "the name of a drill") }
        let wait = fields["wait"].map { file.duration(of: $0, "wait", atLeast: .milliseconds(1)) } ?? Self.usualWait
        let speed = fields["speed"].map { self.speed($0) } ?? 1
        let reports = file.required("reports", in: fields)
        let nodes = reports.flatMap { file.sequence(of: $0, "reports") } ?? []
        if let reports, reports.sequence != nil, nodes.isEmpty {
            file.note(reports, "there is no report; a drill has at least one")
        }
        guard nodes.count <= Limits.drillReports else {
            file.note(root, "the drill has \(nodes.count) reports; at most \(Limits.drillReports) are allowed")
            return nil
        }
        var times: [(time: Time, node: Node)] = []
        var entries: [(happening: Drill.Happening, expected: [Drill.Expected])] = []
        var fieldsOfEntries: [FileReader.Fields] = []
        for (index, node) in nodes.enumerated() {
            guard let fields = file.fields(of: node, "a report of the drill", keys: Self.entryKeys) else { continue }
            let at = file.required("at", in: fields)
            let time = at.flatMap { self.time($0) }
            let entry = entry(fields, number: index + 1, wait: wait)
            guard let at, let time, let entry else { continue }
            times.append((time, at))
            entries.append(entry)
            fieldsOfEntries.append(fields)
        }
        if expectedCount == 0, !nodes.isEmpty, file.problems.isEmpty {
            file.note(root, "the drill names nobody; say with 'expect' who is to answer a report, or to hear of it")
        }
        let offsets = offsets(times, speed: fields["speed"], by: speed ?? 1)
        guard let name, let wait, file.problems.isEmpty else { return nil }
        let timed = zip(offsets, entries).map { at, entry in
            Drill.Entry(at: at, happening: entry.happening, expected: entry.expected)
        }
        checkOrigins(of: timed, fieldsOfEntries)
        guard file.problems.isEmpty else { return nil }
        return Drill(name: name, wait: wait, entries: timed.sorted { $0.at < $1.at })
    }

    /// Reads a name: some words in one line.
    mutating func line(_ node: Node, _ what: String) -> String? {
        guard let name = file.text(of: node, what) else { return nil }
        if name.count <= Rule.nameCharacters, !name.unicodeScalars.contains(where: { $0.value < 0x20 }) { return name }
        file.note(node, "\(what) has 1 to \(Rule.nameCharacters) characters in one line")
        return nil
    }

    private mutating func speed(_ node: Node) -> Int? {
        guard let text = file.text(of: node, "speed") else { return nil }
        if let speed = Int(text), (1...Limits.drillSpeed).contains(speed) { return speed }
        file.note(
            node, "\(Suggestion.quoted(text)) is not a speed; valid are whole numbers from 1 to \(Limits.drillSpeed)")
        return nil
    }

    // MARK: Times

    private mutating func time(_ node: Node) -> Time? {
        guard let text = file.text(of: node, "at") else { return nil }
        if let time = Timestamp(text) { return .recorded(time) }
        if let duration = Duration(shorthand: text), duration <= Rule.longestDuration { return .after(duration) }
        file.note(
            node,
            "\(Suggestion.quoted(text)) is not a time of a drill; valid are durations from its beginning such as 0s, 30s or "
                + "2m, at most 168h, and in a recorded drill times such as 2026-11-23T08:10:00+08:00")
        return nil
    }

    /// Returns the times after the beginning. The times of a recorded drill count from its first.
    private mutating func offsets(_ times: [(time: Time, node: Node)], speed node: Node?, by speed: Int) -> [Duration] {
        let recorded: [Timestamp] = times.compactMap { if case .recorded(let time) = $0.time { time } else { nil } }
        let first = recorded.min()
        if first == nil, let node, !times.isEmpty {
            file.note(
                node, "'speed' is for a recorded drill, whose reports have times such as 2026-11-23T08:10:00+08:00")
        }
        return times.map { time, node in
            switch time {
            case .after(let duration):
                if first != nil { file.note(node, "the drill is recorded, and this is no time such as its others") }
                return duration
            case .recorded(let time):
                let offset = first.map { (time - $0) / speed } ?? .zero
                if offset > Rule.longestDuration {
                    file.note(node, "this is more than 168h after the first report; 'speed' makes the drill shorter")
                }
                return offset
            }
        }
    }

    // MARK: What happens

    private mutating func entry(
        _ fields: FileReader.Fields, number: Int, wait: Duration?
    ) -> (happening: Drill.Happening, expected: [Drill.Expected])? {
        if let node = fields["silent"] {
            let link = link(node, beside: fields)
            guard let link, let expect = file.required("expect", in: fields) else { return nil }
            return (.silence(link), expected(expect, at: link.place, wait: wait))
        }
        guard let exercise = exercise(fields, number: number, wait: wait) else { return nil }
        let expected = fields["expect"].map { self.expected($0, at: place(of: exercise.report), wait: wait) } ?? []
        if let node = fields["refused"], !expected.isEmpty || exercise.rating != nil || exercise.name != nil {
            file.note(node, "of a report that is refused nobody is told; leave 'name', 'rating' and 'expect' out")
        }
        return (.report(exercise), expected)
    }

    /// The place at which a report's roles are.
    func place(of report: Report) -> GridCode? {
        report.grid ?? report.point.flatMap { directory.borders.place(at: $0) }
    }

    /// Counts what is expected of the broker itself.
    mutating func noteExpectation() { expectedCount += 1 }

    mutating func expected(_ node: Node, at grid: GridCode?, wait: Duration?) -> [Drill.Expected] {
        let nodes = file.sequence(of: node, "expect") ?? []
        expectedCount += nodes.count
        guard expectedCount <= Limits.drillExpectations else {
            file.note(
                node, "the drill expects more than \(Limits.drillExpectations) recipients, and no more are allowed")
            return []
        }
        var expected: [Drill.Expected] = []
        for node in nodes {
            guard let fields = file.fields(of: node, "who is expected", keys: Self.expectedKeys) else { continue }
            let recipient = file.required("recipient", in: fields).flatMap { self.recipient($0, at: grid) }
            let within = file.required("within", in: fields).flatMap { self.within($0, wait: wait) }
            guard let recipient, let within else { continue }
            if expected.contains(where: { $0.recipient == recipient }) {
                file.note(node, "\(recipient) is expected twice")
            }
            expected.append(Drill.Expected(recipient: recipient, within: within))
        }
        return expected
    }

    private mutating func recipient(_ node: Node, at grid: GridCode?) -> Recipient? {
        guard let target = file.target(node, "recipient", in: directory) else { return nil }
        if let recipient = directory.mailbox(target, at: grid) { return recipient }
        file.note(
            node,
            "'\(target)' has no mailbox for this report, whose place is \(grid.map { "\($0)" } ?? "none"); name a place of the "
                + "directory")
        return nil
    }

    private mutating func within(_ node: Node, wait: Duration?) -> Duration? {
        guard let within = file.duration(of: node, "within", atLeast: .milliseconds(1)) else { return nil }
        if let wait, within > wait {
            file.note(node, "this is longer than the drill waits after its last report; make 'wait' as long, at least")
        }
        return within
    }
}
