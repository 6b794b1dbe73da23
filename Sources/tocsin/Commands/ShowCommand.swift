import ArgumentParser
import TocsinModel
import TocsinRouting
import TocsinWire

/// Shows one incident's whole life.
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
        let lines = try readAnswer(answer) { (json) throws(Refusal) in try IncidentView.lines(json, style: .output) }
        for line in lines { try Console.line(line) }
    }
}

/// An incident as a page: report, alerts, timeline, and explanation.
enum IncidentView {
    static func lines(_ json: JSONNode, style: Style, now: Timestamp = Clock.now) throws(Refusal) -> [String] {
        let number: IncidentNumber = try json.member("incident")
        let (storedAt, isOpen): (Timestamp, Bool) = (try json.member("storedAt"), try json.member("open"))
        var lines = [
            style.bold("Incident \(number)") + ", stored \(Clock.date(storedAt)), "
                + (isOpen ? style.warning("open") : style.good("closed"))
        ]
        if let by: Timestamp = try json.member(ifPresent: "feedbackBy") {
            lines.append("  " + feedback(by: by, at: try json.member(ifPresent: "feedbackAt"), now, style))
        }
        lines += try NewsView.lines(json, style: style)
        if let former: IncidentNumber = try json.member(ifPresent: "splitFrom") {
            lines.append("  taken out of incident \(former), whose report it was")
        }
        lines += try ReportView.lines(
            json.member("report"), grid: json.member(ifPresent: "grid"), style: style, indent: 2)
        lines += ["", style.bold("Alerts")]
        lines += try alerts(json, style, now)
        lines += try JoinedView.lines(json, style: style)
        lines += ["", style.bold("Timeline")]
        lines += try timeline(json, style, storedAt)
        if let explanation: JSONNode = try json.member(ifPresent: "explanation") {
            lines.append("")
            lines += ExplanationView.lines(try Explanation(json: explanation), style: style, unmatched: 0)
        }
        return lines
    }

    /// Returns what has become of the answer that whoever reported was promised.
    private static func feedback(by: Timestamp, at given: Timestamp?, _ now: Timestamp, _ style: Style) -> String {
        guard let given else {
            let promise = "an answer is promised by \(Clock.date(by))"
            return by < now ? style.bad(promise + ", overdue for \(Clock.duration(now - by))") : promise
        }
        let promise = "an answer was promised by \(Clock.date(by)), and given at \(Clock.date(given))"
        return by < given ? promise + style.bad(", \(Clock.duration(given - by)) late") : promise
    }

    private static func alerts(_ json: JSONNode, _ style: Style, _ now: Timestamp) throws(Refusal) -> [String] {
        var table = Table(["recipient", "number", "purpose", "state", "acknowledge by", ""])
        try json.forEachElement(of: "alerts") { (node) throws(Refusal) in
            let (recipient, number): (Recipient, AlertNumber) = (
                try node.member("recipient"), try node.member("number")
            )
            let (purpose, state): (Purpose, AlertState) = (try node.member("purpose"), try node.member("state"))
            let deadline: Timestamp? = try node.member(ifPresent: "acknowledgeBy")
            let isLate = state.isUnanswered(for: purpose) && (deadline.map { $0 < now } ?? false)
            let due = deadline.map { Clock.near($0, now: now) } ?? "–"
            let step: Int64 = try node.member("escalation")
            let rule: String = try node.member("rule")
            let rules: [String] = try node.member(ifPresent: "rules") ?? []
            let rings: Int = try node.member(ifPresent: "rings") ?? 0
            let remarks = [
                try ReportView.title(of: node), try DutyView.names(in: node, style: style).map { "on duty: \($0)" },
                step > 0 ? "escalation step \(step) of \(rule.printable)" : nil,
                rules.isEmpty ? nil : "asked by \(rules.map(\.printable).joined(separator: ", "))",
                rings > 0 ? "has rung \(counted(rings, "time")) more" : nil,
                try ReportView.text("note", in: node),
            ]
            table.add(
                recipient.name, "#\(number)", purpose.rawValue,
                state.isTaken ? style.good(state.phrase) : state.phrase,
                isLate ? style.bad(due) : due, style.dim(remarks.compactMap(\.self).joined(separator: " – ")))
        }
        return table.lines(style: style, indent: 2)
    }

    /// Returns an event of the timeline in words.
    private static func phrase(_ word: String) -> String {
        switch word {
        case "split": "taken out"
        case Progress.Event.rung.word: "rings again"
        default: AlertState(rawValue: word)?.phrase ?? word.printable
        }
    }

    /// Returns a line for each event. A day that is another than that of the line before, or of the storing, has a line of
    /// its own.
    private static func timeline(
        _ json: JSONNode, _ style: Style, _ start: Timestamp
    ) throws(Refusal) -> [String] {
        var (table, times) = (Table(alignments: [.left, .right]), [start])
        try json.forEachElement(of: "timeline") { (node) throws(Refusal) in
            let (at, state): (Timestamp, String) = (try node.member("at"), try node.member("state"))
            let recipient: Recipient? = try node.member(ifPresent: "recipient")
            let number: AlertNumber? = try node.member(ifPresent: "number")
            let step: Int64? = try node.member(ifPresent: "step")
            let late: Duration? = (try node.member(ifPresent: "lateMs") as Int64?).map { .milliseconds($0) }
            let news: IncidentNumber? = try node.member(ifPresent: "news")
            let type: String? = try node.member(ifPresent: "msgType")
            let facts = [
                (try node.member(ifPresent: "score") as Int64?).map { "\($0) of 5" },
                news.map { (state == "split" ? "now" : "\((type ?? "Update").printable) in") + " incident \($0)" },
                news == nil ? nil : try ReportView.text("severity", in: node),
                news == nil ? nil : try ReportView.text("sender", in: node).map { "from \($0)" },
                try ReportView.text("by", in: node).map { "by \($0)" },
                try ReportView.text("rule", in: node).map { "rule \($0)" },
                step.map { "step \($0)" }, try ReportView.text("cause", in: node), try SilenceView.source(node),
                late.map { "\(Clock.duration($0)) late" },
                try ReportView.text("note", in: node).map { "“\($0)”" },
                try ReportView.text("principal", in: node).map { "through \($0)" },
            ]
            times.append(at)
            table.add(
                Clock.preciseTime(at), style.dim(Clock.lead(at - start)), phrase(state),
                [recipient?.name, number.map { "#\($0)" }].compactMap(\.self).joined(separator: " "),
                facts.compactMap(\.self).joined(separator: ", "))
        }
        return zip(table.lines(indent: 2), zip(times, times.dropFirst())).flatMap { line, times in
            let (day, before) = (Clock.day(times.1), Clock.day(times.0))
            return day == before ? [line] : ["  " + style.bold(day), line]
        }
    }
}
