import TocsinModel

/// The events of reports, and the combinations of several that are looked at.
///
/// The value of every event code counts as an event, so a report may have any set of them. Looked at are each event
/// alone, each together with those that some rule must not have (`not`), and several where one rule asks for several.
/// All other sets have events in addition to one of these, each of which only lets more rules match:
///
/// - Where a set of events leaves a report without a rule, so does the part of it that is looked at.
/// - Where a rule matches a set of events and is reached, so it is with those that it asks for.
/// - Where nobody leads an obligation to its end for a set, nobody does with the events that its rule asks for.
///
/// Only the most alerts of one incident are more for such reports. They are counted for those with one event.
struct Events {
    /// The events that may be unwanted and are combined with every other.
    private static let mostUnwanted = 4
    /// The events together with those.
    private static let mostCombined = 1 << 17
    /// The sets of several events that one rule asks for, all rules together.
    private static let mostTogether = 4096

    private(set) var choices: [Level.Choice] = []
    private(set) var costs: [UInt8] = []
    /// What was not looked at.
    private(set) var omission: String?

    /// - Parameters:
    ///   - classes: the events that no rule tells apart, with the atoms that they meet.
    ///   - negated: the atoms of which some rule wants that they do not hold.
    ///   - together: the atoms that each rule with several may want at once.
    init(_ classes: [(events: [String], truths: [Int32])], negated: Set<Int32>, together: [[Int32]]) {
        var unwanted = classes.indices.filter { classes[$0].truths.contains(where: negated.contains) }
        let costly = Set(classes.indices).subtracting(unwanted)
        let most = (0...Self.mostUnwanted).last { classes.count << $0 <= Self.mostCombined } ?? 0
        if unwanted.count > most {
            omission = "reports that have several of the \(unwanted.count) events that rules exclude with 'not'"
            unwanted = Array(unwanted.prefix(most))
        }
        var sets: [[Int]] = [[]] + classes.indices.map { [$0] }
        sets += several(together, classes.map(\.truths))
        var seen: Set<[Int]> = []
        for set in sets {
            for mask in 0..<(1 << unwanted.count) {
                let others = unwanted.indices.filter { mask & 1 << $0 != 0 }.map { unwanted[$0] }
                let all = set + others.filter { !set.contains($0) }
                guard seen.insert(all.sorted()).inserted else { continue }
                choices.append(
                    Level.Choice(
                        truths: Set(all.flatMap { classes[$0].truths }).sorted(),
                        content: .events(
                            all.first.map { classes[$0].events } ?? [],
                            also: all.dropFirst().compactMap { classes[$0].events.first })))
                costs.append(UInt8(clamping: all.count(where: costly.contains)))
            }
        }
    }

    /// Returns one event of each atom, for the atoms that a rule may want at once.
    private mutating func several(_ together: [[Int32]], _ truths: [[Int32]]) -> [[Int]] {
        var classesOfAtom: [Int32: [Int]] = [:]
        for (index, atoms) in truths.enumerated() {
            for atom in atoms { classesOfAtom[atom, default: []].append(index) }
        }
        var sets: Set<[Int]> = []
        for atoms in together {
            var partial: [[Int]] = [[]]
            for atom in atoms {
                let classes = classesOfAtom[atom] ?? []
                guard partial.count * (classes.count + 1) + sets.count <= Self.mostTogether else {
                    omission = omission ?? "reports that have several events, where one rule asks for several"
                    break
                }
                partial += partial.flatMap { set in classes.filter { !set.contains($0) }.map { set + [$0] } }
            }
            sets.formUnion(partial.filter { $0.count > 1 }.map { $0.sorted() })
        }
        return sets.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
