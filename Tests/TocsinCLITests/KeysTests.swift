import Foundation
import Testing

/// What the command line says of a clients file, without a broker.
@Suite struct KeysTests {
    private static let clients = """
        clients:
          - name: handheld-7
            key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            report: { as: [handheld-7, "grid-*"], within: ["110101"], rate: 20/s }
          - name: fire-desk   # two of them
            key: "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
            join: [fire]
            feed: [alert/fire/]
            until: 2020-01-31
          - name: operator-li
            key: "cccccccccccccccccccccccccccccccccccccccc"
            operate: read
            join: all
            feed: [incident/Fire/, alert/]

        """
    private let files: TemporaryFiles
    private var path: String { files.path("clients.yaml") }

    init() throws {
        files = try TemporaryFiles([
            "clients.yaml": Self.clients, "departments.yaml": Fixture.departments, "grids.yaml": Fixture.grids,
        ])
    }

    private func test(_ words: String...) throws -> CommandRun {
        try CommandRun(["keys", "test"] + words + ["--file", path])
    }

    @Test(arguments: [
        (["handheld-7", "report", "--as", "handheld-7", "--grid", "110101005003002"], "4:20: yes, handheld-7"),
        (["handheld-7", "report", "--as", "grid-9", "--grid", "110101"], "4:32: yes, handheld-7"),
        (["operator-li", "operate", "read"], "12:14: yes, operator-li"),
        (["operator-li", "join", "leader@110101"], "13:11: yes, operator-li"),
        (["operator-li", "feed", "alert/fire/"], "14:28: yes, operator-li"),
    ])
    func `what is allowed is said with its line`(words: [String], expected: String) throws {
        let run = try CommandRun(["keys", "test"] + words + ["--file", path])
        #expect(run.output == "\(path):\(expected) may do this.\n", "\(run.errors)")
        #expect(run.status == 0)
    }

    @Test(arguments: [
        (
            ["handheld-7", "report", "--as", "li", "--grid", "110101"],
            "4:19: no. handheld-7 may not report as 'li': 'report.as' of its entry is handheld-7, grid-*."
        ),
        (
            ["handheld-7", "report", "--as", "handheld-7"],
            "4:51: no. handheld-7 may not report without a grid: 'report.within' of its entry is 110101."
        ),
        (
            ["handheld-7", "join", "fire"],
            "2:5: no. handheld-7 may not speak for fire: its entry of the clients file has no 'join'."
        ),
        (
            ["operator-li", "operate", "full"],
            "12:14: no. operator-li may not command here: 'operate' of its entry is read, and full is needed."
        ),
        (
            ["operator-li", "feed", "state/"],
            "14:11: no. operator-li may not see all of the feed under 'state/': 'feed' of its entry is incident/Fire/, "
                + "alert/."
        ),
        (
            ["fire-desk", "join", "fire"],
            "9:12: no. The key of fire-desk opens nothing any more: its 'until' was over at 2020-02-01T00:00:00.000Z."
        ),
    ])
    func `what is missing is said, and the exit status is 1`(words: [String], expected: String) throws {
        let run = try CommandRun(["keys", "test"] + words + ["--file", path])
        #expect(run.output == "\(path):\(expected)\n", "\(run.errors)")
        #expect(run.status == 1)
    }

    @Test func `programs get an object`() throws {
        let run = try test("operator-li", "operate", "full", "--json")
        #expect(
            run.output
                == #"{"client":"operator-li","allowed":false,"place":"\#(path):12:14","code":"notPermitted","#
                + #""message":"operator-li may not command here: 'operate' of its entry is read, and full is needed."}"#
                + "\n")
        #expect(run.status == 1)
    }

    @Test func `a client that is not there is told with the near ones, and a file that is wrong with its problems`()
        throws
    {
        let run = try test("handheld-8", "join", "fire", "--json")
        #expect(run.status == 3)
        #expect(run.errors.contains(#""code":"unknownClient""#) && run.errors.contains("did you mean 'handheld-7'?"))
        try Data("clients:\n  - { name: x, kay: y }\n".utf8).write(to: files.url("clients.yaml"))
        let wrong = try test("x", "join", "fire")
        #expect(wrong.status == 3 && wrong.errors.contains("clients.yaml:2:16: 'kay' is not a key of a client"))
    }

    @Test(arguments: [
        (["x", "report"], "A report names its sender: --as SENDER."),
        (["x", "join"], "Name the recipient to join"), (["x", "operate", "all"], "Say what to operate: read or full."),
        (["x", "join", "fire", "--as", "y"], "--as and --grid are for report."),
        (["x", "report", "--as", "y", "--grid", "12"], "'12' is not a grid code"),
    ])
    func `a question that is not whole is a wrong command line`(words: [String], expected: String) throws {
        let run = try CommandRun(["keys", "test"] + words)
        #expect(run.status == 64 && run.errors.contains(expected), "\(run.errors)")
    }

    @Test func `revoke says which lines are to go, and changes nothing without --file`() throws {
        let configuration = try TemporaryFiles([
            "tocsin.yaml": "security: { key: broker.key, clients: \(path) }\ndepartments: d\nrules: r\n"
        ])
        try expect(
            ["keys", "revoke", "fire-desk", "--config", configuration.path("tocsin.yaml")],
            output: """
                \(path):5:5: fire-desk is in lines 5 to 9.
                Remove them and say 'tocsin reload', or: tocsin keys revoke fire-desk --file \(path)

                """)
        #expect(try String(contentsOf: files.url("clients.yaml"), encoding: .utf8) == Self.clients)
    }

    @Test func `revoke with --file takes the entry out, and says so where the broker is not there to read it`() throws {
        let link = files.path("link.yaml")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        let run = try CommandRun([
            "keys", "revoke", "fire-desk", "--file", link, "--control", "ipc://\(files.path("nobody.ipc"))",
        ])
        #expect(run.status == 2)
        #expect(
            run.errors.hasPrefix(
                "tocsin: 'fire-desk' is removed from \(link), and its key still opens until the broker reads that. "),
            "\(run.errors)")
        let left = try String(contentsOf: files.url("clients.yaml"), encoding: .utf8)
        #expect(left.contains("handheld-7") && left.contains("operator-li") && !left.contains("fire-desk"))
        #expect(left.count < Self.clients.count)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o640)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: files.url("").path).count == 4)
        let again = try CommandRun(["keys", "revoke", "fire-desk", "--file", path, "--json"])
        #expect(again.status == 3 && again.errors.contains(#""code":"unknownClient""#))
    }

    @Test func `revoke leaves a list in brackets to a person`() throws {
        try Data("clients: [{ name: x, key: y }]\n".utf8).write(to: files.url("clients.yaml"))
        let run = try CommandRun(["keys", "revoke", "x", "--file", path])
        #expect(run.status == 3)
        #expect(
            run.errors
                == "\(path):1:11: the list of clients is in brackets, and its entries share lines; remove 'x' by hand, and "
                + "reload\n")
    }
}
