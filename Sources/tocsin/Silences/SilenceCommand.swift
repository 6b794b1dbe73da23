import ArgumentParser
import TocsinClient
import TocsinModel
import TocsinWire

/// Asks for silence, or shows what it would have kept still.
struct SilenceCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "Keep the alerts of certain reports still for a time, with a name and a reason.",
        discussion: """
            The conditions are those of a rule's 'when', as JSON. Reports that meet them are stored as ever, and their \
            alerts wait. They ring when the silence is over, if their incident is still open. An Extreme report always rings, \
            unless --even-extreme: then whoever is informed and the leaders, whom the rules' last steps name, are told. \
            'tocsin silences' lists what stands. 'tocsin unsilence' ends one.

            --preview changes nothing and shows what the last day would have kept still.

            Examples:
              tocsin silence --when '{"event": "smoke-alarm", "within": "110101005"}' \\
                --for 2h --by "Li, duty office" --reason "works in the kitchen" \\
                --preview
              tocsin silence --when works.json --until 2026-12-01T18:00:00+08:00 \\
                --by Li --reason "works"
            """)

    @Option(
        help: ArgumentHelp("The conditions, or a file that has them; - is standard input.", valueName: "json-or-file"))
    var when: String

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("How long, such as 30m or 8h, at most \(Limits.silenceDays) days.", valueName: "time"),
        transform: TimeSpan.init)
    var span: TimeSpan?

    @Option(
        help: ArgumentHelp("Until when, instead of --for: a time with its offset.", valueName: "time"),
        transform: Timestamp.init(argument:))
    var until: Timestamp?

    @Option(help: ArgumentHelp("Who asks for it.", valueName: "name"))
    var by: String?

    @Option(help: ArgumentHelp("Why.", valueName: "text"))
    var reason: String?

    @Flag(help: "Keep Extreme reports still as well; leaders are told of them.")
    var evenExtreme = false

    @Flag(help: "Only show what the last day would have kept still.")
    var preview = false

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func validate() throws {
        guard span == nil || until == nil else { throw ValidationError("Give --for or --until, not both.") }
        guard !preview else { return }
        guard span != nil || until != nil else {
            throw ValidationError("A silence has an end; give --for, such as --for 2h, or --until.")
        }
        guard let by, !by.isEmpty, let reason, !reason.isEmpty else {
            throw ValidationError("A silence has an author and a reason; give --by and --reason.")
        }
    }

    func perform() async throws {
        let wish = SilenceWish(when: try ConditionsArgument.read(when), evenExtreme: evenExtreme)
        if preview {
            let question = makeJSON { json in
                json.object("preview") { wish.writeMembers(to: &$0) }
            }
            return try show(try await control.ask(.silences, question)) { (answer) throws(Refusal) in
                try SilenceView.preview(answer, style: .output)
            }
        }
        let silence = Silence(
            when: wish.when, until: end, person: Person(by: by ?? "", note: reason), evenExtreme: evenExtreme)
        let answer = try await control.ask(.silence, makeJSON { silence.writeMembers(to: &$0) })
        try show(answer) { (answer) throws(Refusal) in
            let number: Int64 = try answer.member("silence")
            return [
                "Silence \(number) stands until \(Clock.near(silence.until)). 'tocsin unsilence \(number)' ends it before."
            ]
        }
    }

    private var end: Timestamp { until ?? Clock.now + (span?.duration ?? .zero) }

    private func show(_ answer: [UInt8], _ lines: (JSONNode) throws(Refusal) -> [String]) throws {
        if control.json { return try Console.line(answer) }
        for line in try readAnswer(answer, lines) { try Console.line(line) }
    }
}

/// Ends a silence before its time.
struct UnsilenceCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "unsilence",
        abstract: "End a silence: alerts that it has kept still ring now.",
        discussion: """
            The name and the reason are stored. The answer says how many open incidents it kept still; what another silence \
            keeps still stays so.

            Example:
              tocsin unsilence 4711 --by Li --reason "the works are over"
            """)

    @Argument(help: "The silence's number.")
    var silence: Int64

    @Option(help: ArgumentHelp("Who ends it.", valueName: "name"))
    var by: String

    @Option(help: ArgumentHelp("Why.", valueName: "text"))
    var reason: String

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func validate() throws {
        guard silence > 0 else { throw ValidationError("A silence's number is 1 or more.") }
        guard !by.isEmpty, !reason.isEmpty else { throw ValidationError("--by and --reason must not be empty.") }
    }

    func perform() async throws {
        let arguments = makeJSON { json in
            json.member("silence", silence)
            json.member("by", by)
            json.member("reason", reason)
        }
        let request = try control.request()
        let kept: KeptStill
        do {
            kept = try await request.session { client in
                // When it is over, nobody knows any more what it kept still.
                let kept = try readAnswer(try await client.request(.silences, within: request.timeout)) {
                    (answer) throws(Refusal) in try KeptStill(by: silence, answer)
                }
                _ = try await client.request(.unsilence, arguments: arguments, within: request.timeout)
                return kept
            }
        } catch let failure as Failure {
            throw failure.hinting("'tocsin silences' lists those that stand.", at: "silence")
        }
        if control.json {
            try Console.line(
                makeJSON { json in
                    json.member("unsilenced", silence)
                    json.member("openIncidents", kept.incidents)
                })
        } else {
            try Console.line("Silence \(silence) is over. \(kept.sentence)")
        }
    }
}

/// What a silence keeps still before it is ended.
struct KeptStill: Equatable {
    /// The open incidents that it keeps still, and those that other silences of operators do.
    var (incidents, others): (Int64, Int64) = (0, 0)

    /// Reads the answer to SILENCES.
    init(by silence: Int64, _ answer: JSONNode) throws(Refusal) {
        try answer.forEachElement(of: "silences") { (line) throws(Refusal) in
            let count: Int64 = try line.member("openIncidents")
            if try line.member("silence") == silence { incidents += count } else { others += count }
        }
    }

    /// What becomes of it when the silence is over.
    var sentence: String {
        let own =
            incidents > 0
            ? "It kept \(counted(incidents, "open incident")) still, whose alerts ring now."
            : "It kept no open incident still: nothing rings now."
        guard others > 0 else { return own }
        return own + " What another silence keeps still, \(counted(others, "open incident")), stays so."
    }
}

/// Lists the silences that stand.
struct SilencesCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "silences",
        abstract: "List the silences that stand, and those of the rules file.",
        discussion: """
            Example:
              tocsin silences --json | jq '.silences[] | {silence, until, openIncidents}'
            """)

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func perform() async throws {
        let answer = try await control.ask(.silences)
        if control.json { return try Console.line(answer) }
        let lines = try readAnswer(answer) { (answer) throws(Refusal) in
            try SilenceView.lines(answer, style: .output)
        }
        for line in lines { try Console.line(line) }
    }
}
