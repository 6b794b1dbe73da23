import TocsinClient
import TocsinModel

/// A report as it is sent.
struct PreparedReport {
    var bytes: [UInt8]
    var report: Report
    /// The report's source: a file's name, `standard input`, or `report` for flags.
    var source: String
    /// The members that its file lacked and that were filled in.
    var filledIn: [String]

    /// The notice about a file that was completed; nil for one that is sent as it is.
    var notice: String? {
        guard !filledIn.isEmpty else { return nil }
        let values = filledIn.map { member in
            switch member {
            case "identifier": "identifier \(report.name.identifier)"
            case "sender": "sender \(report.name.sender)"
            default: "sent \(report.sent)"
            }
        }
        return "\(source): filled in what is missing: \(values.joined(separator: ", "))"
    }
}

extension ReportOptions {
    /// A file's report with what the flags say, and with identifier, sender and time where it has none.
    ///
    /// - Returns: The report, and the names of what was filled in. Nothing is changed in a text that lacks nothing.
    func completed(_ text: [UInt8]) throws -> (bytes: [UInt8], filledIn: [String]) {
        guard text.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { return (text, []) }
        var members = JSONMembers(text)
        let overriding = try overrides(of: members)
        for (name, json) in overriding { members.set(name, json) }
        var filledIn: [String] = []
        for (name, value) in [
            ("identifier", ReportIdentifier.make()), ("sender", Environment.userAtHost), ("sent", "\(Clock.now)"),
        ] where members[name] == nil {
            members.set(name, JSONMembers.json(value))
            filledIn.append(name)
        }
        return overriding.isEmpty && filledIn.isEmpty ? (text, []) : (members.json, filledIn)
    }

    /// The members that flags give.
    private func overrides(of file: JSONMembers) throws -> [(String, [UInt8])] {
        let texts: [(String, String?)] = [
            ("identifier", identifier), ("sender", sender), ("sent", try sentTime().map { "\($0)" }), ("event", event),
            ("category", category?.rawValue), ("severity", severity?.rawValue), ("urgency", urgency?.rawValue),
            ("certainty", certainty?.rawValue), ("status", status?.rawValue), ("headline", headline),
            ("description", description), ("msgType", messageType?.rawValue), ("references", try references()),
        ]
        var found = texts.compactMap { name, text in text.map { (name, JSONMembers.json($0)) } }
        var area = Self.object(file["area"])
        if let grid = try gridCode() { area.set("grid", JSONMembers.json("\(grid)")) }
        if let place { area.set("areaDesc", JSONMembers.json(place)) }
        if let point = try position() { area.set("point", Array("[\(point.latitude),\(point.longitude)]".utf8)) }
        if grid != nil || place != nil || point != nil { found.append(("area", area.json)) }
        guard !parameters.isEmpty else { return found }
        var named = Self.object(file["parameter"])
        for text in parameters {
            let parameter = try namedValue(text)
            named.set(parameter.name, JSONMembers.json(parameter.value))
        }
        return found + [("parameter", named.json)]
    }

    /// The members of a value; none where it is no object, which the decoder would refuse if it stayed.
    private static func object(_ json: [UInt8]?) -> JSONMembers {
        json.flatMap { $0.first == UInt8(ascii: "{") ? JSONMembers($0) : nil } ?? JSONMembers()
    }
}
