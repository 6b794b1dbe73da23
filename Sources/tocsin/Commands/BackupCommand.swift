import ArgumentParser
import TocsinModel
import TocsinSQLite

/// Writes a backup of the journal, and checks it.
struct BackupCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Write a backup of the journal to a file, while the daemon runs or not, and check it.",
        discussion: """
            Whatever had its receipt before the command began is in the backup. It has its name once it is whole, checked \
            and on disk; until then it has '.partial' behind it. Who runs it must be able to read the journal: root, or the \
            user tocsin.

            Examples:
              sudo tocsin backup /backup/tocsin-$(date +%F).sqlite
              sudo tocsin backup /backup/tocsin.sqlite --force

            It is an SQLite file with the journal's tables and views. 'tocsin restore' puts it in the journal's place.
            """)

    @Argument(help: "The backup's name.", completion: .file())
    var file: String

    @Flag(help: "Replace a file that has the name.")
    var force = false

    @OptionGroup var journal: JournalOptions

    var json: Bool { journal.json }

    func validate() throws {
        try JournalOptions.requireName(file, "A backup is a file, which is checked before it gets its name")
    }

    func perform() async throws {
        let folder = try journal.folder()
        let backup = try journal.perform { fold, report in
            try JournalBackup.write(folder, to: file, replacing: force, folding: fold, report: report)
        }
        if json {
            try Console.line(
                makeJSON { json in
                    json.member("file", file)
                    json.member("bytes", backup.bytes)
                    json.member("records", backup.findings.records)
                    json.member("incidents", backup.findings.incidents)
                    json.member("epoch", ifPresent: backup.findings.epoch)
                })
        } else {
            try Console.line(
                "\(file): \(counted(Int(backup.findings.records), "record")), "
                    + "\(counted(Int(backup.findings.incidents), "incident")), \(backup.bytes) bytes, checked.")
        }
    }
}
