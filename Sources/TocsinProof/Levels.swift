import TocsinModel
import TocsinRouting

/// The properties that a rule set asks for, in the order in which they are decided, with the classes of their values.
///
/// What a report has of each is one of the classes: the reader of reports takes one value of each parameter and of each
/// event code. The event alone may be several: itself, and the value of every event code. ``Events`` tells which
/// combinations are looked at, and why they suffice.
///
/// Searches for texts and distances from points are taken to hold or not, whatever else holds, but for words that are parts
/// of others (``Texts``). That is more than what reports can be like, so an example tells what is so (``Examples``).
struct Levels {
    private(set) var levels: [Level] = []
    /// The level that decides each atom.
    private(set) var levelOfAtom: [Int32]
    /// What was not looked at, in words.
    private(set) var omissions: [String] = []

    /// The number that stands for all larger ones: JSON has no infinity.
    static let mostClasses = 1e300

    private let conditions: [Condition]

    init(_ atoms: Atoms, directory: Directory, days: Range<CivilDate>) {
        conditions = atoms.conditions
        levelOfAtom = Array(repeating: 0, count: atoms.count)
        add(Level(.place, places(directory)), of: [.within])
        add(.message, .message) { if case .message(let types) = $0 { types } else { [] } }
        add(.status, .status) { if case .status(let statuses) = $0 { statuses } else { [] } }
        add(.category, .category) { if case .category(let categories) = $0 { categories } else { [] } }
        addNamedValues(.eventCode)
        addEvents(atoms)
        addNamedValues(.parameter)
        add(.severity, .severity) { if case .severity(let range) = $0 { range.words } else { [] } }
        add(.urgency, .urgency) { if case .urgency(let range) = $0 { range.words } else { [] } }
        add(.certainty, .certainty) { if case .certainty(let range) = $0 { range.words } else { [] } }
        let senders = addSenders()
        addTimes(days)
        addSearches(indices(of: [.text, .matches, .near]) + senders, negated: atoms.negated)
        limitCosts(atoms)
    }

    /// The number of combinations of all classes, about.
    var classes: Double { min(levels.reduce(1) { $0 * Double($1.choices.count) }, Self.mostClasses) }

    private func indices(of keys: [Condition.Key]) -> [Int32] {
        conditions.indices.filter { keys.contains(conditions[$0].key) }.map { Int32($0) }
    }

    private mutating func add(_ level: Level, of keys: [Condition.Key]) {
        for number in indices(of: keys) { levelOfAtom[Int(number)] = Int32(levels.count) }
        levels.append(level)
    }

    /// Adds a property whose words are a closed list.
    private mutating func add<Word: ReportWord>(
        _ key: Condition.Key, _ subject: Level.Subject, _ wanted: (Condition) -> [Word]
    ) {
        let atoms = indices(of: [key]).map { ($0, Set(wanted(conditions[Int($0)]))) }
        guard !atoms.isEmpty else { return }
        var classes = Classes<Word>()
        for word in Word.allCases { classes.add(word, atoms.filter { $0.1.contains(word) }.map(\.0)) }
        let choices = classes.sorted.map {
            Level.Choice(truths: $0.truths, content: .words($0.values.map(\.rawValue)))
        }
        let usual = ["Alert", "Actual", "Other", "Moderate", "Expected", "Observed"]
        let place = choices.firstIndex { choice in
            if case .words(let words) = choice.content { words.contains(where: usual.contains) } else { false }
        }
        add(Level(subject, choices, usual: place ?? 0), of: [key])
    }

    // MARK: - Places

    /// The places of the directory and of the rules, one that nobody knows, and none, by the conditions they meet.
    private func places(_ directory: Directory) -> [Level.Choice] {
        var atomsOfPlace: [GridCode: [Int32]] = [:]
        for number in indices(of: [.within]) {
            guard case .within(let codes) = conditions[Int(number)] else { continue }
            for code in codes where atomsOfPlace[code]?.last != number {
                atomsOfPlace[code, default: []].append(number)
            }
        }
        var classes = Classes<GridCode?>()
        classes.add(nil, [])
        if let unknown = Self.unknownPlace(directory, atomsOfPlace) { classes.add(unknown, []) }
        for place in Set(directory.places.keys).union(atomsOfPlace.keys).sorted() {
            var truths: Set<Int32> = []
            for level in PlaceLevel.allCases {
                guard let enclosing = place.enclosing(level), let atoms = atomsOfPlace[enclosing] else { continue }
                truths.formUnion(atoms)
            }
            classes.add(place, truths.sorted())
        }
        return classes.sorted.map { Level.Choice(truths: $0.truths, content: .places($0.values)) }
    }

    /// A district that nobody knows.
    private static func unknownPlace(_ directory: Directory, _ named: [GridCode: [Int32]]) -> GridCode? {
        let known = Set((Array(directory.places.keys) + Array(named.keys)).compactMap { $0.enclosing(.district) })
        return (900_000...999_999).lazy.compactMap { GridCode("\($0)") }.first { !known.contains($0) }
    }

    // MARK: - Values with names

    /// Adds the parameters or the event codes, each name by itself.
    private mutating func addNamedValues(_ key: Condition.Key) {
        var names: [[UInt8]: (name: String, values: Valued, atoms: [Int32])] = [:]
        var order: [[UInt8]] = []
        for number in indices(of: [key]) {
            guard let (name, values) = conditions[Int(number)].namedValues else { continue }
            let bytes = Array(name.utf8)
            if names[bytes] == nil { order.append(bytes) }
            names[bytes, default: (name, Valued(), [])].atoms.append(number)
            for value in values { names[bytes]?.values.add(value, number) }
        }
        let events = key == .eventCode ? eventAtoms : [:]
        for bytes in order {
            guard let (name, values, atoms) = names[bytes] else { continue }
            var classes = Classes<String>()
            var isReaching = false
            for (value, meeting) in values.all {
                let others = events[Array(value.utf8)] ?? []
                isReaching = isReaching || !others.isEmpty
                classes.add(value, (meeting + others).sorted())
            }
            let choices =
                [Level.Choice(truths: [], content: .words([]))]
                + classes.sorted.map { Level.Choice(truths: $0.truths, content: .words($0.values)) }
            for number in atoms { levelOfAtom[Int(number)] = Int32(levels.count) }
            let costs = choices.map { $0.truths.isEmpty ? 0 : 1 as UInt8 }
            levels.append(
                Level(
                    key == .parameter ? .parameter(name) : .eventCode(name), choices, costs: costs,
                    isReaching: isReaching))
        }
    }

    /// The atoms that an event meets, by its bytes.
    private var eventAtoms: [[UInt8]: [Int32]] {
        var values = Valued()
        for number in indices(of: [.event]) {
            guard case .event(let events) = conditions[Int(number)] else { continue }
            for event in events { values.add(event, number) }
        }
        return Dictionary(uniqueKeysWithValues: values.all.map { (Array($0.value.utf8), $0.atoms) })
    }

    private mutating func addEvents(_ atoms: Atoms) {
        let numbers = indices(of: [.event])
        guard !numbers.isEmpty else { return }
        var values = Valued()
        for number in numbers {
            guard case .event(let events) = conditions[Int(number)] else { continue }
            for event in events { values.add(event, number) }
        }
        var classes = Classes<String>()
        for (value, atoms) in values.all { classes.add(value, atoms) }
        let known = Set(numbers)
        let events = Events(
            classes.sorted.map { ($0.values, $0.truths) }, negated: atoms.negated,
            together: atoms.wanted.map { $0.intersection(known).sorted() }.filter { $0.count > 1 })
        if let omission = events.omission { omissions.append(omission) }
        add(Level(.event, events.choices, costs: events.costs), of: [.event])
    }

    /// Adds the senders.
    ///
    /// - Returns: The atoms that are decided like searches.
    private mutating func addSenders() -> [Int32] {
        let atoms = indices(of: [.sender]).compactMap { number in
            if case .sender(let patterns) = conditions[Int(number)] {
                (number: number, patterns: patterns)
            } else {
                nil
            }
        }
        guard !atoms.isEmpty else { return [] }
        let senders = Senders(atoms)
        add(Level(.sender, senders.choices), of: [.sender])
        return senders.searched.sorted()
    }

    private mutating func addTimes(_ days: Range<CivilDate>) {
        let atoms = indices(of: [.during]).compactMap { number in
            if case .during(let times) = conditions[Int(number)] { (number: number, times: times) } else { nil }
        }
        guard !atoms.isEmpty else { return }
        let times = Times(atoms, days: days)
        if let omission = times.omission { omissions.append(omission) }
        add(Level(.time, times.choices), of: [.during])
    }

    /// Adds what is searched or measured. Of texts, what holds wherever another holds is decided with it or after it, so that
    /// it costs nothing more.
    private mutating func addSearches(_ numbers: [Int32], negated: Set<Int32>) {
        let implied = Texts(conditions).implied
        func count(_ number: Int32) -> Int { implied[number]?.count ?? 0 }
        var added: Set<Int32> = []
        let ordered = numbers.enumerated().sorted { (count($1.element), $0.offset) < (count($0.element), $1.offset) }
        for number in ordered.map(\.element) where !added.contains(number) {
            let others = implied[number] ?? []
            let same = others.filter { implied[$0]?.contains(number) ?? false }.union([number])
            added.formUnion(same)
            for atom in same { levelOfAtom[Int(atom)] = Int32(levels.count) }
            levels.append(
                Level(
                    .search(number),
                    [
                        Level.Choice(truths: [], content: .search(false)),
                        Level.Choice(truths: others.union([number]).sorted(), content: .search(true)),
                    ], costs: [0, same.isDisjoint(with: negated) ? 1 : 0], isReaching: same.count <= others.count))
        }
    }

    // MARK: - Thrift

    /// The most values beyond the ordinary that one rule asks for: events, parameters, event codes and texts that are there.
    ///
    /// Where all combinations are too many, reports with no more of them suffice. What a report has beyond what one rule asks
    /// for only lets more rules match, unless some rule excludes it (`not`): such values cost nothing.
    private(set) var thrift: UInt8 = 0
    /// The largest ``thrift`` that is looked at.
    private static let mostThrift: UInt8 = 6

    /// Sets what a report may need. A value that some rule excludes costs nothing.
    private mutating func limitCosts(_ atoms: Atoms) {
        for (place, level) in levels.enumerated() where level.costs.contains(where: { $0 > 0 }) {
            // What a search brings with it has a price of its own.
            if case .search = level.subject { continue }
            let costs = zip(level.choices, level.costs).map { choice, cost in
                choice.truths.contains(where: atoms.negated.contains) && level.subject != .event ? 0 : cost
            }
            levels[place] = Level(
                level.subject, level.choices, usual: level.usual, costs: costs, isReaching: level.isReaching)
        }
        let costly = Set(levels.indices.filter { levels[$0].costs.contains { $0 > 0 } }.map { Int32($0) })
        let most = atoms.wanted.map { wanted in wanted.count { costly.contains(levelOfAtom[Int($0)]) } }.max() ?? 0
        thrift = UInt8(min(most, Int(Self.mostThrift)))
        isThriftEnough = most <= Int(Self.mostThrift)
    }

    /// True if no rule needs more than ``thrift``.
    private(set) var isThriftEnough = true
}

/// Values by the atoms that they meet.
struct Classes<Value> {
    private var lists: [[Int32]: [Value]] = [:]
    private var order: [[Int32]] = []

    mutating func add(_ value: Value, _ truths: [Int32]) {
        if lists[truths] == nil { order.append(truths) }
        lists[truths, default: []].append(value)
    }

    /// The classes in the order of their first values, but that in which the fewest atoms hold first.
    var sorted: [(truths: [Int32], values: [Value])] {
        guard let first = order.indices.min(by: { (order[$0].count, $0) < (order[$1].count, $1) }) else { return [] }
        return ([order[first]] + order[..<first] + order[(first + 1)...]).map { ($0, lists[$0] ?? []) }
    }
}

/// Texts, each with the atoms that name it. They are told apart by their bytes.
private struct Valued {
    private(set) var all: [(value: String, atoms: [Int32])] = []
    private var places: [[UInt8]: Int] = [:]

    mutating func add(_ value: String, _ atom: Int32) {
        let bytes = Array(value.utf8)
        if let place = places[bytes] {
            if all[place].atoms.last != atom { all[place].atoms.append(atom) }
        } else {
            places[bytes] = all.count
            all.append((value, [atom]))
        }
    }
}

extension Condition {
    /// The name and the values of a parameter or an event code.
    fileprivate var namedValues: (name: String, values: [String])? {
        switch self {
        case .eventCode(let name, let values), .parameter(let name, let values): (name, values)
        case .category, .event, .severity, .urgency, .certainty, .within, .near, .sender, .text, .matches, .during,
            .any,
            .not, .message, .status:
            nil
        }
    }
}
