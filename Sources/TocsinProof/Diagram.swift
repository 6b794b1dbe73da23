import TocsinModel

/// All classes of reports, as a reduced decision diagram over the rules (Bryant, "Graph-based algorithms for Boolean
/// function manipulation", 1986; with several values, Srinivasan and others, 1990).
///
/// One property of reports is decided after the other. What is left of each rule then is its formula over the rest; rules
/// that cannot match any more are left out, and so is what comes after a match with `stop`. Two ways that leave the same
/// are one node, and are followed once. At the end of a way the rules that are left have matched: a ``Leaf``.
struct Diagram {
    /// A rule and what is left of its conditions.
    private struct Part: Hashable {
        let rule: Int32
        let formula: Formula
    }

    private struct Key: Hashable {
        let parts: [Part]
        let thrift: UInt8
    }

    /// A class on the way to a leaf.
    struct Step: Hashable {
        let level: Int32
        let choice: Int32
    }

    /// Rules that match together, for reports of one kind of place.
    struct Leaf {
        let rules: [Int32]
        /// The class of the places.
        let place: Int32
        /// The ways that lead to it, of which some are kept: those with one event first.
        var ways: [[Step]]
        /// True if a report with one event leads to it.
        var isOfOneEvent: Bool
        /// The last time that the classes were followed and one led to it.
        var pass: Int
    }

    private struct LeafKey: Hashable {
        let rules: [Int32]
        let place: Int32
    }

    /// The most properties on one way. Each is a call inside another.
    private static let mostDepth = 400
    /// The ways to a leaf that are kept, of which one may have an example where another has none.
    static let waysKept = 8

    private let levels: [Level]
    private let stops: [Bool]
    private let notifies: [Bool]
    private let table: FormulaTable
    private var known: [Key: Gaps.Node] = [:]
    private var leafPlaces: [LeafKey: Int] = [:]
    private var way: [Step] = []
    private var place: Int32 = 0
    private var steps = 0
    private var depth = 0
    private var mostLeaves = 0
    private var pass = 0

    /// The conditions that have been looked at.
    private(set) var stepsTaken = 0

    private(set) var leaves: [Leaf] = []
    /// The classes that no rule matches, and those in which nobody has to act.
    private(set) var gaps = Gaps()
    /// True if the steps did not suffice.
    private(set) var isStopped = false

    /// - Parameters:
    ///   - levels: the properties in the order in which they are decided.
    ///   - table: the formulas of the rules.
    ///   - stops: whether each rule ends the list; empty where none does.
    ///   - notifies: whether each rule names somebody who has to act.
    init(levels: [Level], table: FormulaTable, stops: [Bool], notifies: [Bool]) {
        self.levels = levels
        self.table = table
        self.stops = stops
        self.notifies = notifies
    }

    /// The leaves to which classes led when they were last followed, by their indices.
    var lastLeaves: [Int] { leaves.indices.filter { leaves[$0].pass == pass } }

    /// All other leaves.
    var earlierLeaves: [Int] { leaves.indices.filter { leaves[$0].pass != pass } }

    /// Follows all classes.
    ///
    /// - Parameters:
    ///   - formulas: the rules, by index, ascending.
    ///   - thrift: the values beyond the ordinary that a report may have; nil for any number.
    ///   - steps: the most conditions of rules that are looked at, each counted again in each node.
    ///   - mostLeaves: the most leaves.
    mutating func follow(
        _ formulas: [(rule: Int32, formula: Formula)], thrift: UInt8?, steps: Int, mostLeaves: Int = .max
    ) {
        self.steps = steps
        self.mostLeaves = mostLeaves
        defer { stepsTaken += steps - self.steps }
        known = [:]
        isStopped = false
        pass += 1
        let all = formulas.filter { $0.formula != .no }.map { Part(rule: $0.rule, formula: $0.formula) }
        var children: [Gaps.Node] = []
        for choice in levels[0].choices.indices {
            place = Int32(choice)
            known = [:]
            way = [Step(level: 0, choice: place)]
            let parts = all.first.map { _ in decide(all, level: 0, by: levels[0].choices[choice]) } ?? []
            children.append(visit(cut(parts), thrift: thrift ?? .max))
            guard !isStopped else { break }
        }
        known = [:]
        while children.count < levels[0].choices.count { children.append(.none) }
        gaps.setRoot(children)
    }

    /// Returns the node for what is left of the rules.
    private mutating func visit(_ parts: [Part], thrift: UInt8) -> Gaps.Node {
        steps -= parts.count + 1
        guard steps > 0, depth < Self.mostDepth else {
            isStopped = true
            return .none
        }
        let level = parts.map { table.level(of: $0.formula) }.min() ?? FormulaTable.noLevel
        guard level != FormulaTable.noLevel else { return leaf(parts) }
        let key = Key(parts: parts, thrift: thrift)
        if let node = known[key] { return node }
        depth += 1
        let node = levels[Int(level)].isPlain ? branch(parts, level, thrift) : branchFully(parts, level, thrift)
        depth -= 1
        // What was broken off must not pass for what has been seen to the end.
        if !isStopped { known[key] = node }
        return node
    }

    private mutating func leaf(_ parts: [Part]) -> Gaps.Node {
        let key = LeafKey(rules: parts.map(\.rule), place: place)
        let isOfOneEvent = way.allSatisfy { !levels[Int($0.level)].choices[Int($0.choice)].content.isOfSeveralEvents }
        if let index = leafPlaces[key] {
            leaves[index].pass = pass
            if isOfOneEvent, !leaves[index].isOfOneEvent {
                leaves[index].isOfOneEvent = true
                leaves[index].ways.insert(way, at: 0)
            } else if leaves[index].ways.count < Self.waysKept {
                leaves[index].ways.append(way)
            }
        } else {
            guard leaves.count < mostLeaves else {
                isStopped = true
                return .none
            }
            leafPlaces[key] = leaves.count
            leaves.append(Leaf(rules: key.rules, place: place, ways: [way], isOfOneEvent: isOfOneEvent, pass: pass))
        }
        if parts.isEmpty { return .gap }
        return parts.contains { notifies[Int($0.rule)] } ? .none : .informed
    }

    /// Follows every class of a level.
    private mutating func branchFully(_ parts: [Part], _ level: Int32, _ thrift: UInt8) -> Gaps.Node {
        let choices = levels[Int(level)].choices
        var children: [Gaps.Node] = []
        for (index, choice) in choices.enumerated() {
            let cost = levels[Int(level)].costs[index]
            guard cost <= thrift else {
                children.append(.none)
                continue
            }
            children.append(
                follow(
                    decide(parts, level: level, by: choice), Step(level: level, choice: Int32(index)), cost, thrift))
        }
        return gaps.node(level, children)
    }

    /// Follows the first class of a level, in which no atom holds, and of the others those that change something.
    private mutating func branch(_ parts: [Part], _ level: Int32, _ thrift: UInt8) -> Gaps.Node {
        var first: [Part] = []
        var touched: [Int32: [(part: Int, bit: UInt64)]] = [:]
        for (index, part) in parts.enumerated() {
            guard table.level(of: part.formula) == level else {
                first.append(part)
                continue
            }
            let atoms = table.atoms(of: part.formula)
            guard atoms.count <= 64 else { return branchFully(parts, level, thrift) }
            for (place, atom) in atoms.enumerated() {
                for choice in levels[Int(level)].choicesOfAtom[atom] ?? [] {
                    touched[choice, default: []].append((index, 1 << UInt64(place)))
                }
            }
            let formula = table.decide(part.formula, mask: 0)
            if formula != .no { first.append(Part(rule: part.rule, formula: formula)) }
        }
        let base = follow(first, Step(level: level, choice: 0), 0, thrift)
        var others: [(choice: Int32, node: Gaps.Node)] = []
        for choice in touched.keys.sorted() {
            let cost = levels[Int(level)].costs[Int(choice)]
            guard let changes = touched[choice] else { continue }
            let node =
                cost <= thrift
                ? follow(changed(first, parts, changes), Step(level: level, choice: choice), cost, thrift) : .none
            if node != base { others.append((choice, node)) }
        }
        return gaps.node(level, base: base, others: others)
    }

    /// Returns the parts of the first class with those instead that a class decides otherwise.
    private mutating func changed(
        _ first: [Part], _ parts: [Part], _ changes: [(part: Int, bit: UInt64)]
    ) -> [Part] {
        var masks: [(part: Int, mask: UInt64)] = []
        for (part, bit) in changes {
            if masks.last?.part == part { masks[masks.count - 1].mask |= bit } else { masks.append((part, bit)) }
        }
        var result: [Part] = []
        result.reserveCapacity(first.count + masks.count)
        var next = 0
        for (index, mask) in masks {
            let part = parts[index]
            while next < first.count, first[next].rule < part.rule {
                result.append(first[next])
                next += 1
            }
            if next < first.count, first[next].rule == part.rule { next += 1 }
            let formula = table.decide(part.formula, mask: mask)
            if formula != .no { result.append(Part(rule: part.rule, formula: formula)) }
        }
        return result + first[next...]
    }

    private mutating func follow(_ parts: [Part], _ step: Step, _ cost: UInt8, _ thrift: UInt8) -> Gaps.Node {
        guard !isStopped else { return .none }
        way.append(step)
        let node = visit(cut(parts), thrift: thrift == .max ? .max : thrift - cost)
        way.removeLast()
        return node
    }

    private mutating func decide(_ parts: [Part], level: Int32, by choice: Level.Choice) -> [Part] {
        let truths = Set(choice.truths)
        var result: [Part] = []
        for part in parts {
            let formula = table.decide(part.formula, level: level, truths: truths)
            if formula != .no { result.append(Part(rule: part.rule, formula: formula)) }
        }
        return result
    }

    /// Returns the parts without those after a match that ends the list.
    private func cut(_ parts: [Part]) -> [Part] {
        guard !stops.isEmpty, let end = parts.firstIndex(where: { $0.formula == .yes && stops[Int($0.rule)] }) else {
            return parts
        }
        return Array(parts[...end])
    }
}
