import Foundation
import Testing
import TocsinModel
import TocsinRouting

@testable import tocsin

@Suite struct ConfigurationFileTests {
    @Test func `every key is read`() throws {
        let configuration = try ConfigurationFile(
            yaml: """
                endpoints:
                  reports: tcp://127.0.0.1:7701
                  alerts: "tcp://*:7702"
                  feed: tcp://127.0.0.1:0
                  control: ipc:///run/tocsin/control.ipc
                state: state
                runtime: /run/tocsin
                rules: dongcheng/rules.yaml
                departments: /etc/tocsin/departments.yaml
                grids: grids.yaml
                heartbeat: 5s
                redeliver-after: 1m
                limits: { report-bytes: 1000, terminals: 10 }
                drain-within: 500ms
                log-level: debug
                """, file: "/etc/tocsin/tocsin.yaml")
        #expect(configuration.endpoints.alerts == "tcp://*:7702")
        #expect(configuration.endpoints.control == "ipc:///run/tocsin/control.ipc")
        #expect(configuration.heartbeat == .seconds(5))
        #expect(configuration.redeliverAfter == .seconds(60))
        #expect(configuration.drainWithin == .milliseconds(500))
        #expect(configuration.limits.reportBytes == 1000)
        #expect(configuration.limits.terminals == 10)
        #expect(configuration.limits.followers == Limits().followers)
        #expect(configuration.logLevel == .debug)
        #expect(configuration.resolved("grids.yaml") == "/etc/tocsin/grids.yaml")
        #expect(configuration.resolved("/grids.yaml") == "/grids.yaml")
    }

    @Test func `a file of comments says nothing and is right`() throws {
        let configuration = try ConfigurationFile(yaml: "# all defaults\n\n", file: "tocsin.yaml")
        #expect(configuration.state == nil)
        #expect(configuration.limits == Limits())
    }

    @Test func `every problem is found, each at its place`() {
        #expect {
            _ = try ConfigurationFile(
                yaml: """
                    endpoints: { reports: localhost, port: 1 }
                    heartbeat: soon
                    limits: { terminals: many }
                    log-level: loud
                    rules: [a, b]
                    """, file: "tocsin.yaml")
        } throws: { error in
            (error as? FileProblems)?.problems.map(\.line) == [1, 1, 2, 3, 4, 5]
        }
    }

    @Test(arguments: [
        "tcp://127.0.0.1:7701", "tcp://127.0.0.1:0", "tcp://127.8.9.255:*", "tcp://[::1]:7701", "tcp://localhost:7701",
        "ipc:///run/tocsin/control.ipc",
    ])
    func `an endpoint of this machine alone is taken`(text: String) throws {
        #expect(try EndpointText(text).exposure == nil)
    }

    @Test(arguments: [
        "tcp://*:7701", "tcp://0.0.0.0:7701", "tcp://[::]:7701", "tcp://eth0:7701", "tcp://lo:7701",
        "tcp://broker:7701",
        "tcp://192.168.1.7:7701", "tcp://127.1:7701", "tcp://127.0.0.256:1", "tcp://127.0.0.010:1",
        "tcp://0127.0.0.1:1",
        "tcp://[::ffff:127.0.0.1]:7701", "tcp://[fe80::1]:7701", "tcp://localhost.example.org:1",
        "tcp://127.0.0.1.nip.io:1",
    ])
    func `an endpoint that is not certainly this machine's alone is exposed`(text: String) throws {
        #expect(try EndpointText(text).exposure?.contains("security: none") ?? false)
    }

    @Test func `what binds by name is bound by address`() throws {
        #expect(try EndpointText("tcp://localhost:7701").forBinding == "tcp://127.0.0.1:7701")
        #expect(try EndpointText("tcp://[::1]:7701").forBinding == "tcp://[::1]:7701")
    }

    @Test func `check refuses endpoints that other machines reach, unless the file accepts that`() throws {
        let text = """
            endpoints: { alerts: "tcp://*:7702" }
            rules: rules.yaml
            departments: departments.yaml
            grids: grids.yaml

            """
        let files = try Fixture.files()
        let path = files.path("tocsin.yaml")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let exposed = try CommandRun(["check", "--config", path])
        #expect(exposed.status == 3)
        #expect(exposed.errors.contains("'tcp://*:7702' may be reached from other machines"))
        try (text + "security: none\n").write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try CommandRun(["check", "--config", path]).status == 0)
    }

    @Test(arguments: [
        "", "7701", "http://x:1", "tcp://127.0.0.1", "tcp://:1", "tcp://h:70000", "tcp://h:x", "ipc://",
        "tcp://::1:7701", "tcp:7701",
    ])
    func `what is no endpoint is not`(text: String) {
        #expect(throws: EndpointProblem.self) { try EndpointText(text) }
    }

    @Test func `an endpoint for every address is reached at loopback`() throws {
        #expect(try Endpoints.reachable("tcp://*:7701", from: "x") == "tcp://127.0.0.1:7701")
        #expect(try Endpoints.reachable("tcp://0.0.0.0:7701", from: "x") == "tcp://127.0.0.1:7701")
        #expect(throws: Failure.self) { try Endpoints.reachable("tcp://127.0.0.1:0", from: "x") }
    }

    @Test func `a file's keys say what it is for`() {
        #expect(FileKind("fallback: fire\nrules:\n") == .rules)
        #expect(FileKind("rules: # mine\n  - name: x\n") == .rules)
        #expect(FileKind("departments:\n  - x\n") == .departments)
        #expect(FileKind("places:\n  \"110101\": x\n") == .grids)
        #expect(FileKind("# mine\nrules: rules.yaml\ndepartments: d.yaml\n") == .configuration)
        #expect(FileKind("hartbeat: 5s\n") == .configuration)
    }

    @Test func `the demonstration's own rule stands in front of the others`() throws {
        let rules = try DemoScenario.rules(from: Fixture.rules.replacing("rules:", with: "# 规则\nrules:"))
        let directory = try Directory(
            departments: Fixture.departments.replacing("name: gas", with: "name: civil-affairs")
                + "  - { name: extra, at: district, zh: 一, en: one }\n",
            departmentsFile: "departments.yaml", grids: Fixture.grids, gridsFile: "grids.yaml")
        let ruleset = try Ruleset(
            yaml: rules.replacing("[gas, fire]", with: "fire"), file: "rules.yaml", directory: directory)
        #expect(ruleset.rules.first?.name == DemoScenario.ruleName)
        #expect(ruleset.rules.count == 3)
    }

    @Test func `the demonstration names the user's own file and line where rules are wrong`() throws {
        let files = try Fixture.files(rules: "fallback: leader@district\nrules:\n  - { name: x, notify: fier }\n")
        let run = try CommandRun(["demo", "--rules", files.path("")])
        #expect(run.errors.hasPrefix("\(files.path("/rules.yaml")):3:"))
        #expect(run.status == 3)
    }

    @Test func `a report for measuring carries its time, and is a report`() throws {
        let reports = BenchReports(event: "bench-4")
        let bytes = reports.report(42, at: 1_234_567_890_123)
        #expect(BenchReports.time(of: bytes) == 1_234_567_890_123)
        #expect(try ReportDecoder().decode(bytes).name.identifier.hasSuffix("-0000000042"))
        let directory = try Directory(
            departments: BenchRules.departments(4), departmentsFile: "d", grids: nil, gridsFile: "")
        let ruleset = try Ruleset(yaml: BenchRules.rules(4), file: "r", directory: directory)
        #expect(
            try ruleset.route(ReportDecoder().decode(bytes)).addressees.map(\.purpose)
                == Array(repeating: .information, count: 4))
    }
}
