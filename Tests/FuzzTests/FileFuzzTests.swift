import Testing
import TocsinModel
import TocsinRouting

/// Files that operators write, a little changed: reading them never traps, and what is accepted routes a report.
struct FileFuzzTests {
    private static let rules = """
        fallback: desk
        rules:
          - name: structure fire
            when:
              category: Fire
              event: [structure-fire, vehicle-fire]
              severity: at least Moderate
              within: "110101"
              parameter: { trapped: "true" }
              status: [Actual, Test]
            notify: [fire, leader]
            inform: [desk]
            acknowledge-within: 60s
            escalate:
              - { after: 60s, to: leader }
              - { after: 3m, to: desk }
            stop: true
          - { name: rest, notify: desk }

        """
    private static let departments = """
        departments:
          - { name: fire, zh: 消防, en: Fire }
          - { name: desk, zh: 值班, en: Desk }
          - { name: leader, zh: 领导, en: Leader }

        """

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `a rule file is read or refused, and what is read finds somebody`(seed: UInt64) throws {
        let directory = try Directory(
            departments: Self.departments, departmentsFile: "d.yaml", grids: nil, gridsFile: "g.yaml")
        let report = Report(
            name: ReportName(sender: "s", identifier: "i"), sent: Timestamp(milliseconds: 0), event: "structure-fire",
            category: .fire, severity: .severe)
        var mutator = Mutator(
            seed: seed, corpus: [Self.rules, Self.rules.replacing("\n              within: \"110101\"", with: "")],
            pieces: [
                "- ", ": ", "when", "status", "notify", "after", "at most", "&a", "*a", "<<", "!!int", "0s", "1000000h",
                "\t",
                "|",
            ])
        var accepted = 0
        for bytes in mutator.inputs(2_000) {
            let text = String(decoding: bytes, as: UTF8.self)
            do throws(FileProblems) {
                let ruleset = try Ruleset(yaml: text, file: "rules.yaml", directory: directory)
                accepted += 1
                #expect(!ruleset.route(Case(report, at: report.sent)).addressees.isEmpty)
            } catch {
                #expect(error.description.hasPrefix("rules.yaml:"))
            }
        }
        #expect(accepted > 50)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `a file of departments is read or refused`(seed: UInt64) {
        var mutator = Mutator(
            seed: seed, corpus: [Self.departments],
            pieces: ["- ", ": ", "name", "zh", "&a", "*a", "<<", "{}", "[]", "\t"])
        for bytes in mutator.inputs(2_000) {
            _ = try? Directory(
                departments: String(decoding: bytes, as: UTF8.self), departmentsFile: "d.yaml", grids: nil,
                gridsFile: "g.yaml")
        }
    }
}
