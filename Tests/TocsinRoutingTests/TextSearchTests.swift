import Testing
import TocsinModel

@testable import TocsinRouting

/// Words and expressions that rules look for in a report's texts.
struct TextSearchTests {
    private func verdict(_ when: String, _ texts: [TextField: String]) throws -> Explanation.Verdict {
        let ruleset = try makeRuleset("  - { name: a, when: { \(when) }, notify: fire }")
        let subject = makeCase(makeReport(), texts)
        let explanation = ruleset.explain(subject)
        #expect(explanation.routing == ruleset.route(subject))
        return try #require(explanation.verdicts.first).verdict
    }

    private func matches(_ when: String, _ texts: [TextField: String]) throws -> Bool {
        if case .matched = try verdict(when, texts) { true } else { false }
    }

    @Test(arguments: [
        ("Gasoline on the road", true), ("GAS", true), ("疑似毒气泄漏", true), ("Smoke", false), ("", false), ("ga s", false),
    ])
    func `any word is found in any text, as a part of it`(_ text: String, _ expected: Bool) throws {
        for field in TextField.allCases {
            #expect(try matches("text: { contains: [毒气, gas] }", [field: text]) == expected, "\(field)")
        }
    }

    @Test func `words are looked for in the fields that are named`() throws {
        let when = "text: { contains: gas, in: [headline, description] }"
        #expect(try matches(when, [.description: "gas"]))
        #expect(try !matches(when, [.instruction: "gas", .headline: "smoke"]))
    }

    @Test func `capital and small letters are the same, in every script that has them`() throws {
        #expect(try matches("text: { contains: \"ÉCOLE\" }", [.headline: "une école"]))
        #expect(try matches("text: { contains: \"σεισμος\" }", [.headline: "ΣΕΙΣΜΟΣ"]))
        #expect(try matches("text: { contains: \"σεισμοσ\" }", [.headline: "σεισμος"]))
        #expect(try matches("text: { contains: \"ПОЖАР\" }", [.headline: "пожар"]))
        // One letter for one: what is written with two is another word.
        #expect(try !matches("text: { contains: strasse }", [.headline: "straße"]))
    }

    @Test func `an expression is searched for, and all fields must match`() throws {
        let when = "matches: { headline: \"(?i)explo(sion|ded)\", description: \"^[0-9]+ hurt$\" }"
        #expect(try matches(when, [.headline: "It EXPLODED", .description: "12 hurt"]))
        #expect(try !matches(when, [.headline: "It exploded", .description: "about 12 hurt"]))
        #expect(try !matches(when, [.headline: "It exploded"]))
        #expect(try matches("matches: { headline: \"^毒.泄\" }", [.headline: "毒气泄漏"]))
    }

    @Test func `an explanation has the words that were found, and the beginnings of the texts`() throws {
        let texts: [TextField: String] = [.headline: "Gas leak", .areaDesc: String(repeating: "x", count: 80)]
        #expect(try verdict("text: { contains: [smoke, GAS] }", texts) == .matched(["headline has GAS"]))
        #expect(
            try verdict("matches: { headline: \"^Gas\" }", texts) == .matched(["headline matches ^Gas"]))
        #expect(
            try verdict("text: { contains: [smoke, fire], in: [headline, areaDesc, contact] }", texts)
                == .failed(
                    condition: "text", wanted: "smoke, fire in headline, areaDesc, contact",
                    found: "headline 'Gas leak', areaDesc '\(String(repeating: "x", count: 64))…'"))
        #expect(
            try verdict("text: { contains: smoke, in: [description, contact] }", texts)
                == .failed(
                    condition: "text", wanted: "smoke in description, contact", found: "no description or contact"))
        #expect(
            try verdict("matches: { headline: leak.+ }", texts)
                == .failed(condition: "matches headline", wanted: "leak.+", found: "headline 'Gas leak'"))
        #expect(
            try verdict("not: { text: { contains: oil, in: headline } }", texts)
                == .matched(["not text oil in headline: found headline 'Gas leak'"]))
    }

    @Test func `an expression that others need exponential time for takes linear time`() throws {
        let text = String(repeating: "a", count: 200_000)
        for expression in ["(a*)*b", "(a|aa)+$b", "(a+)+c", "(x+x+)+y", "a*a*a*a*a*a*b"] {
            #expect(try !matches("matches: { description: \"\(expression)\" }", [.description: text]))
        }
    }

    @Test func `an expression of a megabyte is refused with its place`() {
        for letters in ["a", "毒"] {
            let expression = String(repeating: letters, count: 1_048_576 / letters.utf8.count)
            let found = problems {
                _ = try makeRuleset("  - { name: a, when: { matches: { headline: \(expression) } }, notify: fire }")
            }
            #expect(found.count == 1)
            #expect(
                found.first?.hasSuffix("bytes; at most 1024 are allowed") == true
                    && found.first?.hasPrefix("rules.yaml:3:") == true, "\(found)")
        }
    }

    @Test func `an expression whose program is too large is refused in RE2's words`() {
        let fault = #expect(throws: RegularExpression.Fault.self) { try RegularExpression("[^x]{1000}\\pL{1000}") }
        #expect(fault?.description.contains("pattern too large") == true, "\(String(describing: fault))")
    }

    @Test(arguments: [
        (
            "    when: { text: gas }",
            "rules.yaml:5:19: text is 'gas'; a mapping is expected, with contains, in"
        ),
        ("    when: { text: { in: headline } }", "rules.yaml:5:19: text needs 'contains', which is missing"),
        (
            "    when: { text: { contains: gas, in: [headlin] } }",
            "rules.yaml:5:41: 'headlin' is not a text of a report; valid are event, headline, description, instruction, "
                + "contact, areaDesc; did you mean 'headline'?"
        ),
        (
            "    when: { text: { contains: [gas, \"\"] } }",
            "rules.yaml:5:37: a word of contains is empty"
        ),
        (
            "    when: { matches: gas }",
            "rules.yaml:5:22: matches must be a mapping of texts of a report to expressions"
        ),
        (
            "    when: { matches: { headline: \"explo(sion|ded\" } }",
            "rules.yaml:5:34: 'explo(sion|ded' is not a regular expression of RE2: missing ): explo(sion|ded"
        ),
        (
            "    when: { matches: { sender: a } }",
            "rules.yaml:5:24: 'sender' is not a text of a report; valid are event, headline, description, instruction, "
                + "contact, areaDesc"
        ),
        (
            "    when: { matches: { headline: \"(?<=a)b\" } }",
            "rules.yaml:5:34: '(?<=a)b' is not a regular expression of RE2: invalid perl operator: (?<"
        ),
        (
            "    when: { matches: { headline: \"((a{100}){100}){100}\" } }",
            "rules.yaml:5:34: '((a{100}){100}){100}' is not a regular expression of RE2: invalid repetition size: "
                + "{100}"
        ),
    ])
    func `a mistake in what is searched is named with its place`(_ lines: String, _ expected: String) {
        #expect(
            problems { _ = try makeRuleset("  - name: a\n    notify: fire\n" + lines) } == [expected])
    }

    @Test func `an expression is compiled once`() throws {
        var reader = RuleReader(file: "r", directory: try makeDirectory())
        let rules = (0..<100).map {
            "  - { name: n\($0), when: { matches: { headline: \"g[ae]s\" } }, notify: fire }\n"
        }
        _ = reader.read("fallback: desk\nrules:\n" + rules.joined(), readsExpectations: true)
        #expect(reader.file.problems.isEmpty)
        #expect(reader.expressions.count == 1)
    }

    @Test func `rules that search every report are named, and there are so many at most`() throws {
        func rules(_ count: Int, _ conditions: String) -> String {
            (0..<count).map { "  - { name: n\($0), when: { \(conditions) }, notify: fire }\n" }.joined()
        }
        #expect(try makeRuleset(rules(1000, "matches: { headline: \".*\" }, category: Met")).warnings.isEmpty)
        #expect(try makeRuleset(rules(1000, "matches: { headline: gas.* }")).warnings.isEmpty)
        let always = "matches: { headline: \"[0-9]+\" }"
        #expect(
            try makeRuleset(rules(2, always)).warnings.map { $0.prefix(42) } == [
                "'n0', 'n1': searched for in every report, "
            ])
        #expect(
            problems { _ = try makeRuleset(rules(Limits.rulesSearchingAlways + 1, always)) }.map { $0.prefix(60) } == [
                "rules.yaml:67:5: with this rule more than 64 search every re"
            ])
    }

    @Test(arguments: [
        ("gas leak", ["gas leak"]), ("(?i)explo(sion|ded)", ["exploded", "explosion"]), ("gas.*leakage", ["leakage"]),
        ("gas|oil", ["gas", "oil"]), ("[0-9]", nil), ("(gas)?", nil), ("a", nil), ("毒|gas", ["gas", "毒"]),
    ])
    func `an expression demands words`(_ text: String, _ words: [String]?) throws {
        #expect(try RegularExpression(text).demanded?.sorted() == words)
    }
}
