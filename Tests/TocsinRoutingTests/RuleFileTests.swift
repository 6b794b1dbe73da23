import Testing
import TocsinModel
import TocsinRouting

struct RuleFileTests {
    private static let keys =
        "category, event, event-code, severity, urgency, certainty, within, near, parameter, sender, text, "
        + "matches, during, any, not, message, status"

    /// A file whose fourth line is the rule's second.
    private func problems(_ lines: String) -> [String] {
        TocsinRoutingTests.problems { _ = try makeRuleset("  - name: a\n    notify: fire\n" + lines) }
    }

    @Test(arguments: [
        (
            "    when: { category: Fier }",
            "rules.yaml:5:23: 'Fier' is not a category; valid are Geo, Met, Safety, Security, Rescue, Fire, Health, "
                + "Env, Transport, Infra, CBRNE, Other; did you mean 'Fire'?"
        ),
        (
            "    when: { weather: wet }",
            "rules.yaml:5:13: 'weather' is not a key of when; valid are \(RuleFileTests.keys)"
        ),
        (
            "    infrom: gas",
            "rules.yaml:5:5: 'infrom' is not a key of a rule; valid are name, when, notify, inform, "
                + "rated-low, reopen-when-rated-low, require, acknowledge-within, unattended-after, reopen-after, "
                + "feedback-within, escalate, correlate, stop; did you mean 'inform'?"
        ),
        (
            "    inform: gaz",
            "rules.yaml:5:13: 'gaz' is not a department; valid are fire, police, gas, desk; did you mean 'gas'?"
        ),
        (
            "    inform: [gas, lader@street]",
            "rules.yaml:5:19: 'lader' is not a role; valid are grid-officer, police, leader; did you mean 'leader'?"
        ),
        (
            "    inform: leader@grid",
            "rules.yaml:5:13: the role 'leader' does not exist at grid; valid are leader@district, leader@street"
        ),
        (
            "    inform: leader",
            "rules.yaml:5:13: 'leader' is a role, which has a mailbox at a place; valid are leader@district, "
                + "leader@street"
        ),
        (
            "    inform: leader@stret",
            "rules.yaml:5:13: 'leader@stret' is not a role at a size of place or at a grid code; valid are "
                + "leader@district, leader@street; did you mean 'leader@street'?"
        ),
        (
            "    inform: leader@110101007",
            "rules.yaml:5:13: '110101007' is not a street of the directory; valid are 110101005, 110101006; did you "
                + "mean '110101005'?"
        ),
        (
            "    inform: leader@110101005003",
            "rules.yaml:5:13: the role 'leader' does not exist at a community such as 110101005003; it exists at "
                + "district, street"
        ),
        (
            "    when: { severity: at least Unknown }",
            "rules.yaml:5:23: 'Unknown' is not a severity that 'at least' can have; valid are Extreme, Severe, "
                + "Moderate, Minor"
        ),
        (
            "    when: { urgency: at most Pats }",
            "rules.yaml:5:22: 'Pats' is not an urgency that 'at most' can have; valid are Immediate, Expected, Future, "
                + "Past; did you mean 'Past'?"
        ),
        (
            "    when: { certainty: at leats Likely }",
            "rules.yaml:5:24: 'at leats Likely' is not a certainty, or one with 'at least' or 'at most' before it; valid "
                + "are Observed, Likely, Possible, Unlikely, Unknown"
        ),
        (
            "    when: { message: Updat }",
            "rules.yaml:5:22: 'Updat' is not a message type; valid are Alert, Update, Cancel; did you mean 'Update'?"
        ),
        ("    when: { event-code: FRW }", "rules.yaml:5:25: event-code must be a mapping of names to values"),
        (
            "    when: { event-code: { SAME: [] } }",
            "rules.yaml:5:33: event code 'SAME' is an empty list; name at least one, or leave the key out"
        ),
        (
            "    when: { not: { categry: Fire } }",
            "rules.yaml:5:20: 'categry' is not a key of not; valid are \(RuleFileTests.keys); did you mean 'category'?"
        ),
        (
            "    when: { any: [{ event: a }, { evnet: b }] }",
            "rules.yaml:5:35: 'evnet' is not a key of a branch of any; valid are \(RuleFileTests.keys); did you mean "
                + "'event'?"
        ),
        ("    when: { any: { event: a } }", "rules.yaml:5:18: any is a mapping; a list is expected"),
        (
            "    when: { any: [] }",
            "rules.yaml:5:18: any is an empty list; name at least one branch, or leave the key out"
        ),
        (
            "    when: { any: [{ event: a }, {}] }",
            "rules.yaml:5:33: a branch of any is empty; name at least one condition, or leave it out"
        ),
        ("    when: { not: {} }", "rules.yaml:5:18: not is empty; name at least one condition, or leave it out"),
        (
            "    when: { within: 1101 }",
            "rules.yaml:5:21: '1101' is not a grid code; valid are 6, 9, 12 or 15 digits, not 0 first"
        ),
        (
            "    when: { within: [110102] }",
            "rules.yaml:5:22: '110102' is not a district of the directory; valid are 110101; did you mean '110101'?"
        ),
        (
            "    when: { event: [] }",
            "rules.yaml:5:20: event is an empty list; name at least one, or leave the key out"
        ),
        (
            "    when: { statsu: Test }",
            "rules.yaml:5:13: 'statsu' is not a key of when; valid are \(RuleFileTests.keys); did you mean 'status'?"
        ),
        (
            "    when: { status: [Actual, Tset] }",
            "rules.yaml:5:30: 'Tset' is not a status; valid are Actual, Exercise, System, Test, Draft; did you mean "
                + "'Test'?"
        ),
        (
            "    when: { parameter: { floor: [\"3\", []] } }",
            "rules.yaml:5:39: a value of parameter 'floor' must be one text"
        ),
        ("    when: { event: { a: b } }", "rules.yaml:5:20: event is a mapping; a list is expected"),
        (
            "    when: fire",
            "rules.yaml:5:11: when is 'fire'; a mapping is expected, with \(RuleFileTests.keys)"
        ),
        (
            "    acknowledge-within: 5 min",
            "rules.yaml:5:25: '5 min' is not a duration for acknowledge-within; valid are whole numbers with ms, s, m, "
                + "h or d, such as 500ms, 60s, 3m, 2h or 7d, more than 0 and at most 168h"
        ),
        (
            "    escalate: [{ after: 2m, to: gas }, { after: 120s, to: police }]",
            "rules.yaml:5:49: the steps of an escalation must be in ascending order of time, each later than the last"
        ),
        ("    escalate: [{ after: 2m }]", "rules.yaml:5:16: an escalation step needs 'to', which is missing"),
        ("    stop: yes", "rules.yaml:5:11: 'yes' is not a value for stop; valid are true, false"),
        (
            "  - { name: a, notify: fire }",
            "rules.yaml:5:13: there is a rule named 'a' already; each name may be there once"
        ),
        ("  - { name: b }", "rules.yaml:5:5: the rule tells nobody; it needs notify or inform"),
        (
            "  - { name: b, inform: gas, escalate: [{ after: 1m, to: police }] }",
            "rules.yaml:5:39: escalate needs notify: nobody has to acknowledge what only informs"
        ),
        (
            "  - { name: fallback, inform: gas }",
            "rules.yaml:5:13: 'fallback' is what the broker calls having no rule; choose another name"
        ),
        (
            "  - { name: \"supervised-by: fire\", inform: gas }",
            "rules.yaml:5:13: the broker's own rules are called 'supervised-by: fire' and the like; choose another name"
        ),
    ])
    func `a mistake is named with its place and what would be valid`(_ lines: String, _ expected: String) {
        #expect(problems(lines) == [expected])
    }

    @Test func `all mistakes of a file are told at once, in its order`() {
        let found = problems("    inform: gaz\n    when: { category: Fier, event: [] }\n    stop: maybe")
        #expect(
            found.map { $0.prefix(14) } == ["rules.yaml:5:1", "rules.yaml:6:2", "rules.yaml:6:3", "rules.yaml:7:1"])
    }

    @Test func `a rule has at most sixty-four steps`() {
        func steps(_ count: Int) -> String {
            let steps = (1...count).map { "{ after: \($0)m, to: police }" }.joined(separator: ", ")
            return "  - { name: b, notify: gas, escalate: [\(steps)] }"
        }
        #expect(problems(steps(Limits.stepsPerRule)).isEmpty)
        #expect(
            problems(steps(Limits.stepsPerRule + 1)) == [
                "rules.yaml:5:39: escalate has 65 steps; at most 64 are allowed"
            ])
    }

    @Test func `no more than fifty mistakes are told`() {
        let lines = (0..<80).map { "  - { name: n\($0), notify: gaz }" }.joined(separator: "\n")
        #expect(problems(lines).count == 50)
    }

    @Test func `a key that is there twice is refused`() {
        let found = problems("    notify: gas")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("rules.yaml:4:5: 'notify' is there more than once") == true)
    }

    @Test func `text that is not YAML is refused with its place`() {
        let found = problems("    inform: [gas\n    stop: true")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("rules.yaml:6:") == true)
        #expect(found.first?.contains("this is not YAML") == true)
    }

    @Test func `a control character is refused with its place`() {
        let found = problems("    inform: g\u{1}as")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("rules.yaml:5:14: this is not YAML") == true)
    }

    @Test func `an empty file is refused`() throws {
        let directory = try makeDirectory()
        let found = TocsinRoutingTests.problems { _ = try Ruleset(yaml: "", file: "r", directory: directory) }
        #expect(found == ["r:1:1: the file is empty"])
    }

    @Test(arguments: [
        ("rules: []", "r:1:1: the rule file needs 'fallback', which is missing"),
        ("fallback: desk", "r:1:1: the rule file needs 'rules', which is missing"),
        (
            "fallback: police@street\nrules: []",
            "r:1:11: 'police@street' depends on the report's grid; the fallback must always have a mailbox: valid are "
                + "a department, role@CODE and role@district"
        ),
        (
            "- a",
            "r:1:1: the rule file is a list; a mapping is expected, with fallback, time-zone, rules, silences, expect"
        ),
    ])
    func `a file without a fallback that always exists is refused`(_ yaml: String, _ expected: String) throws {
        let directory = try makeDirectory()
        let found = TocsinRoutingTests.problems { _ = try Ruleset(yaml: yaml, file: "r", directory: directory) }
        #expect(found == [expected])
    }

    @Test func `a rule that names too many recipients is refused`() {
        let many = Array(repeating: "gas", count: 1024).joined(separator: ", ")
        let found = problems("    inform: [\(many)]")
        #expect(found == ["rules.yaml:4:13: the rule names 1025 recipients; at most 1024 are allowed"])
    }

    @Test func `all rules together name at most as many recipients as an incident may have`() throws {
        let most = Limits.recipientsPerIncident
        let names = (0...most).map { "d\($0)" }
        let directory = Directory(
            departments: try names.map {
                .init(name: try #require(Recipient($0)), title: Title(chinese: $0, english: $0))
            }, roles: [], places: [:])
        /// The fallback `d0` and, of rules with 512 each, so many more; the last line is a rule that may be too much.
        func found(_ last: String) -> [String] {
            let rules = stride(from: 1, to: most, by: 512).map { first in
                "  - { name: from \(first), inform: [\(names[first..<min(first + 512, most)].joined(separator: ","))] }\n"
            }
            let yaml = "fallback: d0\nrules:\n\(rules.joined())\(last)"
            return TocsinRoutingTests.problems { _ = try Ruleset(yaml: yaml, file: "r", directory: directory) }
        }
        #expect(found("  - { name: last, notify: [d0, d1], escalate: [{ after: 1s, to: d2 }] }").isEmpty)
        for last in ["inform: d\(most)", "notify: d0, escalate: [{ after: 1s, to: d\(most) }]"] {
            #expect(
                found("  - { name: last, \(last) }") == [
                    "r:35:5: with this rule all rules together name more than 16384 recipients; a report may match them "
                        + "all, and at most 16384 are allowed"
                ])
        }
    }

    @Test func `all rules together have at most as many steps as an incident may have`() {
        let steps = (1...62).map { "{ after: \($0)m, to: police }" }.joined(separator: ", ")
        /// Each has 62 steps that wait for two; those without steps count for nothing.
        func found(_ count: Int, _ last: String) -> [String] {
            let rules = (1...count).map { "  - { name: r\($0), notify: [fire, gas], escalate: [\(steps)] }\n" }
            return problems("\(rules.joined())  - { name: last, notify: fire\(last) }")
        }
        let count = Limits.stepsPerIncident / 64
        #expect(found(count, "").isEmpty)
        #expect(
            found(count, ", escalate: [{ after: 1s, to: gas }]") == [
                "rules.yaml:\(count + 5):5: with this rule all rules together name more than 65536 escalation steps and "
                    + "recipients that these wait for; a report may match them all, and at most 65536 are allowed"
            ])
    }

    @Test func `a name of 128 characters is the longest`() throws {
        _ = try makeRuleset("  - { name: \(String(repeating: "名", count: 128)), notify: fire }")
        let found = TocsinRoutingTests.problems {
            _ = try makeRuleset("  - { name: \(String(repeating: "名", count: 129)), notify: fire }")
        }
        #expect(found == ["rules.yaml:3:13: the name of a rule has 1 to 128 characters in one line"])
    }

    @Test func `block and flow style say the same`() throws {
        let flow = try makeRuleset(
            "  - { name: a, when: { within: [110101, \"110101005\"], severity: [Severe] }, notify: [fire], stop: true }"
        )
        let block = try makeRuleset(
            """
              - name: "a"
                when:
                  within:
                    - "110101"
                    - 110101005
                  severity:
                    - Severe
                notify:
                  - fire
                stop: true
            """)
        #expect(flow.rules == block.rules)
    }

    @Test(arguments: [("500ms", 500), ("60s", 60_000), ("3m", 180_000), ("168h", 604_800_000), ("2d", 172_800_000)])
    func `durations have a whole number and a unit`(_ text: String, _ milliseconds: Int64) throws {
        let ruleset = try makeRuleset("  - { name: a, notify: fire, acknowledge-within: \(text) }")
        #expect(ruleset.rules.first?.acknowledgeWithin == .milliseconds(milliseconds))
    }

    @Test(arguments: ["0s", "-1s", "1.5s", "60", "s", "169h", "8d", "99999999999999999999h", "١s"])
    func `other durations are refused`(_ text: String) {
        #expect(problems("    acknowledge-within: \(text)").count == 1)
    }

    @Test func `a directory without places knows every place and has no mailbox at any`() throws {
        let directory = try makeDirectory(grids: nil)
        let ruleset = try makeRuleset(
            "  - { name: a, when: { within: 320100 }, notify: [leader@district, gas] }", directory: directory)
        #expect(ruleset.route(makeReport(grid: "320100001")).told == ["desk action", "gas action"])
        #expect(ruleset.route(makeReport(grid: "320101")).addressees.map(\.rule) == ["fallback"])
    }
}
