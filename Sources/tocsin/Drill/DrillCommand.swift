import ArgumentParser
import TocsinClient
import TocsinModel
import TocsinRouting
import TocsinWire

/// Plays a drill, and shows how ready everybody was.
struct DrillCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Play a drill through the running broker, and say who was told, who answered, and how soon.",
        discussion: """
            The file has reports with their times, and who is expected to answer each. All go out as Exercise, by the \
            broker's own rules, to the departments' own terminals: every screen marks them, and alerts of real incidents \
            come first. Where the file says that a terminal falls silent, the drill says when to end it. At the end the \
            incidents of the drill that are still open are closed.

            Nothing is sent unless the whole file is right. Its places and recipients are looked up in the departments and \
            grids that --config names, otherwise in departments.yaml and grids.yaml beside the file. Nor is anything sent \
            where the broker itself does not know one of them, as it was started with another configuration.

            Each playing gives its reports names of their own, so a drill that is played again is new, and two may be \
            played at once. They meet in two places. Where a rule correlates, a report of the second would join an \
            incident of the first: the second one ends there, and leaves that incident alone. A sender's rate counts what \
            both have sent: where it is used up, and no refusal is expected, the drill ends too. Play it again when the \
            other one is over.

            A file is such as this; TocsinService.docc/Drills.md, which the README names, has it all:
              name: 东城演练 Dongcheng drill
              wait: 30s                 # after the last report, for answers
              reports:
                - at: 0s                # after the beginning
                  name: first           # what later reports of the drill call it
                  report: { event: smoke, category: Fire, severity: Minor }
                  expect:
                    - { recipient: fire, within: 30s }
                - at: 90s
                  updates: first        # or cancels: it is news of that one
                  report: { event: smoke, category: Fire, severity: Severe }
                  expect: [{ recipient: fire, within: 30s }]

            Where the broker demands keys, this client's needs 'report', and 'operate: full' to see and close what it has \
            reported.

            Examples:
              tocsin drill Config/scenarios/dongcheng/drill.yaml \\
                --config Config/scenarios/dongcheng/tocsin.yaml
              tocsin drill drill.yaml --config /etc/tocsin/tocsin.yaml \\
                --csv ready.csv --json ready.json
              tocsin drill drill.yaml --check

            The exit status is 0 where everything that is expected came in time, 1 where something did not or the drill \
            had to end, and 3 where the file is wrong, or the broker does not know its recipients and places.
            """)

    @Argument(help: "The drill.", completion: .file(extensions: ["yaml", "yml"]))
    var drill: String

    @Option(
        help: ArgumentHelp(
            "Write the table to a file as comma-separated values, as RFC 4180 has them.", valueName: "file"),
        completion: .file(extensions: ["csv"]))
    var csv: String?

    @Option(
        name: .customLong("json"), help: ArgumentHelp("Write the table to a file as JSON.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var jsonFile: String?

    @Flag(help: "Check the file and send nothing.")
    var check = false

    @Flag(help: "Leave the incidents of the drill open.")
    var leaveOpen = false

    @Option(
        help: ArgumentHelp("The departments that the drill is checked against.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var departments: String?

    @Option(
        help: ArgumentHelp("The places that the drill is checked against.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var grids: String?

    @Option(
        help: ArgumentHelp("How long to wait for each of the broker's answers. (default: 10s)", valueName: "time"),
        transform: TimeSpan.init)
    var timeout = TimeSpan.seconds(10)

    @OptionGroup var waiting: WaitOption

    @OptionGroup(title: "Where the broker is") var endpoints: EndpointOptions

    var json: Bool { false }

    func validate() throws {
        for (flag, file) in [("--csv", csv), ("--json", jsonFile)] where file == "-" {
            throw ValidationError(
                "Standard output has the table for people; name a file, such as \(flag) ready.\(flag.dropFirst(2)).")
        }
    }

    func perform() async throws {
        let read = try Drill(yaml: InputFile.text(drill), file: drill, directory: directory())
        guard !check else { return try Console.line("\(drill): \(DrillView.summary(of: read)): all right.") }
        let (csvFile, jsonFile) = (try csv.map { try OutputFile($0) }, try jsonFile.map { try OutputFile($0) })
        let readiness = try await play(read)
        try csvFile?.write(Array(DrillView.csv(readiness).utf8))
        try jsonFile?.write(DrillView.json(readiness))
        for line in DrillView.lines(readiness, style: .output, width: Console.width) {
            try Console.line(line)
        }
        guard readiness.isReached else { throw ExitCode(ExitStatus.refused.rawValue) }
    }

    /// Reads the directory that the drill is checked against.
    private func directory() throws -> Directory {
        if departments == nil, grids == nil, let configuration = endpoints.configuration {
            return try RuleFiles(configuration: configuration).directory()
        }
        let beside = (departments: "\(folder)departments.yaml", grids: "\(folder)grids.yaml")
        guard departments != nil || InputFile.exists(beside.departments) else {
            throw Failure(
                .invalid,
                "\(drill): a drill names departments and places, and there is no \(beside.departments); say where they are "
                    + "with --config or --departments")
        }
        let grids = grids ?? (InputFile.exists(beside.grids) ? beside.grids : nil)
        return try Directory(
            departments: InputFile.text(departments ?? beside.departments),
            departmentsFile: departments ?? beside.departments, grids: grids.map { try InputFile.text($0) },
            gridsFile: grids ?? "")
    }

    /// The folder of the drill, with a slash at its end; empty for the one in which the command runs.
    private var folder: String { drill.lastIndex(of: "/").map { String(drill[...$0]) } ?? "" }

    /// The configuration that goes with the drill, as far as is known.
    private var configuration: String? {
        guard departments == nil, grids == nil else { return nil }
        let beside = "\(folder)tocsin.yaml"
        return endpoints.configuration ?? (InputFile.exists(beside) ? beside : nil)
    }

    private func play(_ drill: Drill) async throws -> Readiness {
        let places = try endpoints.resolved()
        let options = try waiting.clientOptions(for: endpoints)
        let reporter = try Reporter(endpoint: places.reports, options: options)
        let request = ControlRequest(endpoint: places.control, timeout: timeout.duration, options: options)
        do {
            try await reporter.reach()
            let readiness = try await request.session { client in
                let unknown = try await UnknownToBroker(of: drill, at: client, within: timeout.duration)
                guard unknown.isEmpty else {
                    throw unknown.failure(of: self.drill, at: places.control, configuration: configuration)
                }
                return try await play(
                    DrillCourse(drill: drill, reporter: reporter, control: client, timeout: timeout.duration))
            }
            await reporter.close()
            return readiness
        } catch let error as ClientError {
            await reporter.close()
            throw Failure(error, at: places.reports, for: .reports)
        } catch {
            await reporter.close()
            throw error
        }
    }

    /// Plays until the end, or until a signal asks for it. Either way nothing of the drill is left open.
    private func play(_ course: DrillCourse) async throws -> Readiness {
        let signals = Signals.ending()
        let outcome: Result<Readiness, any Error>
        do {
            outcome = .success(
                try await withThrowingTaskGroup(of: Readiness.self) { group in
                    group.addTask { try await course.run() }
                    group.addTask {
                        for await signal in signals { throw ExitCode(128 + signal) }
                        throw CancellationError()
                    }
                    defer { group.cancelAll() }
                    guard let readiness = try await group.next() else { throw CancellationError() }
                    return readiness
                })
        } catch {
            outcome = .failure(error)
        }
        if !leaveOpen { await course.close() }
        return try outcome.get()
    }
}
