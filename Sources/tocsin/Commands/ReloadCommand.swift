import ArgumentParser
import TocsinModel
import TocsinWire

/// Makes the broker read its rules again.
struct ReloadCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Make the broker read rules, departments, grids and the duty sheet again, all or nothing.",
        discussion: """
            A file with an error is refused whole, and what was in force stays. 'tocsin check' says the same before \
            anything happens. The configuration itself, tocsin.yaml, is read at a start alone: where it has changed since, \
            or would be refused, that is said.

            Examples:
              tocsin check --config /etc/tocsin/tocsin.yaml && tocsin reload
            """)

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func perform() async throws {
        let answer = try await control.ask(.reload)
        if control.json { return try Console.line(answer) }
        let (line, warnings) = try readAnswer(answer, Self.words)
        try Console.line(line)
        for warning in warnings { Console.note("note: \(warning)") }
    }

    /// Returns the subscriptions that the directory does not allow now.
    private static func subscriptionsNotInForce(_ answer: JSONNode) throws(Refusal) -> [String] {
        guard let found = try BrokerStatus.Subscriptions(ifIn: answer), found.notInForceCount > 0 else { return [] }
        let more = found.notInForceCount - Int64(found.notInForce.count)
        return found.notInForce.map { "a subscription is not in force: \($0.printable)" }
            + (more > 0 ? ["and \(more.grouped) more: tocsin status --subscriptions"] : [])
    }

    /// Returns what is in force, and what is probably not meant.
    static func words(_ answer: JSONNode) throws(Refusal) -> (line: String, warnings: [String]) {
        let rules: Int = try answer.member("rules")
        // Only a broker that demands keys has these.
        let clients: Int? = try answer.member(ifPresent: "clients")
        let closed: Int? = try answer.member(ifPresent: "connectionsClosed")
        let line =
            "In force: \(counted(rules, "rule")), \(counted(try answer.member("departments") as Int, "department")), "
            + "\(counted(try answer.member("mailboxes") as Int, "mailbox", "mailboxes"))"
            + (clients.map { ", \(counted($0, "client"))" } ?? "") + "."
            + (closed.map { " \(counted($0, "connection")) closed." } ?? "")
        let warnings = [
            rules == 0 ? "there is no rule: every report goes to the fallback alone" : nil,
            try BrokerStatus.Configuration(ifIn: answer)?.warning,
        ]
        let duty = try BrokerStatus.Duty(ifIn: answer)?.warnings ?? []
        return (line, warnings.compactMap(\.self) + duty + (try subscriptionsNotInForce(answer)))
    }
}
