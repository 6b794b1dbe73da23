public import TocsinRouting
import Yams

/// The text of a clients file, and where in it each client stands.
///
/// It judges nothing: ``ClientList`` says whether the entries are right.
public struct ClientsText: Sendable {
    /// A place in the file: `clients.yaml:3:11`, line and column from 1.
    public struct Place: Hashable, Sendable, CustomStringConvertible {
        public let file: String
        public let line: Int
        public let column: Int

        public var description: String { "\(file):\(line):\(column)" }
    }

    /// One client's entry.
    public struct Entry: Hashable, Sendable {
        public let name: String
        public let place: Place
        /// Where the values stand, by their keys: `join`, `report.as`.
        fileprivate let places: [String: Place]
        /// Where the elements of lists stand, in order, by the same keys.
        fileprivate let elements: [String: [Place]]

        /// The place of a key's value; nil if the entry does not have the key.
        public func place(of key: String) -> Place? { places[key] }

        /// The places of the elements of a key's list, in order; of a single value its own.
        public func elements(of key: String) -> [Place] { elements[key] ?? [] }
    }

    /// The file's text.
    public let yaml: String
    /// What problems call the file.
    public let file: String
    /// The entries that have a name, in order.
    public let entries: [Entry]
    /// Where the list begins; nil if it is empty.
    let start: Place?
    /// The number of entries, with and without a name.
    let count: Int

    /// Reads a clients file.
    ///
    /// - Parameters:
    ///   - yaml: the file's text, without a byte order mark.
    ///   - file: what problems call the file.
    /// - Throws: what is not YAML, and what has no list of clients.
    public init(yaml: String, file: String) throws(FileProblems) {
        self.yaml = yaml
        self.file = file
        let list = try Self.list(of: yaml, file)
        count = list.count
        start = list.mark.map { Place(file: file, line: $0.line, column: $0.column) }
        entries = list.compactMap { Self.entry($0, file) }
    }

    /// Returns the entries with a name; more than one where the file is wrong.
    public func entries(named name: String) -> [Entry] { entries.filter { $0.name == name } }

    /// Returns a message that there is no such client, with those there are and the one that may be meant.
    public func message(unknown name: String) -> String {
        Suggestion.message(name, isNot: "a client of \(file)", valid: entries.map(\.name))
    }

    /// Returns the file's list as it was parsed.
    static func list(of yaml: String, _ file: String) throws(FileProblems) -> Node.Sequence {
        var reader = FileReader(file: file)
        guard let root = reader.compose(yaml),
            let fields = reader.fields(of: root, "the clients file", keys: ["clients"]),
            let node = reader.required("clients", in: fields), reader.problems.isEmpty
        else { throw FileProblems(reader.inOrder) }
        if let scalar = node.scalar, ["", "~", "null"].contains(scalar.string) { return [] }
        guard reader.sequence(of: node, "clients") != nil, let list = node.sequence else {
            throw FileProblems(reader.inOrder)
        }
        return list
    }

    private static func entry(_ node: Node, _ file: String) -> Entry? {
        guard let mapping = node.mapping, let name = mapping["name"]?.scalar?.string else { return nil }
        var (places, elements): ([String: Place], [String: [Place]]) = ([:], [:])
        func note(_ mapping: Node.Mapping, under prefix: String) {
            for (key, value) in mapping {
                guard let word = key.scalar?.string else { continue }
                places[prefix + word] = place(of: value, file)
                elements[prefix + word] = (value.sequence.map(Array.init) ?? [value]).map { place(of: $0, file) }
                if prefix.isEmpty, let inner = value.mapping { note(inner, under: "\(word).") }
            }
        }
        note(mapping, under: "")
        return Entry(name: name, place: place(of: node, file), places: places, elements: elements)
    }

    private static func place(of node: Node, _ file: String) -> Place {
        Place(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }
}
