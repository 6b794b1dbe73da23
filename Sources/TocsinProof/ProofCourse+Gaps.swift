import TocsinModel
import TocsinRouting

extension ProofCourse {
    /// The values of one property that are listed.
    private static let listed = 12
    /// The ways of one finding by which an example is looked for.
    private static let tried = 8
    /// What stands for all that is not named.
    private static let other = "any other"

    /// What falls through of reports that rules are meant for, those that are new and ask for action; or what of them
    /// nobody has to act on. `open` takes those of which no example was found.
    func find(_ end: Gaps.Node, _ open: inout OpenClasses) -> Found {
        let counts = levels.levels.map(\.choices.count)
        let (boxes, isCut) = diagram.gaps.boxes(of: end, counts: counts, limit: Limits.proofFindings) { level, choice in
            isOrdinary(level, choice)
        }
        var gaps: [Proof.Gap] = []
        // What its words rule out is no gap.
        for box in boxes where !examples.isImpossible(box.decided) {
            let example = example(of: box, end)
            let way = box.way(0)
            if example == nil { note(way, Self.place(of: way), matching: [], &open) }
            gaps.append(
                Proof.Gap(
                    properties: box.choices.keys.sorted().compactMap { property($0, box.choices[$0] ?? []) },
                    classes: box.size(in: counts), example: example))
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
                // A class may have both: rules that name Test tell neither Actual nor Draft from each other.
                guard case .words(let all) = content else { continue }
                let named = all.filter { !Self.isOrdinary($0, level.subject) }
                guard !named.isEmpty else { continue }
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
        guard [.status, .message].contains(level.subject), case .words(let words) = level.choices[Int(choice)].content
        else { return true }
        return words.contains { Self.isOrdinary($0, level.subject) }
    }

    private static func isOrdinary(_ word: String, _ subject: Level.Subject) -> Bool {
        switch subject {
        case .message: word == MessageType.alert.rawValue
        case .status: ReportStatus(rawValue: word)?.asksForAction ?? false
        case .place, .category, .eventCode, .event, .parameter, .severity, .urgency, .certainty, .sender, .time,
            .search:
            true
        }
    }

    /// Returns a report of some classes that lead to one end.
    private func example(of box: Gaps.Box, _ end: Gaps.Node) -> Example? {
        let most = min(box.choices.values.map(\.count).max() ?? 1, Self.tried)
        return (0..<most).firstFound { number in
            let way = box.way(number)
            return examples.example(way, at: kinds[Int(Self.place(of: way))].first?.place) { matched in
                let mustAct = matched.contains { !ruleset.rules[$0].notify.isEmpty }
                return !mustAct && matched.isEmpty == (end == .gap)
            }
        }
    }

    private static func place(of way: [Diagram.Step]) -> Int32 { way.first { $0.level == 0 }?.choice ?? 0 }

    /// Returns some classes of a property in words; nil where they are all that matter.
    private func property(_ number: Int32, _ choices: [Int32]) -> Proof.Property? {
        let level = levels.levels[Int(number)]
        let isAbsent = choices == [0]
        switch level.subject {
        case .category, .severity, .urgency, .certainty: return property(level, words(of: level, choices))
        case .message, .status:
            let all = level.choices.indices.map { Int32($0) }.filter { isOrdinary(number, $0) }
            guard !Set(choices).isSuperset(of: all) else { return nil }
            return property(level, words(of: level, choices).filter { Self.isOrdinary($0, level.subject) })
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

extension Gaps.Box {
    /// One of the ways that lead to the classes: of each property the class of that number, or the last.
    fileprivate func way(_ number: Int) -> [Diagram.Step] {
        choices.keys.sorted().compactMap { level in
            guard let all = choices[level], let last = all.last else { return nil }
            return Diagram.Step(level: level, choice: number < all.count ? all[number] : last)
        }
    }

    /// What is the same in all classes.
    fileprivate var decided: [Diagram.Step] {
        choices.keys.sorted().compactMap { level in
            guard let all = choices[level], all.count == 1 else { return nil }
            return Diagram.Step(level: level, choice: all[0])
        }
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
