import ArgumentParser
import TocsinClient
import TocsinJournal
import TocsinModel
import TocsinSQLite
import TocsinWire

/// Shows how the alerts of a time went, and how fast.
struct StatsCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show how fast alerts are received, taken on and resolved, and what missed its deadline.",
        discussion: """
            For each leg of the way there are the times that a half, nine tenths and 99 hundredths of the alerts did not \
            exceed, and the longest: from the report to its record, from the alert to RECEIVED, from that to the person who \
            takes it on, from the alert to that person (what the deadline counts), and from there to the end. The bar is as \
            long as p50 where it is full, and as p90 where it is light. Only incidents whose status is Actual count: a drill \
            is in no statistic of real work.

            With --by level there is a line for each size of place, with the incidents of which somebody there was told, those \
            that ended there, as nobody at a larger place was told, and those that skipped the next smaller size: nobody there \
            had been told. Recipients without a place have a line of their own. 'promised' are alerts whose rule promised \
            whoever reported an answer, and 'missed' those that were not resolved in that time.

            The broker is asked. With --journal a state folder or a backup is read instead, beside a daemon that may run; who \
            runs it must be able to read the journal.

            Examples:
              tocsin stats --since 24h
              tocsin stats --by person --since 30d
              tocsin stats --by place --level community
              tocsin stats --by level --since 365d
              tocsin stats --by rule --csv > rules.csv
              sudo tocsin stats --journal /backup/tocsin-2026-11-29.sqlite
              tocsin stats --json | jq '.groups[] | {name, late, unanswered}'
            """)

    @Option(help: ArgumentHelp("What alerts are counted by.", valueName: "dimension"))
    var by = StatisticsQuestion.Dimension.recipient

    @Option(help: ArgumentHelp("The size of the places with --by place; street unless said.", valueName: "size"))
    var level: PlaceLevel?

    @Option(
        help: ArgumentHelp(
            "Count alerts from then on: a time such as 2026-11-23T08:00:00+08:00, or a span such as 24h.",
            valueName: "time"), transform: Since.init)
    var since: Since?

    @Option(
        help: ArgumentHelp("Count alerts until then: a time, or how long ago, such as 8h.", valueName: "time"),
        transform: Since.init)
    var until: Since?

    @Flag(
        help: """
            Print comma-separated values, as RFC 4180 has them, in UTF-8, times in milliseconds. A text that a spreadsheet \
            would take for a formula has a ' before it.
            """)
    var csv = false

    @Option(
        help: ArgumentHelp("Read this state folder, or backup, and ask no broker.", valueName: "folder"),
        completion: .directory)
    var journal: String?

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func validate() throws {
        if let level, by != .place {
            throw ValidationError(
                "--level is the size of the places with --by place: --by place --level \(level.rawValue).")
        }
        try since?.requirePast("--since", now: Clock.now)
        guard !csv || !json else { throw ValidationError("Give --csv or --json, not both.") }
        guard journal == nil || control.endpoints.control == nil && control.endpoints.key == nil else {
            throw ValidationError("--journal reads files, and --control and --key ask a broker: give one of them.")
        }
    }

    func perform() async throws {
        let now = Clock.now
        let question = StatisticsQuestion(
            by: by, level: level ?? .street, since: since?.time(now: now), until: until?.time(now: now))
        do throws(Refusal) { try question.check() } catch { throw Failure(.invalid, error.message) }
        let answer = try await answer(question, now: now)
        if json { return try Console.line(answer) }
        let view = try readAnswer(answer) { (json) throws(Refusal) in try StatsView(json: json) }
        if csv { return try Console.text(view.csv) }
        for line in view.lines(style: .output, width: Console.width(unknown: 100)) { try Console.line(line) }
    }

    private func answer(_ question: StatisticsQuestion, now: Timestamp) async throws -> [UInt8] {
        guard let journal else {
            var json = JSONWriter()
            question.write(to: &json)
            return try await control.ask(.stats, json.bytes)
        }
        do {
            return try JournalStatistics.answer(journal, question, now: now).get()
        } catch let refusal as Refusal {
            throw Failure(.invalid, refusal.message)
        } catch let error as JournalError {
            throw Failure(error)
        }
    }
}
