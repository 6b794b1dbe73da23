import Testing

@Suite struct ConditionsArgumentTests {
    private static let asked = ["--preview", "--control", "ipc:///nonexistent/control.ipc"]

    @Test func `what is neither JSON nor a file is answered with what is wanted`() throws {
        try expect(
            ["silence", "--when", "event: smoke"] + Self.asked,
            errors: """
                tocsin: --when wants conditions as JSON, such as --when '{"event": "smoke-alarm"}', or a file that has them; \
                'event: smoke' is no JSON object, and there is no file of that name.

                """, status: 3)
    }

    @Test func `a file that is there and cannot be read is named`() throws {
        let run = try CommandRun(["silence", "--when", "/"] + Self.asked)
        #expect(run.errors.hasPrefix("tocsin: / cannot be read: "), "\(run.errors)")
        #expect(run.status == 3)
    }

    @Test func `a file that has something else is named`() throws {
        let files = try TemporaryFiles(["when.json": "[]"])
        let path = files.path("when.json")
        try expect(
            ["silence", "--when", path] + Self.asked,
            errors: "\(path): the conditions are one JSON object, such as {\"category\": \"Fire\"}.\n", status: 3)
    }
}
