import ArgumentParser
import TocsinModel
import TocsinSQLite

/// Puts a backup in the journal's place.
struct RestoreCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a backup in the journal's place; the daemon must not run.",
        discussion: """
            The backup is checked first. The present journal is moved into a folder beside, named by the time, and never \
            deleted. The journal gets another epoch, by which terminals know that numbers may be given again: what came \
            after the backup is not there.

            Examples:
              sudo systemctl stop tocsind
              sudo tocsin restore /backup/tocsin-2026-11-29.sqlite
              sudo systemctl start tocsind

            Killed on the way, it leaves the present journal or the restored one, and the daemon starts on either.
            """)

    @Argument(help: "The backup.", completion: .file())
    var file: String

    @OptionGroup var journal: JournalOptions

    var json: Bool { journal.json }

    func validate() throws {
        try JournalOptions.requireName(file, "A backup is a file")
    }

    func perform() async throws {
        let folder = try journal.folder()
        let restore = try journal.perform { fold, report in
            try JournalRestore.run(file, into: folder, folding: fold, report: report)
        }
        if json {
            return try Console.line(
                makeJSON { json in
                    json.member("journal", folder)
                    json.member("records", restore.findings.records)
                    json.member("incidents", restore.findings.incidents)
                    json.member("epoch", restore.epoch.text)
                    json.member("aside", ifPresent: restore.aside)
                })
        }
        try Console.line(
            "The journal in \(folder) is \(file) now: \(counted(Int(restore.findings.records), "record")), "
                + "\(counted(Int(restore.findings.incidents), "incident")), epoch \(restore.epoch).")
        if let aside = restore.aside {
            try Console.line("What was there lies in \(aside): remove it when nobody needs it any more.")
        }
        try Console.line("Start the daemon now: systemctl start tocsind")
    }
}
