import TocsinModel

/// The texts of one report in which rules search.
///
/// A report's value has the event and the headline. The other texts are read from its bytes, and only those that are
/// asked for.
struct ReportTexts: Sendable {
    struct Text: Sendable {
        let bytes: [UInt8]
        let folded: [UInt8]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            folded = bytes.withUnsafeBytes { CaseFolding.fold($0) }
        }

        func matches(_ expression: RegularExpression) -> Bool { bytes.withUnsafeBytes { expression.matches($0) } }
    }

    /// The texts read, in no order. There are few.
    private var texts: [(field: TextField, text: Text)] = []

    /// Reads the texts of the fields whose bits are given. `body` is the report as it came; empty for one that never was
    /// bytes, which has no texts but those of its value.
    init(_ report: Report, body: [UInt8], fields: UInt8) {
        func add(_ field: TextField, _ text: String?) {
            guard let text, fields & field.bit != 0 else { return }
            texts.append((field, Text(Array(text.utf8))))
        }
        add(.event, report.event)
        add(.headline, report.headline)
        guard fields & ~(TextField.event.bit | TextField.headline.bit) != 0, !body.isEmpty else { return }
        // simdjson takes no smaller bound. What cannot be parsed has no texts; it was parsed when it came.
        try? JSONParser(maximumBytes: body.count).parse(body) { json in
            func add(_ field: TextField, _ node: JSONNode?) {
                guard fields & field.bit != 0, let bytes = node?.stringBytes else { return }
                texts.append((field, Text(Array(bytes))))
            }
            guard json.kind == .object else { return }
            add(.description, json["description"])
            add(.instruction, json["instruction"])
            add(.contact, json["contact"])
            if fields & TextField.areaDesc.bit != 0, let area = json["area"], area.kind == .object {
                add(.areaDesc, area["areaDesc"])
            }
        }
    }

    /// The text of a field; nil if the report has none, or if it was not asked for.
    subscript(field: TextField) -> Text? { texts.first { $0.field == field }?.text }

    /// Calls `body` with each text.
    func forEach(_ body: (Text) -> Void) {
        for (_, text) in texts { body(text) }
    }
}

extension ReportTexts {
    /// The beginnings of these texts, for people: "headline 'Smoke'". Where the report has none of them: "no headline".
    func quoted(_ fields: [TextField]) -> [String] {
        let quoted = fields.compactMap { field in
            self[field].map { "\(field.rawValue) \(Suggestion.quoted(String(decoding: $0.bytes, as: UTF8.self)))" }
        }
        return quoted.isEmpty ? ["no " + Suggestion.list(fields.map(\.rawValue), separator: " or ")] : quoted
    }
}
