import Testing
import TocsinModel
import TocsinRouting

@testable import TocsinProof

/// How far a proof goes.
struct ExtentTests {
    @Test func `what an expression may find is not taken for proved, and the rule is named`() throws {
        let rules = """
              - { name: rest, notify: desk }
              - { name: found, when: { matches: { headline: "^[0-9]{3}x{2,}$" } }, notify: fire }
              - { name: plain, when: { matches: { headline: "(?i)gas leak" } }, notify: gas }

            """
        let proof = try prove(rules)
        #expect(!proof.extent.isComplete)
        #expect(proof.extent.unconfirmed == ["found"])
        // What needs no example is proved all the same.
        #expect(proof.gaps == [])
        #expect(proof.idleLines == [])
    }

    @Test func `texts that cannot hold together leave the proof incomplete and no finding that is wrong`() throws {
        let rules = """
              - { name: smoke, when: { text: { contains: smoke } }, notify: fire }
              - { name: thick, when: { text: { contains: thick smoke } }, notify: fire }
              - { name: rest, when: { not: { text: { contains: [smoke] } } }, notify: desk }

            """
        let proof = try prove(rules)
        #expect(proof.gaps == [])
        #expect(proof.idleLines == [])
        #expect(proof.extent.unconfirmed == ["smoke", "rest"])
    }

    @Test func `too many combinations are looked at as far as one rule needs, and the findings are the same`() throws {
        let many = (0..<24).map { number in
            "  - { name: n\(number), when: { parameter: { p\(number): \"1\" } }, notify: fire }\n"
        }.joined()
        let rules =
            many + """
                  - { name: never, when: { parameter: { p0: "1" }, not: { parameter: { p0: "1" } } }, notify: fire }
                  - { name: rest, when: { not: { category: Met } }, notify: gas, escalate: [{ after: 1m, to: leader@district }] }

                """
        let proof = try prove(rules, ProofWishes(now: now, steps: 200_000))
        #expect(proof.extent.isThrifty)
        #expect(proof.extent.isComplete)
        #expect(proof.idleLines == ["never"])
        #expect(proof.gaps.count >= 1)
        #expect(proof.gaps.allSatisfy { $0.example != nil && $0.properties.contains { $0.values == "Met" } })
        #expect(proof.leaderless.count == 24)
    }

    @Test func `a proof that must stop says so, and what it names is so`() throws {
        // Each rule wants that its own parameter is not there, so that every combination is another set of rules.
        let rules = (0..<40).map { number in
            "  - { name: n\(number), when: { not: { parameter: { p\(number): \"1\" } } }, notify: fire }\n"
        }.joined()
        let proof = try prove(rules, ProofWishes(now: now, steps: 20_000))
        #expect(proof.extent.isStopped)
        #expect(!proof.extent.isComplete)
        #expect(proof.idle == [])
        #expect(proof.gaps.allSatisfy { $0.example != nil })
    }

    @Test(arguments: [
        ("event: e{n}", true), ("event: e{n}, severity: at least Severe", true),
        ("parameter: { p: \"{n}\" }, category: Fire", true), ("event-code: { SAME: [s{n}, t{n}] }", true),
        ("sender: \"s{n}-*\"", false), ("text: { contains: word{n} }, category: Fire", false),
    ])
    func `thousands of rules are proved, or the proof stops and takes none for idle`(when: String, ends: Bool) throws {
        let rules = (0..<2_000).map { number in
            let conditions = when.split(separator: "{n}", omittingEmptySubsequences: false)
                .joined(separator: "\(number)")
            return "  - { name: n\(number), when: { \(conditions) }, notify: fire }\n"
        }
        let rest = "  - { name: never, when: { category: Met, not: { category: Met } }, notify: gas }\n"
        let proof = try prove(rules.joined() + rest, ProofWishes(now: now, steps: 300_000))
        #expect(proof.extent.isStopped == !ends)
        #expect(proof.idleLines == ["never"])
    }
}
