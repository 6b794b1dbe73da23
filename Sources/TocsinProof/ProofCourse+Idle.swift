import TocsinModel
import TocsinRouting

extension ProofCourse {
    /// The rules with `stop` that are named for one rule behind them.
    private static let listed = 12

    /// The rules that never add anybody.
    ///
    /// Where not every class was looked at, each rule that has not matched is followed by itself, and with the rules that end
    /// the list before it. Only a rule that then has no class is named.
    func idle() -> [Proof.IdleRule] {
        var matched: Set<Int32> = []
        for leaf in diagram.leaves { matched.formUnion(leaf.rules) }
        let isAllSeen = !extent.isStopped && (!extent.isThrifty || levels.isThriftEnough)
        let ending = stops.indices.filter { stops[$0] }
        var steps = wishes.steps / 2
        var idle: [Proof.IdleRule] = []
        for rule in ruleset.rules.indices where !matched.contains(Int32(rule)) {
            guard idle.count < Limits.proofFindings, steps > 0 else { break }
            let alone = leaves(of: [rule], &steps)
            guard alone.map({ $0.contains([Int32(rule)]) }) ?? true else {
                idle.append(Proof.IdleRule(rule: Proof.RulePlace(ruleset.rules[rule]), behind: []))
                continue
            }
            let before = ending.prefix { $0 < rule }
            guard isAllSeen || isAlwaysBehind(before, rule, &steps) else { continue }
            var behind: [Int] = []
            for other in before where behind.count < Self.listed && steps > 0 {
                if overlaps(other, rule, &steps) { behind.append(other) }
            }
            idle.append(
                Proof.IdleRule(
                    rule: Proof.RulePlace(ruleset.rules[rule]),
                    behind: behind.map { Proof.RulePlace(ruleset.rules[$0]) }))
        }
        return idle
    }

    private func isAlwaysBehind(_ before: ArraySlice<Int>, _ rule: Int, _ steps: inout Int) -> Bool {
        guard !before.isEmpty, let leaves = leaves(of: before + [rule], &steps) else { return false }
        return !leaves.contains { $0.contains(Int32(rule)) }
    }

    /// Returns the sets of some of the rules that match together; nil if that takes too many steps.
    private func leaves(of rules: [Int], _ steps: inout Int) -> [[Int32]]? {
        var part = Diagram(levels: levels.levels, table: table, stops: stops, notifies: notifies)
        part.follow(rules.map { (Int32($0), formulas[$0]) }, thrift: nil, steps: min(steps, wishes.steps / 10))
        // Beginning one takes its time as well.
        steps -= part.stepsTaken + 10
        return part.isStopped ? nil : part.leaves.map(\.rules)
    }

    /// Returns true if two rules can match the same report, as far as it is quickly found.
    private func overlaps(_ first: Int, _ second: Int, _ steps: inout Int) -> Bool {
        // Without the 'stop' of the first, both are at the end of a way.
        var both = Diagram(levels: levels.levels, table: table, stops: [], notifies: notifies)
        both.follow(
            [(Int32(first), formulas[first]), (Int32(second), formulas[second])], thrift: nil,
            steps: min(steps, wishes.steps / 100))
        steps -= both.stepsTaken + 10
        return both.isStopped || both.leaves.contains { $0.rules.count == 2 }
    }
}
