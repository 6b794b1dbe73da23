import ArgumentParser
import TocsinJournal
import TocsinModel
import TocsinProof
import TocsinRouting
import TocsinSQLite

/// Shows what other rules would have told whom of the incidents that were.
struct RehearseCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "Say of the journal's incidents who would be told otherwise by other rules.",
        discussion: """
            Each incident is routed by the rules in force and by the new ones, as of the time at which it was stored, with \
            the place that it has by each directory and the subscriptions that stand now. Shown is who would be told in \
            addition, no longer, sooner or later if nobody answers, and who must acknowledge or is only informed: incident \
            by incident, and in total, with exercises and tests apart.

            Read from the journal or a backup, beside a daemon that may run; nothing is changed. Who runs it must be able \
            to read the journal: root, or the user tocsin.

            Examples:
              sudo tocsin rules rehearse new/rules.yaml
              sudo tocsin rules rehearse new-rules.yaml --last 7d --all \\
                --departments /etc/tocsin/departments.yaml \\
                --grids /etc/tocsin/grids.yaml
              tocsin rules rehearse b/rules.yaml --against a/rules.yaml \\
                --journal /backup/tocsin.sqlite
              sudo tocsin rules rehearse new/rules.yaml --csv > changes.csv
              sudo tocsin rules rehearse new/rules.yaml --json | jq .real.recipients

            The exit status is 0 whatever would change, and 3 where the new files are wrong.
            """)

    @Argument(
        help: ArgumentHelp("The new rules.", valueName: "rules"), completion: .file(extensions: ["yaml", "yml"]))
    var rules: String

    @OptionGroup var beside: BesideRules

    @Option(
        help: ArgumentHelp(
            "Compare with these rules, and the files beside them, instead of the rules in force.", valueName: "rules"),
        completion: .file(extensions: ["yaml", "yml"]))
    var against: String?

    @Option(
        help: ArgumentHelp(
            "Rehearse the incidents of this span, such as 8h or 30d. (default: 30d)", valueName: "span"),
        transform: Since.last)
    var last: Since?

    @Option(
        help: ArgumentHelp(
            "Rehearse the incidents since then: a time such as 2026-11-23T08:00:00+08:00.", valueName: "time"),
        transform: Since.init)
    var since: Since?

    @Flag(help: "List every incident and recipient; otherwise the first twenty, and with --json and --csv every one.")
    var all = false

    @Flag(help: "Print the changes as comma-separated values, as RFC 4180 has them, in UTF-8.")
    var csv = false

    @OptionGroup var journal: JournalOptions

    var json: Bool { journal.json }

    func validate() throws {
        guard !csv || !json else { throw ValidationError("Give --csv or --json, not both.") }
        guard last == nil || since == nil else { throw ValidationError("Give --last or --since, not both.") }
    }

    func perform() async throws {
        let new = try beside.files(rules: rules).ruleset()
        let folder = try journal.folder()
        let beginning = (since ?? last ?? Since(days: 30)).time(now: Clock.now)
        do {
            let former = try against.map { try RuleFiles(rules: $0).ruleset() } ?? RulesInForce.read(folder)
            let subscriptions = try JournalSubscriptions.read(folder)
            var show = RehearsalShow(json ? .json : csv ? .csv : .people(all: all), since: beginning)
            let trial = Trial(
                former: RulesOnTrial(former, subscriptions: subscriptions),
                new: RulesOnTrial(new, subscriptions: subscriptions))
            var play = JournalRehearsal(JournalIncidents(folder, since: beginning), trial)
            try show.begin()
            try await play.run { incident, changes in try show.show(incident, changes) }
            try show.end(play)
        } catch let error as JournalError {
            throw Failure(error)
        }
    }
}
