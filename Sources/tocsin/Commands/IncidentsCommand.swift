import ArgumentParser
import TocsinModel
import TocsinWire

/// The newest incidents, one a line.
struct IncidentsCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "incidents",
        abstract: "List the newest incidents.",
        discussion: """
            Examples:
              tocsin incidents
              tocsin incidents --limit 100
              tocsin incidents --before 1234       those older than incident 1234
              tocsin incidents --json | jq '.incidents[] | select(.open)'
            """)

    @Option(help: ArgumentHelp("How many to list.", valueName: "number"))
    var limit = 20

    @Option(help: ArgumentHelp("List those before this incident.", valueName: "incident"))
    var before: Int64?

    @OptionGroup var control: ControlOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be 1 or more.") }
        guard before ?? 1 > 0 else { throw ValidationError("--before must be an incident's number, 1 or more.") }
    }

    func perform() async throws {
        let arguments = makeJSON { json in
            json.member("limit", limit)
            if let before { json.member("before", before) }
        }
        let answer = try await control.ask(.incidents, arguments)
        if control.json { return Console.line(answer) }
        for line in try readJSON(answer, { try IncidentsView.lines($0, style: .output) }) { Console.line(line) }
    }
}

/// The table of incidents.
enum IncidentsView {
    /// Recipients named in a line; the rest are counted.
    private static let named = 3

    static func lines(_ json: JSONNode, style: Style, now: Timestamp = Clock.now) throws(Refusal) -> [String] {
        var table = Table(
            ["incident", "stored", "severity", "event", "grid", "told", ""], alignments: [.right])
        try json["incidents"]?.forEachElement { (node) throws(Refusal) in
            let recipients = node["recipients"]?.map { $0.string ?? "" } ?? []
            let more = recipients.count > named ? " + \(recipients.count - named)" : ""
            let status = node["status"]?.string ?? ReportStatus.actual.rawValue
            let isOpen = node["open"]?.boolean ?? false
            let notes = [status == ReportStatus.actual.rawValue ? nil : status, isOpen ? "open" : "closed"]
            table.add(
                String(try node.requiredInteger("incident")),
                Clock.near(try node.requiredTimestamp("storedAt"), now: now),
                style.severity(try node.requiredWord("severity")),
                try node.requiredString("event").printable.cut(to: 32), node["grid"]?.string ?? "–",
                recipients.prefix(named).joined(separator: ", ") + more,
                notes.compactMap(\.self).joined(separator: ", "))
        }
        return table.rows.isEmpty ? ["No incidents."] : table.lines(style: style)
    }
}
