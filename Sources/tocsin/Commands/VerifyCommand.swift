import ArgumentParser
import TocsinModel
import TocsinSQLite

/// Checks everything that a journal has.
struct VerifyCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check everything that a journal or a backup has, and say what is wrong.",
        discussion: """
            Every record and its checksum, gaps, the tail, the indexes, the snapshot and what the SQL views say are \
            checked. Nothing is written, and a daemon that runs meanwhile goes on. Who runs it must be able to read the \
            journal: root, or the user tocsin.

            Examples:
              sudo tocsin verify
              tocsin verify --journal /backup/tocsin-2026-11-29.sqlite
              tocsin verify --journal /var/lib/tocsin --json | jq .faults

            The exit status is 0 where all is right, and 1 with a line for each thing that is wrong.
            """)

    @OptionGroup var journal: JournalOptions

    var json: Bool { journal.json }

    func perform() async throws {
        let folder = try journal.folder()
        let findings = try journal.perform { fold, report in
            try JournalCheck.run(folder, folding: fold, report: report)
        }
        if json {
            try Console.line(makeJSON { findings.write(to: &$0) })
        } else {
            for line in findings.lines(of: folder) { try Console.line(line) }
        }
        guard findings.isWhole else { throw ExitCode(ExitStatus.refused.rawValue) }
    }
}

extension JournalFindings {
    func lines(of journal: String) -> [String] {
        var lines = faults.map(\.printable)
        if faultCount > faults.count { lines.append("\(faultCount - faults.count) more") }
        lines += notes.map { "note: \($0.printable)" }
        if removedIncidents > 0, let removedThrough {
            lines.append(
                "\(counted(Int(removedIncidents), "incident")) that had been closed for long "
                    + "\(removedIncidents == 1 ? "was" : "were") removed; the newest was stored \(Clock.date(removedThrough))"
            )
        }
        let what = "\(counted(Int(records), "record")), \(counted(Int(incidents), "incident"))"
        lines.append(
            isWhole
                ? "\(journal) is whole: \(what)."
                : "\(journal) is damaged: \(counted(faultCount, "thing")) wrong in \(what).")
        return lines
    }

    /// `{"whole":true,"faults":[],"faultCount":0,"notes":[],"format":8,"epoch":"…","records":12,…}`
    func write(to json: inout JSONWriter) {
        json.member("whole", isWhole)
        json.member("faultCount", faultCount)
        json.array("faults") { json in for fault in faults { json.string(fault) } }
        json.array("notes") { json in for note in notes { json.string(note) } }
        json.member("format", format)
        json.member("epoch", ifPresent: epoch)
        json.member("records", records)
        json.member("incidents", incidents)
        if let removedThrough {
            json.member("removedIncidents", removedIncidents)
            json.member("removedThrough", removedThrough)
        }
        if let snapshotPosition { json.member("snapshot", snapshotPosition) }
    }
}
