import ArgumentParser
import TocsinModel
import TocsinSQLite

/// Saves the whole records of a damaged journal.
struct SalvageCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "salvage",
        abstract: "Write what is whole of a damaged journal into a new folder; the daemon must not run.",
        discussion: """
            The damaged journal is only read. Each record proves itself by its checksum, wherever in the files it is found. \
            Incidents keep their numbers: a record that says nothing stands where one is lost. What is lost is said line by \
            line.

            Examples:
              sudo systemctl stop tocsind
              sudo tocsin salvage /var/lib/tocsin-salvaged
              sudo tocsin verify --journal /var/lib/tocsin-salvaged

            Where there is a backup that has what is lost here, restore that instead.
            """)

    @Argument(help: "A new folder.", completion: .directory)
    var out: String

    @OptionGroup var journal: JournalOptions

    var json: Bool { journal.json }

    func validate() throws {
        try JournalOptions.requireName(out, "What is whole goes into a new folder")
    }

    func perform() async throws {
        let folder = try journal.folder()
        let salvage = try journal.perform { fold, report in
            try JournalSalvage.write(folder, to: out, folding: fold, report: report)
        }
        if json {
            return try Console.line(
                makeJSON { json in
                    json.member("journal", out)
                    json.member("kept", salvage.kept)
                    json.member("lost", salvage.losses.lost)
                    json.member("leftOut", salvage.losses.leftOut)
                    json.array("lines") { json in for line in salvage.losses.lines { json.string(line) } }
                    json.array("notes") { json in for note in salvage.notes { json.string(note) } }
                    json.member("epoch", salvage.epoch.text)
                })
        }
        for note in salvage.notes { try Console.line("note: \(note.printable)") }
        for line in salvage.losses.lines { try Console.line(line.printable) }
        try Console.line(
            "\(out): \(counted(Int(salvage.kept), "record")) saved, \(salvage.losses.lost) lost, "
                + "\(salvage.losses.leftOut) left out or shortened for that; epoch \(salvage.epoch).")
        try Console.line(
            "Move \(folder) away, \(out) in its place, and start the daemon: systemctl start tocsind")
    }
}
