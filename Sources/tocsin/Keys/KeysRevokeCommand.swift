import ArgumentParser
import TocsinAccess
import TocsinClient
import TocsinConfiguration
import TocsinModel
import TocsinRouting
import TocsinWire

/// Takes a client out of the clients file, and has its connections closed.
struct KeysRevokeCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract:
            "Say which lines of the clients file to remove to shut a client out; with --file, remove them and reload.",
        discussion: """
            Without --file nothing is changed. With it the client's entry is cut out of the file, everything else stays byte \
            for byte, and the broker reads its files again: the client's connections are closed, and its key opens \
            nothing any more.

            Examples:
              tocsin keys revoke handheld-7
              tocsin keys revoke handheld-7 --file /etc/tocsin/clients.yaml
            """)

    @Argument(help: "The client's name.")
    var name: String

    @Option(
        help: ArgumentHelp("The clients file to remove it from.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func perform() async throws {
        let path = try ClientsFile(file, configuration: control.endpoints.configuration).path
        let edited = try EditedFile(path)
        let text = try ClientsText(yaml: edited.text, file: path)
        guard let place = text.entries(named: name).first?.place else { throw Failure(unknownClient: name, in: text) }
        let removal: ClientsText.Removal
        do throws(FileProblem) {
            removal = try text.removing(name)
        } catch {
            throw Failure(.invalid, error.description, code: "notRemoved")
        }
        guard file != nil else { return try say(place, removal, .none) }
        try edited.replace(by: removal.yaml)
        let outcome = try await reload(path)
        if case .answered = outcome { try await requireGone(path) }
        try say(place, removal, outcome)
    }

    private enum Outcome {
        /// Nobody was asked: the file is as it was.
        case none
        case answered([UInt8])
        /// The key by which the broker was told is itself one of those that are out now.
        case shutOut
        /// The client is out, and everything else of the reload was refused, for this reason.
        case outAlone(String)
    }

    /// Has the broker read its files again.
    private func reload(_ path: String) async throws -> Outcome {
        let sofar = "'\(name)' is removed from \(path)"
        do {
            return .answered(try await control.ask(.reload))
        } catch let failure as Failure where failure.code == "shutOut" {
            return .shutOut
        } catch let failure as Failure {
            if failure.status == .refused || failure.status == .invalid, await isGone() {
                return .outAlone(failure.description)
            }
            throw Failure(
                failure.status,
                "\(sofar), and its key still opens until the broker reads that. \(failure.description)",
                code: failure.code)
        }
    }

    /// Returns true if the broker says that it does not let the client in.
    private func isGone() async -> Bool {
        guard let answer = try? await control.ask(.clients) else { return false }
        let isGone = try? readAnswer(answer) { (json) throws(Refusal) -> Bool in
            let security: String = try json.member("security")
            let names = try json.elements("clients") { (client) throws(Refusal) in try client.member("name") as String }
            return security == "keys" && !names.contains(name)
        }
        return isGone ?? false
    }

    /// Requires that the broker lets the client in no more: its clients file may be another one, or none.
    private func requireGone(_ path: String) async throws {
        let answer: [UInt8]
        do {
            answer = try await control.ask(.clients)
        } catch is Failure {
            // An earlier broker cannot say.
            return
        }
        let (security, names) = try readAnswer(answer) { (json) throws(Refusal) in
            (
                try json.member("security") as String,
                try json.elements("clients") { (client) throws(Refusal) in try client.member("name") as String }
            )
        }
        guard security == "keys" else {
            throw Failure(
                .refused,
                "'\(name)' is removed from \(path), and this broker demands no keys: it lets in whoever reaches it.",
                code: "notRevoked")
        }
        guard !names.contains(name) else {
            throw Failure(
                .refused,
                "'\(name)' is removed from \(path), and the broker still lets it in: that is not the file that it reads. "
                    + "'tocsin check --config' names the file that it does.", code: "notRevoked")
        }
    }

    private func say(_ place: ClientsText.Place, _ removal: ClientsText.Removal, _ outcome: Outcome) throws {
        let (first, last) = (removal.lines.lowerBound, removal.lines.upperBound)
        if json {
            var (isRemoved, closed, refusal) = (true, Int?.none, String?.none)
            switch outcome {
            case .none: isRemoved = false
            case .answered(let answer):
                closed = try readAnswer(answer) { (json) throws(Refusal) in
                    try json.member(ifPresent: "connectionsClosed")
                }
            case .shutOut: break
            case .outAlone(let reason): refusal = reason
            }
            return try Console.line(
                makeJSON { json in
                    json.member("client", name)
                    json.member("file", place.file)
                    json.member("firstLine", first)
                    json.member("lastLine", last)
                    json.member("removed", isRemoved)
                    if let closed { json.member("connectionsClosed", closed) }
                    json.member("reloadRefused", ifPresent: refusal)
                })
        }
        let lines = first == last ? "line \(first)" : "lines \(first) to \(last)"
        if case .none = outcome {
            try Console.line("\(place): \(name) is in \(lines).")
            return try Console.line(
                "Remove them and say 'tocsin reload', or: tocsin keys revoke \(name) --file \(place.file)")
        }
        try Console.line("\(name) is removed from \(place.file): \(lines).")
        if case .outAlone(let reason) = outcome {
            try Console.line("Its key opens nothing any more.")
            return Console.note("note: everything else of the reload is refused. \(reason)")
        }
        guard case .answered(let answer) = outcome else {
            return try Console.line(
                "The broker has ended this command's own connection and refuses its key now, so it has not said how many "
                    + "connections it closed.")
        }
        let (line, warnings) = try readAnswer(answer, ReloadCommand.words)
        try Console.line(line)
        for warning in warnings { Console.note("note: \(warning)") }
    }
}

/// A file that is read, and replaced by another text in one step, unless somebody has changed it meanwhile.
private struct EditedFile {
    private let path: String
    private let bytes: [UInt8]
    let text: String

    init(_ path: String) throws(Failure) {
        self.path = path
        bytes = try InputFile.read(path)
        do throws(TextFile.Problem) {
            text = try TextFile.text(of: bytes, path)
        } catch {
            throw Failure(.invalid, error.description)
        }
    }

    func replace(by text: String) throws(Failure) {
        // A byte order mark stays.
        let mark = bytes.prefix(bytes.count - self.text.utf8.count)
        do throws(TextFile.Problem) {
            try TextFile.replace(path, bytes, by: mark + Array(text.utf8))
        } catch {
            throw Failure(.refused, error.description, code: "notRemoved")
        }
    }
}
