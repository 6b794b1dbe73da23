import TocsinModel
import Yams

extension RuleReader {
    /// Reads the conditions of a rule's `when`.
    mutating func conditions(_ node: Node) -> Conditions {
        var count = 0
        let asked = conditions(node, "when", depth: 1, count: &count)
        if count > Limits.conditionsPerRule {
            file.note(node, "when has \(count) conditions; at most \(Limits.conditionsPerRule) are allowed")
        }
        return Conditions(asked)
    }

    /// Reads a mapping of conditions: that of `when`, of a `not`, or a branch of an `any`. Adds their number to `count`.
    private mutating func conditions(_ node: Node, _ what: String, depth: Int, count: inout Int) -> [Condition] {
        guard let fields = file.fields(of: node, what, keys: Condition.Key.allCases.map(\.rawValue)) else { return [] }
        var conditions: [Condition] = []
        for key in Condition.Key.allCases {
            guard let node = fields[key.rawValue] else { continue }
            switch key {
            case .any: conditions += any(node, depth: depth, count: &count)
            case .not:
                let conditionsOfNot = nested(node, "not", depth: depth, count: &count)
                if !conditionsOfNot.isEmpty { conditions.append(.not(conditionsOfNot)) }
            case .category, .event, .eventCode, .severity, .urgency, .certainty, .within, .near, .parameter, .sender,
                .text, .matches, .during, .message, .status:
                let read = read(key, node)
                count += read.count
                conditions += read
            }
        }
        return conditions
    }

    /// Reads the conditions of one key that has no other conditions in it.
    private mutating func read(_ key: Condition.Key, _ node: Node) -> [Condition] {
        switch key {
        case .category: [.category(words(node, key, "a category"))]
        case .event: [.event(events(node))]
        case .eventCode:
            namedValues(node, key, "event code").map { .eventCode(name: $0.name, values: $0.values) }
        case .severity: range(node, key, "a severity").map { [.severity($0)] } ?? []
        case .urgency: range(node, key, "an urgency").map { [.urgency($0)] } ?? []
        case .certainty: range(node, key, "a certainty").map { [.certainty($0)] } ?? []
        case .within: [.within(values(node, key).compactMap { place($0, key.rawValue) })]
        case .near: file.circle(of: node, key.rawValue).map { [.near($0)] } ?? []
        case .parameter: namedValues(node, key, "parameter").map { .parameter(name: $0.name, values: $0.values) }
        case .sender: [.sender(senders(node))]
        case .text: textSearch(node).map { [.text($0)] } ?? []
        case .matches: expressions(node)
        case .during: [.during(DutyTimes(hours(node), holidays: holidays ?? .none))]
        case .message: [.message(words(node, key, "a message type"))]
        case .status: [.status(words(node, key, "a status"))]
        case .any, .not: preconditionFailure("These have conditions in them.")
        }
    }

    /// Reads a list of branches. In one of them all conditions must hold.
    private mutating func any(_ node: Node, depth: Int, count: inout Int) -> [Condition] {
        guard let branches = file.sequence(of: node, "any") else { return [] }
        if branches.isEmpty { file.note(node, "any is an empty list; name at least one branch, or leave the key out") }
        let conditions = branches.map { nested($0, "a branch of any", depth: depth, count: &count) }
        return conditions.contains(where: \.isEmpty) || conditions.isEmpty ? [] : [.any(conditions)]
    }

    /// Reads a mapping inside another one's condition.
    private mutating func nested(_ node: Node, _ what: String, depth: Int, count: inout Int) -> [Condition] {
        guard depth < Limits.conditionDepth else {
            file.note(node, "conditions are inside one another more than \(Limits.conditionDepth) deep")
            return []
        }
        if let mapping = node.mapping, mapping.isEmpty {
            file.note(node, "\(what) is empty; name at least one condition, or leave it out")
            return []
        }
        return conditions(node, what, depth: depth + 1, count: &count)
    }
}
