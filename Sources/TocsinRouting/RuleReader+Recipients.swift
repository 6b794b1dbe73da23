import TocsinModel
import Yams

extension RuleReader {
    mutating func fallback(_ node: Node) -> Recipient? {
        switch target(node, "fallback") {
        case nil: return nil
        case .mailbox(let recipient): return recipient
        case .role(let role, .district):
            if let district = directory.district { return Recipient(role: role, at: district) }
            file.note(
                node,
                "'\(role)@district' has no mailbox of its own, as the directory does not have exactly one district; "
                    + "valid are a department and role@CODE")
            return nil
        case .role(let role, let level):
            file.note(
                node,
                "'\(role)@\(level.rawValue)' depends on the report's grid; the fallback must always have a mailbox: "
                    + "valid are a department, role@CODE and role@district")
            return nil
        }
    }

    mutating func targets(_ node: Node, _ what: String) -> [Rule.Target] {
        var targets: [Rule.Target] = []
        for node in file.oneOrMore(node, what) {
            guard let target = self.target(node, what) else { continue }
            targets.append(target)
        }
        return targets
    }

    /// Reads `department`, `role@level` or `role@CODE`, which the directory must know.
    mutating func target(_ node: Node, _ what: String) -> Rule.Target? {
        guard let text = file.text(of: node, what) else { return nil }
        guard let at = text.firstIndex(of: "@") else { return department(text, node) }
        let word = String(text[..<at])
        let place = String(text[text.index(after: at)...])
        guard let role = RoleName(word).flatMap({ directory.role($0) }) else {
            file.note(node, Suggestion.message(word, isNot: "a role", valid: directory.roles.map(\.name.name)))
            return nil
        }
        let levels = PlaceLevel.allCases.filter { role.levels.contains($0) }
        let choices = levels.map { "\(word)@\($0.rawValue)" }
        if let level = PlaceLevel(rawValue: place) {
            if role.levels.contains(level) { return .role(role.name, level) }
            file.note(
                node, "the role '\(word)' does not exist at \(level.rawValue); valid are \(Suggestion.list(choices))")
            return nil
        }
        guard let code = GridCode(place) else {
            file.note(
                node, Suggestion.message(text, isNot: "a role at a size of place or at a grid code", valid: choices))
            return nil
        }
        guard role.levels.contains(code.level) else {
            file.note(
                node,
                "the role '\(word)' does not exist at a \(code.level.rawValue) such as \(code); it exists at "
                    + Suggestion.list(levels.map(\.rawValue)))
            return nil
        }
        guard directory.places[code] != nil else {
            noteUnknown(code, node)
            return nil
        }
        return .mailbox(Recipient(role: role.name, at: code))
    }

    private mutating func department(_ text: String, _ node: Node) -> Rule.Target? {
        if let name = Recipient(text), directory.department(name) != nil { return .mailbox(name) }
        if let role = RoleName(text).flatMap({ directory.role($0) }) {
            let choices = PlaceLevel.allCases.filter { role.levels.contains($0) }.map { "\(text)@\($0.rawValue)" }
            file.note(
                node, "'\(text)' is a role, which has a mailbox at a place; valid are \(Suggestion.list(choices))")
            return nil
        }
        file.note(
            node, Suggestion.message(text, isNot: "a department", valid: directory.departments.map(\.name.name)))
        return nil
    }

    mutating func duration(_ node: Node, _ what: String) -> Duration? {
        guard let text = file.text(of: node, what) else { return nil }
        if let duration = Duration(shorthand: text), duration > .zero, duration <= Rule.longestDuration {
            return duration
        }
        file.note(
            node,
            "\(Suggestion.quoted(text)) is not a duration for \(what); valid are whole numbers with ms, s, m or h, "
                + "such as 500ms, 60s, 3m or 2h, more than 0 and at most 168h")
        return nil
    }

    mutating func truth(_ node: Node, _ what: String) -> Bool? {
        guard let text = file.text(of: node, what) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            file.note(node, Suggestion.message(text, isNot: "a value for \(what)", valid: ["true", "false"]))
            return nil
        }
    }
}

extension Duration {
    /// Reads `500ms`, `60s`, `3m` or `2h`; nil for anything else.
    package init?(shorthand text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        // Nine digits exceed any duration that a rule may have, and no product of them overflows.
        guard (1...9).contains(digits.count), let count = Int64(digits) else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": self = .milliseconds(count)
        case "s": self = .seconds(count)
        case "m": self = .seconds(count * 60)
        case "h": self = .seconds(count * 3600)
        default: return nil
        }
    }
}
