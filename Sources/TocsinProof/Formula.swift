/// A condition, or several that are joined, by its number in a ``FormulaTable``.
struct Formula: Hashable {
    /// What never holds.
    static let no = Formula(number: 0)
    /// What always holds.
    static let yes = Formula(number: 1)

    let number: UInt32
}

/// The formulas of rules over atoms, which are the single conditions. Equal formulas are the same one.
///
/// A class, so that the diagrams of one proof share it.
final class FormulaTable {
    private enum Term: Hashable {
        case no, yes
        case atom(Int32)
        case not(Formula)
        case all([Formula])
        case any([Formula])
    }

    /// A formula whose atoms of the first level are decided: those whose bits are set hold.
    private struct Decided: Hashable {
        let formula: Formula
        let mask: UInt64
    }

    /// The level of a formula that nothing decides any more.
    static let noLevel = Int32.max

    /// The level that decides each atom.
    private let levels: [Int32]
    private var terms: [Term] = [.no, .yes]
    private var numbers: [Term: Formula] = [.no: .no, .yes: .yes]
    private var firstLevels: [Int32] = [noLevel, noLevel]
    private var firstAtoms: [[Int32]] = [[], []]
    private var decided: [Decided: Formula] = [:]

    /// - Parameter levels: the level that decides each atom.
    init(levels: [Int32]) {
        self.levels = levels
    }

    /// The first level that decides an atom of the formula.
    func level(of formula: Formula) -> Int32 { firstLevels[Int(formula.number)] }

    /// The formula's atoms of its first level, ascending.
    func atoms(of formula: Formula) -> [Int32] { firstAtoms[Int(formula.number)] }

    func atom(_ atom: Int32) -> Formula { make(.atom(atom)) }

    func not(_ formula: Formula) -> Formula {
        switch terms[Int(formula.number)] {
        case .no: .yes
        case .yes: .no
        case .not(let inner): inner
        case .atom, .all, .any: make(.not(formula))
        }
    }

    func all(_ formulas: [Formula]) -> Formula {
        guard let parts = Self.parts(formulas, neutral: .yes, ending: .no) else { return .no }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .yes : make(.all(parts))
    }

    func any(_ formulas: [Formula]) -> Formula {
        guard let parts = Self.parts(formulas, neutral: .no, ending: .yes) else { return .yes }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .no : make(.any(parts))
    }

    /// Returns the formula as it is when of the atoms of its first level those with a set bit hold, in the order of
    /// ``atoms(of:)``.
    func decide(_ formula: Formula, mask: UInt64) -> Formula {
        let key = Decided(formula: formula, mask: mask)
        if let known = decided[key] { return known }
        let (level, atoms) = (level(of: formula), atoms(of: formula))
        let result = rewrite(formula) { atom, levels in
            guard levels[Int(atom)] == level, let place = atoms.firstIndex(of: atom) else { return nil }
            return mask & 1 << UInt64(place) != 0
        }
        decided[key] = result
        return result
    }

    /// Returns the formula as it is when these atoms hold, and no other of the level.
    func decide(_ formula: Formula, level: Int32, truths: Set<Int32>) -> Formula {
        rewrite(formula) { atom, levels in
            truths.contains(atom) ? true : levels[Int(atom)] == level ? false : nil
        }
    }

    private func rewrite(_ formula: Formula, _ truth: (Int32, [Int32]) -> Bool?) -> Formula {
        switch terms[Int(formula.number)] {
        case .no, .yes: return formula
        case .atom(let atom): return truth(atom, levels).map { $0 ? .yes : .no } ?? formula
        case .not(let inner): return not(rewrite(inner, truth))
        case .all(let parts): return all(parts.map { rewrite($0, truth) })
        case .any(let parts): return any(parts.map { rewrite($0, truth) })
        }
    }

    private func make(_ term: Term) -> Formula {
        if let known = numbers[term] { return known }
        let formula = Formula(number: UInt32(terms.count))
        let parts: [Formula]
        switch term {
        case .no, .yes: parts = []
        case .atom(let atom):
            parts = []
            firstLevels.append(levels[Int(atom)])
            firstAtoms.append([atom])
        case .not(let inner): parts = [inner]
        case .all(let all): parts = all
        case .any(let any): parts = any
        }
        if let level = parts.map({ self.level(of: $0) }).min() {
            firstLevels.append(level)
            let atoms = parts.filter { self.level(of: $0) == level }.flatMap { self.atoms(of: $0) }
            firstAtoms.append(atoms.count > 1 ? Set(atoms).sorted() : atoms)
        }
        terms.append(term)
        numbers[term] = formula
        return formula
    }

    /// Returns the parts without what changes nothing, each once; nil where one of them decides everything.
    private static func parts(_ formulas: [Formula], neutral: Formula, ending: Formula) -> [Formula]? {
        var parts: [Formula] = []
        for formula in formulas where formula != neutral && !parts.contains(formula) {
            guard formula != ending else { return nil }
            parts.append(formula)
        }
        return parts
    }
}
