import TocsinModel

/// The keys by which one rule is found: the combinations of the values that its conditions allow.
///
///     rule                                                    ways                      keys
///     category: Fire, event: [a, b]                           category event            Fire|a  Fire|b
///     category: Fire, any: [{ event: a }, { within: 110101 }] category event            Fire|a
///                                                             category district         Fire|110101
struct RuleKeys {
    /// The most keys of one rule. A rule with more is found by fewer of its conditions, so that the product of its
    /// lists is bounded.
    static let most = 4096
    /// The most ways through the branches of one rule. A branch that would make more is only verified.
    private static let mostWays = 64

    /// The ways through the rule's branches. Each has keys of its own.
    private let ways: [Way]

    /// Creates the keys of a rule with these conditions. `uses` has the number of rules that demand a word, by its hash.
    init(_ conditions: Conditions, places: PlaceIndex, uses: [UInt64: Int] = [:], most: Int = Self.most) {
        // A branch that is only verified may have stated what reports are looked up by that do not meet what is implied.
        let stated = conditions.statedAnyhow
        let lists = Self.ways(through: conditions.asked, in: places).map { way in
            way + stated.filter { condition in !way.contains { $0.key == condition.key } }
        }
        ways = lists.map { Way($0, places: places, uses: uses, mostKeys: most / lists.count) }
    }

    /// Returns the lists of conditions of which one must hold as a whole. None of them is an `any` with keys.
    private static func ways(through conditions: [Condition], in places: PlaceIndex) -> [[Condition]] {
        var ways: [[Condition]] = [[]]
        for condition in conditions {
            guard case .any(let branches) = condition else {
                for index in ways.indices { ways[index].append(condition) }
                continue
            }
            let inside = branches.flatMap { Self.ways(through: $0, in: places) }
            // With one branch that has no keys, the others' keys are of no use.
            guard ways.count * inside.count <= mostWays,
                inside.allSatisfy({ $0.contains { $0.keys(in: places) != nil } })
            else { continue }
            ways = ways.flatMap { way in inside.map { way + $0 } }
        }
        return ways
    }

    /// True if the rule has a way without keys but those that nearly all reports have, and so is asked of these.
    var areNone: Bool { ways.contains { $0.choices.allSatisfy(\.isOfNearlyAll) } }

    /// The tuples of the keys.
    var tuples: Set<TupleSpace.Tuple> {
        var tuples: Set<TupleSpace.Tuple> = []
        forEachKey { tuple, _ in tuples.insert(tuple) }
        return tuples
    }

    /// Returns the keys with fewer dimensions, where these tuples do not have them all.
    func coarsened(unlessIn kept: Set<TupleSpace.Tuple>) -> RuleKeys {
        tuples.isSubset(of: kept) ? self : RuleKeys(ways: ways.map(\.coarsened))
    }

    private init(ways: [Way]) {
        self.ways = ways
    }

    /// Returns the values of a dimension in the keys.
    func values(of dimension: Dimension) -> [UInt64] {
        ways.flatMap { way in
            way.choices.flatMap { $0.parts.filter { $0.dimension == dimension }.map(\.value) }
        }
    }

    /// Calls `body` with each key and its tuple.
    func forEachKey(_ body: (TupleSpace.Tuple, UInt64) -> Void) {
        for way in ways { way.forEachKey(body) }
    }
}

extension Conditions {
    /// True if they search every report, as nothing in them can be looked up.
    var searchAlways: Bool {
        guard asked.searched != 0 else { return false }
        return RuleKeys(self, places: PlaceIndex(asked.flatMap(\.places))).areNone
    }
}

extension Rule {
    /// True if the rule searches every report, as it cannot be found by anything.
    var searchesAlways: Bool { conditions.searchAlways }
}

/// The keys of one way through a rule's branches.
private struct Way {
    /// The values that one condition allows.
    struct Choice {
        let parts: [Dimension.Key]
        /// The dimensions of the values, as bits.
        let bits: UInt32
        /// How few reports have one of the values; nil for a choice that is never dropped.
        let selectivity: Int?

        init(_ parts: [Dimension.Key]) {
            self.parts = parts
            bits = parts.reduce(0) { $0 | $1.dimension.bit }
            selectivity = parts.map { $0.dimension.selectivity ?? .max }.min().flatMap { $0 == .max ? nil : $0 }
        }

        /// True if an ordinary report has one of the values: that of an Alert, or of an Actual report.
        var isOfNearlyAll: Bool { selectivity == nil && parts.contains { $0.value == 0 } }
    }

    private(set) var choices: [Choice] = []

    init(_ conditions: [Condition], places: PlaceIndex, uses: [UInt64: Int], mostKeys: Int) {
        var taken: UInt32 = 0
        for condition in conditions where condition.demandedWords == nil {
            // The first of several parameters suffices.
            guard let parts = condition.keys(in: places), !parts.isEmpty else { continue }
            let choice = Choice(parts)
            guard taken & choice.bits == 0 else { continue }
            taken |= choice.bits
            choices.append(choice)
        }
        if let words = Self.rarestWords(of: conditions, uses), let parts = words.keys(in: places) {
            choices.append(Choice(parts))
        }
        keepTwoSeverals()
        if combinations > mostKeys { dropLeastSelective(mostKeys: mostKeys) }
    }

    /// Drops the least selective of more than two choices of dimensions in which a report may have several values: each pair
    /// of its values is looked up, and not each triple.
    private mutating func keepTwoSeverals() {
        let several = choices.indices.filter { choices[$0].bits & Dimension.severals != 0 }
        guard several.count > 2 else { return }
        let kept = several.sorted { choices[$0].selectivity ?? .max > choices[$1].selectivity ?? .max }.prefix(2)
        choices = choices.indices.filter { !several.contains($0) || kept.contains($0) }.map { choices[$0] }
    }

    /// Returns the condition whose demanded words the fewest rules demand, and of those that with the longest words: a word
    /// that many rules have in common tells little.
    private static func rarestWords(of conditions: [Condition], _ uses: [UInt64: Int]) -> Condition? {
        var best: (condition: Condition, uses: Int, length: Int)?
        for condition in conditions {
            guard let words = condition.demandedWords, let shortest = words.map(\.count).min() else { continue }
            let most = words.map { uses[Hash.of($0)] ?? 0 }.max() ?? 0
            if let best, (best.uses, shortest) <= (most, best.length) { continue }
            best = (condition, most, shortest)
        }
        return best?.condition
    }

    /// The same with the two most selective choices, and those that are never dropped.
    var coarsened: Way {
        var coarse = self
        coarse.choices.sort { $0.selectivity ?? .max > $1.selectivity ?? .max }
        let kept = coarse.choices.prefix { $0.selectivity == nil }.count + 2
        coarse.choices = Array(coarse.choices.prefix(kept))
        return coarse
    }

    private var combinations: Int {
        choices.reduce(1) {
            let (product, overflow) = $0.multipliedReportingOverflow(by: $1.parts.count)
            return overflow ? .max : product
        }
    }

    /// Drops lists until there are few enough combinations. The last list stays, however long: it has no more keys than
    /// words.
    private mutating func dropLeastSelective(mostKeys: Int) {
        choices.sort { $0.selectivity ?? .max < $1.selectivity ?? .max }
        while combinations > mostKeys {
            let lists = choices.indices.filter { choices[$0].parts.count > 1 && choices[$0].selectivity != nil }
            guard lists.count > 1 else { return }
            choices.remove(at: lists[0])
        }
    }

    func forEachKey(_ body: (TupleSpace.Tuple, UInt64) -> Void) {
        var chosen: [Dimension.Key] = []
        chosen.reserveCapacity(choices.count)
        choose(&chosen, body)
    }

    private func choose(_ chosen: inout [Dimension.Key], _ body: (TupleSpace.Tuple, UInt64) -> Void) {
        guard chosen.count < choices.count else {
            let tuple = TupleSpace.Tuple(bits: chosen.reduce(0) { $0 | $1.dimension.bit })
            return body(tuple, tuple.key(of: chosen))
        }
        for part in choices[chosen.count].parts {
            chosen.append(part)
            choose(&chosen, body)
            chosen.removeLast()
        }
    }
}
