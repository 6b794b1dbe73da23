import ArgumentParser
import TocsinClient
import TocsinModel
import TocsinWire

/// Lists the newest incidents, one a line.
struct IncidentsCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "incidents",
        abstract: "List the newest incidents.",
        discussion: """
            Each with its headline, or its event where it has none, and those who are told: who must act comes first.

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

    var json: Bool { control.json }

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be 1 or more.") }
        guard before ?? 1 > 0 else { throw ValidationError("--before must be an incident's number, 1 or more.") }
    }

    func perform() async throws {
        let arguments = makeJSON { json in
            json.member("limit", limit)
            if let before { json.member("before", before) }
        }
        if json { return try await Console.line(control.ask(.incidents, arguments)) }
        let request = try control.request()
        let lines = try await request.session { client in
            let answer = try await client.request(.incidents, arguments: arguments, within: request.timeout)
            var incidents = try readAnswer(answer, IncidentLine.lines(of:))
            for index in incidents.indices.prefix(Self.detailed) {
                let question = makeJSON { $0.member("incident", incidents[index].number) }
                let details = try await client.request(.incident, arguments: question, within: request.timeout)
                try readAnswer(details) { (page) throws(Refusal) in try incidents[index].add(page) }
            }
            return incidents
        }
        for line in IncidentsView.lines(lines, style: .output, width: Console.width(unknown: 100)) {
            try Console.line(line)
        }
    }

    /// The number of incidents for which the broker is asked for headline and purposes, one by one. Further lines of a
    /// long list go without.
    private static let detailed = 200
}

/// One line of the list of incidents.
struct IncidentLine: Sendable {
    var number: Int64
    var storedAt: Timestamp
    var severity: Severity
    var event: String
    var status: String
    var isOpen: Bool
    /// The recipients. Those who must act come before those who are informed, where that is known.
    var recipients: [String]
    var headline: String?
    /// The number of alerts for action that nobody has taken; nil if there are none or it is not known.
    var unanswered: Int?

    /// Reads the incidents of the broker's list.
    static func lines(of json: JSONNode) throws(Refusal) -> [IncidentLine] {
        try json.elements("incidents") { (node) throws(Refusal) in
            let (event, status): (String, String) = (try node.member("event"), try node.member("status"))
            return IncidentLine(
                number: try node.member("incident"), storedAt: try node.member("storedAt"),
                severity: try node.member("severity"), event: event.printable, status: status.printable,
                isOpen: try node.member("open"), recipients: (try node.member("recipients") as [Recipient]).map(\.name))
        }
    }

    /// Adds the facts that only the incident's own page has.
    mutating func add(_ page: JSONNode) throws(Refusal) {
        let report: JSONNode = try page.member("report")
        headline = try ReportView.text("headline", in: report)
        var acting: [String] = []
        var informed: [String] = []
        var open = 0
        try page.forEachElement(of: "alerts") { (node) throws(Refusal) in
            let (purpose, state): (Purpose, AlertState) = (try node.member("purpose"), try node.member("state"))
            let recipient: Recipient = try node.member("recipient")
            switch purpose {
            case .action:
                acting.append(recipient.name)
                if !state.isTaken { open += 1 }
            case .information: informed.append(recipient.name)
            }
        }
        recipients = acting + informed
        unanswered = acting.isEmpty ? nil : open
    }

    /// The state in words: `open, 2 unanswered` or `closed`, with the status if it is not Actual.
    var state: String {
        let status = status == ReportStatus.actual.rawValue ? nil : status
        let waiting = isOpen ? unanswered.flatMap { $0 > 0 ? "\($0) unanswered" : "all taken" } ?? "open" : "closed"
        return [status, waiting].compactMap(\.self).joined(separator: ", ")
    }
}

/// The table of incidents.
enum IncidentsView {
    /// Returns the lines, each at most `width` columns wide.
    static func lines(
        _ incidents: [IncidentLine], style: Style, width: Int, now: Timestamp = Clock.now
    ) -> [String] {
        guard !incidents.isEmpty else { return ["No incidents."] }
        let times = incidents.map { Clock.short($0.storedAt, now: now) }
        let states = incidents.map(\.state)
        // Number, time, severity and state take the room they need, with two spaces after each column. The headline and
        // the recipients share the rest.
        let fixed =
            max(8, incidents.map { String($0.number).count }.max() ?? 0) + (times.map(\.displayWidth).max() ?? 0) + 12
            + (states.map(\.displayWidth).max() ?? 0) + 10
        let rest = max(16, width - fixed)
        let told = min(rest * 2 / 5, incidents.map { named($0.recipients, in: .max).displayWidth }.max() ?? 0)
        var table = Table(["incident", "stored", "severity", "what", "told", "state"], alignments: [.right])
        for (index, incident) in incidents.enumerated() {
            table.add(
                String(incident.number), times[index], style.severity(incident.severity),
                (incident.headline ?? incident.event).cut(to: rest - told), named(incident.recipients, in: told),
                incident.isOpen ? style.warning(states[index]) : states[index])
        }
        return table.lines(style: style)
    }

    /// Returns as many names as there is room for, and the number of the others.
    private static func named(_ recipients: [String], in width: Int) -> String {
        for count in (1...max(1, recipients.count)).reversed() {
            let more = recipients.count > count ? " + \(recipients.count - count)" : ""
            let text = recipients.prefix(count).joined(separator: ", ") + more
            if text.displayWidth <= width || count == 1 { return text.cut(to: width) }
        }
        return ""
    }
}
