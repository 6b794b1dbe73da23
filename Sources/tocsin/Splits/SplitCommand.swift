import ArgumentParser
import TocsinModel
import TocsinWire

/// Takes a report out of the incident that it has joined.
struct SplitCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "split",
        abstract: "Take a report out of the incident that it has joined: it becomes one of its own and is told.",
        discussion: """
            Where a rule says 'correlate', or reports name their happening (CAP's 'incidents'), later reports of one happening \
            join its incident. 'tocsin show' lists the newest of them with their names, and the view 'joined' of the journal \
            has all. One that was something else after all is taken out with a name and a reason, and is routed by the rules of \
            now.

            --preview changes nothing and shows who would be told.

            Examples:
              tocsin split handheld-7 r-0017 --from 1234 --preview
              tocsin split handheld-7 r-0017 --from 1234 \\
                --by "Li, duty office" --reason "another house"
            """)

    @Argument(help: "The report's sender.")
    var sender: String

    @Argument(help: "The report's identifier.")
    var identifier: String

    @Option(help: ArgumentHelp("The incident that it has joined.", valueName: "incident"))
    var from: Int64

    @Option(help: ArgumentHelp("Who takes it out.", valueName: "name"))
    var by: String?

    @Option(help: ArgumentHelp("Why.", valueName: "text"))
    var reason: String?

    @Flag(help: "Only show who would be told.")
    var preview = false

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func validate() throws {
        guard from > 0 else { throw ValidationError("An incident's number is 1 or more.") }
        guard preview || !(by ?? "").isEmpty && !(reason ?? "").isEmpty else {
            throw ValidationError("The journal has who takes a report out, and why; give --by and --reason.")
        }
    }

    func perform() async throws {
        let arguments = makeJSON { json in
            json.object("report") { json in
                json.member("sender", sender)
                json.member("identifier", identifier)
            }
            json.member("from", from)
            json.member("by", by ?? "preview")
            json.member("reason", reason ?? "preview")
            if preview { json.member("preview", true) }
        }
        let answer: [UInt8]
        do {
            answer = try await control.ask(.split, arguments)
        } catch let failure as Failure {
            throw failure.hinting("'tocsin show \(from)' lists the newest reports that have joined it.", at: "report")
        }
        if control.json { return try Console.line(answer) }
        for line in try readAnswer(answer, { (answer) throws(Refusal) in try lines(answer) }) { try Console.line(line) }
    }

    private func lines(_ answer: JSONNode) throws(Refusal) -> [String] {
        let incident: IncidentNumber? = try answer.member(ifPresent: "incident")
        let name = "\(sender.printable), \(identifier.printable)"
        var lines = [
            incident.map { "\(name) is incident \($0) now, and no longer a report of \(from). Told:" }
                ?? "\(name) would become an incident of its own. Nothing has changed. Told would be:"
        ]
        var table = Table(["recipient", "purpose", "rule"])
        try answer.forEachElement(of: "recipients") { (node) throws(Refusal) in
            table.add(
                (try node.member("recipient") as Recipient).name, (try node.member("purpose") as Purpose).rawValue,
                (try node.member("rule") as String).printable)
        }
        lines += table.lines(style: .output, indent: 2)
        return lines
    }
}
