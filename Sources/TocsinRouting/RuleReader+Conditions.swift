import TocsinModel
import Yams

extension RuleReader {
    private static let conditionKeys = ["category", "event", "severity", "within", "parameter"]

    /// What `when` asks.
    mutating func conditions(_ node: Node) -> Rule.Conditions {
        var conditions = Rule.Conditions()
        guard let fields = file.fields(of: node, "when", keys: Self.conditionKeys) else { return conditions }
        if let node = fields["category"] {
            for node in file.oneOrMore(node, "category") {
                guard let category: Category = file.word(of: node, "category", "a category") else { continue }
                if !conditions.categories.contains(category) { conditions.categories.append(category) }
            }
        }
        if let node = fields["event"] { conditions.events = events(node) }
        if let node = fields["severity"] { conditions.severity = severity(node) }
        if let node = fields["within"] {
            for node in file.oneOrMore(node, "within") {
                guard let code = place(node, "within") else { continue }
                conditions.within.append(code)
            }
        }
        if let node = fields["parameter"] { conditions.parameters = parameters(node) }
        return conditions
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

    private mutating func severity(_ node: Node) -> Rule.SeverityCondition? {
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
        var severities: [Severity] = []
        for node in file.oneOrMore(node, "severity") {
            guard let severity: Severity = file.word(of: node, "severity", "a severity or 'at least' one") else {
                continue
            }
            if !severities.contains(severity) { severities.append(severity) }
        }
        return .oneOf(severities)
    }

    private mutating func parameters(_ node: Node) -> [Report.NamedValue] {
        guard let mapping = node.mapping else {
            file.note(node, "parameter must be a mapping of names to values")
            return []
        }
        if mapping.isEmpty { file.note(node, "parameter is empty; name at least one, or leave the key out") }
        var parameters: [Report.NamedValue] = []
        for (key, value) in mapping {
            guard let name = file.text(of: key, "the name of a parameter") else { continue }
            guard let value = value.scalar?.string else {
                file.note(value, "the value of parameter \(Suggestion.quoted(name)) must be one value")
                continue
            }
            parameters.append(Report.NamedValue(name: name, value: value))
        }
        return parameters
    }

    /// A grid code that the directory knows, where it knows any.
    private mutating func place(_ node: Node, _ what: String) -> GridCode? {
        guard let text = file.text(of: node, what) else { return nil }
        guard let code = GridCode(text) else {
            file.note(node, Suggestion.notAGridCode(text))
            return nil
        }
        guard directory.places.isEmpty || directory.places[code] != nil else {
            noteUnknown(code, node)
            return nil
        }
        return code
    }

    /// Notes a place that the directory does not have.
    mutating func noteUnknown(_ code: GridCode, _ node: Node) {
        let valid = directory.places.keys.filter { $0.level == code.level }.map(\.description).sorted()
        let kind = "a \(code.level.rawValue) of the directory"
        file.note(node, Suggestion.message(code.description, isNot: kind, valid: valid))
    }
}
