import TocsinModel

/// Finds the rules that may match a report, at a cost that does not grow with those that do not.
///
/// This is tuple space search (Srinivasan, Suri, Varghese: "Packet classification using tuple space search", SIGCOMM
/// 1999, https://doi.org/10.1145/316188.316216). A tuple says which things a rule asks for: category, severity, event,
/// a place of one size, a parameter, status. Rules of the same tuple are found by one hash of what they ask. A file has few
/// tuples however many rules it has, and a report is looked up once in each (once for each pair of event and parameter
/// that some rule knows, where it has several).
///
///     rule                                    tuple                 keys
///     category: Fire, event: [a, b]           category event        Fire|a  Fire|b
///     category: Fire, within: "110101"        category district     Fire|110101
///
/// What is found may match: a key leaves out conditions that have none and all parameters but the first, and hashes can
/// collide. The caller asks ``Conditions/firstUnmet(by:)``.
final class TupleSpace: Sendable {
    /// Which things the keys of a tuple are made of: the bits of its dimensions.
    struct Tuple: Hashable, Comparable, Sendable {
        static let severals = Dimension.event.bit | Dimension.parameter.bit

        var bits: UInt16

        func contains(_ dimension: Dimension) -> Bool { bits & dimension.bit != 0 }

        static func < (left: Tuple, right: Tuple) -> Bool { left.bits < right.bits }
    }

    /// A rule of more keys is found by fewer of its conditions, so that lists of lists do not multiply without bound.
    static let keysPerRule = 4096
    /// Candidates that need no allocation; far above what a rule file of people has for one report.
    private static let lentCandidates = 128

    private let tuples: [Tuple]
    private let table: KeyTable
    private let events: KeyTable
    private let parameters: KeyTable
    private let asksEvents: Bool
    private let asksParameters: Bool
    /// What rules ask that say nothing of it, and the dimension by which those are found that do.
    private let implied: [(condition: Condition, bits: UInt16)]

    init(_ rules: [Rule], places: PlaceIndex) {
        var lists: [UInt64: [UInt32]] = [:]
        var tuples: Set<Tuple> = []
        var events: Set<UInt64> = []
        var parameters: Set<UInt64> = []
        for (index, rule) in rules.enumerated() {
            let expansion = Expansion(rule.conditions, places: places)
            expansion.forEachKey { tuple, key in
                tuples.insert(tuple)
                // Words that are there twice make a key twice, one after the other.
                if lists[key]?.last != UInt32(index) { lists[key, default: []].append(UInt32(index)) }
            }
            for part in expansion.parts(of: .event) { events.insert(part.value) }
            for part in expansion.parts(of: .parameter) { parameters.insert(part.value) }
        }
        self.tuples = tuples.sorted()
        table = KeyTable(lists)
        asksEvents = !events.isEmpty
        asksParameters = !parameters.isEmpty
        self.events = KeyTable(keys: events)
        self.parameters = KeyTable(keys: parameters)
        implied = Condition.implied.map { condition in
            (condition, (condition.keys(in: places) ?? []).reduce(0) { $0 | $1.dimension.bit })
        }
    }

    /// Calls `body` with the index of each rule that may match, ascending, as long as it answers true.
    func forEachCandidate(of subject: Case, at position: PlaceIndex.Position, _ body: (Int) -> Bool) {
        let report = subject.report
        let most = 1 + report.eventCodes.count + report.parameters.count
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: most) { hashes in
            var count = 0
            // Only what some rule asks for is worth looking up, each once: a report with ten thousand codes costs
            // their hashes and no more.
            func add(_ hash: UInt64, from start: Int, ifIn known: KeyTable) {
                guard known.contains(hash), !hashes[start..<count].contains(hash) else { return }
                hashes[count] = hash
                count += 1
            }
            if asksEvents {
                add(Hash.of(report.event), from: 0, ifIn: events)
                for code in report.eventCodes { add(Hash.of(code.value), from: 0, ifIn: events) }
            }
            let eventCount = count
            if asksParameters {
                for parameter in report.parameters { add(Hash.of(parameter), from: eventCount, ifIn: parameters) }
            }
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.lentCandidates) { lent in
                var found = CandidateList(lent: lent)
                let needed = neededBits(for: subject)
                for tuple in tuples where tuple.bits & needed == needed {
                    guard let start = tuple.start(subject, at: position) else { continue }
                    look(tuple, start, hashes[..<eventCount], hashes[eventCount..<count], into: &found)
                }
                found.forEachInOrder(body)
            }
        }
    }

    /// By which dimensions a rule must ask for the report: what it asks otherwise does not hold.
    private func neededBits(for subject: Case) -> UInt16 {
        var bits: UInt16 = 0
        for (condition, its) in implied where !condition.holds(for: subject) { bits |= its }
        return bits
    }

    private func look(
        _ tuple: Tuple, _ start: UInt64, _ events: Slice<UnsafeMutableBufferPointer<UInt64>>,
        _ parameters: Slice<UnsafeMutableBufferPointer<UInt64>>, into found: inout CandidateList
    ) {
        switch (tuple.contains(.event), tuple.contains(.parameter)) {
        case (false, false): table.find(start, into: &found)
        case (true, false): for event in events { table.find(Hash.mix(start, event), into: &found) }
        case (false, true): for parameter in parameters { table.find(Hash.mix(start, parameter), into: &found) }
        case (true, true):
            for event in events {
                let start = Hash.mix(start, event)
                for parameter in parameters { table.find(Hash.mix(start, parameter), into: &found) }
            }
        }
    }
}

extension TupleSpace.Tuple {
    /// The hash of the values of which a report has one; nil where it has none of a dimension.
    fileprivate func start(_ subject: Case, at position: PlaceIndex.Position) -> UInt64? {
        var hash = Hash.mix(0, UInt64(bits))
        var rest = bits & ~Self.severals
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

/// The keys by which one rule is found: the combinations of what its conditions allow.
private struct Expansion {
    /// What one condition allows, and how telling that is.
    private struct Choice {
        let parts: [Dimension.Key]
        let selectivity: Int?
    }

    /// In the order of their dimensions.
    private var choices: [Choice] = []

    init(_ conditions: Conditions, places: PlaceIndex) {
        var taken: UInt16 = 0
        for condition in conditions.asked {
            // Of several parameters the first will do.
            guard let parts = condition.keys(in: places), let first = parts.first, taken & first.dimension.bit == 0
            else { continue }
            taken |= first.dimension.bit
            choices.append(Choice(parts: parts, selectivity: condition.selectivity))
        }
        if combinations > TupleSpace.keysPerRule { dropLeastSelective() }
        choices.sort { $0.parts[0].dimension.rawValue < $1.parts[0].dimension.rawValue }
    }

    private var combinations: Int {
        choices.reduce(1) {
            let (product, overflow) = $0.multipliedReportingOverflow(by: $1.parts.count)
            return overflow ? .max : product
        }
    }

    /// Leaves lists out until there are few enough combinations. The last list stays, however long: its keys are no more than
    /// its words.
    private mutating func dropLeastSelective() {
        choices.sort { $0.selectivity ?? .max < $1.selectivity ?? .max }
        while combinations > TupleSpace.keysPerRule {
            let lists = choices.indices.filter { choices[$0].parts.count > 1 && choices[$0].selectivity != nil }
            guard lists.count > 1 else { return }
            choices.remove(at: lists[0])
        }
    }

    /// What the keys have of a dimension.
    func parts(of dimension: Dimension) -> [Dimension.Key] {
        choices.first { $0.parts[0].dimension == dimension }?.parts ?? []
    }

    /// Calls `body` with each key and its tuple.
    func forEachKey(_ body: (TupleSpace.Tuple, UInt64) -> Void) {
        var chosen: [Dimension.Key] = []
        chosen.reserveCapacity(choices.count)
        choose(&chosen, body)
    }

    private func choose(_ chosen: inout [Dimension.Key], _ body: (TupleSpace.Tuple, UInt64) -> Void) {
        guard chosen.count < choices.count else {
            var bits: UInt16 = 0
            for part in chosen { bits |= part.dimension.bit }
            var key = Hash.mix(0, UInt64(bits))
            for part in chosen { key = Hash.mix(key, part.value) }
            return body(TupleSpace.Tuple(bits: bits), key)
        }
        for part in choices[chosen.count].parts {
            chosen.append(part)
            choose(&chosen, body)
            chosen.removeLast()
        }
    }
}
