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

    @Test func `a word that is a part of another is found where the other is`() throws {
        let rules = """
              - { name: smoke, when: { text: { contains: smoke } }, notify: fire }
              - { name: thick, when: { text: { contains: thick smoke } }, notify: fire }
              - { name: rest, when: { not: { text: { contains: [smoke] } } }, notify: desk }

            """
        let proof = try prove(rules)
        #expect(proof.gaps == [])
        #expect(proof.idleLines == [])
        #expect(proof.extent.isComplete)
        let never = """
              - name: never
                when: { text: { contains: [thick SMOKE] }, not: { text: { contains: smoke } } }
                notify: gas

            """
        #expect(try prove(rules + never).idleLines == ["never"])
        // In another field it may be alone.
        let elsewhere = never.replacing("contains: smoke }", with: "contains: smoke, in: [headline] }")
        #expect(try prove(rules + elsewhere).idleLines == [])
    }

    @Test func `what falls through only with words that exclude each other is no gap`() throws {
        let gas = """
              - { name: gas, when: { text: { contains: [gas] } }, notify: fire, escalate: [{ after: 1m, to: leader@district }] }
              - { name: none, when: { not: { text: { contains: [gas leak] } } }, notify: gas }

            """
        let proof = try prove(gas)
        #expect(proof.gaps == [])
        #expect(proof.extent.isComplete)
        // Either of two words brings one that is excluded.
        let either = """
              - { name: gas, when: { text: { contains: [gas] } }, notify: fire }
              - { name: smoke, when: { text: { contains: [smoke] } }, notify: fire }
              - { name: none, when: { not: { text: { contains: [gas leak, thick smoke] } } }, notify: gas }

            """
        #expect(try prove(either).gaps == [])
    }

    @Test func `where it is open whether anything falls through, it is no finding, and the proof not complete`()
        throws
    {
        let rules = """
              - { name: any, when: { text: { contains: [gas] } }, notify: fire, escalate: [{ after: 1m, to: leader@110101 }] }
              - { name: rest, when: { not: { matches: { headline: "^[0-9]{3}x{2,}$" } } }, notify: gas,
                  escalate: [{ after: 1m, to: leader@110101 }] }

            """
        let proof = try prove(rules)
        #expect(proof.gaps.map(\.example) == [nil])
        #expect(proof.findings == proof.unreached.count)
        #expect(!proof.extent.isComplete)
        #expect(proof.extent.unconfirmed == ["rest"])
    }

    @Test(arguments: ["text: { contains: [w{n}x] }", "category: Fire, near: { point: [0.{n}, 1], radius: 500m }"])
    func `many searches have as many examples as there are steps for, those of findings first`(when: String) throws {
        let rules = (10..<40).map { number in
            let when = when.split(separator: "{n}", omittingEmptySubsequences: false).joined(separator: "\(number)")
            return "  - { name: t\(number), when: { \(when) }, notify: fire }\n"
        }
        let proof = try prove(rules.joined(), ProofWishes(now: now, steps: 100_000))
        #expect(proof.extent.isThrifty)
        #expect(!proof.extent.isStopped)
        #expect(proof.gaps.count >= 1)
        #expect(proof.gaps.allSatisfy { $0.example != nil })
        #expect(proof.leaderless.count == 30)
        #expect(proof.leaderless[0].example != nil)
        // Almost nothing is left for examples.
        let hasty = try prove(rules.joined(), ProofWishes(now: now, steps: 2_400))
        #expect(!hasty.extent.isComplete)
        #expect(hasty.gaps.first?.example != nil)
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
