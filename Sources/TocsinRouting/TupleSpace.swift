import TocsinModel

/// Finds the rules that may match a report, at a cost that does not grow with those that do not.
///
/// This is tuple space search (Srinivasan, Suri, Varghese: "Packet classification using tuple space search", SIGCOMM
/// 1999, https://doi.org/10.1145/316188.316216). A tuple says which things a rule asks for: category, severity, event,
/// a place of one size, a parameter. Rules of the same tuple are found by one hash of what they ask. A file has few
/// tuples however many rules it has, and a report is looked up once in each (once for each pair of event and parameter
/// that some rule knows, where it has several).
///
///     rule                                    tuple                 keys
///     category: Fire, event: [a, b]           category event        Fire|a  Fire|b
///     category: Fire, within: "110101"        category district     Fire|110101
///
/// What is found may match: a key leaves out all parameters but the first, and hashes can collide. The caller asks
/// ``Rule/Conditions/firstUnmet(by:)``.
final class TupleSpace: Sendable {
    /// Which things the keys of a tuple are made of.
    struct Tuple: Hashable, Comparable, Sendable {
        var category = false
        var severity = false
        var event = false
        var parameter = false
        var level: PlaceLevel?

        /// Different for each tuple: the start of its keys.
        var number: UInt64 {
            (category ? 1 : 0) | (severity ? 2 : 0) | (event ? 4 : 0) | (parameter ? 8 : 0)
                | UInt64((level?.ordinal ?? -1) + 1) << 4
        }

        static func < (left: Tuple, right: Tuple) -> Bool { left.number < right.number }
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
            if !expansion.dropped.contains(.event) { events.formUnion(rule.conditions.events.map(Hash.of)) }
            if let first = rule.conditions.parameters.first { parameters.insert(Hash.of(first)) }
        }
        self.tuples = tuples.sorted()
        table = KeyTable(lists)
        asksEvents = !events.isEmpty
        asksParameters = !parameters.isEmpty
        self.events = KeyTable(keys: events)
        self.parameters = KeyTable(keys: parameters)
    }

    /// Calls `body` with the index of each rule that may match, ascending, as long as it answers true.
    func forEachCandidate(of report: Report, at position: PlaceIndex.Position, _ body: (Int) -> Bool) {
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
                for tuple in tuples {
                    guard
                        let start = tuple.start(
                            category: report.category, severity: report.severity, position: position)
                    else { continue }
                    look(tuple, start, hashes[..<eventCount], hashes[eventCount..<count], into: &found)
                }
                found.forEachInOrder(body)
            }
        }
    }

    private func look(
        _ tuple: Tuple, _ start: UInt64, _ events: Slice<UnsafeMutableBufferPointer<UInt64>>,
        _ parameters: Slice<UnsafeMutableBufferPointer<UInt64>>, into found: inout CandidateList
    ) {
        switch (tuple.event, tuple.parameter) {
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
    /// The part of a key that a report has one of; nil where it has no place of the tuple's size.
    fileprivate func start(category: Category, severity: Severity, position: PlaceIndex.Position) -> UInt64? {
        var hash = Hash.mix(0, number)
        if self.category { hash = Hash.mix(hash, category.ordinal) }
        if self.severity { hash = Hash.mix(hash, UInt64(severity.rank)) }
        if let level {
            let place = position[level]
            guard place >= 0 else { return nil }
            hash = Hash.mix(hash, UInt64(place))
        }
        return hash
    }
}

/// The keys by which one rule is found.
private struct Expansion {
    enum Dimension { case category, severity, event, within }

    private(set) var dropped: Set<Dimension> = []
    private let conditions: Rule.Conditions
    private let places: PlaceIndex

    init(_ conditions: Rule.Conditions, places: PlaceIndex) {
        self.conditions = conditions
        self.places = places
        let counts: [(dimension: Dimension, count: Int)] = [
            (.severity, conditions.severity?.severities.count ?? 0), (.category, conditions.categories.count),
            (.within, conditions.within.count), (.event, conditions.events.count),
        ].filter { $0.count > 0 }
        // The least telling goes first; a rule's last list stays, however long: its keys are no more than its words.
        for next in counts.dropLast() {
            let product = counts.filter { !dropped.contains($0.dimension) }.reduce(1) {
                $0.multipliedReportingOverflow(by: $1.count).overflow ? Int.max : $0 * $1.count
            }
            if product > TupleSpace.keysPerRule { dropped.insert(next.dimension) }
        }
    }

    func forEachKey(_ body: (TupleSpace.Tuple, UInt64) -> Void) {
        let categories = choices(conditions.categories, .category)
        let severities = choices(conditions.severity?.severities ?? [], .severity)
        let events = choices(conditions.events, .event)
        let within = choices(conditions.within, .within)
        let parameter = conditions.parameters.first.map(Hash.of)
        for category in categories {
            for severity in severities {
                for place in within {
                    let tuple = TupleSpace.Tuple(
                        category: category != nil, severity: severity != nil, event: events != [nil],
                        parameter: parameter != nil, level: place?.level)
                    let start = tuple.start(
                        category: category ?? .other, severity: severity ?? .unknown,
                        position: places.position(of: place))
                    // Every place that a rule names is in the index.
                    guard let start else { preconditionFailure("A rule's place has no number.") }
                    for event in events {
                        let hash = event.map { Hash.mix(start, Hash.of($0)) } ?? start
                        body(tuple, parameter.map { Hash.mix(hash, $0) } ?? hash)
                    }
                }
            }
        }
    }

    private func choices<Value>(_ values: [Value], _ dimension: Dimension) -> [Value?] {
        values.isEmpty || dropped.contains(dimension) ? [nil] : values
    }
}
