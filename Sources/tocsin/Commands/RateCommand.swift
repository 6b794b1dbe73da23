import ArgumentParser
import TocsinClient
import TocsinModel
import TocsinWire

/// Rates an incident that was reported.
struct RateCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "rate",
        abstract: "Say what whoever reported an incident thinks of how it was dealt with.",
        discussion: """
            The score is 1, the worst, to 5, the best. The incident must be closed, and who may report as its sender may rate \
            it. The last word counts. Below 3 those are told whom the incident's rule names by 'rated-low', and a rule may open \
            it again for that ('reopen-when-rated-low'): then this says so. 'tocsin stats' shows the ratings by department and \
            place.

            Examples:
              tocsin rate 1234 5
              tocsin rate 1234 2 --note "came after two hours" --by Li
            """)

    @Argument(help: "The incident's number, as its receipt says it.")
    var incident: Int64

    @Argument(help: "1 to 5.")
    var score: Int

    @Option(help: ArgumentHelp("Why.", valueName: "text"))
    var note: String?

    @Option(help: ArgumentHelp("Who rates.", valueName: "name"))
    var by: String?

    @Option(
        help: ArgumentHelp("How long to go on trying. (default: 30s)", valueName: "time"), transform: TimeSpan.init)
    var timeout = TimeSpan.seconds(30)

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var waiting: WaitOption

    @OptionGroup(title: "Where the broker is") var endpoints: EndpointOptions

    func validate() throws {
        guard incident > 0 else { throw ValidationError("An incident's number is 1 or more.") }
        guard Rating.scores.contains(score) else {
            throw ValidationError("The score is 1, the worst, to 5, the best; it is \(score).")
        }
        if let by, !(1...Limits.personNameBytes).contains(by.utf8.count) {
            throw ValidationError("--by must be a name of 1 to \(Limits.personNameBytes) bytes.")
        }
        if let note, note.utf8.count > Limits.noteBytes {
            throw ValidationError("--note must have at most \(Limits.noteBytes) bytes.")
        }
    }

    func perform() async throws {
        let endpoint = try endpoints.resolved().reports
        let reporter = try Reporter(endpoint: endpoint, options: try waiting.clientOptions(for: endpoints))
        let answer: RatingAnswer
        do {
            try await reporter.reach()
            answer = try await reporter.rate(
                IncidentNumber(incident), Rating(score: score, note: note, by: by), within: timeout.duration)
        } catch ClientError.timedOut {
            await reporter.close()
            throw Failure(
                .unreachable,
                "No answer from \(endpoint) within \(timeout). It is not known whether the rating was stored: rate again, and "
                    + "the last word counts.")
        } catch let error as ClientError {
            await reporter.close()
            throw Failure(error, at: endpoint, for: .reports)
        } catch {
            await reporter.close()
            throw error
        }
        await reporter.close()
        guard json else {
            try Console.line("Incident \(incident) is rated \(score) of 5.")
            guard answer.isReopened else { return }
            return try Console.line("It is open again, as its rule says of a low rating (reopen-when-rated-low).")
        }
        try Console.line(
            makeJSON { json in
                json.member("rated", incident)
                json.member("score", score)
                if answer.isReopened { json.member("reopened", true) }
            })
    }
}
