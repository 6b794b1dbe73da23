import Glibc
import Testing
import TocsinModel
import TocsinSimulator

@testable import TocsinRouting

/// Rules and reports by chance, and the design's words on which match, without the module's help.
enum RulesByChance {
    private static let events = ["fire", "flood", "gas-leak", "a-rather-long-event-code", "走失", ""]
    private static let senders = ["desk-1", "handheld-7", "handheld-8", "手持-7", "s"]
    private static let patterns = ["desk-1", "handheld-*", "*-7", "*", "h*d-*", "nobody"]
    private static let codes = [
        "110101", "110101005", "110101006", "110101005003", "110101005003001", "110101005003002", "110102",
        "110101005003009",
    ].compactMap { GridCode($0) }

    private static let words = ["gas", "Gas Leak", "毒气", "ÉCOLE", "k", "explosion", "x"]
    private static let expressions = [
        "gas", "(?i)GAS", "explo(sion|ded)", "^gas", "leak$", ".", "毒.?气", "(?i)école", "[0-9]{3}", "gas.*leak|x",
        "^$", "Gas",
    ].compactMap { try? RegularExpression($0) }
    private static let phrases = [
        "Gas leak", "a gas smell and a LEAK", "毒气泄漏", "毒 气", "école", "École 110", "an explosion", "it exploded", "",
        "\u{212a}", "XX",
    ]

    static func texts(_ random: inout SplitMix64) -> [TextField: String] {
        var texts: [TextField: String] = [:]
        for field in TextField.allCases where field != .event && chance(0.5, &random) {
            texts[field] = phrases.randomElement(using: &random)
        }
        return texts
    }

    private static let points = [
        (39.93, 116.42), (39.931, 116.42), (39.94, 116.5), (-90, 0), (90, -180), (0, 180), (0, -179.999),
    ]
    .compactMap { Point(latitude: $0.0, longitude: $0.1) }
    private static let hours = [
        "Mon-Fri 08:00-18:00 UTC", "Sat-Sun UTC", "22:00-06:00 Asia/Shanghai", "Thu Europe/Berlin",
    ]

    static func rule(_ number: Int, _ random: inout SplitMix64) throws -> Rule {
        let targets: [Rule.Target] = try [
            .mailbox(#require(Recipient("fire"))), .mailbox(#require(Recipient("gas"))),
            .mailbox(#require(Recipient("leader@110101006"))), .role(#require(RoleName("police")), .street),
            .role(#require(RoleName("leader")), .district), .role(#require(RoleName("grid-officer")), .grid),
        ]
        let notify = chance(0.7, &random) ? pick(targets, &random) : []
        return Rule(
            name: "n\(number)", conditions: Conditions(conditions(depth: 1, &random)), notify: notify,
            inform: notify.isEmpty || chance(0.5, &random) ? pick(targets, &random) : [],
            acknowledgeWithin: .seconds(number + 1),
            steps: notify.isEmpty ? [] : [Rule.Step(after: .seconds(1), to: targets[3])], stop: chance(0.1, &random))
    }

    /// Some conditions, one of a key at most. Deep inside there is one at least, and few.
    private static func conditions(depth: Int, _ random: inout SplitMix64) -> [Condition] {
        var conditions: [Condition] = []
        let part = depth == 1 ? 1 : 0.5
        if chance(0.4 * part, &random) { conditions.append(.category(pick([.fire, .met, .health], &random))) }
        if chance(0.4 * part, &random) { conditions.append(.event(pick(events, &random))) }
        if chance(0.2 * part, &random) {
            conditions += pick(["c", "x"], &random).map { .eventCode(name: $0, values: pick(events, &random)) }
        }
        if chance(0.4 * part, &random) { conditions.append(.severity(range(&random))) }
        if chance(0.2 * part, &random) { conditions.append(.urgency(range(&random))) }
        if chance(0.2 * part, &random) { conditions.append(.certainty(range(&random))) }
        if chance(0.4 * part, &random) { conditions.append(.within(pick(codes, &random))) }
        if chance(0.3 * part, &random) {
            conditions += pick(["x", "y"], &random).map {
                .parameter(name: $0, values: pick(["true", "false"], &random))
            }
        }
        if chance(0.3 * part, &random) {
            conditions.append(.sender(pick(patterns, &random).map { SenderPattern($0) }))
        }
        if chance(0.2 * part, &random) {
            let fields = chance(0.5, &random) ? TextField.allCases : pick(TextField.allCases, &random)
            conditions.append(.text(TextSearch(pick(words, &random), in: fields)))
        }
        if chance(0.2 * part, &random), let expression = expressions.randomElement(using: &random) {
            conditions += pick(TextField.allCases, &random).map { .matches($0, expression) }
        }
        if chance(0.2 * part, &random), let center = points.randomElement(using: &random),
            let circle = Circle(center: center, radius: pow(10, .random(in: 0...7.3, using: &random)))
        {
            conditions.append(.near(circle))
        }
        if chance(0.2 * part, &random) { conditions.append(.during(times(&random))) }
        if depth < 4, chance(0.3, &random) {
            let branches = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                Self.conditions(depth: depth + 1, &random)
            }
            conditions.append(.any(branches))
        }
        if depth < 4, chance(0.3, &random) {
            conditions.append(.not(Self.conditions(depth: depth + 1, &random)))
        }
        if chance(0.3 * part, &random) { conditions.append(.message(pick(MessageType.allCases, &random))) }
        if chance(0.4 * part, &random) { conditions.append(.status(pick(ReportStatus.allCases, &random))) }
        return conditions.isEmpty && depth > 1 ? [.category([.fire])] : conditions
    }

    private static func times(_ random: inout SplitMix64) -> DutyTimes {
        var reader = FileReader(file: "f")
        var zones = ZoneTable(.system)
        let hours = pick(hours, &random).compactMap { text in
            reader.compose("'\(text)'").flatMap { reader.hours(of: $0, &zones, hasHolidays: false) }
        }
        return DutyTimes(hours, holidays: .none)
    }

    private static func range<Word: RankedWord>(_ random: inout SplitMix64) -> WordRange<Word> {
        let bound = Word.allCases.filter { $0 != .unknown }.randomElement(using: &random) ?? .unknown
        return switch Int.random(in: 0..<3, using: &random) {
        case 0: .atLeast(bound)
        case 1: .atMost(bound)
        default: .oneOf(pick(Array(Word.allCases), &random))
        }
    }

    static func report(_ random: inout SplitMix64) -> Report {
        let type = chance(0.7, &random) ? .alert : MessageType.allCases.randomElement(using: &random) ?? .alert
        return Report(
            name: ReportName(sender: senders.randomElement(using: &random) ?? "s", identifier: "i"),
            sent: Timestamp(milliseconds: Int64.random(in: 0...1_000_000_000, using: &random)),
            event: events.randomElement(using: &random) ?? "",
            category: [.fire, .met, .health, .other].randomElement(using: &random) ?? .other,
            severity: Severity.allCases.randomElement(using: &random) ?? .unknown,
            urgency: Urgency.allCases.randomElement(using: &random) ?? .unknown,
            certainty: Certainty.allCases.randomElement(using: &random) ?? .unknown,
            status: chance(0.5, &random) ? .actual : ReportStatus.allCases.randomElement(using: &random) ?? .test,
            messageType: type, references: type == .alert ? nil : "s,h,2026-11-23T08:00:00Z",
            eventCodes: chance(0.3, &random) ? pick(events, &random).map { .init(name: "c", value: $0) } : [],
            parameters: chance(0.6, &random) ? (0..<3).map { _ in parameter(&random) } : [],
            grid: chance(0.9, &random) ? codes.randomElement(using: &random) : nil,
            point: chance(0.7, &random) ? points.randomElement(using: &random) : nil)
    }

    private static func parameter(_ random: inout SplitMix64) -> Report.NamedValue {
        .init(name: chance(0.5, &random) ? "x" : "y", value: chance(0.5, &random) ? "true" : "false")
    }

    private static func chance(_ part: Double, _ random: inout SplitMix64) -> Bool {
        Double.random(in: 0..<1, using: &random) < part
    }

    private static func pick<Value>(_ values: [Value], _ random: inout SplitMix64) -> [Value] {
        Array(values.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)))
    }
}

// MARK: - The design's words once more

extension RulesByChance {
    /// The names of the rules that a report matches, by asking every rule.
    static func matching(_ rules: [Rule], _ report: Report, _ texts: [TextField: String]) -> [String] {
        var names: [String] = []
        for rule in rules {
            guard meets(report, texts, all: rule.conditions.asked, statesStatus: false, statesMessage: false) else {
                continue
            }
            names.append(rule.name)
            if rule.stop { break }
        }
        return names
    }

    /// What a rule does not say of status and type, it says by default: on every way through its branches.
    private static func meets(
        _ report: Report, _ texts: [TextField: String], all conditions: [Condition], statesStatus: Bool,
        statesMessage: Bool
    ) -> Bool {
        let statesStatus = statesStatus || conditions.contains { $0.key == .status }
        let statesMessage = statesMessage || conditions.contains { $0.key == .message }
        let branches = conditions.compactMap { if case .any(let branches) = $0 { branches } else { nil } }
        for condition in conditions where condition.key != .any {
            guard meets(report, texts, condition) else { return false }
        }
        guard let branches = branches.first else {
            return (statesStatus || [.actual, .exercise].contains(report.status))
                && (statesMessage || report.messageType == .alert)
        }
        return branches.contains {
            meets(report, texts, all: $0, statesStatus: statesStatus, statesMessage: statesMessage)
        }
    }

    private static func meets(_ report: Report, _ texts: [TextField: String], _ condition: Condition) -> Bool {
        let events = [report.event] + report.eventCodes.map(\.value)
        let place = report.grid?.description
        return switch condition {
        case .category(let categories): categories.contains(report.category)
        case .event(let wanted): wanted.contains(where: events.contains)
        case .eventCode(let name, let values):
            report.eventCodes.contains { $0.name == name && values.contains($0.value) }
        case .severity(let range): meets(report.severity, range)
        case .urgency(let range): meets(report.urgency, range)
        case .certainty(let range): meets(report.certainty, range)
        case .within(let codes): codes.contains { place?.hasPrefix($0.description) ?? false }
        case .parameter(let name, let values):
            report.parameters.contains { $0.name == name && values.contains($0.value) }
        case .sender(let patterns): patterns.contains { meets(report.name.sender[...], $0.text[...]) }
        case .text(let search):
            search.fields.contains { field in
                guard let text = texts[field]?.folded else { return false }
                return search.words.contains { text.contains($0.folded) }
            }
        case .matches(let field, let expression): texts[field].map { matches($0, expression.text) } ?? false
        case .near(let circle): report.point.map { $0.distance(to: circle.center) <= circle.radius + 1e-6 } ?? false
        case .during(let times): times.hours.contains { meets(report.sent, $0) }
        case .any(let branches):
            branches.contains { $0.allSatisfy { meets(report, texts, $0) } }
        case .not(let conditions): !conditions.allSatisfy { meets(report, texts, $0) }
        case .message(let types): types.contains(report.messageType)
        case .status(let statuses): statuses.contains(report.status)
        }
    }

    private static func meets<Word: RankedWord>(_ word: Word, _ range: WordRange<Word>) -> Bool {
        let words = Array(Word.allCases)
        guard let place = words.firstIndex(of: word) else { return false }
        return switch range {
        case .atLeast(let least): word != .unknown && place <= words.firstIndex(of: least) ?? -1
        case .atMost(let most): word != .unknown && place >= words.firstIndex(of: most) ?? .max
        case .oneOf(let wanted): wanted.contains(word)
        }
    }

    private static func meets(_ time: Timestamp, _ hours: WeeklyHours) -> Bool {
        // Every minute of the day before and of the day itself, by the words.
        let clock = hours.zone.clockTime(at: time)
        let begins = [(clock.date, clock.minute), (clock.date - 1, clock.minute + 1440)]
        return begins.contains { date, minute in
            guard hours.minutes.contains(minute) else { return false }
            return switch hours.text {
            case "Mon-Fri 08:00-18:00 UTC": !date.weekday.isWeekend
            case "Sat-Sun UTC": date.weekday.isWeekend
            case "Thu Europe/Berlin": date.weekday == .thursday
            default: true
            }
        }
    }

    private static func meets(_ sender: Substring, _ pattern: Substring) -> Bool {
        guard let first = pattern.first else { return sender.isEmpty }
        if first == "*" {
            return sender.indices.contains { meets(sender[$0...], pattern.dropFirst()) }
                || meets("", pattern.dropFirst())
        }
        return sender.first == first && meets(sender.dropFirst(), pattern.dropFirst())
    }

    /// The same expressions by another engine.
    private static func matches(_ text: String, _ expression: String) -> Bool {
        guard let regex = try? Regex(expression) else { return false }
        return text.firstMatch(of: regex.matchingSemantics(.unicodeScalar)) != nil
    }
}

extension String {
    /// Capital and small letters are the same, and so is the sign for Kelvin. Good enough for the words here.
    fileprivate var folded: String { lowercased().replacing("\u{212a}", with: "k") }
}
