import Foundation
import Testing

@Suite struct CheckTests {
    @Test func `right rules are summed up with the directory they were checked against`() throws {
        let files = try Fixture.files()
        try expect(
            ["check", files.path("rules.yaml")],
            output: """
                \(files.path("departments.yaml")): 2 departments, 1 role
                \(files.path("grids.yaml")): 1 place, 3 mailboxes in all
                \(files.path("rules.yaml")): 2 rules, fallback leader@110101

                """)
    }

    @Test(arguments: [
        ["check", "RULES"], ["rules", "prove", "RULES"],
        ["explain", "--rules", "RULES", "--event", "x", "--category", "Fire", "--severity", "Minor"],
    ])
    func `holidays may be elsewhere than beside the rules`(command: [String]) throws {
        let files = try Fixture.files(
            rules: "fallback: fire\nrules: [{ name: rest, when: { during: holidays UTC }, notify: gas }]\n")
        let arguments = command.map { $0 == "RULES" ? files.path("rules.yaml") : $0 }
        let without = try CommandRun(arguments)
        #expect(without.status == 3 && without.errors.contains("rules.yaml:2:"), "\(without.errors)")
        let elsewhere = try TemporaryFiles(["days.yaml": "off: [2026-10-01]\n"])
        let run = try CommandRun(arguments + ["--holidays", elsewhere.path("days.yaml")])
        #expect(run.status == 0, "\(run.errors)")
    }

    @Test func `expectations are run and counted, and one that is not met is a problem`() throws {
        let expecting = { (told: String) in
            Fixture.rules + """
                expect:
                  - name: 火灾 a fire
                    report: { event: structure-fire, category: Fire, severity: Severe }
                    notify: [fire, \(told)]

                """
        }
        let met = try Fixture.files(rules: expecting("fire"))
        let run = try CommandRun(["check", met.path("rules.yaml")])
        #expect(run.status == 0)
        #expect(run.output.hasSuffix("rules.yaml: 2 rules, 1 expectation, fallback leader@110101\n"))
        let unmet = try Fixture.files(rules: expecting("gas"))
        let refused = try CommandRun(["check", unmet.path("rules.yaml")])
        #expect(refused.status == 3)
        #expect(
            refused.errors == """
                \(unmet.path("rules.yaml")):16:20: '火灾 a fire': expected that gas must acknowledge; it is not told. Instead fire \
                must acknowledge, by the rule '火灾 structure fire', leader@110101 is informed, by the rule '火灾 structure fire'

                """)
        // Whoever wants to know why asks explain, which reads the same file.
        let explained = try CommandRun(
            ["explain", "-", "--rules", unmet.path("rules.yaml")], input: Fixture.report)
        #expect(explained.status == 0)
    }

    @Test func `every problem of a rule file is named with line and column`() throws {
        let files = try Fixture.files(
            rules: """
                fallback: leader@district
                rules:
                  - name: fire
                    when: { category: Fier }
                    notify: fier

                """)
        let run = try CommandRun(["check", files.path("rules.yaml")])
        let lines = run.errors.split(separator: "\n")
        #expect(run.status == 3)
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("\(files.path("rules.yaml")):4:23: 'Fier' is not a category") == true)
        #expect(lines.last?.hasPrefix("\(files.path("rules.yaml")):5:13: 'fier' is not a department") == true)
    }

    @Test func `a configuration is checked together with the files it names`() throws {
        let files = try Fixture.files()
        let configuration = try TemporaryFiles([
            "tocsin.yaml": """
            endpoints: { reports: "tcp://127.0.0.1:7701" }
            rules: \(files.path("rules.yaml"))
            departments: \(files.path("departments.yaml"))
            grids: \(files.path("grids.yaml"))

            """
        ])
        try expect(
            ["check", "--config", configuration.path("tocsin.yaml")],
            output: """
                \(configuration.path("tocsin.yaml")): the configuration is right
                \(files.path("departments.yaml")): 2 departments, 1 role
                \(files.path("grids.yaml")): 1 place, 3 mailboxes in all
                \(files.path("rules.yaml")): 2 rules, fallback leader@110101

                """)
    }

    @Test(arguments: [("departments.yaml", "departments: [fire]\n"), ("grids.yaml", "places: { \"1\": x }\n")])
    func `rules and clients that cannot be checked, because what they name is wrong, are named`(
        name: String, text: String
    ) throws {
        let files = try Fixture.files(rules: "fallback: nobody\nrules: []\n")
        try text.write(toFile: files.path(name), atomically: true, encoding: .utf8)
        let run = try CommandRun(["check", files.path("rules.yaml")])
        let lines = run.errors.split(separator: "\n")
        #expect(run.status == 3)
        #expect(lines.first?.hasPrefix("\(files.path(name)):1:") == true)
        let reason = "not checked, for that needs departments, grids and holidays that are right"
        #expect(lines.last ?? "" == "\(files.path("rules.yaml")): \(reason)")
        let directory = ["--departments", files.path("departments.yaml"), "--grids", files.path("grids.yaml")]
        let other = try TemporaryFiles(["clients.yaml": "clients:\n  - { name: a }\n"])
        let second = try CommandRun(["check", other.path("clients.yaml")] + directory)
        #expect(second.errors.hasSuffix("\(other.path("clients.yaml")): \(reason)\n"))
    }

    @Test func `a file without rules is right, and what that means is said`() throws {
        let files = try Fixture.files(rules: "fallback: fire\nrules: []\n")
        let run = try CommandRun(["check", files.path("rules.yaml")])
        #expect(run.status == 0 && run.output.contains("rules.yaml: 0 rules, fallback fire\n"))
        let path = files.path("rules.yaml")
        #expect(run.errors == "\(path): there is no rule: every report goes to the fallback, fire, alone\n")
    }

    @Test func `a client whose time is over is told, and no start is refused for it`() throws {
        let files = try Fixture.files()
        let key = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
        let text = "clients:\n  - { name: a, key: \"\(key)\", join: all, until: 2020-01-01 }\n"
        for (text, warning) in [
            (text, ":2: 'a' is out since "), ("clients: []\n", ": there is no client: no key opens"),
        ] {
            let path = files.path("clients.yaml")
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let run = try CommandRun(["check", path])
            #expect(run.status == 0 && run.errors.hasPrefix("\(path)\(warning)"))
        }
    }

    @Test func `rules that search every report are right, and are named`() throws {
        let files = try Fixture.files(
            rules: """
                fallback: fire
                rules:
                  - { name: a number, when: { matches: { headline: "[0-9]{3}" } }, notify: fire }
                  - { name: a word, when: { matches: { headline: "gas [0-9]{3}" } }, notify: fire }
                """)
        let run = try CommandRun(["check", files.path("rules.yaml")])
        #expect(run.status == 0 && run.output.contains("rules.yaml: 2 rules, fallback fire\n"))
        #expect(run.errors.hasPrefix("\(files.path("rules.yaml")): 'a number': searched for in every report"))
    }

    @Test func `a variable of the environment that sets nothing is named, and is not wrong`() throws {
        let files = try Fixture.files()
        let text = "rules: \(files.path("rules.yaml"))\ndepartments: \(files.path("departments.yaml"))\n"
        let configuration = try TemporaryFiles(["tocsin.yaml": text + "grids: \(files.path("grids.yaml"))\n"])
        let command = ["check", "--config", configuration.path("tocsin.yaml")]
        let slip = ["TOCSIN_HEARTBEET": "5s"]
        let run = try CommandRun(command, environment: slip)
        let warning = "'TOCSIN_HEARTBEET' in the environment sets nothing: no key has this name"
        #expect(run.status == 0 && run.errors == "\(warning); did you mean 'TOCSIN_HEARTBEAT'?\n")
        #expect(try CommandRun(command + ["--json"], environment: slip).output.contains("\"warnings\":[\"\(warning)"))
    }

    @Test func `a wrong key of a configuration is found, and the valid ones are named`() throws {
        let files = try TemporaryFiles(["tocsin.yaml": "state: /tmp\nhartbeat: 5s\n"])
        let run = try CommandRun(["check", files.path("tocsin.yaml")])
        #expect(run.status == 3)
        #expect(run.errors.hasPrefix("\(files.path("tocsin.yaml")):2:1: 'hartbeat' is not a key of the configuration"))
        #expect(run.errors.hasSuffix("did you mean 'heartbeat'?\n"))
    }

    @Test func `rules without departments beside them say which flag names those`() throws {
        let files = try TemporaryFiles(["rules.yaml": Fixture.rules])
        let run = try CommandRun(["check", files.path("rules.yaml")])
        #expect(run.status == 3)
        #expect(run.errors.contains("--departments"))
    }

    @Test func `a clients file without departments beside it says where those may be named`() throws {
        let files = try TemporaryFiles(["clients.yaml": "clients:\n  - { name: desk }\n"])
        let path = files.path("clients.yaml")
        let run = try CommandRun(["check", path])
        #expect(run.status == 3)
        #expect(run.errors.hasPrefix("\(path): clients name departments, and there is no "), "\(run.errors)")
        #expect(run.errors.contains("say where they are with --departments"))
    }

    @Test(arguments: [
        ("clients: []\n", "clients"), ("fallback: fire\nrules: []\n", "rules"), ("departments: []\n", "departments"),
        ("places: { '110101': x }\n", "grids"),
    ])
    func `another file where the configuration belongs says what is wanted`(text: String, kind: String) throws {
        let files = try TemporaryFiles(["other.yaml": text])
        let path = files.path("other.yaml")
        let run = try CommandRun(["status", "--config", path])
        #expect(run.status == 3)
        #expect(
            run.errors.hasPrefix("\(path):1:1: ")
                && run.errors.hasSuffix(
                    " is a key of a \(kind) file, and the configuration is wanted, which names that file: tocsin.yaml\n"
                ),
            "\(run.errors)")
    }

    @Test(arguments: ["", "# nothing but defaults\n", "state: /tmp\n"])
    func `a configuration without what a daemon needs says what is missing`(text: String) throws {
        let files = try TemporaryFiles(["tocsin.yaml": text])
        let path = files.path("tocsin.yaml")
        try expect(
            ["check", "--config", path],
            errors: """
                \(path): the key 'rules' is missing: tocsind needs the path of the rules file, here, in TOCSIN_RULES or in \
                --rules
                \(path): the key 'departments' is missing: tocsind needs the path of the departments file, here, in \
                TOCSIN_DEPARTMENTS or in --departments

                """, status: 3)
    }

    @Test func `a configuration with a problem does not hide those of the files it names`() throws {
        let files = try Fixture.files(rules: "fallback: nobody\nrules: []\n")
        let configuration = try TemporaryFiles([
            "tocsin.yaml": """
            hartbeat: 5s
            rules: "\(files.path("rules.yaml"))" # ours
            departments: \(files.path("departments.yaml"))

            """
        ])
        let run = try CommandRun(["check", "--config", configuration.path("tocsin.yaml")])
        #expect(run.errors.contains("tocsin.yaml:1:1: 'hartbeat' is not a key of the configuration"))
        #expect(run.errors.contains("rules.yaml:1:11: 'nobody' is not"))
        #expect(run.status == 3)
    }

    @Test func `programs get one JSON object`() throws {
        let files = try TemporaryFiles(["departments.yaml": Fixture.departments])
        let path = files.path("departments.yaml")
        try expect(
            ["check", path, "--json"],
            output: """
                {"right":["\(path): 2 departments, 1 role"],"problems":[],"warnings":[]}

                """)
    }

    @Test func `programs find what is wrong on standard error too`() throws {
        let files = try Fixture.files(rules: "fallback: nobody\nrules: []\n")
        let path = files.path("rules.yaml")
        let run = try CommandRun(["check", path, "--json"])
        let problem = "\(path):1:11: 'nobody' is not a department; valid are fire, gas"
        #expect(run.output.hasSuffix("\"problems\":[\"\(problem)\"],\"warnings\":[]}\n"))
        #expect(run.errors == "{\"code\":\"invalid\",\"message\":\"\(problem)\"}\n")
        #expect(run.status == 3)
    }

    @Test func `a file that is not there is a problem of the input`() throws {
        try expect(
            ["check", "/nonexistent/rules.yaml"],
            errors: "/nonexistent/rules.yaml cannot be read: there is no such file\n",
            status: 3)
    }
}
