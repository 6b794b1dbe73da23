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
    let table: FormulaTable
    /// The rules' formulas, by index.
    let formulas: [Formula]
    private(set) var diagram: Diagram
    private(set) var extent = Extent()
    /// An example of each leaf, where one was found.
    private(set) var shown: [Example?] = []
    let stops: [Bool]
    let notifies: [Bool]
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
        stops = ruleset.rules.map(\.stop)
        notifies = ruleset.rules.map { !$0.notify.isEmpty }
        table = FormulaTable(levels: levels.levelOfAtom)
        formulas = ruleset.rules.map { [atoms, table] in atoms.formula(of: $0, in: table) }
        kinds = levels.levels[0].choices.map { [addresses] choice in
            if case .places(let places) = choice.content { addresses.kinds(of: places) } else { [] }
        }
        diagram = Diagram(
            levels: levels.levels, table: table, stops: stops, notifies: notifies,
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
            let missed = examples.missedSearches(leaf.ways[0], at: kinds[Int(leaf.place)].first?.place)
            searches.formUnion(missed)
            if missed.isEmpty { rules.formUnion(leaf.rules.map(Int.init)) }
        }
        for rule in ruleset.rules.indices where atoms.asked[rule].contains(where: searches.contains) {
            rules.insert(rule)
        }
        return rules.sorted()
    }
}
