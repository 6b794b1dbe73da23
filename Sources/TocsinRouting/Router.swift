import TocsinModel

/// A rule set compiled for routing: the hot path.
///
/// It never changes. It is a class so that a copy of a ``Ruleset`` is one reference.
final class Router: Sendable {
    private let fallback: Recipient
    private let rules: [CompiledRule]
    /// What each rule alone decides, where that is the same for every report.
    private let alone: [Routing?]
    private let places: PlaceIndex
    private let space: TupleSpace
    private let table: MailboxTable
    private let unmatched: Routing

    init(fallback: Recipient, rules: [Rule], directory: Directory) {
        let places = PlaceIndex(Array(directory.places.keys) + rules.flatMap(\.conditions.within))
        var roles: [(role: RoleName, level: PlaceLevel)] = []
        var rows: [Rule.Target: Int] = [:]
        let compiled = rules.map { rule in
            CompiledRule(rule) { role, level in
                let target = Rule.Target.role(role, level)
                if let row = rows[target] { return row }
                rows[target] = roles.count
                roles.append((role, level))
                return roles.count - 1
            }
        }
        let table = MailboxTable(roles, places: places, directory: directory)
        alone = compiled.map { rule in
            guard rule.isFixed else { return nil }
            var assembly = RoutingAssembly(table: table, fallback: fallback, grid: nil, position: .nowhere)
            assembly.add(rule)
            return assembly.routing
        }
        self.fallback = fallback
        self.rules = compiled
        self.places = places
        self.table = table
        space = TupleSpace(rules, places: places)
        unmatched = Routing(
            addressees: [Routing.Addressee(recipient: fallback, purpose: .action, rule: Ruleset.fallbackName)],
            plans: [
                Routing.Plan(
                    rule: Ruleset.fallbackName, acknowledgeWithin: Rule.defaultAcknowledgeWithin, watched: [0],
                    steps: [])
            ])
    }

    /// Where a report goes.
    func route(_ report: Report) -> Routing {
        let position = places.position(of: report.grid)
        var first: Int?
        var assembly: RoutingAssembly?
        space.forEachCandidate(of: report, at: position) { index in
            let rule = rules[index]
            guard rule.conditions.firstUnmet(by: report) == nil else { return true }
            if let earlier = first {
                // Most reports match one rule; only a second one makes adding up necessary.
                if assembly == nil {
                    assembly = self.assembly(report, position)
                    assembly?.add(rules[earlier])
                }
                assembly?.add(rule)
            } else {
                first = index
            }
            return !rule.stop
        }
        if let assembly { return assembly.routing }
        guard let first else { return unmatched }
        if let alone = alone[first] { return alone }
        var single = self.assembly(report, position)
        single.add(rules[first])
        return single.routing
    }

    /// Where a report goes that these rules match, by their indices.
    func routing(of report: Report, matching matched: [Int]) -> Routing {
        guard !matched.isEmpty else { return unmatched }
        var assembly = assembly(report, places.position(of: report.grid))
        for index in matched { assembly.add(rules[index]) }
        return assembly.routing
    }

    /// How many rules ``route(_:)`` looks at where none ends the list.
    func candidateCount(for report: Report) -> Int {
        var count = 0
        space.forEachCandidate(of: report, at: places.position(of: report.grid)) { _ in
            count += 1
            return true
        }
        return count
    }

    private func assembly(_ report: Report, _ position: PlaceIndex.Position) -> RoutingAssembly {
        RoutingAssembly(table: table, fallback: fallback, grid: report.grid, position: position)
    }
}
