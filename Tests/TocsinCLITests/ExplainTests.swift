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
                  after  who                                      why
                  1 min  fire           should have acknowledged
                  3 min  leader@110101  is told again             step 1 of rule 火灾 structure fire, which waits for fire
                  4 min  leader@110101  should have acknowledged
                  then nobody else is told: still open, unanswered: fire, leader@110101

                Rules that matched
                  ✓ 火灾 structure fire, line 3
                      category is Fire; severity Severe is at least Moderate

                Rules that did not match
                  ✗ gas leak, line 10
                      event: wants gas-leak, found structure-fire

                """)
    }

    @Test func `at another time other rules match, and the timetable has its hours`() throws {
        let files = try Fixture.files(
            rules: """
                fallback: fire
                rules:
                  - name: 夜间 by night
                    when: { during: "22:00-06:00 UTC" }
                    notify: fire
                    escalate: [{ after: 90m, to: leader@110101 }]
                """)
        let night = [
            "explain", "--rules", files.path("rules.yaml"), "--event", "structure-fire", "--category", "fire",
            "--severity", "SEVERE", "--at", "2026-11-28T03:30:00+05:00",
        ]
        try expect(
            night,
            output: """
                Told at 2026-11-27 22:30:00
                  fire  must acknowledge  rule 夜间 by night

                If nobody answers
                  after       at                   who                                      why
                  5 min       22:35:00             fire           should have acknowledged
                  1 h 30 min  2026-11-28 00:00:00  leader@110101  is told                   step 1 of rule 夜间 by night, which waits for fire
                  1 h 35 min  2026-11-28 00:05:00  leader@110101  should have acknowledged
                  then nobody else is told: still open, unanswered: fire, leader@110101

                Rules that matched
                  ✓ 夜间 by night, line 3
                      Fri 2026-11-27 22:30 UTC is during 22:00-06:00 UTC

                """)
        let json = try CommandRun(night + ["--json"]).output
        #expect(json.hasPrefix(#"{"at":"2026-11-27T22:30:00.000Z","rules":[{"rule":"夜间 by night","line":3,"#))
        let timetable =
            #""timetable":[{"afterMs":0,"at":"2026-11-27T22:30:00.000Z","told":[{"recipient":"fire","purpose":"action","#
            + #""rule":"夜间 by night"}]},{"afterMs":300000,"at":"2026-11-27T22:35:00.000Z","overdue":["fire"]},"#
            + #"{"afterMs":5400000,"at":"2026-11-28T00:00:00.000Z","told":[{"recipient":"leader@110101","#
            + #""purpose":"action","rule":"夜间 by night","step":1,"plan":0}]},{"afterMs":5700000,"#
            + #""at":"2026-11-28T00:05:00.000Z","overdue":["leader@110101"]}],"unanswered":["fire","leader@110101"]}"#
        #expect(json.hasSuffix(timetable + "\n"))
    }

    @Test func `what is kept still, what it joins and that one answer is enough are said`() throws {
        let files = try Fixture.files(
            rules: """
                fallback: fire
                rules:
                  - name: 烟 smoke
                    when: { event: smoke }
                    notify: [fire, gas]
                    require: any
                    escalate: [{ after: 90m, to: leader@110101 }]
                    correlate: { by: [event, grid], within: 10m }
                silences:
                  - { name: 夜间施工, when: { event: smoke }, during: 22:00-06:00 UTC, by: Li, reason: works }
                """)
        let asked = [
            "explain", "--rules", files.path("rules.yaml"), "--event", "smoke", "--category", "fire", "--severity",
            "SEVERE", "--at", "2026-11-27T22:30:00Z",
        ]
        try expect(
            asked + ["--grid", "110101"],
            output: """
                Told at 2026-11-27 22:30:00
                  fire  must acknowledge  rule 烟 smoke
                  gas   must acknowledge  rule 烟 smoke
                  rule 烟 smoke requires any: one answer is enough of fire, gas
                  kept still by silence “夜间施工” of the rules until 2026-11-28 06:00:00: nobody is told before
                  joins no incident: rule 烟 smoke correlates by event and grid within 10m, and the report has no grid

                If nobody answers when the silence is over
                  after       at                   who                                      why
                  5 min       2026-11-28 06:05:00  fire, gas      should have acknowledged
                  1 h 30 min  2026-11-28 07:30:00  leader@110101  is told                   step 1 of rule 烟 smoke, which waits for fire, gas
                  1 h 35 min  2026-11-28 07:35:00  leader@110101  should have acknowledged
                  then nobody else is told: still open, unanswered: fire, gas, leader@110101

                Rules that matched
                  ✓ 烟 smoke, line 3
                      event is smoke

                """)
        let joining = try CommandRun(asked + ["--grid", "110101005003002"]).output
        #expect(
            joining.contains(
                "  joins an open incident of the same event and grid within 10m, if rule 烟 smoke has told of one\n"))
        let json = try CommandRun(asked + ["--json"]).output
        #expect(json.contains(#""silenced":{"window":"夜间施工","until":"2026-11-28T06:00:00.000Z"}"#))
    }

    @Test func `a time without its offset is refused`() throws {
        let run = try CommandRun(["explain", "-", "--rules", "rules.yaml", "--at", "2026-11-28 03:00"])
        #expect(run.status == 64)
        #expect(
            run.errors.contains("valid is a time with its offset, such as 2026-11-28T03:00:00+08:00"), "\(run.errors)")
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
                  ✗ 火灾 structure fire, line 3
                      status: wants Actual, Exercise, found Test
                  ✗ gas leak, line 10
                      event: wants gas-leak, found structure-fire

                """)
    }

    @Test func `a report may come from standard input, and programs get JSON`() throws {
        let files = try Fixture.files()
        let run = try CommandRun(
            ["explain", "-", "--rules", files.path("rules.yaml"), "--json"], input: Fixture.report)
        #expect(run.errors == "")
        #expect(run.status == 0)
        #expect(run.output.hasPrefix(#"{"rules":[{"rule":"火灾 structure fire","line":3,"verdict":"matched","#))
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
