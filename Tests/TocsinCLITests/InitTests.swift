import Foundation
import Testing

@testable import tocsin

@Suite struct InitTests {
    private let files: TemporaryFiles
    private var folder: String { files.path("site") }
    /// The program as it was called, by its path.
    private var tocsin: String { CommandRun.folder.appendingPathComponent("tocsin").path }

    init() throws {
        files = try TemporaryFiles([:])
    }

    @Test func `what it writes passes the check, and the next steps are named`() throws {
        try expect(
            ["init", folder],
            output: """
                wrote \(folder)/tocsin.yaml
                wrote \(folder)/departments.yaml
                wrote \(folder)/grids.yaml
                wrote \(folder)/rules.yaml

                Change them to your own, and check them:
                  \(tocsin) check --config \(folder)/tocsin.yaml

                Start the broker, and leave it running:
                  mkdir -p -m 700 \(folder)/state \(folder)/run
                  export STATE_DIRECTORY="$(realpath \(folder)/state)" RUNTIME_DIRECTORY="$(realpath \(folder)/run)"
                  \(tocsin)d --config \(folder)/tocsin.yaml

                Receive alerts in a second terminal, report in a third, and ask the broker how it does:
                  \(tocsin) listen fire --config \(folder)/tocsin.yaml
                  \(tocsin) report --config \(folder)/tocsin.yaml --event structure-fire --category Fire --severity Severe \
                --grid 100001001001001
                  RUNTIME_DIRECTORY="$(realpath \(folder)/run)" \(tocsin) status --config \(folder)/tocsin.yaml

                """)
        try expect(
            ["check", "--config", "\(folder)/tocsin.yaml"],
            output: """
                \(folder)/tocsin.yaml: the configuration is right
                \(folder)/departments.yaml: 3 departments, 2 roles
                \(folder)/grids.yaml: 8 places, 7 mailboxes in all
                \(folder)/rules.yaml: 5 rules, 3 expectations, fallback security

                """)
        #expect(InitCommand.nextSteps(in: "/etc/tocsin").contains("  sudo systemctl restart tocsind"))
        #expect(InitCommand.nextSteps(in: "my site").contains("  tocsind --config 'my site/tocsin.yaml'"))
    }

    @Test func `the commands in its comments are right`() throws {
        _ = try CommandRun(["init", folder])
        let rules = "\(folder)/rules.yaml"
        let run = try CommandRun([
            "explain", "--rules", rules, "--event", "gas-leak", "--category", "Infra", "--severity", "Severe",
            "--grid", "100001001001001",
        ])
        #expect(run.status == 0)
        #expect(run.output.contains("warden@100001001001001"))
    }

    @Test func `the holidays that it names in a comment can be had`() throws {
        _ = try CommandRun(["init", folder])
        let configuration = "\(folder)/tocsin.yaml"
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
        try text.replacing("\n# holidays: ", with: "\nholidays: ")
            .write(toFile: configuration, atomically: false, encoding: .utf8)
        #expect(
            try CommandRun(["check", "--config", configuration]).errors.contains(
                "\(folder)/holidays.yaml cannot be read"))
        let year = Calendar(identifier: .gregorian).component(.year, from: Date())
        let off = (year - 1...year + 1).map { "  - \($0)-01-01\n" }.joined()
        try "off:\n\(off)".write(toFile: "\(folder)/holidays.yaml", atomically: false, encoding: .utf8)
        let run = try CommandRun(["check", "--config", configuration])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("\(folder)/holidays.yaml: 3 days off, 0 working days moved"))
    }

    @Test(arguments: ["tocsin.yaml", "rules.yaml"])
    func `it changes nothing that is there, and writes nothing beside it`(name: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try "mine\n".write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
        try expect(
            ["init", "\(folder)/"],
            errors: "tocsin: \(folder)/\(name) is there already; nothing was written. Choose another folder.\n",
            status: 3)
        #expect(try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) == "mine\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [name])
    }

    @Test func `a folder that cannot be made is named`() throws {
        try expect(
            ["init", "/proc/none/site", "--json"],
            errors: #"{"code":"refused","message":"/proc/none/site cannot be written: No such file or directory"}"#
                + "\n",
            status: 1)
    }
}
