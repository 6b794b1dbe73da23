package import TocsinModel
package import Yams

/// Reading who is meant, and durations: what rules, directories and clients have in common.
extension FileReader {
    /// Reads `department`, `role@level` or `role@CODE`, which the directory must know.
    package mutating func target(_ node: Node, _ what: String, in directory: Directory) -> Directory.Target? {
        guard let text = self.text(of: node, what) else { return nil }
        guard let at = text.firstIndex(of: "@") else { return department(text, node, in: directory) }
        let word = String(text[..<at])
        let place = String(text[text.index(after: at)...])
        guard let role = RoleName(word).flatMap({ directory.role($0) }) else {
            note(node, Suggestion.message(word, isNot: "a role", valid: directory.roles.map(\.name.name)))
            return nil
        }
        let levels = PlaceLevel.allCases.filter { role.levels.contains($0) }
        let choices = levels.map { "\(word)@\($0.rawValue)" }
        if let level = PlaceLevel(rawValue: place) {
            if role.levels.contains(level) { return .role(role.name, level) }
            note(
                node, "the role '\(word)' does not exist at \(level.rawValue); valid are \(Suggestion.list(choices))")
            return nil
        }
        guard let code = GridCode(place) else {
            note(
                node, Suggestion.message(text, isNot: "a role at a size of place or at a grid code", valid: choices))
            return nil
        }
        guard role.levels.contains(code.level) else {
            note(
                node,
                "the role '\(word)' does not exist at a \(code.level.rawValue) such as \(code); it exists at "
                    + Suggestion.list(levels.map(\.rawValue)))
            return nil
        }
        guard directory.places[code] != nil else {
            noteUnknown(code, node, in: directory)
            return nil
        }
        return .mailbox(Recipient(role: role.name, at: code))
    }

    private mutating func department(
        _ text: String, _ node: Node, in directory: Directory
    ) -> Directory.Target? {
        if let name = Recipient(text), directory.department(name) != nil { return .mailbox(name) }
        if let role = RoleName(text).flatMap({ directory.role($0) }) {
            let choices = PlaceLevel.allCases.filter { role.levels.contains($0) }.map { "\(text)@\($0.rawValue)" }
            note(
                node, "'\(text)' is a role, which has a mailbox at a place; valid are \(Suggestion.list(choices))")
            return nil
        }
        note(
            node, Suggestion.message(text, isNot: "a department", valid: directory.departments.map(\.name.name)))
        return nil
    }

    /// Reads whoever is told when the links to these recipients are lost. It is another mailbox than theirs, for each.
    mutating func supervisor(
        _ node: Node, of recipients: [Recipient], in directory: Directory
    ) -> Directory.Target? {
        guard let target = target(node, "supervised-by", in: directory) else { return nil }
        for recipient in recipients {
            guard let supervisor = directory.mailbox(target, at: recipient.place) else {
                note(
                    node,
                    "'\(target)' is no mailbox for \(recipient), which lies in no such place; valid are a department, "
                        + "role@CODE, and a role at a size of place that has \(recipient) in it")
                return nil
            }
            guard supervisor != recipient else {
                note(node, "\(recipient) would supervise itself; name somebody else")
                return nil
            }
        }
        return target
    }

    /// Reads whoever is told when the link to somebody without a mailbox and a place is lost.
    package mutating func supervisor(_ node: Node, in directory: Directory) -> Recipient? {
        guard let target = target(node, "supervised-by", in: directory) else { return nil }
        if let supervisor = directory.mailbox(target, at: nil) { return supervisor }
        note(
            node,
            "'\(target)' depends on a place, and a client has none; valid are a department, role@CODE, and "
                + "role@district where there is one district")
        return nil
    }

    /// Notes a place that the directory does not have.
    mutating func noteUnknown(_ code: GridCode, _ node: Node, in directory: Directory) {
        let valid = directory.places.keys.filter { $0.level == code.level }.map(\.description).sorted()
        let kind = "a \(code.level.rawValue) of the directory"
        note(node, Suggestion.message(code.description, isNot: kind, valid: valid))
    }

    /// Reads a duration of at most a week.
    package mutating func duration(
        of node: Node, _ what: String, atLeast least: Duration, atMost most: Duration = Rule.longestDuration
    ) -> Duration? {
        guard let text = text(of: node, what) else { return nil }
        if let duration = Duration(shorthand: text), duration >= least, duration <= most {
            return duration
        }
        let bound =
            least == .zero
            ? "0s or more" : least < .seconds(1) ? "more than 0" : "at least \(least.components.seconds)s"
        let longest = most == Rule.longestDuration ? "168h" : "\(most.components.seconds / 86_400)d"
        note(
            node,
            "\(Suggestion.quoted(text)) is not a duration for \(what); valid are whole numbers with ms, s, m, h or d, "
                + "such as 500ms, 60s, 3m, 2h or 7d, \(bound) and at most \(longest)")
        return nil
    }
}
