import ArgumentParser
import TocsinModel
import TocsinWire

/// Makes the broker read its rules again.
struct ReloadCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Make the broker read rules, departments and grids again, all or nothing.",
        discussion: """
            A file with an error is refused whole, and what was in force stays. 'tocsin check' says the same before \
            anything happens.

            Examples:
              tocsin check --config /etc/tocsin/tocsin.yaml && tocsin reload
            """)

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func perform() async throws {
        let answer = try await control.ask(.reload)
        if control.json { return try Console.line(answer) }
        try Console.line(
            try readAnswer(answer) { (json) throws(Refusal) in
                "In force: \(counted(try json.member("rules") as Int, "rule")), "
                    + "\(counted(try json.member("departments") as Int, "department")), "
                    + "\(counted(try json.member("mailboxes") as Int, "mailbox", "mailboxes"))."
            })
    }
}
