import ArgumentParser
import TocsinModel
import TocsinWire

/// Ends an incident with a name and a reason.
struct CloseCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "Close an incident: its open alerts are cancelled and nothing escalates any more.",
        discussion: """
            The name and the reason are stored with the incident.

            Example:
              tocsin close 1234 --by "Wang, duty office" --reason "reported twice, see 1230"
            """)

    @Argument(help: "The incident's number.")
    var incident: Int64

    @Option(help: ArgumentHelp("Who closes it.", valueName: "name"))
    var by: String

    @Option(help: ArgumentHelp("Why.", valueName: "text"))
    var reason: String

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func validate() throws {
        guard incident > 0 else { throw ValidationError("An incident's number is 1 or more.") }
        guard !by.isEmpty, !reason.isEmpty else { throw ValidationError("--by and --reason must not be empty.") }
    }

    func perform() async throws {
        let arguments = makeJSON { json in
            json.member("incident", incident)
            json.member("by", by)
            json.member("reason", reason)
        }
        _ = try await control.ask(.close, arguments)
        if control.json {
            try Console.line(makeJSON { $0.member("closed", incident) })
        } else {
            try Console.line("Incident \(incident) is closed.")
        }
    }
}
