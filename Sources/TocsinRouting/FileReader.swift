package import TocsinModel
package import Yams

/// Reads one YAML file node by node and collects what is wrong with it.
///
/// A method that cannot read its node notes a problem and returns nil or nothing, so a caller goes on with the rest of
/// the file.
package struct FileReader {
    let file: String
    package private(set) var problems: [FileProblem] = []

    package init(file: String) {
        self.file = file
    }

    /// Parses the file's one document. Notes a problem and returns nil if the text is not YAML or is empty.
    package mutating func compose(_ yaml: String) -> Node? {
        do {
            // Without the resolver's patterns every plain scalar is text: 110101 and "110101" are the same key, and
            // nothing is guessed to be a date. The explicit encoding keeps environment variables from choosing one.
            let aliases = YAMLAliases(in: yaml)
            guard aliases.count <= Limits.yamlAliases else {
                note(
                    line: aliases.line, column: aliases.column,
                    "the file has more than \(Limits.yamlAliases) aliases ('*name')")
                return nil
            }
            guard let root = try Yams.compose(yaml: yaml.withPlainLineEnds, .basic, .default, .utf8) else {
                note(line: 1, column: 1, "the file is empty")
                return nil
            }
            var rest = yaml.utf8.count + Limits.yamlAliasedNodes
            if aliases.count > 0, let node = YAMLAliases.node(in: root, beyond: &rest) {
                note(
                    node, "the aliases of the file repeat so much that it cannot be read; write out what they stand for"
                )
                return nil
            }
            return root
        } catch let error as YamlError {
            note(error)
        } catch {
            note(line: 1, column: 1, "\(error)")
        }
        return nil
    }

    /// Notes a problem at a node.
    package mutating func note(_ node: Node, _ message: String) {
        note(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, message)
    }

    /// Returns the position of a node: `tocsin.yaml:3:12`.
    package func place(of node: Node) -> String {
        "\(file):\(node.mark?.line ?? 1):\(node.mark?.column ?? 1)"
    }

    /// The problems in the file's order.
    package var inOrder: [FileProblem] {
        problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    }

    private mutating func note(line: Int, column: Int, _ message: String) {
        guard problems.count < FileProblems.limit else { return }
        problems.append(FileProblem(file: file, line: line, column: column, message: message))
    }

    private mutating func note(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let context = context.map { ", \($0.text) of line \($0.mark.line), column \($0.mark.column)" } ?? ""
            note(line: mark.line, column: mark.column, "this is not YAML: \(problem)\(context)")
        case .reader(let problem, let offset, _, let yaml):
            let before = yaml.prefix(offset ?? 0).split(separator: "\n", omittingEmptySubsequences: false)
            let column = (before.last?.unicodeScalars.count ?? 0) + 1
            note(line: max(before.count, 1), column: column, "this is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let keys = keys.map { Suggestion.quoted($0) }.joined(separator: ", ")
            note(
                line: context.mark.line, column: context.mark.column,
                "\(keys) is there more than once in the same mapping; each key may be there once")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            note(line: 1, column: 1, "the file cannot be read: \(error)")
        }
    }
}

extension FileReader {
    /// A mapping's values by key.
    package struct Fields {
        let node: Node
        /// The mapping's name in messages: "a rule".
        let what: String
        fileprivate var values: [String: Node] = [:]

        package subscript(key: String) -> Node? { values[key] }
    }

    /// Returns the values of a mapping that may have these keys and no others.
    package mutating func fields(of node: Node, _ what: String, keys: [String]) -> Fields? {
        guard let mapping = node.mapping else {
            note(node, "\(what) is \(kind(of: node)); a mapping is expected, with \(Suggestion.list(keys))")
            return nil
        }
        var fields = Fields(node: node, what: what)
        for (key, value) in mapping {
            guard let name = text(of: key, "a key") else { continue }
            if keys.contains(name) {
                fields.values[name] = value
            } else {
                note(key, Suggestion.message(name, isNot: "a key of \(what)", valid: keys))
            }
        }
        return fields
    }

    /// Returns a value that must be there.
    package mutating func required(_ key: String, in fields: Fields) -> Node? {
        if let node = fields[key] { return node }
        note(fields.node, "\(fields.what) needs '\(key)', which is missing")
        return nil
    }

    /// Returns the text of a scalar that must not be empty.
    package mutating func text(of node: Node, _ what: String) -> String? {
        guard let scalar = node.scalar else {
            note(node, "\(what) is \(kind(of: node)); one value is expected")
            return nil
        }
        guard !scalar.string.isEmpty else {
            note(node, "\(what) is empty")
            return nil
        }
        return scalar.string
    }

    /// Returns the elements of a sequence.
    package mutating func sequence(of node: Node, _ what: String) -> [Node]? {
        if let sequence = node.sequence { return Array(sequence) }
        note(node, "\(what) is \(kind(of: node)); a list is expected")
        return nil
    }

    /// Returns the elements of a sequence, or the one scalar in its place. An empty list is a problem.
    package mutating func oneOrMore(_ node: Node, _ what: String) -> [Node] {
        if node.scalar != nil { return [node] }
        guard let elements = sequence(of: node, what) else { return [] }
        if elements.isEmpty { note(node, "\(what) is an empty list; name at least one, or leave the key out") }
        return elements
    }

    /// Returns a word of a closed list.
    package mutating func word<Word: ReportWord>(
        of node: Node, _ what: String, _ kind: String, among allowed: [Word] = Array(Word.allCases)
    ) -> Word? {
        guard let text = text(of: node, what) else { return nil }
        if let word = allowed.first(where: { $0.rawValue == text }) { return word }
        note(node, Suggestion.message(text, isNot: kind, valid: allowed.map(\.rawValue)))
        return nil
    }

    private func kind(of node: Node) -> String {
        switch node {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar(let scalar): scalar.string.isEmpty ? "empty" : Suggestion.quoted(scalar.string)
        case .alias: "an alias"
        }
    }
}

extension String {
    /// The same text with every line ended by LF alone. The YAML reader counts no lines that end in CR LF.
    fileprivate var withPlainLineEnds: String {
        guard utf8.contains(UInt8(ascii: "\r")) else { return self }
        return String(decoding: utf8.withoutCarriageReturns, as: UTF8.self)
    }
}

extension String.UTF8View {
    fileprivate var withoutCarriageReturns: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var isAfterReturn = false
        for byte in self {
            // CR LF is one line end, and so is a CR alone (YAML 1.2, 5.4).
            if byte == UInt8(ascii: "\r") {
                bytes.append(UInt8(ascii: "\n"))
            } else if byte != UInt8(ascii: "\n") || !isAfterReturn {
                bytes.append(byte)
            }
            isAfterReturn = byte == UInt8(ascii: "\r")
        }
        return bytes
    }
}
