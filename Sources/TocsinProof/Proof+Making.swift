import TocsinModel
public import TocsinRouting

extension Proof {
    /// Proves what is true of a rule set.
    ///
    /// It takes a time that is bounded by ``ProofWishes/steps``; see ``extent`` for what that left out.
    public init(of ruleset: Ruleset, _ wishes: ProofWishes) {
        self.wishes = wishes
        var course = ProofCourse(ruleset, wishes)
        course.follow()
        extent = course.extent
        (gaps, hasMoreGaps) = course.gaps(.gap)
        (informed, hasMoreInformed) = course.gaps(.informed)
        unnamed = course.unnamed()
        idle = course.idle()
        unreached = course.unreached()
        let obligations = Obligations(course)
        leaderless = obligations.leaderless
        crowds = obligations.crowds
        mostAlerts = obligations.mostAlerts
    }
}

/// One proof on its way.
struct ProofCourse {
    let ruleset: Ruleset
    let wishes: ProofWishes
    let atoms: Atoms
    let levels: Levels
    let examples: Examples
    let addresses: Addresses
    private var table: FormulaTable
    private let formulas: [Formula]
    private(set) var diagram: Diagram
    private(set) var extent = Extent()
    /// An example of each leaf, where one was found.
    private(set) var shown: [Example?] = []
    private let notifies: [Bool]
    /// The kinds of places of each class.
    let kinds: [[Addresses.Kind]]

    typealias Extent = Proof.Extent

    init(_ ruleset: Ruleset, _ wishes: ProofWishes) {
        self.ruleset = ruleset
        self.wishes = wishes
        atoms = Atoms(ruleset.rules)
        levels = Levels(atoms, directory: ruleset.directory, days: Self.days(ruleset.holidays, wishes.now))
        examples = Examples(levels.levels, atoms.conditions, ruleset, now: wishes.now)
        addresses = Addresses(ruleset)
        notifies = ruleset.rules.map { !$0.notify.isEmpty }
        var table = FormulaTable(levels: levels.levelOfAtom)
        formulas = ruleset.rules.map { [atoms] in atoms.formula(of: $0, in: &table) }
        self.table = table
        kinds = levels.levels[0].choices.map { [addresses] choice in
            if case .places(let places) = choice.content { addresses.kinds(of: places) } else { [] }
        }
        diagram = Diagram(
            levels: levels.levels, table: table, stops: ruleset.rules.map(\.stop), notifies: notifies,
            steps: wishes.steps)
    }

    /// The days of this year and the next, and of the years that have holidays.
    private static func days(_ holidays: Holidays?, _ now: Timestamp) -> Range<CivilDate> {
        let years =
            [now.date.year, now.date.year + 1]
            + (holidays.map { $0.off.union($0.work).map(\.year) } ?? [])
        let (first, last) = (years.min() ?? 1970, years.max() ?? 1970)
        return CivilDate(
            daysSince1970: CivilDate.daysSince1970(year: first, month: 1, day: 1))..<CivilDate(
                daysSince1970: CivilDate.daysSince1970(year: last + 1, month: 1, day: 1))
    }

    /// Follows all classes; where these are too many, those that have no more values than one rule asks for.
    mutating func follow() {
        let rules = formulas.enumerated().map { (rule: Int32($0.offset), formula: $0.element) }
        diagram.follow(rules, thrift: nil)
        if diagram.isStopped {
            diagram.renew()
            diagram.follow(rules, thrift: levels.thrift)
            extent.isThrifty = true
        }
        extent.classes = levels.classes
        extent.isStopped = diagram.isStopped
        extent.sets = Set(diagram.leaves.map(\.rules)).count
        extent.omissions = levels.omissions
        if extent.isThrifty, !levels.isThriftEnough {
            extent.omissions.append("rules that ask for very many values at once")
        }
        shown = diagram.leaves.map { leaf in
            let place = kinds[Int(leaf.place)].first?.place
            return leaf.ways.lazy.compactMap { [examples] way in
                examples.example(way, at: place, matching: leaf.rules)
            }.first
        }
        extent.unconfirmed = unconfirmed().map { ruleset.rules[$0].name }
    }

    /// The rules whose searches make classes of which no example was found.
    private func unconfirmed() -> [Int] {
        var searches: Set<Int32> = []
        var rules: Set<Int> = []
        for (leaf, example) in zip(diagram.leaves, shown) where example == nil {
            let before = searches.count
            for case .search(let atom) in leaf.ways[0].map({ levels.levels[Int($0.level)].subject }) {
                searches.insert(atom)
            }
            if searches.count == before { rules.formUnion(leaf.rules.map(Int.init)) }
        }
        for rule in ruleset.rules.indices where atoms.asked[rule].contains(where: searches.contains) {
            rules.insert(rule)
        }
        return rules.sorted()
    }

    func place(of rule: Int) -> Proof.RulePlace { Proof.RulePlace(ruleset.rules[rule]) }

    /// The rules that never add anybody.
    func idle() -> [Proof.IdleRule] {
        var matched: Set<Int32> = []
        for leaf in diagram.leaves { matched.formUnion(leaf.rules) }
        var steps = wishes.steps
        var idle: [Proof.IdleRule] = []
        for rule in ruleset.rules.indices where !matched.contains(Int32(rule)) {
            guard idle.count < Limits.proofFindings, steps > 0 else { break }
            guard let behind = whatIsBefore(rule, &steps) else { continue }
            idle.append(Proof.IdleRule(rule: place(of: rule), behind: behind.map { place(of: $0) }))
        }
        return idle
    }

    /// Returns the rules that end the list before a rule in all its classes: none where it has no class. Nil for a rule
    /// that is reached, or of which it is not known.
    private func whatIsBefore(_ rule: Int, _ steps: inout Int) -> [Int]? {
        let stops = ruleset.rules.indices.filter { $0 < rule && ruleset.rules[$0].stop }
        guard let alone = leaves(of: [rule], &steps) else { return nil }
        guard alone.contains([Int32(rule)]) else { return [] }
        guard !stops.isEmpty, let leaves = leaves(of: stops + [rule], &steps),
            !leaves.contains(where: { $0.contains(Int32(rule)) })
        else { return nil }
        return Set(leaves.joined()).sorted().map(Int.init).filter { overlaps($0, rule) }
    }

    /// Returns the sets of some of the rules that match together; nil if that takes too many steps.
    private func leaves(of rules: [Int], _ steps: inout Int) -> [[Int32]]? {
        var part = Diagram(
            levels: levels.levels, table: table, stops: ruleset.rules.map(\.stop), notifies: notifies,
            steps: min(steps, wishes.steps / 10))
        part.follow(rules.map { (Int32($0), formulas[$0]) }, thrift: nil)
        steps -= part.stepsTaken
        return part.isStopped ? nil : part.leaves.map(\.rules)
    }

    /// Returns true if two rules can match the same report, as far as it is quickly found.
    private func overlaps(_ first: Int, _ second: Int) -> Bool {
        var both = Diagram(
            levels: levels.levels, table: table, stops: ruleset.rules.map { _ in false }, notifies: notifies,
            steps: wishes.steps / 100)
        both.follow([(Int32(first), formulas[first]), (Int32(second), formulas[second])], thrift: nil)
        return both.isStopped || both.leaves.contains { $0.rules.count == 2 }
    }
}
