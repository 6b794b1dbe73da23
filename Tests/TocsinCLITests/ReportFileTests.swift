import ArgumentParser
import Testing
import TocsinModel

@testable import tocsin

/// A report from a file: what is missing is filled in, flags override, and everything else stays as it is.
@Suite struct ReportFileTests {
    private static let partial =
        #"{ "event": "gas-leak", "category":"Infra", "x": [1.50, {"y":"}"}], "severity":"Severe","#
        + #" "urgency":"Immediate", "certainty":"Observed" }"#

    private func prepared(_ text: String, _ flags: String...) throws -> PreparedReport {
        let files = try TemporaryFiles(["report.json": text])
        return try ReportOptions.parse([files.path("report.json")] + flags).prepared()
    }

    @Test func `a file that lacks nothing goes out byte for byte`() throws {
        let text = Fixture.report + " \n"
        let report = try prepared(text)
        #expect(report.bytes == Array(text.utf8))
        #expect(report.notice == nil)
    }

    @Test func `a report larger than the usual limit is left to the broker, which may allow it`() throws {
        let large = String(repeating: "烟", count: 100_000)
        let text = Fixture.report.replacing("{", with: #"{"description":"\#(large)","#, maxReplacements: 1)
        #expect(try prepared(text).bytes == Array(text.utf8))
    }

    @Test func `identifier, sender and time are filled in, and that is said`() throws {
        let report = try prepared(Self.partial)
        #expect(report.filledIn == ["identifier", "sender", "sent"])
        let name = report.report.name
        #expect(name.identifier.count == 36)
        #expect(name.sender == Environment.userAtHost)
        #expect(
            report.notice
                == "\(report.source): filled in what is missing: identifier \(name.identifier), sender "
                + "\(name.sender), sent \(report.report.sent)")
        let text = String(decoding: report.bytes, as: UTF8.self)
        #expect(text.hasPrefix(#"{"event":"gas-leak","category":"Infra","x":[1.50, {"y":"}"}],"severity":"Severe","#))
    }

    @Test func `flags fill in and override, in the area and in the parameters too`() throws {
        let report = try prepared(
            #"{"sender":"a@b","sent":"2026-11-23T08:10:00Z","identifier":"1","event":"x","category":"Fire","severity":"Minor","#
                + #""urgency":"Future","certainty":"Likely","area":{"areaDesc":"here","grid":"110101"},"#
                + #""parameter":{"floor":"1","name":"\"火\""}}"#,
            "--severity", "extreme", "--grid", "110101005003002", "--parameter", "floor=3", "--parameter", "k=v",
            "--identifier", "2", "--headline", #"a "b""#)
        #expect(
            String(decoding: report.bytes, as: UTF8.self)
                == #"{"sender":"a@b","sent":"2026-11-23T08:10:00Z","identifier":"2","event":"x","category":"Fire","#
                + #""severity":"Extreme","urgency":"Future","certainty":"Likely","#
                + #""area":{"areaDesc":"here","grid":"110101005003002"},"#
                + #""parameter":{"floor":"3","name":"\"火\"","k":"v"},"headline":"a \"b\""}"#)
        #expect(report.notice == nil)
    }

    @Test(arguments: [("--update", MessageType.update), ("--cancel", .cancel)])
    func `a report is news of the earlier ones that a flag names, as flags and as a file`(
        flag: String, type: MessageType
    ) throws {
        let earlier = ["handheld-7,r-0017,2026-11-23T08:10:00+08:00", "s,2,2026-11-23T08:11:00Z"]
        let flags = earlier.flatMap { [flag, $0] }
        let files = try TemporaryFiles(["report.json": Fixture.report])
        for words in [[files.path("report.json")], ["--event", "x", "--category", "Fire", "--severity", "Minor"]] {
            let report = try ReportOptions.parse(words + flags).prepared().report
            #expect(report.messageType == type)
            #expect(report.references == earlier.joined(separator: " "))
        }
    }

    @Test func `what is not three parts is answered with what would be right`() throws {
        let required = ["report", "--event", "x", "--category", "Fire", "--severity", "Severe"]
        try expect(
            required + ["--update", "r-0017"],
            errors: """
                report: --update 'r-0017' is not SENDER,IDENTIFIER,SENT of an earlier report, such as \
                handheld-7,r-0017,2026-11-23T08:10:00+08:00 (field references)

                """, status: 3)
        let both = try CommandRun(required + ["--update", "a", "--cancel", "b"])
        let words = "Error: A report is an Update or a Cancel; give --update or --cancel, not both.\n"
        #expect(both.errors.hasPrefix(words))
        #expect(both.status == 64)
    }

    @Test func `--strict refuses what is incomplete, and takes no flags`() throws {
        let files = try TemporaryFiles(["report.json": Self.partial])
        let path = files.path("report.json")
        try expect(
            ["report", path, "--strict"],
            errors: "\(path): The member sender is required and missing. (field sender)\n", status: 3)
        let usage = try CommandRun(["report", path, "--strict", "--headline", "x"])
        #expect(usage.errors.hasPrefix("Error: --strict takes the file as it is; leave the other flags out.\n"))
        #expect(usage.status == 64)
    }

    @Test func `what is not JSON is refused with line and column`() throws {
        let files = try TemporaryFiles(["report.json": "{\n  \"event\": \"x\"\n  \"category\": \"Fire\"\n}\n"])
        let path = files.path("report.json")
        let run = try CommandRun(["report", path])
        #expect(run.errors.hasPrefix("\(path):3:3: The report is not JSON: "))
        #expect(run.status == 3)
        let input = try CommandRun(["report", "-", "--json"], input: "{\"event\": x}")
        #expect(
            input.errors.hasPrefix(#"{"code":"malformed","message":"standard input:1:11: The report is not JSON: "#))
        #expect(input.status == 3)
    }

    @Test(arguments: [
        (["--grid", "12"], "area.grid"), (["--point", "91,0"], "area.point"), (["--sent", "today"], "sent"),
        (["--parameter", "floor"], "parameter"), (["--update", "handheld-7,r-0017"], "references"),
        (["--cancel", "handheld-7,r 17,2026-11-23T08:10:00Z"], "references"),
        (["--cancel", "a,b,today"], "references"),
    ])
    func `with --json the field that a flag gives is named too`(flags: [String], field: String) throws {
        let required = ["report", "--json", "--event", "x", "--category", "Fire", "--severity", "Severe"]
        let run = try CommandRun(required + flags)
        #expect(run.errors.hasSuffix(#","field":"\#(field)"}"# + "\n"), "\(run.errors)")
        #expect(run.status == 3)
    }

    @Test func `a member that is there twice is not hidden by filling in`() throws {
        let files = try TemporaryFiles(["report.json": #"{"event":"x","event":"y"}"#])
        let run = try CommandRun(["report", files.path("report.json"), "--event", "z"])
        #expect(run.errors.contains("(field event)"))
        #expect(run.status == 3)
    }
}
