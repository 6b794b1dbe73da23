import ArgumentParser
import TocsinAccess
import TocsinModel
import TocsinRouting

/// Says whether a client may do something, by the clients file.
struct KeysTestCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Say whether a client may do something, and which line of the clients file allows it.",
        discussion: """
            No broker is asked: the clients file decides as it would after a reload. The configuration names it, \
            or --file does.

            Examples:
              tocsin keys test handheld-7 report --as grid-officer-3 --grid 110101005003002
              tocsin keys test fire-desk join fire
              tocsin keys test fire-desk feed alert/fire/
              tocsin keys test operator-li operate full --config my-site/tocsin.yaml

            The exit status is 0 where it may, and 1 with what is missing where it may not.
            """)

    /// What somebody may want to do.
    enum Wish: String, CaseIterable, ExpressibleByArgument {
        case report, join, feed, operate
    }

    @Argument(help: "The client's name.")
    var name: String

    @Argument(help: "What it wants to do: report, join, feed or operate.")
    var wish: Wish

    @Argument(help: "What of it: the recipient to join, the beginning of the feed's topics, or read or full.")
    var what: String?

    @Option(name: .customLong("as"), help: ArgumentHelp("The sender that the report names.", valueName: "sender"))
    var sender: String?

    @Option(help: ArgumentHelp("The grid code that the report lies in.", valueName: "code"))
    var grid: String?

    @Option(
        help: ArgumentHelp("The clients file. (default: the configuration's)", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    @Option(
        name: .customLong("config"), help: ArgumentHelp("The daemon's configuration file.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var configurationFile: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        _ = try demand()
    }

    /// What is asked for.
    private func demand() throws -> Demand {
        guard wish == .report || sender == nil && grid == nil else {
            throw ValidationError("--as and --grid are for report.")
        }
        switch (wish, what) {
        case (.report, nil):
            guard let sender else { throw ValidationError("A report names its sender: --as SENDER.") }
            guard let grid else { return .report(sender: sender, place: nil) }
            guard let place = GridCode(grid) else {
                throw ValidationError("'\(grid)' is not a grid code; valid are 6, 9, 12 or 15 digits, not 0 first.")
            }
            return .report(sender: sender, place: place)
        case (.report, _?): throw ValidationError("A report is described by --as and --grid alone.")
        case (.join, let text?):
            guard let recipient = Recipient(text) else { throw ValidationError("'\(text)' is not a recipient.") }
            return .join(recipient)
        case (.join, nil): throw ValidationError("Name the recipient to join: fire, or police@110101005.")
        case (.feed, let beginning?): return .feed(beginning)
        case (.feed, nil): throw ValidationError("Name the beginning of the topics: alert/fire/, or incident/.")
        case (.operate, "read"): return .ask
        case (.operate, "full"): return .command
        case (.operate, _): throw ValidationError("Say what to operate: read or full.")
        }
    }

    func perform() async throws {
        let files = try ClientsFile(file, configuration: configurationFile)
        let (text, list) = (try files.text(), try files.list())
        guard let entry = text.entries(named: name).first,
            let principal = list.principals.first(where: { $0.name.text == name })
        else { throw Failure(unknownClient: name, in: text) }
        let verdict = Verdict(of: try demand(), by: principal, entry, now: Clock.now)
        if json {
            try Console.line(makeJSON { verdict.write(to: &$0, name) })
        } else {
            try Console.line(verdict.line)
        }
        if verdict.refusal != nil { throw ExitCode(ExitStatus.refused.rawValue) }
    }
}

/// Whether a client may do something, and the place in the clients file that says so.
struct Verdict {
    let place: ClientsText.Place
    /// Nil where it may.
    let refusal: Refusal?
    private let principal: Principal

    init(of demand: Demand, by principal: Principal, _ entry: ClientsText.Entry, now: Timestamp) {
        self.principal = principal
        guard principal.isIn(at: now) else {
            let until = principal.until.map { ": its 'until' was over at \($0)" } ?? ""
            refusal = Refusal(.notPermitted, "The key of \(principal.name) opens nothing any more\(until).")
            place = entry.place(of: "until") ?? entry.place
            return
        }
        refusal = principal.rights.refusal(of: demand, by: principal.name)
        let key = demand.key(refusal)
        let allowing = refusal == nil ? demand.allowing(principal) : nil
        let elements = entry.elements(of: key)
        place =
            allowing.flatMap { elements.indices.contains($0) ? elements[$0] : nil } ?? entry.place(of: key)
            ?? entry.place(of: String(key.prefix { $0 != "." })) ?? entry.place
    }

    /// `clients.yaml:3:18: yes, handheld-7 may do this.`
    var line: String {
        if let refusal { return "\(place): no. \(refusal.message)" }
        var line = "\(place): yes, \(principal.name) may do this"
        if let until = principal.until { line += ", until \(Clock.end(until))" }
        return line + "."
    }

    /// `{"client":"handheld-7","allowed":true,"place":"clients.yaml:3:18"}`
    func write(to json: inout JSONWriter, _ name: String) {
        json.member("client", name)
        json.member("allowed", refusal == nil)
        json.member("place", "\(place)")
        json.member("until", ifPresent: principal.until)
        if let refusal {
            json.member("code", refusal.code)
            json.member("message", refusal.message)
            json.member("field", ifPresent: refusal.field)
        }
    }
}

extension Demand {
    /// The key of an entry that decides.
    fileprivate func key(_ refusal: Refusal?) -> String {
        switch self {
        case .report: refusal?.field == "area.grid" ? "report.within" : "report.as"
        case .join: "join"
        case .feed: "feed"
        case .rate: "report"
        case .follow, .ask, .command: "operate"
        }
    }

    /// Returns the index of the element of the key's list that allows it by itself; nil where there is no list.
    fileprivate func allowing(_ principal: Principal) -> Int? {
        func first<Element>(_ choice: Rights.Choice<Element>, _ rights: (Element) -> Rights) -> Int? {
            guard case .only(let elements) = choice else { return nil }
            return elements.firstIndex { rights($0).refusal(of: self, by: principal.name) == nil }
        }
        switch self {
        case .report:
            guard let report = principal.rights.report else { return nil }
            return first(report.senders) {
                Rights(report: Rights.Report(senders: .only([$0]), within: report.within))
            }
        case .join: return first(principal.rights.join) { Rights(join: .only([$0])) }
        case .feed: return first(principal.rights.feed) { Rights(feed: .only([$0])) }
        case .follow, .rate, .ask, .command: return nil
        }
    }
}
