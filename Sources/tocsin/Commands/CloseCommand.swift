import ArgumentParser
import TocsinClient
import TocsinModel
import TocsinWire

/// Ends an incident with a name and a reason.
struct CloseCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "Close an incident: its open alerts are cancelled and nothing escalates any more.",
        discussion: """
            The name and the reason are stored with the incident. 'tocsin reopen' takes it back.

            Examples:
              tocsin close 1234 --preview
              tocsin close 1234 --by "Wang, duty office" --reason "reported twice, see 1230"
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
            let answer = try await control.ask(.incident, makeJSON { $0.member("incident", incident) })
            let isOpen = try readAnswer(answer) { (page) throws(Refusal) -> Bool in try page.member("open") }
            guard isOpen || json else {
                throw Failure(.refused, "Incident \(incident) is closed already.", code: "alreadyClosed")
            }
            return try ConcernedView.show(
                answer, of: "alerts", "Closing incident \(incident) would cancel:", json: json)
        }
        let arguments = words.arguments(of: incident)
        let request = try control.request()
        try await request.session { client in
            do {
                _ = try await client.request(.close, arguments: arguments, within: request.timeout)
            } catch ClientError.refused(let refusal) where refusal.code == .unknownIncident {
                throw try await closedAlready(client, within: request.timeout) ?? Failure(refusal)
            }
        }
        if control.json {
            try Console.line(makeJSON { $0.member("closed", incident) })
        } else {
            try Console.line("Incident \(incident) is closed.")
        }
    }

    /// Returns a failure that says who has closed the incident, and when; nil for an incident that never was.
    private func closedAlready(_ client: Operator, within timeout: Duration) async throws -> Failure? {
        let question = makeJSON { $0.member("incident", incident) }
        guard let page = try? await client.request(.incident, arguments: question, within: timeout) else { return nil }
        let words = try readAnswer(page) { (page) throws(Refusal) in try ClosingView.words(page) }
        return Failure(.refused, "Incident \(incident) is closed already\(words).", code: "alreadyClosed")
    }
}

/// The end of an incident in words.
enum ClosingView {
    /// `, at 16:10:00 by Li: “误报”`; where its alerts were all settled, nobody closed it.
    static func words(_ page: JSONNode) throws(Refusal) -> String {
        var words = ""
        try page.forEachElement(of: "timeline") { (node) throws(Refusal) in
            guard (try node.member("state") as String) == "closed" else { return }
            let by = try ReportView.text("by", in: node).map { " by \($0)" } ?? ""
            let note = try ReportView.text("note", in: node).map { ": “\($0)”" } ?? ""
            words = ", at \(Clock.near(try node.member("at")))\(by)\(note)"
        }
        return words
    }
}
