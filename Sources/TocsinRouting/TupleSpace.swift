import TocsinModel

/// Finds the rules that may match a report, at a cost that does not grow with the other rules.
///
/// This is tuple space search (Srinivasan, Suri, Varghese: "Packet classification using tuple space search", SIGCOMM
/// 1999, https://doi.org/10.1145/316188.316216). A tuple is a combination of properties that a rule asks for: category,
/// severity, event, a place of one size, a parameter, status. One hash of the wanted values finds the rules of a tuple.
/// A file has few tuples however many rules it has. A report is looked up once in each tuple. If it has several events
/// or parameters, it is looked up once for each pair of those that some rule knows.
///
/// The rules found are only candidates. A key leaves out conditions that have no keys and all parameters but the first,
/// and hashes can collide. The caller asks ``Conditions/firstUnmet(by:)``.
final class TupleSpace: Sendable {
    /// The dimensions of a tuple's keys, as bits.
    struct Tuple: Hashable, Comparable, Sendable {
        static let severals = Dimension.event.bit | Dimension.named.bit

        var bits: UInt32

        func contains(_ dimension: Dimension) -> Bool { bits & dimension.bit != 0 }

        static func < (left: Tuple, right: Tuple) -> Bool { left.bits < right.bits }
    }

    /// The candidates that need no allocation, far more than a rule file written by people has for one report.
    private static let lentCandidates = 128

    private let tuples: [Tuple]
    private let table: KeyTable
    private let events: KeyTable
    private let named: KeyTable
    private let asksEvents: Bool
    private let asksParameters: Bool
    private let asksEventCodes: Bool
    /// The implied conditions, and the dimensions by which rules that state a condition of the same key are found.
    private let implied: [(condition: Condition, bits: UInt32)]

    init(_ rules: [Rule], places: PlaceIndex) {
        var lists: [UInt64: [UInt32]] = [:]
        var tuples: Set<Tuple> = []
        var events: Set<UInt64> = []
        var named: Set<UInt64> = []
        for (index, rule) in rules.enumerated() {
            let keys = RuleKeys(rule.conditions, places: places)
            keys.forEachKey { tuple, key in
                tuples.insert(tuple)
                // A repeated word makes its key twice in succession.
                if lists[key]?.last != UInt32(index) { lists[key, default: []].append(UInt32(index)) }
            }
            events.formUnion(keys.values(of: .event))
            named.formUnion(keys.values(of: .named))
        }
        self.tuples = tuples.sorted()
        table = KeyTable(lists)
        asksEvents = !events.isEmpty
        asksParameters = named.contains { Hash.isOfParameter($0) }
        asksEventCodes = named.contains { !Hash.isOfParameter($0) }
        self.events = KeyTable(keys: events)
        self.named = KeyTable(keys: named)
        implied = Condition.implied.map { condition in
            (condition, (condition.keys(in: places) ?? []).reduce(0) { $0 | $1.dimension.bit })
        }
    }

    /// Calls `body` with the index of each rule that may match, ascending, while it returns true.
    func forEachCandidate(of subject: Case, at position: PlaceIndex.Position, _ body: (Int) -> Bool) {
        let report = subject.report
        let most = 1 + 2 * report.eventCodes.count + report.parameters.count
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
                for parameter in report.parameters { add(Hash.ofParameter(parameter), from: eventCount, ifIn: named) }
            }
            if asksEventCodes {
                for code in report.eventCodes { add(Hash.ofEventCode(code), from: eventCount, ifIn: named) }
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
    private func neededBits(for subject: Case) -> UInt32 {
        guard !subject.report.isOrdinary else { return 0 }
        var bits: UInt32 = 0
        for (condition, its) in implied where !condition.holds(for: subject) { bits |= its }
        return bits
    }

    private func look(
        _ tuple: Tuple, _ start: UInt64, _ events: Slice<UnsafeMutableBufferPointer<UInt64>>,
        _ named: Slice<UnsafeMutableBufferPointer<UInt64>>, into found: inout CandidateList
    ) {
        switch (tuple.contains(.event), tuple.contains(.named)) {
        case (false, false): table.find(start, into: &found)
        case (true, false): for event in events { table.find(Hash.mix(start, event), into: &found) }
        case (false, true): for value in named { table.find(Hash.mix(start, value), into: &found) }
        case (true, true):
            for event in events {
                let start = Hash.mix(start, event)
                for value in named { table.find(Hash.mix(start, value), into: &found) }
            }
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
