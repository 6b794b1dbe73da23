import ArgumentParser
import Glibc
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

            With --watch the list is drawn again and again. Where standard output is no screen, and with --json and --csv, \
            each incident is printed once, as it comes, the oldest first.

            Examples:
              tocsin incidents
              tocsin incidents --limit 100
              tocsin incidents --before 1234       those older than incident 1234
              tocsin incidents --since 8h --csv > shift.csv
              tocsin incidents --unanswered fire   what fire must take on and nobody has
              tocsin incidents --watch
              tocsin incidents --json | jq '.incidents[] | select(.open)'
            """)

    @Option(
        help: ArgumentHelp(
            "How many to list; 20 unless said, and all with --since and --unanswered.", valueName: "number"))
    var limit: Int?

    @Option(help: ArgumentHelp("List those before this incident.", valueName: "incident"))
    var before: Int64?

    @Option(
        help: ArgumentHelp(
            "List those that came since then: a time such as 2026-11-23T08:00:00+08:00, or a span such as 8h.",
            valueName: "time"), transform: Since.init)
    var since: Since?

    @Option(
        help: ArgumentHelp(
            "List the open ones alone that this recipient must take on and nobody has.", valueName: "recipient"))
    var unanswered: String?

    @Flag(
        help: """
            Print comma-separated values, as RFC 4180 has them, in UTF-8. A text that a spreadsheet would take for a \
            formula has a ' before it.
            """)
    var csv = false

    @OptionGroup var repeated: WatchOption

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func validate() throws {
        try since?.requirePast("--since", now: Clock.now)
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be 1 or more.") }
        guard before ?? 1 > 0 else { throw ValidationError("--before must be an incident's number, 1 or more.") }
        if let unanswered, Recipient(unanswered) == nil {
            throw ValidationError(
                "'\(unanswered.shortened)' is not a recipient; those look like 'fire' or 'police@110101005'.")
        }
        guard !csv || !json else { throw ValidationError("Give --csv or --json, not both.") }
        guard repeated.watch == nil || before == nil else {
            throw ValidationError("--watch shows the newest; leave --before out.")
        }
    }

    func perform() async throws {
        let query = IncidentQuery(
            limit: limit, before: before, since: since?.time(now: Clock.now),
            unanswered: unanswered.flatMap { Recipient($0) })
        let request = try control.request()
        if let watch = repeated.watch {
            return try await perform(query, Repetition(interval: watch.duration, request: request))
        }
        if json, since == nil, unanswered == nil, limit ?? 0 <= IncidentQuery.page {
            return try await Console.line(control.ask(.incidents, query.arguments(limit: limit ?? IncidentQuery.usual)))
        }
        let incidents = try await request.session { client in
            try await query.ask(client, within: request.timeout, isDetailed: !json)
        }
        if json {
            try Console.line(
                makeJSON { json in
                    json.array("incidents") { json in
                        for incident in incidents { incident.write(to: &json) }
                    }
                })
        } else if csv {
            try Console.text(([IncidentLine.csvHeader] + incidents.map(\.csv)).joined())
        } else {
            for line in table(incidents) { try Console.line(line) }
        }
    }

    private func perform(_ query: IncidentQuery, _ repetition: Repetition) async throws {
        let drawsPages = !json && !csv && isatty(STDOUT_FILENO) == 1
        var newest: Int64 = 0
        if csv { try Console.text(IncidentLine.csvHeader) }
        try await repetition.run { client in
            var query = query
            // One round asks for the new ones alone.
            if !drawsPages { query.after = newest }
            let incidents = try await query.ask(
                client, within: repetition.request.timeout, isDetailed: !json)
            guard !drawsPages else { return try Repetition.show(table(incidents)) }
            for incident in incidents.reversed() { try show(incident) }
            newest = max(newest, incidents.first?.number ?? 0)
        }
    }

    /// Prints an incident by itself.
    private func show(_ incident: IncidentLine) throws {
        if json {
            var writer = JSONWriter()
            incident.write(to: &writer)
            try Console.line(writer.bytes)
        } else if csv {
            try Console.text(incident.csv)
        } else {
            try Console.line(IncidentsView.line(incident, style: .output))
        }
    }

    private func table(_ incidents: [IncidentLine]) -> [String] {
        IncidentsView.lines(incidents, style: .output, width: Console.width(unknown: 100))
    }
}
