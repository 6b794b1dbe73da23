import TocsinModel
import Yams

/// Reading the values that conditions want.
extension RuleReader {
    /// Returns the nodes of a list of values, or the one in its place.
    mutating func values(_ node: Node, _ key: Condition.Key) -> [Node] { values(node, key.rawValue) }

    mutating func values(_ node: Node, _ what: String) -> [Node] {
        let values = file.oneOrMore(node, what)
        guard values.count > Limits.valuesPerCondition else { return values }
        file.note(node, "\(what) has \(values.count) values; at most \(Limits.valuesPerCondition) are allowed")
        return []
    }

    /// Reads words of a closed list, each once.
    mutating func words<Word: ReportWord>(_ node: Node, _ key: Condition.Key, _ kind: String) -> [Word] {
        var words: [Word] = []
        for node in values(node, key) {
            guard let word: Word = file.word(of: node, key.rawValue, kind), !words.contains(word) else { continue }
            words.append(word)
        }
        return words
    }

    /// Reads `at least WORD`, `at most WORD`, or words of the list.
    mutating func range<Word: RankedWord>(_ node: Node, _ key: Condition.Key, _ kind: String) -> WordRange<Word>? {
        if let text = node.scalar?.string {
            let bounds: [(words: String, range: (Word) -> WordRange<Word>)] = [
                ("at least", { .atLeast($0) }), ("at most", { .atMost($0) }),
            ]
            for bound in bounds where text.hasPrefix(bound.words + " ") {
                let known = Word.allCases.filter { $0 != .unknown }
                let word = String(text.dropFirst(bound.words.count + 1))
                if let known = known.first(where: { $0.rawValue == word }) { return bound.range(known) }
                let kind = "\(kind) that '\(bound.words)' can have"
                file.note(node, Suggestion.message(word, isNot: kind, valid: known.map(\.rawValue)))
                return nil
            }
        }
        return .oneOf(words(node, key, "\(kind), or one with 'at least' or 'at most' before it"))
    }

    mutating func events(_ node: Node) -> [String] {
        var events: [String] = []
        for node in values(node, .event) {
            guard let event = file.text(of: node, "event") else { continue }
            if event.count > Limits.eventCharacters {
                file.note(node, "the event has more than \(Limits.eventCharacters) characters: no report can have it")
            }
            events.append(event)
        }
        return events
    }

    /// Reads the wanted values of each name. All names must hold.
    mutating func namedValues(
        _ node: Node, _ key: Condition.Key, _ kind: String
    ) -> [(name: String, values: [String])] {
        guard let mapping = node.mapping else {
            file.note(node, "\(key.rawValue) must be a mapping of names to values")
            return []
        }
        if mapping.isEmpty { file.note(node, "\(key.rawValue) is empty; name at least one, or leave the key out") }
        var all: [(name: String, values: [String])] = []
        for (key, value) in mapping {
            guard let name = file.text(of: key, "the name of \(kind.withArticle)") else { continue }
            let values = values(value, "\(kind) \(Suggestion.quoted(name))").compactMap { node in
                if let value = node.scalar?.string { return value }
                file.note(node, "a value of \(kind) \(Suggestion.quoted(name)) must be one text")
                return nil
            }
            all.append((name, values))
        }
        return all
    }

    mutating func senders(_ node: Node) -> [SenderPattern] {
        var patterns: [SenderPattern] = []
        for node in values(node, .sender) {
            guard let text = file.text(of: node, "sender") else { continue }
            if text.count(where: { $0 != "*" }) > Limits.nameCharacters {
                file.note(node, "the sender has more than \(Limits.nameCharacters) characters: no report can have it")
            }
            patterns.append(SenderPattern(text))
        }
        return patterns
    }

    /// Reads hours such as `Mon-Fri 08:00-18:00 Asia/Shanghai`.
    mutating func hours(_ node: Node) -> [WeeklyHours] {
        let nodes = values(node, .during)
        guard nodes.count <= Limits.hoursPerRule else {
            file.note(node, "during has \(nodes.count) hours; at most \(Limits.hoursPerRule) are allowed")
            return []
        }
        return nodes.compactMap { file.hours(of: $0, &zones, hasHolidays: holidays != nil) }
    }

    /// Reads a grid code, which the directory must know if it knows any place.
    mutating func place(_ node: Node, _ what: String) -> GridCode? {
        guard let text = file.text(of: node, what) else { return nil }
        guard let code = GridCode(text) else {
            file.note(node, Suggestion.notAGridCode(text))
            return nil
        }
        guard directory.places.isEmpty || directory.places[code] != nil else {
            file.noteUnknown(code, node, in: directory)
            return nil
        }
        return code
    }
}

extension String {
    /// "a parameter", "an event code"
    fileprivate var withArticle: String { (hasPrefix("e") ? "an " : "a ") + self }
}
