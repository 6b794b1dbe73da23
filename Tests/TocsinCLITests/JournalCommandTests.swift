import Foundation
import JournalContract
import Testing
import TocsinJournal
import TocsinSQLite

/// The commands that read and write journals, over journals that the tests have written.
@Suite struct JournalCommandTests {
    private let files: TemporaryFiles
    private var state: String { files.path("state") }
    private var backup: String { files.path("backup.sqlite") }

    init() throws {
        files = try TemporaryFiles([:])
        let journal = try SQLiteJournalStore(folder: files.path("state")).open()
        try journal.append(Sample.everyKind)
        journal.close()
    }

    private func overwrite(_ path: String, _ text: String, with other: String) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try #require(bytes.range(of: Data(text.utf8)) != nil)
        // In the table and in its index.
        while let range = bytes.range(of: Data(text.utf8)) { bytes.replaceSubrange(range, with: Data(other.utf8)) }
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    @Test func `verify says that a journal is whole, in a line or an object`() throws {
        try expect(["verify", "--journal", state], output: "\(state) is whole: 9 records, 2 incidents.\n")
        let run = try CommandRun(["verify", "--journal", state, "--json"])
        #expect(
            run.output.hasPrefix(#"{"whole":true,"faultCount":0,"faults":[],"notes":[],"format":10,"epoch":""#),
            "\(run.output)")
        #expect(run.output.hasSuffix(#""records":9,"incidents":2}"# + "\n"))
    }

    @Test func `verify has a line for each thing that is wrong, and ends with 1`() throws {
        try overwrite("\(state)/journal.sqlite", "鼓楼西大街冒烟", with: "鼓楼西大街冒气")
        let run = try CommandRun(["verify", "--journal", state])
        let lines = run.output.split(separator: "\n")
        #expect(run.status == 1)
        #expect(lines.count == 3)
        #expect(lines.prefix(2).allSatisfy { $0.contains(": its checksum is ") })
        #expect(lines.last == "\(state) is damaged: 2 things wrong in 9 records, 0 incidents.")
    }

    @Test func `where the journal is comes from a flag, the environment or the configuration`() throws {
        let configuration = try TemporaryFiles(["tocsin.yaml": "state: \(state)\n"])
        let whole = "\(state) is whole: 9 records, 2 incidents.\n"
        #expect(try CommandRun(["verify"], environment: ["STATE_DIRECTORY": state]).output == whole)
        #expect(try CommandRun(["verify"], environment: ["TOCSIN_STATE": state]).output == whole)
        try expect(["verify", "--config", configuration.path("tocsin.yaml")], output: whole)
        try expect(
            ["verify"], errors: "tocsin: /var/lib/tocsin cannot be read: No such file or directory.\n", status: 1)
        let empty = try CommandRun(["verify"], environment: ["STATE_DIRECTORY": ""])
        #expect(empty.errors == "tocsin: /var/lib/tocsin cannot be read: No such file or directory.\n")
    }

    @Test func `a backup is written, not overwritten, and restored in another epoch`() throws {
        let made = try CommandRun(["backup", backup, "--journal", state])
        #expect(made.status == 0)
        #expect(
            made.output.hasPrefix("\(backup): 9 records, 2 incidents, ") && made.output.hasSuffix(" bytes, checked.\n"))
        #expect(made.errors.isEmpty)
        try expect(
            ["backup", backup, "--journal", state],
            errors: "tocsin: \(backup) exists. Give another name, or --force to have it replaced.\n", status: 1)
        let again = try CommandRun(["backup", backup, "--journal", state, "--force", "--json"])
        #expect(again.output.hasPrefix(#"{"file":"\#(backup)","bytes":"#), "\(again.output)")

        let restored = try CommandRun(["restore", backup, "--journal", state])
        let lines = restored.output.split(separator: "\n")
        #expect(restored.status == 0)
        #expect(lines.count == 3)
        #expect(
            lines.first?.hasPrefix("The journal in \(state) is \(backup) now: 9 records, 2 incidents, epoch ") == true)
        #expect(lines.dropFirst().first?.hasPrefix("What was there lies in \(state)/before-restore-") == true)
        #expect(lines.last == "Start the daemon now: systemctl start tocsind")
        try expect(["verify", "--journal", state], output: "\(state) is whole: 9 records, 2 incidents.\n")
        try expect(["verify", "--journal", backup], output: "\(backup) is whole: 9 records, 2 incidents.\n")
    }

    @Test func `restore refuses while somebody has the journal, and says what to do`() throws {
        #expect(try CommandRun(["backup", backup, "--journal", state]).status == 0)
        let journal = try SQLiteJournalStore(folder: state).open()
        try expect(
            ["restore", backup, "--journal", state],
            errors: "tocsin: A tocsind uses \(state). Stop it first: systemctl stop tocsind\n", status: 1)
        let run = try CommandRun(["salvage", files.path("saved"), "--journal", state, "--json"])
        #expect(run.errors.hasPrefix(#"{"code":"inUse","message":"A tocsind uses "#))
        #expect(run.status == 1)
        journal.close()
    }

    @Test func `a file that is no backup is named itself, and nothing is changed`() throws {
        #expect(try CommandRun(["backup", backup, "--journal", state]).status == 0)
        let whole = try Data(contentsOf: URL(fileURLWithPath: backup))
        let wrong: [(name: String, bytes: Data, words: String)] = [
            ("empty", Data(), "is empty, and no backup of Tocsin's. Nothing was changed."),
            (
                "text", Data("hello\n".utf8),
                "is not a file of SQLite's, and no backup of Tocsin's. Nothing was changed."
            ),
            ("short", whole.prefix(20), "is not whole (it ends after 20 bytes), so nothing was changed."),
            ("half", whole.prefix(5000), "is not whole (it cannot be read (SQLite: database disk image is malformed))"),
        ]
        for (name, bytes, words) in wrong {
            let path = files.path(name)
            try bytes.write(to: URL(fileURLWithPath: path))
            let run = try CommandRun(["restore", path, "--journal", state])
            #expect(run.status == 1)
            #expect(run.errors.hasPrefix("tocsin: \(path) \(words)"), "\(run.errors)")
        }
        let text = files.path("text")
        let run = try CommandRun(["verify", "--journal", text])
        #expect(run.status == 1 && run.output == "")
        #expect(
            run.errors.hasPrefix(
                "tocsin: \(text) is no journal and no backup of Tocsin's, or its beginning is damaged"),
            "\(run.errors)")
        try overwrite(backup, "Tocs", with: "tacs")
        try expect(
            ["restore", backup, "--journal", state],
            errors:
                "tocsin: \(backup) is an SQLite file of another program, and no backup of Tocsin's. Nothing was changed.\n",
            status: 1)
        try expect(["verify", "--journal", state], output: "\(state) is whole: 9 records, 2 incidents.\n")
    }

    @Test func `a file in the place of the state folder is named, and so is what is expected`() throws {
        let file = "\(state)/journal.sqlite"
        let words = "tocsin: \(file) is a file, and the state folder is expected: the one that has journal.sqlite and "
        for command in [["backup", backup], ["salvage", files.path("saved")]] {
            let run = try CommandRun(command + ["--journal", file])
            #expect(run.status == 1 && run.errors.hasPrefix(words), "\(run.errors)")
        }
    }

    @Test(arguments: ["backup", "restore", "salvage"], ["", "-"])
    func `what is no name is refused`(command: String, name: String) throws {
        let run = try CommandRun([command, name, "--journal", state])
        #expect(run.status == 64)
        #expect(run.errors.contains("'\(name)' is no name of one."), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: "-"))
    }

    @Test func `salvage writes nothing into the damaged folder, whatever leads there`() throws {
        let link = files.path("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: state)
        for target in ["\(state)/saved", "\(link)/saved"] {
            try expect(
                ["salvage", target, "--journal", state],
                errors:
                    "tocsin: \(target) lies in \(state), which is only read. Give the name of a new folder elsewhere.\n",
                status: 1)
        }
    }

    @Test func `salvage misses no tail where a restored journal has had none yet`() throws {
        let saved = files.path("saved")
        #expect(try CommandRun(["backup", backup, "--journal", state]).status == 0)
        #expect(try CommandRun(["restore", backup, "--journal", state]).status == 0)
        let run = try CommandRun(["salvage", saved, "--journal", state])
        #expect(run.status == 0)
        #expect(run.output.hasPrefix("\(saved): 9 records saved, 0 lost"), "\(run.output)")
    }

    @Test func `salvage says what is lost, line by line, and verify finds the rest whole`() throws {
        let saved = files.path("saved")
        try overwrite("\(state)/journal.sqlite", "误报", with: "误传")
        // The tail's old batches still have it.
        try FileManager.default.removeItem(atPath: "\(state)/journal.tail")
        let run = try CommandRun(["salvage", saved, "--journal", state])
        let lines = run.output.split(separator: "\n")
        #expect(run.status == 0)
        #expect(lines.first == "note: \(state)/journal.tail is missing: what was in it alone is lost")
        #expect(lines.dropFirst().first == "record 8 is lost")
        #expect(
            lines.dropFirst(2).first?.hasPrefix(
                "\(saved): 8 records saved, 1 lost, 0 left out or shortened for that; epoch ")
                == true, "\(run.output)")
        try expect(["verify", "--journal", saved], output: "\(saved) is whole: 9 records, 2 incidents.\n")
        try expect(
            ["salvage", saved, "--journal", state],
            errors: "tocsin: \(saved) exists. Give the name of a new folder.\n", status: 1)
    }

    @Test func `a later version's journal is refused, and both versions are named`() throws {
        #expect(try CommandRun(["backup", backup, "--journal", state]).status == 0)
        try overwrite(backup, "9: subscriptions", with: "11: subscription")
        let run = try CommandRun(["restore", backup, "--journal", state, "--json"])
        #expect(run.status == 1)
        #expect(run.errors.contains(#"{"code":"incompatible","message":""#))
        #expect(run.errors.contains("it has format 11, and this version reads formats 1 to 10."))
    }
}
