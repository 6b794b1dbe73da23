import TocsinModel
import Yams

/// The report of an expectation or a drill as JSON, as it would come over the wire.
///
/// What the file does not say is filled in with what says least: the category Other, and Unknown wherever there is such a
/// word. The broker's own decoder judges the values.
struct ExpectedReport {
    private static let areaMembers = ["grid", "areaDesc", "point", "polygon"]
    private static let resourceMembers = ["uri", "mimeType", "size", "digest"]
    /// The sender of an expected report that has none.
    private static let sender = "expectation"

    let bytes: [UInt8]

    /// Writes the report of a node. Nil where it is no mapping, or has members that no report has, which are noted.
    init?(_ node: Node, at now: Timestamp, number: Int, _ file: inout FileReader) {
        let before = file.problems.count
        guard let fields = file.fields(of: node, "a report", keys: Report.memberNames), let mapping = node.mapping
        else {
            return nil
        }
        if let area = fields["area"] { _ = file.fields(of: area, "area", keys: Self.areaMembers) }
        if let resource = fields["resource"] {
            for node in resource.sequence.map(Array.init) ?? [resource] {
                _ = file.fields(of: node, "a resource", keys: Self.resourceMembers)
            }
        }
        guard file.problems.count == before else { return nil }
        var writer = YAMLToJSON()
        var json = JSONWriter(capacity: 512)
        json.object { json in
            writer.report(mapping, to: &json)
            for (name, value) in Self.filledIn(fields, at: now, number: number) where fields[name] == nil {
                json.key(escaping: name)
                json.string(value)
            }
        }
        guard !writer.isTooLarge else {
            file.note(
                node,
                "the report is larger than \(Limits().reportBytes) bytes, or deeper than \(Limits.jsonDepth) levels")
            return nil
        }
        bytes = json.bytes
    }

    private static func filledIn(
        _ fields: FileReader.Fields, at now: Timestamp, number: Int
    ) -> [(name: String, value: String)] {
        var members = [
            ("identifier", "\(number)"), ("sender", sender), ("sent", "\(now)"), ("event", "unspecified"),
            ("category", Category.other.rawValue), ("severity", Severity.unknown.rawValue),
            ("urgency", Urgency.unknown.rawValue), ("certainty", Certainty.unknown.rawValue),
        ]
        let type = fields["msgType"]?.scalar?.string
        if type != nil, type != MessageType.alert.rawValue { members.append(("references", "\(sender),0,\(now)")) }
        return members
    }

    /// Notes what the decoder has refused, at the member that is at fault, with the nearest allowed word.
    static func note(_ refusal: Refusal, in report: Node, _ file: inout FileReader) {
        let node = refusal.field.flatMap { member($0, of: report) } ?? report
        var message = refusal.message
        if message.hasSuffix(".") { message.removeLast() }
        let word = node.scalar?.string ?? ""
        if let nearest = Suggestion.nearest(to: word, among: refusal.allowed) {
            message += "; did you mean '\(nearest)'?"
        }
        file.note(node, message.prefix(1).lowercased() + message.dropFirst())
    }

    /// Returns the deepest node on a path such as `area.grid`, whose last name may have dots itself.
    static func member(_ path: String, of report: Node) -> Node? {
        guard let mapping = report.mapping else { return report }
        func value(_ name: String) -> Node? { mapping.first { $0.key.scalar?.string == name }?.value }
        if let whole = value(path) { return whole }
        guard let dot = path.firstIndex(of: "."), let part = value(String(path[..<dot])) else { return nil }
        return member(String(path[path.index(after: dot)...]), of: part) ?? part
    }
}

/// Writes nodes of YAML as JSON. A scalar is a string, but for the numbers of a report: degrees, and a size in bytes.
private struct YAMLToJSON {
    /// The members with numbers, by the member in which they are.
    private static let numeric: [String: Set<String>] = ["area": ["point", "polygon"], "resource": ["size"]]

    /// How the scalars of a node are written.
    private enum Scalars {
        case texts
        /// Numbers, if they can be read as such.
        case numbers
        /// Texts, but for numbers in the members with these names.
        case numbersIn(Set<String>)

        /// Returns how those of a member are written.
        func ofMember(_ name: String) -> Scalars {
            switch self {
            case .texts, .numbers: self
            case .numbersIn(let names): names.contains(name) ? .numbers : .texts
            }
        }
    }

    /// The bytes written so far, about.
    private var written = 0
    /// True if the text is larger or deeper than a report may be: what YAML repeats by name could grow without end.
    private(set) var isTooLarge = false

    /// Writes the members of a report.
    mutating func report(_ mapping: Node.Mapping, to json: inout JSONWriter) {
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            json.key(escaping: name)
            write(value, to: &json, depth: 1, Self.numeric[name].map { .numbersIn($0) } ?? .texts)
        }
    }

    private mutating func write(_ node: Node, to json: inout JSONWriter, depth: Int, _ scalars: Scalars) {
        written += 8
        guard depth < Limits.jsonDepth, written <= Limits().reportBytes else {
            isTooLarge = true
            return json.null()
        }
        switch node {
        case .scalar(let scalar):
            written += scalar.string.utf8.count
            write(scalar.string, to: &json, scalars)
        case .sequence(let sequence):
            json.array { json in
                for node in sequence where !isTooLarge { write(node, to: &json, depth: depth + 1, scalars) }
            }
        case .mapping(let mapping):
            json.object { json in
                for (key, value) in mapping where !isTooLarge {
                    let name = key.scalar?.string ?? ""
                    written += name.utf8.count
                    json.key(escaping: name)
                    write(value, to: &json, depth: depth + 1, scalars.ofMember(name))
                }
            }
        case .alias: json.null()
        }
    }

    private func write(_ text: String, to json: inout JSONWriter, _ scalars: Scalars) {
        if case .numbers = scalars, let whole = Int64(text) {
            json.integer(whole)
        } else if case .numbers = scalars, let number = FileReader.decimal(text[...], signed: true), number.isFinite {
            json.double(number)
        } else {
            json.string(text)
        }
    }
}
