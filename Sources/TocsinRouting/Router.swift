import TocsinModel

/// A rule set compiled for routing, which is the hot path.
///
/// Immutable. It is a class so that a copy of a ``Ruleset`` is one reference.
final class Router: Sendable {
    /// The directory that the rules were read against.
    let directory: Directory
    private let fallback: Recipient
    private let rules: [CompiledRule]
    /// The routing of each rule that matches alone, where it is the same for every report.
    private let soleRouting: [Routing?]
    private let places: PlaceIndex
    private let tuples: TupleSpace
    /// The fields in which some rule searches, as bits.
    let searched: UInt8
    private let table: MailboxTable
    /// The routing of a report that no rule matches, by the ordinal of its status.
    private let unmatched: [Routing]
    private let cache = RoutingCache()

    init(fallback: Recipient, rules: [Rule], directory: Directory) {
        let places = PlaceIndex(Array(directory.places.keys) + rules.flatMap { $0.conditions.asked.flatMap(\.places) })
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
        soleRouting = compiled.map { rule in
            guard rule.isFixed else { return nil }
            var assembly = RoutingAssembly(table: table, fallback: fallback, grid: nil, position: .nowhere)
            assembly.add(rule)
            return assembly.routing
        }
        self.directory = directory
        self.fallback = fallback
        self.rules = compiled
        self.places = places
        self.table = table
        tuples = TupleSpace(rules.map(\.conditions), places: places)
        searched = rules.reduce(0) { $0 | $1.conditions.asked.searched }
        unmatched = ReportStatus.allCases.map { Routing(unmatched: $0, fallback: fallback) }
    }

    /// Returns a report's routing.
    func route(_ subject: Case) -> Routing {
        // A copy of a report costs as much as finding its rules.
        searched == 0 ? routeRead(subject) : routeRead(subject.reading(searched))
    }

    /// Returns the routing of a report whose texts have been read, if some rule searches.
    private func routeRead(_ subject: Case) -> Routing {
        let position = places.position(of: subject.report.grid)
        var first: Int?
        var matched: [Int] = []
        tuples.forEachCandidate(of: subject, at: position) { index in
            let rule = rules[index]
            guard rule.conditions.firstUnmet(by: subject) == nil else { return true }
            if let first {
                // Most reports match one rule, so a list is made only for a second one.
                if matched.isEmpty { matched.append(first) }
                matched.append(index)
            } else {
                first = index
            }
            return !rule.stop
        }
        guard let first else { return unmatched(subject.report) }
        if matched.isEmpty, let soleRouting = soleRouting[first] { return soleRouting }
        return routing(of: subject.report, matching: matched.isEmpty ? [first] : matched)
    }

    /// Returns the indices of the rules that match a report, in the order of the file.
    func matching(_ subject: Case) -> [Int] {
        let subject = subject.reading(searched)
        var matched: [Int] = []
        tuples.forEachCandidate(of: subject, at: places.position(of: subject.report.grid)) { index in
            guard rules[index].conditions.firstUnmet(by: subject) == nil else { return true }
            matched.append(index)
            return !rules[index].stop
        }
        return matched
    }

    /// Returns the recipients that the rules of these names tell of a low rating of an incident here, each once.
    func ratedLow(by names: Set<String>, at grid: GridCode?) -> [Recipient] {
        let position = places.position(of: grid)
        var told: [Recipient] = []
        for rule in rules where !rule.ratedLow.isEmpty && names.contains(rule.name) {
            for target in rule.ratedLow {
                let recipient =
                    switch target {
                    case .fixed(let recipient): recipient
                    case .byPlace(let row): table.mailbox(row, grid: grid, at: position) ?? fallback
                    }
                if !told.contains(recipient) { told.append(recipient) }
            }
        }
        return told
    }

    /// Returns true if one of the rules of these names has an incident opened again that is rated low.
    func reopensWhenRatedLow(by names: Set<String>) -> Bool {
        rules.contains { $0.reopensWhenRatedLow && names.contains($0.name) }
    }

    /// Returns the routing of a report by a rule that no file has, and then by the rules that match.
    func route(_ subject: Case, after rule: Rule) -> Routing {
        let rule = CompiledRule(rule) { _, _ in preconditionFailure("The rule names mailboxes alone.") }
        return assembled(subject, after: rule) ?? unmatched(subject.report)
    }

    /// Returns the routing of a report that nobody asks for again: nothing is kept for the next one like it.
    func routeOnce(_ subject: Case) -> Routing { assembled(subject, after: nil) ?? unmatched(subject.report) }

    /// Returns the routing by a rule, if there is one, and by the rules that match; nil if there is no rule at all.
    private func assembled(_ subject: Case, after first: CompiledRule?) -> Routing? {
        let subject = subject.reading(searched)
        let position = places.position(of: subject.report.grid)
        var assembly = RoutingAssembly(
            table: table, fallback: fallback, grid: subject.report.grid, position: position)
        if let first { assembly.add(first) }
        var isMatched = first != nil
        tuples.forEachCandidate(of: subject, at: position) { index in
            guard rules[index].conditions.firstUnmet(by: subject) == nil else { return true }
            assembly.add(rules[index])
            isMatched = true
            return !rules[index].stop
        }
        return isMatched ? assembly.routing : nil
    }

    /// Returns the routing of a report that the rules with these indices match.
    func routing(of report: Report, matching matched: [Int]) -> Routing {
        guard !matched.isEmpty else { return unmatched(report) }
        return cache.routing(RoutingCache.Key(matched: matched, grid: report.grid)) {
            var assembly = RoutingAssembly(
                table: table, fallback: fallback, grid: report.grid, position: places.position(of: report.grid))
            for index in matched { assembly.add(rules[index]) }
            return assembly.routing
        }
    }

    private func unmatched(_ report: Report) -> Routing { unmatched[Int(report.status.ordinal)] }

    /// Returns the number of rules that ``route(_:)`` looks at if none ends the list.
    func candidateCount(for subject: Case) -> Int {
        var count = 0
        tuples.forEachCandidate(of: subject.reading(searched), at: places.position(of: subject.report.grid)) { _ in
            count += 1
            return true
        }
        return count
    }
}
