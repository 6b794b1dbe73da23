import ArgumentParser
import TocsinClient
import TocsinModel
import TocsinWire

/// Takes back the end of an incident, with a name and a reason.
struct ReopenCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "reopen",
        abstract: "Open a closed incident again: what was owed when it closed is owed again, and rings.",
        discussion: """
            Whoever had resolved it, or had been informed, is not asked again; where everybody had resolved it, everybody \
            who had to act has to act again. Times and steps begin anew. The name and the reason are stored with the \
            incident.

            Examples:
              tocsin reopen 1234 --preview
              tocsin reopen 1234 --by "Wang, duty office" \\
                --reason "smoke again on the third floor"
            """)

    @Argument(help: "The incident's number.")
    var incident: Int64

    @OptionGroup var words: OperatorWords

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func validate() throws {
        guard incident > 0 else { throw ValidationError("An incident's number is 1 or more.") }
        try words.check()
    }

    func perform() async throws {
        if words.preview {
            let answer = try await control.ask(
                .reopen,
                makeJSON { json in
                    json.member("incident", incident)
                    json.member("preview", true)
                })
            return try ConcernedView.show(
                answer, of: "recipients", "Opening incident \(incident) again would ring:", json: json)
        }
        let request = try control.request()
        let arguments = words.arguments(of: incident)
        try await request.session { client in
            _ = try await client.request(.reopen, arguments: arguments, within: request.timeout)
        }
        if json {
            try Console.line(makeJSON { $0.member("reopened", incident) })
        } else {
            try Console.line("Incident \(incident) is open again; 'tocsin show \(incident)' says who must act.")
        }
    }
}

/// Who closes or reopens an incident, and why; or that it is only looked at what that would do.
struct OperatorWords: ParsableArguments {
    @Option(help: ArgumentHelp("Who says so.", valueName: "name"))
    var by: String?

    @Option(help: ArgumentHelp("Why.", valueName: "text"))
    var reason: String?

    @Flag(help: "Say who would be concerned, and change nothing; needs no name and no reason.")
    var preview = false

    func check() throws {
        guard !preview else { return }
        guard let by, let reason, !by.isEmpty, !reason.isEmpty else {
            throw ValidationError("--by and --reason must be there and not be empty, or --preview.")
        }
    }

    /// The arguments of CLOSE and REOPEN.
    func arguments(of incident: Int64) -> [UInt8] {
        makeJSON { json in
            json.member("incident", incident)
            json.member("by", by ?? "")
            json.member("reason", reason ?? "")
        }
    }
}

/// Whom CLOSE and REOPEN would concern.
enum ConcernedView {
    /// Shows an answer's list of recipients, and the rest below it; or the answer itself. Of alerts it shows those to which
    /// something is owed.
    static func show(
        _ answer: [UInt8], of name: StaticString, _ head: String, rest: [String] = [], json: Bool
    ) throws {
        if json { return try Console.line(answer) }
        let table = try readAnswer(answer) { (page) throws(Refusal) in
            var table = Table()
            try page.forEachElement(of: name) { (node) throws(Refusal) in
                let recipient: Recipient = try node.member("recipient")
                let purpose: Purpose = try node.member("purpose")
                let state: AlertState? = try node.member(ifPresent: "state")
                guard !(state?.isSettled(for: purpose) ?? false) else { return }
                table.add(
                    recipient.name, purpose == .action ? "must act" : "is informed", state?.phrase ?? "told again")
            }
            return table
        }
        for line in [head] + table.lines(indent: 2) + rest + ["Nothing has been changed."] { try Console.line(line) }
    }
}
