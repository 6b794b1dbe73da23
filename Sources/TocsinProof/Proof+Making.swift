import TocsinModel
public import TocsinRouting

extension Proof {
    /// Proves what is true of a rule set.
    ///
    /// It takes a time that is bounded by ``ProofWishes/steps``: a quarter of them for all classes, half of them for those
    /// that suffice where that is too little, half for rules that are idle, a quarter for obligations, and as many
    /// again for examples. See ``extent`` for what that left out.
    public init(of ruleset: Ruleset, _ wishes: ProofWishes) {
        self.wishes = wishes
        var course = ProofCourse(ruleset, wishes)
        course.follow()
        extent = course.extent
        (gaps, hasMoreGaps) = course.gaps
        (informed, hasMoreInformed) = course.informed
        unnamed = course.unnamed()
        idle = course.idle()
        unreached = course.unreached()
        let obligations = Obligations(course)
        if obligations.isStopped { extent.isStopped = true }
        leaderless = obligations.leaderless
        standIns = obligations.standIns
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
    /// What falls through.
    private(set) var gaps: Found = ([], false)
    /// What nobody has to act on.
    private(set) var informed: Found = ([], false)
    let stops: [Bool]
    let notifies: [Bool]
    /// The kinds of places of each class.
    let kinds: [[Addresses.Kind]]

    typealias Extent = Proof.Extent
    /// Findings, and whether there are more.
    typealias Found = (gaps: [Proof.Gap], hasMore: Bool)

    /// The conditions for each set of rules that match together, while all classes are followed.
    private static let stepsOfLeaf = 256

    init(_ ruleset: Ruleset, _ wishes: ProofWishes) {
        self.ruleset = ruleset
        self.wishes = wishes
        atoms = Atoms(ruleset.rules)
        levels = Levels(atoms, directory: ruleset.directory, days: Self.days(ruleset.holidays, wishes.now))
        examples = Examples(
            levels.levels, atoms.conditions, ruleset, now: wishes.now, steps: ExampleSteps(wishes.steps))
        addresses = Addresses(ruleset)
        stops = ruleset.rules.map(\.stop)
        notifies = ruleset.rules.map { !$0.notify.isEmpty }
        table = FormulaTable(levels: levels.levelOfAtom)
        formulas = ruleset.rules.map { [atoms, table] in atoms.formula(of: $0, in: table) }
        kinds = levels.levels[0].choices.map { [addresses] choice in
            if case .places(let places) = choice.content { addresses.kinds(of: places) } else { [] }
        }
        diagram = Diagram(levels: levels.levels, table: table, stops: stops, notifies: notifies)
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
        diagram.follow(
            rules, thrift: nil, steps: wishes.steps / 4, mostLeaves: max(1, wishes.steps / Self.stepsOfLeaf))
        if diagram.isStopped {
            diagram.follow(rules, thrift: levels.thrift, steps: wishes.steps / 2)
            extent.isThrifty = true
        }
        extent.classes = levels.classes
        extent.isStopped = diagram.isStopped
        extent.sets = Set(diagram.leaves.map(\.rules)).count
        extent.omissions = levels.omissions
        if extent.isThrifty, !levels.isThriftEnough {
            extent.omissions.append("rules that ask for very many values at once")
        }
        var open = OpenClasses()
        (gaps, informed) = (find(.gap, &open), find(.informed, &open))
        // The findings have their examples as well.
        examples.steps.kept = wishes.steps / 4
        show(&open)
        examples.steps.kept = 0
        extent.unasked = open.unasked
        extent.unconfirmed = ruleset.rules.indices.filter { rule in
            open.rules.contains(rule) || atoms.asked[rule].contains(where: open.searches.contains)
        }.map { ruleset.rules[$0].name }
    }

    /// Asks for an example of each leaf, by the first of its ways before any is asked for by another.
    private mutating func show(_ open: inout OpenClasses) {
        shown = diagram.leaves.map { _ in nil }
        var missed = diagram.lastLeaves
        for number in 0..<Diagram.waysKept {
            for index in missed where number < diagram.leaves[index].ways.count && examples.steps.suffice {
                let leaf = diagram.leaves[index]
                shown[index] = examples.example(
                    leaf.ways[number], at: kinds[Int(leaf.place)].first?.place, matching: leaf.rules)
            }
            missed.removeAll { shown[$0] != nil }
        }
        for index in missed {
            let leaf = diagram.leaves[index]
            note(leaf.ways[0], leaf.place, matching: leaf.rules, &open)
        }
    }

    /// Notes a class of which no example was found. `matching` are the rules that match it.
    func note(_ way: [Diagram.Step], _ place: Int32, matching: [Int32], _ open: inout OpenClasses) {
        guard examples.steps.suffice else {
            open.unasked += 1
            return
        }
        let missed = examples.missedSearches(way, at: kinds[Int(place)].first?.place)
        open.searches.formUnion(missed)
        if missed.isEmpty { open.rules.formUnion(matching.map(Int.init)) }
        if missed.isEmpty, matching.isEmpty { open.unasked += 1 }
    }
}

/// Classes of reports of which no example was found.
struct OpenClasses {
    /// What is searched or measured in them, and does not hold as it should.
    var searches: Set<Int32> = []
    /// The rules that match those in which everything else is as it should be.
    var rules: Set<Int> = []
    /// Those that have neither, or for which the steps did not suffice.
    var unasked = 0
}
