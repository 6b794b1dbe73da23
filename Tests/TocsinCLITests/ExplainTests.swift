import Testing

@Suite struct ExplainTests {
    @Test func `who would be told is explained from files, without a broker`() throws {
        let files = try Fixture.files()
        try expect(
            [
                "explain", "--rules", files.path("rules.yaml"), "--event", "structure-fire", "--category", "fire",
                "--severity", "SEVERE",
            ],
            output: """
                Told
                  fire           must acknowledge  rule 火灾 structure fire
                  leader@110101  is informed       rule 火灾 structure fire

                If nobody answers
                  rule 火灾 structure fire: acknowledge within 60 s
                    unanswered after 3 min: leader@110101 is told

                Rules that matched
                  ✓ 火灾 structure fire
                      category is Fire; severity Severe is at least Moderate

                Rules that did not match
                  ✗ gas leak
                      event: wants gas-leak, found structure-fire

                """)
    }

    @Test func `a test that no rule is for rings nobody, and the rule that would match in earnest is shown`() throws {
        let files = try Fixture.files()
        try expect(
            [
                "explain", "--rules", files.path("rules.yaml"), "--event", "structure-fire", "--category", "fire",
                "--severity", "SEVERE", "--status", "test",
            ],
            output: """
                Told
                  leader@110101  is informed  rule fallback – no rule for the status Test matches, so nobody has to act

                Rules that matched
                  none: the fallback is informed

                Rules that did not match
                  ✗ 火灾 structure fire
                      status: wants Actual, Exercise, found Test
                  ✗ gas leak
                      event: wants gas-leak, found structure-fire

                """)
    }

    @Test func `a report may come from standard input, and programs get JSON`() throws {
        let files = try Fixture.files()
        let run = try CommandRun(
            ["explain", "-", "--rules", files.path("rules.yaml"), "--json"], input: Fixture.report)
        #expect(run.errors == "")
        #expect(run.status == 0)
        #expect(run.output.hasPrefix(#"{"rules":[{"rule":"火灾 structure fire","verdict":"matched","#))
    }

    @Test func `rules that are not there are named`() throws {
        try expect(
            ["explain", "-", "--rules", "/nonexistent/nope.yaml"], input: Fixture.report,
            errors: "tocsin: /nonexistent/nope.yaml cannot be read: there is no such file\n", status: 3)
    }

    @Test func `rules with a problem explain nothing`() throws {
        let files = try Fixture.files(rules: "fallback: nobody\nrules: []\n")
        let run = try CommandRun(["explain", "-", "--rules", files.path("rules.yaml")], input: Fixture.report)
        #expect(run.output == "")
        #expect(run.errors.hasPrefix("\(files.path("rules.yaml")):1:11: 'nobody' is not"))
        #expect(run.status == 3)
    }
}
