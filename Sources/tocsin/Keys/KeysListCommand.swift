import ArgumentParser
import TocsinModel
import TocsinWire

/// Shows the clients that a broker knows.
struct KeysListCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract:
            "Show the clients of a running broker: what each may do, when it was there last, and its connections.",
        discussion: """
            As the broker has it in force. Seen is when the client was let in or said something last, since the \
            broker's start. Connections that have said nothing yet are not counted.

            Examples:
              tocsin keys list
              tocsin keys list --json | jq '.clients[] | select(.lastSeen == null) | .name'
            """)

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func perform() async throws {
        let answer = try await control.ask(.clients)
        if control.json { return try Console.line(answer) }
        let lines = try readAnswer(answer) { (json) throws(Refusal) in try ClientsView.lines(json, style: .output) }
        for line in lines { try Console.line(line) }
    }
}

/// The clients and users of a broker as a table.
enum ClientsView {
    static func lines(_ json: JSONNode, style: Style, now: Timestamp = Clock.now) throws(Refusal) -> [String] {
        var table = Table(["name", "seen", "connections", "may"], alignments: [.left, .left, .right])
        for kind in ["clients", "users"] as [StaticString] {
            try json.forEachElement(of: kind) { (client) throws(Refusal) in
                let seen: Timestamp? = try client.member(ifPresent: "lastSeen")
                let connections: Int = try client.member("connections")
                table.add(
                    (try client.member("name") as String).printable, seen.map { Clock.near($0, now: now) } ?? "–",
                    connections.grouped, try may(client, style, now))
            }
        }
        let security: String = try json.member("security")
        let lines = table.rows.isEmpty ? [] : table.lines(style: style)
        switch security {
        case "keys": return lines.isEmpty ? ["No clients."] : lines
        default: return lines + ["The broker demands no keys: whoever reaches an endpoint may do everything."]
        }
    }

    /// `report as handheld-7 within 110101005 at 20/s; join fire; until 2027-06-30`
    private static func may(_ client: JSONNode, _ style: Style, _ now: Timestamp) throws(Refusal) -> String {
        var parts: [String] = []
        if let report: JSONNode = try client.member(ifPresent: "report") {
            var words = ["report as " + (try words("as", of: report) ?? "")]
            if let places = try Self.words("within", of: report) { words.append("within \(places)") }
            if let rate: String = try report.member(ifPresent: "rate") { words.append("at \(rate)") }
            parts.append(words.joined(separator: " "))
        }
        for right in ["join", "feed", "operate"] as [StaticString] {
            if let words = try words(right, of: client) { parts.append("\(right) \(words)") }
        }
        if let until: Timestamp = try client.member(ifPresent: "until") {
            let isOver: Bool = try client.member(ifPresent: "isOver") ?? false
            parts.append(isOver ? style.bad("over since \(Clock.date(until))") : "until \(Clock.end(until))")
        }
        return parts.isEmpty ? "everything, as a user of the broker's machine" : parts.joined(separator: "; ")
    }

    /// Returns a member that is a word or a list of words.
    private static func words(_ name: StaticString, of json: JSONNode) throws(Refusal) -> String? {
        guard let node = json[name] else { return nil }
        if let word = node.string { return word.printable }
        return (try node.read(as: "\(name)") as [String]).map(\.printable).joined(separator: ", ")
    }
}
