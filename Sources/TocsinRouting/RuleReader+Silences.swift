import TocsinModel
import Yams

/// Reading the silences of a rules file, which come again and again.
extension RuleReader {
    private static let silenceKeys = ["name", "when", "during", "by", "reason", "even-extreme"]

    mutating func silences(_ node: Node) -> [SilenceWindow] {
        let nodes = file.sequence(of: node, "silences") ?? []
        guard nodes.count <= Limits.silences else {
            file.note(node, "silences has \(nodes.count) silences; at most \(Limits.silences) are allowed")
            return []
        }
        var names: Set<String> = []
        return nodes.compactMap { silence($0, names: &names) }
    }

    private mutating func silence(_ node: Node, names: inout Set<String>) -> SilenceWindow? {
        guard let fields = file.fields(of: node, "a silence", keys: Self.silenceKeys) else { return nil }
        let name = file.required("name", in: fields).flatMap { line($0, "the name of a silence", Rule.nameCharacters) }
        if let name, !names.insert(name).inserted {
            file.note(node, "there is a silence named \(Suggestion.quoted(name)) already; each name may be there once")
        }
        let by = file.required("by", in: fields).flatMap { line($0, "by", Limits.personNameBytes) }
        let reason = file.required("reason", in: fields).flatMap { line($0, "reason", Limits.noteBytes) }
        let hours = file.required("during", in: fields).map { self.hours($0) }
        let problems = file.problems.count
        let conditions = file.required("when", in: fields).map { ($0, self.conditions($0)) }
        if let (node, conditions) = conditions, file.problems.count == problems {
            if conditions.asked.isEmpty {
                file.note(node, "when must have a condition; without one everything would be silent")
            } else if conditions.searchAlways {
                file.note(
                    node,
                    "these conditions would be searched for in every report, as nothing in them can be looked up; name a "
                        + "category or an event too")
            }
        }
        let evenExtreme = fields["even-extreme"].flatMap { truth($0, "even-extreme") } ?? false
        guard let name, let by, let reason, let hours, let (_, conditions) = conditions else { return nil }
        return SilenceWindow(
            name: name, conditions: conditions, hours: DutyTimes(hours, holidays: holidays ?? .none), by: by,
            reason: reason, evenExtreme: evenExtreme)
    }

    /// Reads a text of one line, of at most so many bytes.
    private mutating func line(_ node: Node, _ what: String, _ most: Int) -> String? {
        guard let text = file.text(of: node, what) else { return nil }
        if (1...most).contains(text.utf8.count), !text.unicodeScalars.contains(where: { $0.value < 0x20 }) {
            return text
        }
        file.note(node, "\(what) has 1 to \(most) bytes in one line")
        return nil
    }
}
