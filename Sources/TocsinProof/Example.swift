public import TocsinModel
import TocsinRouting

/// A report of one class and the time at which it is judged.
public struct Example: Hashable, Sendable {
    /// The report as a client would send it: one JSON object.
    public let report: [UInt8]
    public let at: Timestamp
}

/// Makes reports of given classes, and asks the rules themselves what they match.
struct Examples {
    private let levels: [Level]
    private let conditions: [Condition]
    private let ruleset: Ruleset
    private let now: Timestamp
    /// An event that no rule names.
    private let otherEvent: String
    private let decoder = ReportDecoder()
    private let texts: Texts
    /// What examples may still take.
    let steps: ExampleSteps
    /// The fields in which texts are written, best first.
    private static let fields: [TextField] = [.headline, .description, .instruction, .contact, .areaDesc]

    init(
        _ levels: [Level], _ conditions: [Condition], _ ruleset: Ruleset, now: Timestamp, steps: ExampleSteps
    ) {
        self.levels = levels
        self.steps = steps
        texts = Texts(conditions)
        self.conditions = conditions
        self.ruleset = ruleset
        self.now = now
        let named = Set(conditions.compactMap { if case .event(let events) = $0 { events } else { nil } }.joined())
        otherEvent = (["example"] + (2...named.count + 3).map { "example-\($0)" }).first { !named.contains($0) } ?? ""
    }

    /// Returns a report that these rules match and no others, by a way that leads to them; nil if none was found.
    ///
    /// - Parameters:
    ///   - way: the classes of the report.
    ///   - place: the report's place, out of the way's class of places.
    ///   - rules: the indices of the rules, ascending.
    func example(_ way: [Diagram.Step], at place: GridCode?, matching rules: [Int32]) -> Example? {
        example(way, at: place) { $0.elementsEqual(rules.map(Int.init)) }
    }

    /// Returns a report of a way that matches such rules as are asked for; nil if none was found, or the steps do not suffice.
    func example(_ way: [Diagram.Step], at place: GridCode?, where isAskedFor: ([Int]) -> Bool) -> Example? {
        for isByCode in [false, true] where steps.suffice {
            steps.take(levels.count)
            var draft = Draft(now: now, otherEvent: otherEvent)
            draft.grid = place
            fill(&draft, way, isByCode: isByCode)
            let example = Example(report: draft.json, at: draft.time)
            guard let matched = matching(example) else { continue }
            steps.take(matched.count)
            if isAskedFor(matched) { return example }
        }
        return nil
    }

    /// True if no report is of a way, by the words that it shall have and those that it shall not.
    func isImpossible(_ way: [Diagram.Step]) -> Bool {
        var held: [Int32] = []
        var missed: [Int32] = []
        for step in way {
            guard case .search(let atom) = levels[Int(step.level)].subject else { continue }
            if step.choice == 1 { held.append(atom) } else { missed.append(atom) }
        }
        return texts.areImpossible(held, without: missed)
    }

    /// Returns the searches that do not hold in a report of a way as the way has it.
    func missedSearches(_ way: [Diagram.Step], at place: GridCode?) -> [Int32] {
        steps.take(levels.count)
        var draft = Draft(now: now, otherEvent: otherEvent)
        draft.grid = place
        fill(&draft, way, isByCode: false)
        guard let report = try? decoder.decode(draft.json) else { return [] }
        let subject = Case(report, at: draft.time, body: draft.json, in: ruleset.directory)
        return way.compactMap { step in
            guard case .search(let atom) = levels[Int(step.level)].subject else { return nil }
            return conditions[Int(atom)].holds(for: subject) == (step.choice == 1) ? nil : atom
        }
    }

    /// Returns the rules that match; nil for a report that no client could send.
    func matching(_ example: Example) -> [Int]? {
        guard let report = try? decoder.decode(example.report) else { return nil }
        return ruleset.matching(
            Case(report, at: example.at, body: example.report, in: ruleset.directory))
    }

    /// Fills in what the way says, and the usual where it says nothing.
    ///
    /// - Parameter isByCode: true if the event is named by event codes alone, so that its own text meets no search.
    private func fill(_ draft: inout Draft, _ way: [Diagram.Step], isByCode: Bool) {
        var chosen = levels.map(\.usual)
        for step in way { chosen[Int(step.level)] = Int(step.choice) }
        var searches = Searches()
        let decided = Set(way.map(\.level))
        for (number, (level, choice)) in zip(levels, chosen).enumerated() {
            switch (level.subject, level.choices[choice].content) {
            case (let subject, .words(let words)):
                // Where several words are alike, the usual one tells most.
                draft.set(subject, words.first(where: Draft.usual.contains) ?? words.first)
            case (_, .events(let events, let also)): draft.setEvents(events.first.map { [$0] + also } ?? [], isByCode)
            case (_, .sender(let sender)): draft.sender = sender ?? draft.sender
            case (_, .time(let time)): draft.time = time
            case (.search(let atom), .search(let holds)):
                searches.add(atom, holds: holds, isDecided: decided.contains(Int32(number)))
            case (_, .places), (_, .search): break
            }
        }
        search(searches, &draft)
    }

    /// Writes texts and a point for the searches that shall hold.
    private func search(_ searches: Searches, _ draft: inout Draft) {
        draft.separator = texts.separator(avoiding: searches.missed + searches.unasked)
        var circles: [Circle] = []
        for atom in searches.held {
            switch conditions[Int(atom)] {
            case .text: write(atom, searches, &draft)
            case .matches(let field, let expression):
                if let text = Self.text(for: expression) { draft.add(text, to: field) }
            case .near(let circle): circles.append(circle)
            case .sender(let patterns): draft.sender = patterns.first?.text.replacing("*", with: "1") ?? draft.sender
            case .category, .event, .eventCode, .severity, .urgency, .certainty, .within, .parameter, .during, .any,
                .not,
                .message, .status:
                break
            }
        }
        draft.point = circles.min { $0.radius < $1.radius }?.center
    }

    private func write(_ atom: Int32, _ searches: Searches, _ draft: inout Draft) {
        let place =
            texts.place(atom, avoiding: searches.missed + searches.unasked, in: Self.fields)
            ?? texts.place(atom, avoiding: searches.missed, in: Self.fields)
            ?? texts.place(atom, avoiding: [], in: Self.fields)
        if let place { draft.add(place.word, to: place.field) }
    }

    /// Returns a text that an expression matches, if it is easily found: the expression itself, or what it demands.
    private static func text(for expression: RegularExpression) -> String? {
        let plain = expression.text.replacing("(?i)", with: "")
        let demanded = expression.demanded ?? []
        return
            ([plain, plain.replacing("^", with: "").replacing("$", with: ""), demanded.joined(separator: " ")]
            + demanded).first { text in
                Array(text.utf8).withUnsafeBytes { expression.matches($0) }
            }
    }
}

/// The searches of a way.
private struct Searches {
    private(set) var held: [Int32] = []
    private(set) var missed: [Int32] = []
    /// Those that nothing depends on. They had better not hold.
    private(set) var unasked: [Int32] = []

    mutating func add(_ atom: Int32, holds: Bool, isDecided: Bool) {
        if holds { held.append(atom) } else if isDecided { missed.append(atom) } else { unasked.append(atom) }
    }
}

/// The members of an example's report.
private struct Draft {
    /// What a report usually has.
    static let usual: Set = ["Alert", "Actual", "Other", "Moderate", "Expected", "Observed"]
    /// A name that no rule has for an event code.
    private static let codeName = "example-code"

    var grid: GridCode?
    var sender = "example"
    var time: Timestamp
    var point: Point?
    /// What stands between two texts of one field.
    var separator = " "
    private var events: [String] = []
    private var isByCode = false
    private var words: [Level.Subject: String] = [:]
    private var texts: [TextField: String] = [:]

    /// An event that no rule names.
    private let otherEvent: String

    init(now: Timestamp, otherEvent: String) {
        time = now
        self.otherEvent = otherEvent
    }

    mutating func set(_ subject: Level.Subject, _ word: String?) { words[subject] = word }

    mutating func setEvents(_ events: [String], _ isByCode: Bool) {
        self.events = events
        self.isByCode = isByCode
    }

    mutating func add(_ text: String, to field: TextField) {
        texts[field] = texts[field].map { "\($0)\(separator)\(text)" } ?? text
    }

    /// The report: `{"identifier":"example","sender":…}`.
    var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("identifier", "example")
            json.member("sender", sender)
            json.member("sent", time)
            json.member("event", isByCode ? otherEvent : events.first ?? otherEvent)
            json.member("category", words[.category] ?? Category.other.rawValue)
            json.member("severity", words[.severity] ?? Severity.moderate.rawValue)
            json.member("urgency", words[.urgency] ?? Urgency.expected.rawValue)
            json.member("certainty", words[.certainty] ?? Certainty.observed.rawValue)
            if let status = words[.status], status != ReportStatus.actual.rawValue { json.member("status", status) }
            if let type = words[.message], type != MessageType.alert.rawValue {
                json.member("msgType", type)
                json.member("references", "example,example-0,\(time)")
            }
            writeTexts(to: &json)
            writeNamedValues(to: &json)
            writeArea(to: &json)
        }
        return json.bytes
    }

    private func writeTexts(to json: inout JSONWriter) {
        json.member("headline", ifPresent: texts[.headline])
        json.member("description", ifPresent: texts[.description])
        json.member("instruction", ifPresent: texts[.instruction])
        json.member("contact", ifPresent: texts[.contact])
    }

    private func writeNamedValues(to json: inout JSONWriter) {
        var codes: [(String, String)] = []
        var parameters: [(String, String)] = []
        for (subject, value) in words {
            if case .eventCode(let name) = subject { codes.append((name, value)) }
            if case .parameter(let name) = subject { parameters.append((name, value)) }
        }
        for (number, event) in events.dropFirst(isByCode ? 0 : 1).enumerated() {
            codes.append(("\(Self.codeName)-\(number + 1)", event))
        }
        for (name, values) in [("eventCode" as StaticString, codes), ("parameter", parameters)] where !values.isEmpty {
            json.object(name) { json in
                for (name, value) in values.sorted(by: { $0.0 < $1.0 }) {
                    json.key(escaping: name)
                    json.string(value)
                }
            }
        }
    }

    private func writeArea(to json: inout JSONWriter) {
        guard grid != nil || point != nil || texts[.areaDesc] != nil else { return }
        json.object("area") { json in
            json.member("grid", ifPresent: grid?.description)
            json.member("areaDesc", ifPresent: texts[.areaDesc])
            if let point {
                json.array("point") { json in
                    json.double(point.latitude)
                    json.double(point.longitude)
                }
            }
        }
    }
}
