import ArgumentParser
import TocsinClient
import TocsinConfiguration
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinSQLite
import TocsinWire

/// Lists who did what.
struct AuditCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "List who did what: reports, people's words, closings and reloads, with the key they came with.",
        discussion: """
            Read from the journal or a backup, beside a daemon that may run; who runs it must be able to read the journal: \
            root, or the user tocsin. With --control or --key the broker is asked instead, which takes the right \
            'operate: read'. Each line has the time, the principal whose connection brought it, and what it was. A reload \
            says which clients came, went or were changed, and how many connections it closed, or why it was refused; one \
            that nobody asked for was a start or a signal. With --json a broker's answers come as they are, newest first.

            Examples:
              sudo tocsin audit --since 8h
              sudo tocsin audit --by fire-desk
              tocsin audit --journal /backup/tocsin-2026-11-29.sqlite
              tocsin audit --control tcp://broker:7704 --key li.key \\
                --broker-key broker.pub --since 8h
              sudo tocsin audit --json | jq '.operations[] | select(.operation == "reload")'
            """)

    @Option(
        help: ArgumentHelp(
            "List what was done since then: a time such as 2026-11-23T08:00:00+08:00, or a span such as 8h.",
            valueName: "time"), transform: Since.init)
    var since: Since?

    @Option(help: ArgumentHelp("List what this principal did: a client's name, or uid:NAME.", valueName: "name"))
    var by: String?

    @Option(
        help: ArgumentHelp(
            "The daemon's state folder, or a backup. (default: its configuration's, else \(JournalOptions.usual))",
            valueName: "folder"),
        completion: .directory)
    var journal: String?

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    /// The operations that are listed where the broker is asked and no time is given.
    private static let newest = 1000

    func validate() throws {
        try since?.requirePast("--since", now: Clock.now)
        guard journal == nil || !asksBroker else {
            throw ValidationError("--journal reads files, and --control and --key ask a broker: give one of them.")
        }
    }

    /// True if the broker is asked: a way to it is given, by a flag or a variable.
    private var asksBroker: Bool {
        control.endpoints.control != nil || control.endpoints.key != nil
            || journal == nil
                && [ConfigurationKey.control.variable, ClientVariables.key].contains {
                    Environment[$0]?.isEmpty == false
                }
    }

    func perform() async throws {
        let since = since?.time(now: Clock.now)
        if asksBroker { return try await listFromBroker(since: since) }
        var history = JournalHistory(
            try JournalOptions.folder(journal, configuration: control.endpoints.configuration), since: since)
        var list = AuditList(json: json)
        do {
            while let operations = try history.next() {
                try list.show(
                    operations.lazy.filter { by == nil || $0.entry.record.principal == by }.map { operation in
                        var json = JSONWriter()
                        operation.entry.writeOperation(
                            operation.rules.map { RulesChange(from: $0.before, to: $0.now) }, to: &json)
                        return json.bytes
                    })
            }
        } catch let error as JournalError {
            throw Failure(error)
        }
        try list.end()
    }

    /// Asks page by page, from the newest on, and lists the oldest first. Programs get the answers as they come.
    private func listFromBroker(since: Timestamp?) async throws {
        let request = try control.request()
        let (pages, isCut) = try await request.session { [by, json] client in
            var (before, count, pages) = (nil as Int64?, 0, [[String]]())
            repeat {
                let limit = since == nil ? Self.newest - count : Self.newest
                let argument = makeJSON { json in
                    json.member("since", ifPresent: since)
                    json.member("by", ifPresent: by)
                    json.member("limit", limit)
                    if let before { json.member("before", before) }
                }
                let answer = try await client.request(.audit, arguments: argument, within: request.timeout)
                let (page, rest) = try readAnswer(answer) { (json) throws(Refusal) in
                    let lines = try json.elements("operations") { (node) throws(Refusal) in
                        try AuditView.line(node, style: .output)
                    }
                    return (lines, try json.member(ifPresent: "before") as Int64?)
                }
                if json { try Console.line(answer) } else { pages.append(page) }
                (before, count) = (rest, count + page.count)
            } while before != nil && (since != nil || count < Self.newest)
            return (pages, before != nil)
        }
        if !json {
            let lines = pages.reversed().flatMap { $0.reversed() }
            try Console.text(lines.isEmpty ? "Nothing.\n" : lines.map { $0 + "\n" }.joined())
        }
        if isCut { Console.note("These are the newest; --since says from when on, and lists all of them.") }
    }
}

/// Shows operations as lines, or as one object.
private struct AuditList {
    let json: Bool
    private var isFirst = true

    init(json: Bool) {
        self.json = json
    }

    /// Shows operations, each an object.
    mutating func show(_ operations: some Sequence<[UInt8]>) throws {
        var text = ""
        for operation in operations {
            if json {
                text += (isFirst ? #"{"operations":["# : ",") + String(decoding: operation, as: UTF8.self)
            } else {
                text += try readAnswer(operation) { (json) throws(Refusal) in
                    try AuditView.line(json, style: .output) + "\n"
                }
            }
            isFirst = false
        }
        if !text.isEmpty { try Console.text(text) }
    }

    func end() throws {
        if json { return try Console.line(isFirst ? #"{"operations":[]}"# : "]}") }
        if isFirst { try Console.line("Nothing.") }
    }
}
