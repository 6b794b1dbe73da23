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
            The name and the reason are stored with the incident. 'tocsin reopen' takes it back. Updates of the incident \
            stay open, and go on; each is named, also by --preview.

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
        let request = try control.request()
        try await request.session { client in
            try await words.preview ? preview(client, within: request.timeout) : close(client, within: request.timeout)
        }
    }

    private func preview(_ client: Operator, within timeout: Duration) async throws {
        let question = makeJSON { $0.member("incident", incident) }
        let answer = try await client.request(.incident, arguments: question, within: timeout)
        let isOpen = try readAnswer(answer) { (page) throws(Refusal) -> Bool in try page.member("open") }
        guard isOpen || json else {
            throw Failure(.refused, "Incident \(incident) is closed already.", code: "alreadyClosed")
        }
        let news = json ? [] : try await OpenNews.ask(client, of: incident, within: timeout)
        try ConcernedView.show(
            answer, of: "alerts", "Closing incident \(incident) would cancel:", rest: news.map(\.line), json: json)
    }

    private func close(_ client: Operator, within timeout: Duration) async throws {
        do {
            _ = try await client.request(.close, arguments: words.arguments(of: incident), within: timeout)
        } catch ClientError.refused(let refusal) where refusal.code == .unknownIncident {
            throw try await closedAlready(client, within: timeout) ?? Failure(refusal)
        }
        if !json { try Console.line("Incident \(incident) is closed.") }
        // It is closed, whatever comes of this question.
        var news: [OpenNews] = []
        do {
            news = try await OpenNews.ask(client, of: incident, within: timeout)
        } catch {
            let reason = (error as? ClientError).map { Failure($0).description } ?? "\(error)"
            Console.note("tocsin: Whether updates of incident \(incident) stay open could not be asked: \(reason)")
        }
        guard json else {
            for one in news { try Console.line(one.line) }
            return
        }
        try Console.line(
            makeJSON { json in
                json.member("closed", incident)
                guard !news.isEmpty else { return }
                json.array("staysOpen") { json in
                    for one in news { json.integer(one.incident) }
                }
            })
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
