import TocsinModel

/// Finds the rules that may match a report, at a cost that does not grow with the other rules.
///
/// This is tuple space search (Srinivasan, Suri, Varghese: "Packet classification using tuple space search", SIGCOMM
/// 1999, https://doi.org/10.1145/316188.316216). A tuple is a combination of properties that a rule asks for: category,
/// severity, event, a place of one size, a parameter, status. One hash of the wanted values finds the rules of a tuple.
/// A file has few tuples however many rules it has. A report is looked up once in each tuple. If it has several events
/// or parameters, it is looked up once for each pair of those that some rule knows.
///
///     rule                                    tuple                 keys
///     category: Fire, event: [a, b]           category event        Fire|a  Fire|b
///     category: Fire, within: "110101"        category district     Fire|110101
///
/// The rules found are only candidates. A key leaves out conditions that have no keys and all parameters but the first,
/// and hashes can collide. The caller asks ``Conditions/firstUnmet(by:)``.
final class TupleSpace: Sendable {
    /// The dimensions of a tuple's keys, as bits.
    struct Tuple: Hashable, Comparable, Sendable {
        static let severals = Dimension.event.bit | Dimension.parameter.bit

        var bits: UInt16

        func contains(_ dimension: Dimension) -> Bool { bits & dimension.bit != 0 }

        static func < (left: Tuple, right: Tuple) -> Bool { left.bits < right.bits }
    }

    /// The most keys of one rule. A rule with more is found by fewer of its conditions, so that the product of its
    /// lists is bounded.
    static let keysPerRule = 4096
    /// The candidates that need no allocation, far more than a rule file written by people has for one report.
    private static let lentCandidates = 128

    private let tuples: [Tuple]
    private let table: KeyTable
    private let events: KeyTable
    private let parameters: KeyTable
    private let asksEvents: Bool
    private let asksParameters: Bool
    /// The implied conditions, and the dimensions by which rules that state a condition of the same key are found.
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
                // A repeated word makes its key twice in succession.
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

    /// Calls `body` with the index of each rule that may match, ascending, while it returns true.
    func forEachCandidate(of subject: Case, at position: PlaceIndex.Position, _ body: (Int) -> Bool) {
        let report = subject.report
        let most = 1 + report.eventCodes.count + report.parameters.count
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: most) { hashes in
            var count = 0
            // Only values that some rule asks for are looked up, each once. A report with ten thousand codes costs
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

    /// Returns the dimensions that a matching rule must have. They belong to the implied conditions that do not hold
    /// for the report.
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
    /// Returns the hash of the report's values in the dimensions that allow one value; nil if it lacks a value in any
    /// of them.
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

/// The keys by which one rule is found: the combinations of the values that its conditions allow.
private struct Expansion {
    /// The values that one condition allows, and its selectivity.
    private struct Choice {
        let parts: [Dimension.Key]
        let selectivity: Int?
    }

    /// The choices in the order of their dimensions.
    private var choices: [Choice] = []

    init(_ conditions: Conditions, places: PlaceIndex) {
        var taken: UInt16 = 0
        for condition in conditions.asked {
            // The first of several parameters suffices.
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

    /// Drops lists until there are few enough combinations. The last list stays, however long: it has no more keys than
    /// words.
    private mutating func dropLeastSelective() {
        choices.sort { $0.selectivity ?? .max < $1.selectivity ?? .max }
        while combinations > TupleSpace.keysPerRule {
            let lists = choices.indices.filter { choices[$0].parts.count > 1 && choices[$0].selectivity != nil }
            guard lists.count > 1 else { return }
            choices.remove(at: lists[0])
        }
    }

    /// Returns the values of a dimension in the keys.
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
