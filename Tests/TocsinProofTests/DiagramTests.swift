import Testing
import TocsinModel
import TocsinRouting
import TocsinSimulator

@testable import TocsinProof

/// The proof against the rules themselves.
struct DiagramTests {
    @Test func `whatever report comes, the rules that match it are one of the sets that were proved`() throws {
        var random = SplitMix64(seed: 17)
        var (reports, matched, complete) = (0, 0, 0)
        for _ in 0..<120 {
            let ruleset = try makeRuleset(RulesByChance.rules(.random(in: 1...9, using: &random), &random))
            var course = ProofCourse(ruleset, ProofWishes(now: now))
            course.follow()
            #expect(!course.extent.isStopped)
            if course.extent.isComplete { complete += 1 }
            let sets = Set(course.diagram.leaves.map { $0.rules.map(Int.init) })
            for _ in 0..<150 {
                let report = RulesByChance.report(&random)
                let rules = try #require(course.examples.matching(report))
                reports += 1
                matched += rules.isEmpty ? 0 : 1
                #expect(sets.contains(rules), "\(String(decoding: report.report, as: UTF8.self)) \(report.at)")
            }
            for (leaf, example) in zip(course.diagram.leaves, course.shown) {
                guard let example else {
                    // Only a search can make a class that no report is in.
                    #expect(!course.extent.unconfirmed.isEmpty)
                    continue
                }
                #expect(course.examples.matching(example) == leaf.rules.map(Int.init))
            }
        }
        // The rules and reports are such that the test means something.
        #expect(matched * 4 > reports)
        #expect(complete > 80)
    }

    @Test
    func `a report with more events than are looked at matches no rule that is idle, and falls through no sooner`()
        throws
    {
        var random = SplitMix64(seed: 589)
        var several = 0
        for _ in 0..<120 {
            let ruleset = try makeRuleset(RulesByChance.rules(.random(in: 1...9, using: &random), &random))
            var course = ProofCourse(ruleset, ProofWishes(now: now))
            course.follow()
            let sets = Set(course.diagram.leaves.map { $0.rules.map(Int.init) })
            let alive = Set(sets.joined())
            for _ in 0..<150 {
                let report = RulesByChance.report(hasSeveralEvents: true, &random)
                let rules = try #require(course.examples.matching(report))
                #expect(alive.isSuperset(of: rules))
                if rules.isEmpty { #expect(sets.contains([])) }
                if !sets.contains(rules) { several += 1 }
            }
        }
        #expect(several > 0)
    }

    @Test func `the proof of Dongcheng is complete, and every report there is in it`() throws {
        let ruleset = try Dongcheng.ruleset()
        var course = ProofCourse(ruleset, ProofWishes(now: now))
        course.follow()
        #expect(course.extent.isComplete)
        #expect(!course.extent.isThrifty)
        for (leaf, example) in zip(course.diagram.leaves, course.shown) {
            let example = try #require(example)
            #expect(course.examples.matching(example) == leaf.rules.map(Int.init))
        }
    }
}
