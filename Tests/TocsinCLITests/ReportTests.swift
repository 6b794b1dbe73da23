import Testing
import TocsinModel
import TocsinWire

@testable import tocsin

@Suite struct ReportTests {
    @Test func `a report that was not stored, because its name is taken, is said not to be`() {
        let receipt = Receipt(
            incident: IncidentNumber(12), isDuplicate: true, differs: true, storedAt: Timestamp(milliseconds: 0),
            recipients: [])
        let name = ReportName(sender: "sensor-7", identifier: "1")
        #expect(
            ReceiptView.notStored(receipt, of: name)
                == "This report was not stored. Another one of 'sensor-7' is identified as '1': incident 12. "
                + "Report it again with an identifier of its own.")
    }

    @Test(arguments: ["12", "000000"])
    func `a wrong grid is found before anything is sent, and the field is named`(grid: String) throws {
        try expect(
            ["report", "--event", "x", "--category", "Fire", "--severity", "Severe", "--grid", grid],
            errors: """
                report: --grid '\(grid)' is not a grid code: 15 digits, or 12, 9 or 6 for a larger place, not 0 first \
                (field area.grid)

                """, status: 3)
    }

    @Test func `a wrong member of a file is found before anything is sent, and the field is named`() throws {
        let files = try TemporaryFiles([
            "report.json": Fixture.report.replacing(#""severity":"Severe""#, with: #""severity":"Bad""#)
        ])
        try expect(
            ["report", files.path("report.json")],
            errors: """
                \(files.path("report.json")): The member severity must be one of Extreme, Severe, Moderate, \
                Minor, Unknown; it is 'Bad'. (field severity)

                """, status: 3)
    }

    @Test func `programs get an error as a JSON object that names code and field`() throws {
        try expect(
            ["report", "--event", "x", "--category", "Fire", "--severity", "Severe", "--sender", "a b", "--json"],
            errors: """
                {"code":"invalid","message":"report: The member sender must not contain spaces, control \
                characters, ',', '<' or '&'. (field sender)","field":"sender"}

                """, status: 3)
        let run = try CommandRun(["status", "--json", "--control", "ipc:///nonexistent/control.ipc"])
        #expect(run.errors.hasPrefix(#"{"code":"unreachable","message":"No broker can be reached"#))
        #expect(run.status == 2)
    }

    @Test func `output that cannot be written is a failure`() throws {
        let files = try Fixture.files()
        let run = try CommandRun(["check", files.path("rules.yaml")], output: "/dev/full")
        #expect(run.errors == "tocsin: standard output: No space left on device\n")
        #expect(run.status == 1)
    }

    @Test func `a sender with a space is named as the field at fault`() throws {
        try expect(
            ["report", "--event", "x", "--category", "Fire", "--severity", "Severe", "--sender", "a b"],
            errors: """
                report: The member sender must not contain spaces, control characters, ',', '<' or '&'. (field sender)

                """, status: 3)
    }

    @Test func `the environment says where the broker is, and a flag goes before it`() throws {
        let environment = ["TOCSIN_ENDPOINTS_CONTROL": "ipc:///nonexistent/environment.ipc"]
        let first = try CommandRun(["status"], environment: environment)
        #expect(first.errors.contains("ipc:///nonexistent/environment.ipc"))
        let second = try CommandRun(
            ["status", "--control", "ipc:///nonexistent/flag.ipc"], environment: environment)
        #expect(second.errors.contains("ipc:///nonexistent/flag.ipc"))
    }

    @Test func `what is no endpoint is a wrong input`() throws {
        try expect(
            ["status", "--control", "localhost"],
            errors: """
                --control: 'localhost' is not an endpoint; valid are tcp://HOST:PORT, such as tcp://127.0.0.1:7701 or \
                tcp://[::1]:7701, and ipc:///PATH

                """, status: 3)
    }
}
