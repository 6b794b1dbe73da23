import TocsinModel

/// A report as members that a test can take away, replace or add: each value is JSON.
struct ReportJSON {
    private var members: [(name: String, json: String)] = [
        ("identifier", "\"r-1\""), ("sender", "\"desk-1\""), ("sent", "\"2026-11-23T08:10:00+08:00\""),
        ("event", "\"structure-fire\""), ("category", "\"Fire\""), ("severity", "\"Severe\""),
        ("urgency", "\"Immediate\""), ("certainty", "\"Observed\""),
    ]

    static let required = ReportJSON().members.map(\.name)

    func without(_ name: String) -> ReportJSON {
        var copy = self
        copy.members.removeAll { $0.name == name }
        return copy
    }

    /// The same report with this member at its end, in place of one of that name.
    func with(_ name: String, _ json: String) -> ReportJSON { without(name).adding(name, json) }

    /// The same report with one more member, even where there is one of that name.
    func adding(_ name: String, _ json: String) -> ReportJSON {
        var copy = self
        copy.members.append((name, json))
        return copy
    }

    var text: String { "{" + members.map { "\"\($0.name)\":\($0.json)" }.joined(separator: ",") + "}" }

    func decoded() throws(Refusal) -> Report { try ReportDecoder().decode(Array(text.utf8)) }

    /// The refusal that decoding ends with; nil when it does not.
    var refusal: Refusal? { TocsinModelTests.refusal(of: Array(text.utf8)) }
}

func refusal(of bytes: [UInt8], maximumBytes: Int = Limits().reportBytes) -> Refusal? {
    do {
        _ = try ReportDecoder(maximumBytes: maximumBytes).decode(bytes)
        return nil
    } catch {
        return error
    }
}
