import ArgumentParser
import TocsinJournal
import TocsinModel
import TocsinSQLite

/// Lists who did what.
struct AuditCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "List who did what: reports, people's words, closings and reloads, with the key they came with.",
        discussion: """
            Read from the journal or a backup, beside a daemon that may run. Each line has the time, the principal whose \
            connection brought it, and what it was. A reload says which clients came, went or were changed, and how many \
            connections it closed; one that nobody asked for was a start or a signal. Who runs it must be able to read the journal: root, or the user tocsin.

            Examples:
              sudo tocsin audit --since 8h
              sudo tocsin audit --by fire-desk
              tocsin audit --journal /backup/tocsin-2026-11-29.sqlite
              sudo tocsin audit --json | jq '.operations[] | select(.operation == "reload")'
            """)

    @Option(
        help: ArgumentHelp(
            "List what was done since then: a time such as 2026-11-23T08:00:00+08:00, or a span such as 8h.",
            valueName: "time"), transform: Since.init)
    var since: Since?

    @Option(help: ArgumentHelp("List what this principal did: a client's name, or uid:NAME.", valueName: "name"))
    var by: String?

    @OptionGroup var journal: JournalOptions

    var json: Bool { journal.json }

    func perform() async throws {
        var history = JournalHistory(try journal.folder(), since: since?.time(now: Clock.now))
        var isFirst = true
        if json { try Console.text(#"{"operations":["#) }
        do {
            while let operations = try history.next() {
                let wanted = operations.filter { by == nil || $0.entry.record.principal == by }
                guard !wanted.isEmpty else { continue }
                if json {
                    var writer = JSONWriter()
                    writer.array { json in
                        for operation in wanted { AuditView.write(operation, to: &json) }
                    }
                    // Without the brackets of this piece.
                    let text = String(decoding: writer.bytes.dropFirst().dropLast(), as: UTF8.self)
                    try Console.text(isFirst ? text : ",\(text)")
                } else {
                    try Console.text(wanted.map { AuditView.line($0, style: .output) + "\n" }.joined())
                }
                isFirst = false
            }
        } catch let error as JournalError {
            throw Failure(error)
        }
        if json { return try Console.line("]}") }
        if isFirst { try Console.line("Nothing.") }
    }
}
