import TocsinModel
import Yams

/// Reading what conditions search for in texts.
extension RuleReader {
    mutating func textSearch(_ node: Node) -> TextSearch? {
        guard let fields = file.fields(of: node, "text", keys: ["contains", "in"]),
            let contains = file.required("contains", in: fields)
        else { return nil }
        var words: [String] = []
        for node in values(contains, "contains") {
            guard let word = file.text(of: node, "a word of contains") else { continue }
            note(searched: word, at: node)
            if word.utf8.count > Limits.searchedWordBytes {
                file.note(
                    node,
                    "the word has \(word.utf8.count) bytes; at most \(Limits.searchedWordBytes) are allowed")
            }
            words.append(word)
        }
        guard let within = fields["in"] else { return TextSearch(words) }
        var places: [TextField] = []
        for node in file.oneOrMore(within, "in") {
            guard let field = textField(node), !places.contains(field) else { continue }
            places.append(field)
        }
        return TextSearch(words, in: places)
    }

    /// Reads one expression for each field. All must match.
    mutating func expressions(_ node: Node) -> [Condition] {
        guard let mapping = node.mapping else {
            file.note(node, "matches must be a mapping of texts of a report to expressions")
            return []
        }
        if mapping.isEmpty { file.note(node, "matches is empty; name at least one text, or leave the key out") }
        return mapping.compactMap { key, value in
            guard let field = textField(key), let expression = expression(value, field) else { return nil }
            return .matches(field, expression)
        }
    }

    private mutating func textField(_ node: Node) -> TextField? {
        guard let text = file.text(of: node, "the name of a text") else { return nil }
        if let field = TextField(rawValue: text) { return field }
        file.note(
            node,
            Suggestion.message(text, isNot: "a text of a report", valid: TextField.allCases.map(\.rawValue)))
        return nil
    }

    /// Reads an expression, which is compiled once for all rules that have it.
    private mutating func expression(_ node: Node, _ field: TextField) -> RegularExpression? {
        guard let text = file.text(of: node, "the expression for \(field.rawValue)") else { return nil }
        if let expression = expressions[text] { return expression }
        note(searched: text, at: node)
        do throws(RegularExpression.Fault) {
            let expression = try RegularExpression(text)
            expressions[text] = expression
            if expressions.count == Limits.expressions + 1 {
                file.note(
                    node,
                    "with this one there are more than \(Limits.expressions) different expressions; no more are allowed"
                )
            }
            return expression
        } catch {
            file.note(node, "\(Suggestion.quoted(text)) is not a regular expression of RE2: \(error)")
            return nil
        }
    }

    /// Counts a word or an expression.
    private mutating func note(searched text: String, at node: Node) {
        let before = searchedBytes
        searchedBytes += text.utf8.count
        guard searchedBytes > Limits.searchedBytes, before <= Limits.searchedBytes else { return }
        file.note(
            node,
            "with this one all words and expressions together have more than \(Limits.searchedBytes) bytes; no more are "
                + "allowed")
    }
}
