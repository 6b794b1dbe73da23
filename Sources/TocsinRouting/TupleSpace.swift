import TocsinModel

/// Finds the rules that may match a report, at a cost that does not grow with the other rules.
///
/// This is tuple space search (Srinivasan, Suri, Varghese: "Packet classification using tuple space search", SIGCOMM
/// 1999, https://doi.org/10.1145/316188.316216). A tuple is a combination of properties that a rule asks for: category,
/// severity, event, a place of one size, a parameter, a word in the texts, status. One hash of the wanted values finds
/// the rules of a tuple. A file has few tuples however many rules it has. A report is looked up once in each tuple. If
/// it has several values of a property, it is looked up once for each that some rule knows.
///
/// The rules found are only candidates. A key leaves out conditions that have no keys and all parameters but the first,
/// and hashes can collide. The caller asks ``Conditions/firstUnmet(by:)``.
///
/// What else rules can be found by enters here: a ``Dimension``, the keys of its condition (`Condition.keys(in:)`), and
/// the report's values (``Case/value(_:at:)`` for one, ``SeveralValues`` for several).
final class TupleSpace: Sendable {
    /// The dimensions of a tuple's keys, as bits.
    struct Tuple: Hashable, Comparable, Sendable {
        var bits: UInt32

        static func < (left: Tuple, right: Tuple) -> Bool { left.bits < right.bits }
    }

    /// The most tuples in which every rule keeps all its dimensions. Where rules have more combinations, those of the
    /// rarest are found by fewer conditions.
    static let mostTuples = 128
    /// The candidates that need no allocation, far more than a rule file written by people has for one report.
    private static let lentCandidates = 128

    private let tuples: [Tuple]
    private let table: KeyTable
    private let several: SeveralValues.Known
    /// The implied conditions, and the dimensions by which rules that state a condition of the same key are found.
    private let implied: [(condition: Condition, bits: UInt32)]

    /// Compiles the conditions of rules, each found by its index and by no more keys than `keysPerRule`.
    init(_ rules: [Conditions], places: PlaceIndex, keysPerRule: Int = RuleKeys.most) {
        let keys = Self.keys(of: rules, places: places, most: keysPerRule)
        var lists: [UInt64: [UInt32]] = [:]
        var tuples: Set<Tuple> = []
        for (index, keys) in keys.enumerated() {
            keys.forEachKey { tuple, key in
                tuples.insert(tuple)
                // A repeated word makes its key twice in succession.
                if lists[key]?.last != UInt32(index) { lists[key, default: []].append(UInt32(index)) }
            }
        }
        self.tuples = tuples.sorted()
        table = KeyTable(lists)
        several = SeveralValues.Known(
            keys, words: rules.flatMap { $0.asked.flatMap(\.allDemandedWords) },
            circles: rules.flatMap { $0.asked.flatMap(\.circles) })
        implied = Condition.implied.map { condition in
            (condition, (condition.keys(in: places) ?? []).reduce(0) { $0 | $1.dimension.bit })
        }
    }

    /// Returns the keys of each rule, such that the tuples are few.
    private static func keys(of rules: [Conditions], places: PlaceIndex, most: Int) -> [RuleKeys] {
        var uses: [UInt64: Int] = [:]
        for rule in rules {
            for word in rule.asked.flatMap(\.allDemandedWords) { uses[Hash.of(word), default: 0] += 1 }
        }
        let keys = rules.map { RuleKeys($0, places: places, uses: uses, most: most) }
        var counts: [Tuple: Int] = [:]
        for keys in keys {
            for tuple in keys.tuples { counts[tuple, default: 0] += 1 }
        }
        guard counts.count > mostTuples else { return keys }
        let common = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(mostTuples / 2)
        let kept = Set(common.map(\.key))
        return keys.map { $0.coarsened(unlessIn: kept) }
    }

    /// Calls `body` with the index of each rule that may match, ascending, while it returns true.
    func forEachCandidate(of subject: Case, at position: PlaceIndex.Position, _ body: (Int) -> Bool) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: several.most(of: subject)) { memory in
            let values = several.values(of: subject, in: memory)
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.lentCandidates) { lent in
                var found = CandidateList(lent: lent)
                let needed = neededBits(for: subject)
                for tuple in tuples where tuple.bits & needed == needed {
                    guard let start = tuple.start(subject, at: position) else { continue }
                    look(tuple, start, values, into: &found)
                }
                found.forEachInOrder(body)
            }
        }
    }

    /// Returns the dimensions that a matching rule must have. They belong to the implied conditions that do not hold
    /// for the report.
    private func neededBits(for subject: Case) -> UInt32 {
        guard !subject.report.isOrdinary else { return 0 }
        var bits: UInt32 = 0
        for (condition, its) in implied where !condition.holds(for: subject) { bits |= its }
        return bits
    }

    /// Looks a report up in one tuple, by each combination of its values in the dimensions that allow several. A tuple has
    /// two of those at most.
    private func look(_ tuple: Tuple, _ start: UInt64, _ values: SeveralValues, into found: inout CandidateList) {
        var rest = tuple.bits & Dimension.severals
        guard rest != 0 else { return table.find(start, into: &found) }
        let first = values[bit: rest & ~(rest - 1)]
        rest &= rest - 1
        guard rest != 0 else {
            for value in first { table.find(Hash.mix(start, value), into: &found) }
            return
        }
        let second = values[bit: rest]
        for value in first {
            let start = Hash.mix(start, value)
            for value in second { table.find(Hash.mix(start, value), into: &found) }
        }
    }
}

extension TupleSpace.Tuple {
    /// Returns the key of a rule that wants these values, one of each of the tuple's dimensions.
    func key(of values: [Dimension.Key]) -> UInt64 {
        values.sorted { $0.dimension.rawValue < $1.dimension.rawValue }
            .reduce(Hash.mix(0, UInt64(bits))) { Hash.mix($0, $1.value) }
    }

    /// Returns the hash of the report's values in the dimensions that allow one value; nil if it lacks a value in any
    /// of them.
    fileprivate func start(_ subject: Case, at position: PlaceIndex.Position) -> UInt64? {
        var hash = Hash.mix(0, UInt64(bits))
        var rest = bits & ~Dimension.severals
        while rest != 0 {
            guard let dimension = Dimension(rawValue: UInt8(rest.trailingZeroBitCount)),
                let value = subject.value(dimension, at: position)
            else { return nil }
            hash = Hash.mix(hash, value)
            rest &= rest - 1
        }
        return hash
    }
}
