import Foundation
import Testing
import TocsinModel
import TocsinRouting

@testable import tocsin

@Suite struct ConfigurationFileTests {
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
        let report = try ReportDecoder().decode(bytes)
        #expect(
            ruleset.route(Case(report, at: report.sent, body: [])).addressees.map(\.purpose)
                == Array(repeating: .information, count: 4))
    }
}
