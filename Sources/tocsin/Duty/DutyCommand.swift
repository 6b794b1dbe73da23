import ArgumentParser
import TocsinDuty
import TocsinModel
import TocsinRouting

/// Prints who is on duty, from the files.
struct DutyCommand: TocsinCommand {
    private static let usualConfiguration = "/etc/tocsin/tocsin.yaml"
    /// The days of a calendar that is printed.
    private static let calendarDays = Limits.dutyNoticeDays

    static let configuration = CommandConfiguration(
        commandName: "duty",
        abstract: "Say who is on duty for whom, until when, and who comes next.",
        discussion: """
            The sheet is read from the files that --config names, or from --file and what is beside it; no broker is \
            needed. Times are those of the sheet's time zone.

            Examples:
              tocsin duty --config /etc/tocsin/tocsin.yaml
              tocsin duty fire leader@110101 --at 2026-10-01T03:00:00+08:00
              tocsin duty fire --week --file Config/dongcheng/duty.yaml
              tocsin duty fire --ics > fire.ics
              tocsin duty --json | jq -r '.duty[] | select(.onDuty == []) | .recipient'
            """)

    @Argument(help: ArgumentHelp("The mailboxes; all that have a roster unless said.", valueName: "recipient"))
    var recipients: [String] = []

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "The daemon's configuration file, which names the sheet. (default: \(usualConfiguration))",
            valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var configurationFile: String?

    @Option(
        help: ArgumentHelp("The duty file, instead of the configuration.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    @Option(
        help: ArgumentHelp("Departments and roles; departments.yaml beside --file unless said.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var departments: String?

    @Option(
        help: ArgumentHelp("Places; grids.yaml beside --file unless said.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var grids: String?

    @Option(
        help: ArgumentHelp("Holidays; holidays.yaml beside --file unless said.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var holidays: String?

    @Option(
        help: ArgumentHelp("Say it of this time, given with its offset; now unless said.", valueName: "time"),
        transform: Timestamp.init(argument:))
    var at: Timestamp?

    @Flag(help: "Print every shift of seven days from the beginning of the day on.")
    var week = false

    @Flag(help: "Print the shifts of one recipient as a calendar (RFC 5545), whole: 31 days, or a week with --week.")
    var ics = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard file == nil || configurationFile == nil else {
            throw ValidationError("Give --file or --config, not both.")
        }
        guard file != nil || (departments == nil && grids == nil && holidays == nil) else {
            throw ValidationError("--departments, --grids and --holidays go with --file.")
        }
        guard !ics || Set(recipients).count == 1 else { throw ValidationError("--ics is for one recipient; name it.") }
        guard !ics || !json else { throw ValidationError("Give --ics or --json, not both.") }
        for text in recipients where Recipient(text) == nil {
            throw ValidationError(
                "'\(text.shortened)' is not a recipient; those look like 'fire' or 'police@110101005'.")
        }
    }

    func perform() async throws {
        let time = at ?? Clock.now
        let files = try files()
        let directory = try files.others.directory()
        let table = try files.table(directory)
        let rosters = try rosters(of: table, directory, file: files.duty)
        let view = DutyView(rosters, directory, zone: table.zone, at: time)
        if ics, let roster = rosters.first {
            let span = week ? view.week : time..<time + .seconds(Self.calendarDays * 86_400)
            try Console.text(DutyCalendarText(of: roster, in: span, now: Clock.now).text)
        } else if json {
            try Console.line(view.json(week: week))
        } else {
            for line in week ? view.weekLines(style: .output) : view.lines(style: .output) { try Console.line(line) }
        }
    }

    private func files() throws -> DutyFiles {
        if let file { return try DutyFiles(duty: file, departments: departments, grids: grids, holidays: holidays) }
        return try DutyFiles(configuration: configurationFile ?? Self.usualConfiguration)
    }

    private func rosters(of table: DutyTable, _ directory: Directory, file: String) throws -> [Roster] {
        guard !recipients.isEmpty else { return table.rosters }
        return try recipients.eachOnce.compactMap { Recipient($0) }.map { recipient in
            guard directory.contains(recipient) else {
                throw Failure(.invalid, directory.unknown(recipient).message)
            }
            guard let roster = table.roster(of: recipient) else {
                throw Failure(
                    .invalid,
                    "\(file): \(recipient) has no roster; there are rosters of "
                        + Suggestion.list(table.rosters.map(\.recipient.name)))
            }
            return roster
        }
    }
}
