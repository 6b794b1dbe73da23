import TocsinModel
import Yams

extension RuleReader {
    /// Reads the conditions of `when`.
    mutating func conditions(_ node: Node) -> Conditions {
        guard let fields = file.fields(of: node, "when", keys: Condition.Key.allCases.map(\.rawValue)) else {
            return Conditions()
        }
        var asked: [Condition] = []
        for key in Condition.Key.allCases {
            if let node = fields[key.rawValue] { asked += read(key, node) }
        }
        return Conditions(asked)
    }

    /// Reads the conditions of one key.
    private mutating func read(_ key: Condition.Key, _ node: Node) -> [Condition] {
        switch key {
        case .category: [.category(words(node, key, "a category"))]
        case .event: [.event(events(node))]
        case .severity: severity(node).map { [.severity($0)] } ?? []
        case .within: [.within(file.oneOrMore(node, key.rawValue).compactMap { place($0, key.rawValue) })]
        case .parameter: parameters(node)
        case .status: [.status(words(node, key, "a status"))]
        }
    }

    /// Reads words of a closed list, each once.
    private mutating func words<Word: ReportWord>(_ node: Node, _ key: Condition.Key, _ kind: String) -> [Word] {
        var words: [Word] = []
        for node in file.oneOrMore(node, key.rawValue) {
            guard let word: Word = file.word(of: node, key.rawValue, kind), !words.contains(word) else { continue }
            words.append(word)
        }
        return words
    }

    private mutating func events(_ node: Node) -> [String] {
        var events: [String] = []
        for node in file.oneOrMore(node, "event") {
            guard let event = file.text(of: node, "event") else { continue }
            if event.count > Limits.eventCharacters {
                file.note(node, "the event has more than \(Limits.eventCharacters) characters: no report can have it")
            }
            events.append(event)
        }
        return events
    }

    private mutating func severity(_ node: Node) -> SeverityRange? {
        let prefix = "at least "
        if let text = node.scalar?.string, text.hasPrefix(prefix) {
            let known = Severity.allCases.filter { $0 != .unknown }
            let word = String(text.dropFirst(prefix.count))
            if let least = known.first(where: { $0.rawValue == word }) { return .atLeast(least) }
            file.note(
                node,
                Suggestion.message(word, isNot: "a severity that 'at least' can have", valid: known.map(\.rawValue)))
            return nil
        }
        return .oneOf(words(node, .severity, "a severity or 'at least' one"))
    }

    /// Reads one condition for each name. All must hold.
    private mutating func parameters(_ node: Node) -> [Condition] {
        guard let mapping = node.mapping else {
            file.note(node, "parameter must be a mapping of names to values")
            return []
        }
        if mapping.isEmpty { file.note(node, "parameter is empty; name at least one, or leave the key out") }
        var parameters: [Condition] = []
        for (key, value) in mapping {
            guard let name = file.text(of: key, "the name of a parameter") else { continue }
            let values = file.oneOrMore(value, "parameter \(Suggestion.quoted(name))").compactMap { node in
                if let value = node.scalar?.string { return value }
                file.note(node, "a value of parameter \(Suggestion.quoted(name)) must be one text")
                return nil
            }
            parameters.append(.parameter(name: name, values: values))
        }
        return parameters
    }

    /// Reads a grid code, which the directory must know if it knows any place.
    private mutating func place(_ node: Node, _ what: String) -> GridCode? {
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
