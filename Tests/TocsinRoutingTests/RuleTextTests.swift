import Testing
import TocsinModel
import TocsinRouting

/// What a rule file's text does beside what its rules say.
struct RuleTextTests {
    @Test func `aliases are read, and those that stand for more than can be read are a problem`() throws {
        let plain = try makeRuleset(
            "  - { name: a, when: { event: &fires [blaze, structure-fire] }, notify: fire }\n"
                + "  - { name: b, when: { event: *fires, sender: \"desk-*\" }, inform: gas }")
        #expect(plain.route(makeReport()).told == ["fire action", "gas information"])
        let laughs = (1...8).map { depth in
            let last = depth == 1 ? "{ event: x }" : "*a\(depth - 1)"
            let branches = Array(repeating: "{ any: [\(last)] }", count: 40).joined(separator: ", ")
            return "  - { name: r\(depth), when: &a\(depth) { any: [\(branches)] }, notify: fire }\n"
        }
        let found = TocsinRoutingTests.problems { _ = try makeRuleset(laughs.joined()) }
        #expect(found.count == 1)
        #expect(
            found.first?.hasSuffix(
                "the aliases of the file repeat so much that it cannot be read; write out what they stand for") == true)
    }

    @Test func `a file with very many aliases is a problem at the first that is too many`() {
        let lines = (1...Limits.yamlAliases + 1).map { "  - { name: r\($0), when: *a, notify: fire }\n" }
        let found = TocsinRoutingTests.problems { _ = try makeRuleset(lines.joined()) }
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix(":26: the file has more than \(Limits.yamlAliases) aliases ('*name')") == true)
    }

    @Test func `a text with a full-width comma in it is right, and may not be meant`() throws {
        let ruleset = try makeRuleset(
            "  - { name: 气, when: { any: [{ text: { contains: [毒气，煤气] } }, { event: \"gas, leak\" }] }, notify: fire }")
        #expect(
            ruleset.warnings == [
                "'气', line 3: '毒气，煤气' is one text with a full-width mark in it; values of a list are parted by ',' and quoted "
                    + "with '\"'"
            ])
    }
}
