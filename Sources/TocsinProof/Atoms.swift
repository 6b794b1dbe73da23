import TocsinModel
import TocsinRouting

/// The single conditions of all rules, numbered. Conditions that ask for the same are one atom.
struct Atoms {
    /// Texts are compared byte by byte: a composed and a decomposed é are two words.
    private struct Key: Hashable {
        let condition: Condition
        let bytes: [[UInt8]]
    }

    private(set) var conditions: [Condition] = []
    /// The atoms of which some rule wants that they do not hold.
    private(set) var negated: Set<Int32> = []
    /// The atoms of which each rule may want that they hold, by the rule's index.
    private(set) var wanted: [Set<Int32>] = []
    /// The atoms of each rule.
    private(set) var asked: [Set<Int32>] = []
    private var numbers: [Key: Int32] = [:]

    init(_ rules: [Rule]) {
        for rule in rules {
            var wanted: Set<Int32> = []
            var unwanted: Set<Int32> = []
            for condition in rule.conditions.all { add(condition, isNegated: false, &wanted, &unwanted) }
            self.wanted.append(wanted)
            asked.append(wanted.union(unwanted))
            negated.formUnion(unwanted)
        }
    }

    var count: Int { conditions.count }

    /// Returns a rule's formula.
    func formula(of rule: Rule, in table: FormulaTable) -> Formula { all(rule.conditions.all, table) }

    private mutating func add(
        _ condition: Condition, isNegated: Bool, _ wanted: inout Set<Int32>, _ unwanted: inout Set<Int32>
    ) {
        switch condition {
        case .any(let branches):
            for condition in branches.joined() { add(condition, isNegated: isNegated, &wanted, &unwanted) }
        case .not(let conditions):
            for condition in conditions { add(condition, isNegated: !isNegated, &wanted, &unwanted) }
        case .category, .event, .eventCode, .severity, .urgency, .certainty, .within, .near, .parameter, .sender, .text,
            .matches, .during, .message, .status:
            let key = Key(condition: condition, bytes: condition.texts.map { Array($0.utf8) })
            let number = numbers[key] ?? Int32(conditions.count)
            if numbers.updateValue(number, forKey: key) == nil { conditions.append(condition) }
            if isNegated { unwanted.insert(number) } else { wanted.insert(number) }
        }
    }

    private func all(_ conditions: [Condition], _ table: FormulaTable) -> Formula {
        table.all(conditions.map { formula(of: $0, table) })
    }

    private func formula(of condition: Condition, _ table: FormulaTable) -> Formula {
        switch condition {
        case .any(let branches): return table.any(branches.map { all($0, table) })
        case .not(let conditions): return table.not(all(conditions, table))
        case .category, .event, .eventCode, .severity, .urgency, .certainty, .within, .near, .parameter, .sender, .text,
            .matches, .during, .message, .status:
            let key = Key(condition: condition, bytes: condition.texts.map { Array($0.utf8) })
            guard let number = numbers[key] else { preconditionFailure("A rule's condition has no number.") }
            return table.atom(number)
        }
    }
}

extension Condition {
    /// The texts that the condition compares.
    fileprivate var texts: [String] {
        switch self {
        case .event(let values): values
        case .eventCode(let name, let values), .parameter(let name, let values): [name] + values
        case .sender(let patterns): patterns.map(\.text)
        case .text(let search): search.words
        case .matches(_, let expression): [expression.text]
        case .category, .severity, .urgency, .certainty, .within, .near, .during, .any, .not, .message, .status: []
        }
    }
}
