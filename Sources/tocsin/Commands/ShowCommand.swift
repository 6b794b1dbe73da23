import ArgumentParser
import TocsinModel
import TocsinRouting
import TocsinWire

/// One incident's whole life.
struct ShowCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one incident: the report, who was told and why, and all that happened since.",
        discussion: """
            The receipt says an incident's number, and 'tocsin incidents' lists them. Numbers ascend and have gaps: the \
            journal gives them to other records too.

            Examples:
              tocsin show 1234
              tocsin show 1234 --json | jq .timeline
            """)

    @Argument(help: "The incident's number, as its receipt and 'tocsin incidents' say it.")
    var incident: Int64

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func validate() throws {
        guard incident > 0 else { throw ValidationError("An incident's number is 1 or more.") }
    }

    func perform() async throws {
        let answer = try await control.ask(.incident, makeJSON { $0.member("incident", incident) })
        if control.json { return try Console.line(answer) }
        for line in try readJSON(answer, { try IncidentView.lines($0, style: .output) }) { try Console.line(line) }
    }
}

/// An incident as a page: report, alerts, timeline, and why.
enum IncidentView {
    static func lines(_ json: JSONNode, style: Style, now: Timestamp = Clock.now) throws(Refusal) -> [String] {
        let storedAt = try json.requiredTimestamp("storedAt")
        let isOpen = json["open"]?.boolean ?? false
        var lines = [
            style.bold("Incident \(try json.requiredInteger("incident"))")
                + ", stored \(Clock.date(storedAt)), " + (isOpen ? style.warning("open") : style.good("closed"))
        ]
        if let report = json["report"] { lines += ReportView.lines(report, style: style, indent: 2) }
        lines += ["", style.bold("Alerts")]
        lines += try alerts(json, style, now)
        lines += ["", style.bold("Timeline")]
        lines += try timeline(json, style, storedAt)
        if let node = json["explanation"], node.kind == .object {
            lines.append("")
            lines += ExplanationView.lines(try Explanation(json: node), style: style, unmatched: 0)
        }
        return lines
    }

    private static func alerts(_ json: JSONNode, _ style: Style, _ now: Timestamp) throws(Refusal) -> [String] {
        var table = Table(["recipient", "number", "purpose", "state", "acknowledge by", ""])
        try json["alerts"]?.forEachElement { (node) throws(Refusal) in
            let state: AlertState = try node.requiredWord("state")
            let purpose: Purpose = try node.requiredWord("purpose")
            let deadline = node["acknowledgeBy"]?.string.flatMap { Timestamp($0) }
            let isLate = purpose == .action && !state.isTaken && (deadline.map { $0 < now } ?? false)
            let due = deadline.map { Clock.near($0, now: now) } ?? "–"
            let step = node["escalation"]?.integer ?? 0
            let rule = node["rule"]?.string?.printable ?? ""
            let remarks = [
                node["title"]?.string.map { ReportView.title($0).printable },
                step > 0 ? "escalation step \(step) of \(rule)" : nil,
                node["note"]?.string?.printable,
            ]
            table.add(
                try node.requiredString("recipient"),
                "#\(try node.requiredInteger("number"))", purpose.rawValue,
                state.isTaken ? style.good(state.phrase) : state.phrase,
                isLate ? style.bad(due) : due, style.dim(remarks.compactMap(\.self).joined(separator: " – ")))
        }
        return table.lines(style: style, indent: 2)
    }

    /// An event of the timeline in words.
    private static func phrase(_ word: String) -> String { AlertState(rawValue: word)?.phrase ?? word.printable }

    private static func timeline(
        _ json: JSONNode, _ style: Style, _ start: Timestamp
    ) throws(Refusal) -> [String] {
        var table = Table(alignments: [.left, .right])
        try json["timeline"]?.forEachElement { (node) throws(Refusal) in
            let at = try node.requiredTimestamp("at")
            let recipient = node["recipient"]?.string
            let number = node["number"]?.integer.map { " #\($0)" } ?? ""
            var facts: [String] = []
            if let by = node["by"]?.string { facts.append("by \(by.printable)") }
            if let rule = node["rule"]?.string { facts.append("rule \(rule.printable)") }
            if let step = node["step"]?.integer { facts.append("step \(step)") }
            if let cause = node["cause"]?.string { facts.append(cause) }
            if let note = node["note"]?.string { facts.append("“\(note.printable)”") }
            table.add(
                Clock.preciseTime(at), style.dim("+" + Clock.duration(at - start)),
                phrase(try node.requiredString("state")), recipient.map { $0 + number } ?? "",
                facts.joined(separator: ", "))
        }
        return table.lines(indent: 2)
    }
}
