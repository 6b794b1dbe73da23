import TocsinModel
import TocsinRouting

extension ProofCourse {
    /// The values of one property that are listed.
    private static let listed = 12
    /// What stands for all that is not named.
    private static let other = "any other"

    /// What falls through of reports that rules are meant for, those that are new and ask for action; or what of them
    /// nobody has to act on.
    func gaps(_ end: Gaps.Node) -> (gaps: [Proof.Gap], hasMore: Bool) {
        let counts = levels.levels.map(\.choices.count)
        let (boxes, isCut) = diagram.gaps.boxes(of: end, counts: counts, limit: Limits.proofFindings) { level, choice in
            isOrdinary(level, choice)
        }
        let gaps = boxes.map { box in
            Proof.Gap(
                properties: box.choices.keys.sorted().compactMap { property($0, box.choices[$0] ?? []) },
                classes: box.size(in: counts), example: example(of: box, end))
        }
        return (
            gaps.enumerated().sorted { ($1.element.classes, $0.offset) < ($0.element.classes, $1.offset) }
                .map(\.element), isCut
        )
    }

    /// The statuses and types that fall through as is documented.
    func unnamed() -> [String] {
        let counts = levels.levels.map(\.choices.count)
        var words: [String] = []
        for (index, level) in levels.levels.enumerated() where [.status, .message].contains(level.subject) {
            for (choice, content) in level.choices.map(\.content).enumerated() {
                guard case .words(let named) = content, !isOrdinary(Int32(index), Int32(choice)) else { continue }
                let found = diagram.gaps.boxes(of: .gap, counts: counts, limit: 1) { other, place in
                    other == Int32(index) ? place == Int32(choice) : isOrdinary(other, place)
                }
                if !found.boxes.isEmpty { words += named }
            }
        }
        return words
    }

    /// Returns true for a class of reports that rules are meant for, as far as one property tells.
    private func isOrdinary(_ level: Int32, _ choice: Int32) -> Bool {
        let level = levels.levels[Int(level)]
        guard case .words(let words) = level.choices[Int(choice)].content else { return true }
        return switch level.subject {
        case .message: words.contains(MessageType.alert.rawValue)
        case .status: words.contains { ReportStatus(rawValue: $0)?.asksForAction ?? false }
        case .place, .category, .eventCode, .event, .parameter, .severity, .urgency, .certainty, .sender, .time,
            .search:
            true
        }
    }

    /// Returns a report of some classes that lead to one end.
    private func example(of box: Gaps.Box, _ end: Gaps.Node) -> Example? {
        let way = box.choices.keys.sorted().compactMap { level in
            box.choices[level]?.first.map { Diagram.Step(level: level, choice: $0) }
        }
        let place = way.first { $0.level == 0 }?.choice ?? 0
        return examples.example(way, at: kinds[Int(place)].first?.place) { matched in
            let mustAct = matched.contains { !ruleset.rules[$0].notify.isEmpty }
            return !mustAct && matched.isEmpty == (end == .gap)
        }
    }

    /// Returns some classes of a property in words; nil where they are all that matter.
    private func property(_ number: Int32, _ choices: [Int32]) -> Proof.Property? {
        let level = levels.levels[Int(number)]
        let isAbsent = choices == [0]
        switch level.subject {
        case .category, .severity, .urgency, .certainty: return property(level, words(of: level, choices))
        case .message, .status:
            let all = level.choices.indices.map { Int32($0) }.filter { isOrdinary(number, $0) }
            return Set(choices).isSuperset(of: all) ? nil : property(level, words(of: level, choices))
        case .event, .eventCode, .parameter: return named(level, choices)
        case .place, .sender, .time:
            let truths = Set(choices.flatMap { level.choices[Int($0)].truths }).sorted()
            let wanted = truths.map { atoms.conditions[Int($0)].wanted }
            return property(level, choices.contains(0) ? wanted + [Self.other] : wanted, isAbsent: isAbsent)
        case .search(let atom):
            let condition = atoms.conditions[Int(atom)]
            let words = isAbsent ? "without \(condition.wanted)" : condition.wanted
            return Proof.Property(name: condition.name, values: words, isAbsent: isAbsent)
        }
    }

    /// Returns events or the values of one name, by those that are not meant where these are fewer.
    private func named(_ level: Level, _ choices: [Int32]) -> Proof.Property? {
        let meant = Set(choices)
        let words = words(of: level, choices)
        guard meant.contains(0) else { return property(level, words) }
        let others = self.words(of: level, level.choices.indices.map { Int32($0) }.filter { !meant.contains($0) })
        guard others.count < words.count else {
            return property(level, words + [Self.other], isAbsent: words.isEmpty && level.subject != .event)
        }
        return others.isEmpty
            ? nil : Proof.Property(name: level.name, values: "any but " + Suggestion.list(others, limit: Self.listed))
    }

    private func property(_ level: Level, _ words: [String], isAbsent: Bool = false) -> Proof.Property {
        Proof.Property(name: level.name, values: Suggestion.list(words, limit: Self.listed), isAbsent: isAbsent)
    }

    /// The words of some classes. Several events together are named where none is meant alone.
    private func words(of level: Level, _ choices: [Int32]) -> [String] {
        let contents = choices.map { level.choices[Int($0)].content }
        let alone = contents.filter { !$0.isOfSeveralEvents }.flatMap(\.words)
        return alone.isEmpty && !choices.contains(0) ? contents.flatMap(\.words) : alone
    }
}

extension Level.Content {
    /// The words of the class; none for what has no words of its own.
    fileprivate var words: [String] {
        switch self {
        case .words(let words): words
        case .events(let events, let also):
            also.isEmpty ? events : events.prefix(1).map { ([$0] + also).joined(separator: " with ") }
        case .places, .sender, .time, .search: []
        }
    }
}

extension Level {
    /// The property as a rule's key, or in words.
    fileprivate var name: String {
        switch subject {
        case .place: "place"
        case .message: "message"
        case .status: "status"
        case .category: "category"
        case .eventCode(let name): "event-code \(name)"
        case .event: "event"
        case .parameter(let name): "parameter \(name)"
        case .severity: "severity"
        case .urgency: "urgency"
        case .certainty: "certainty"
        case .sender: "sender"
        case .time: "time"
        case .search: "search"
        }
    }
}
