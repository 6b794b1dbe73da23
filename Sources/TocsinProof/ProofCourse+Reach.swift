import TocsinModel
import TocsinRouting

extension ProofCourse {
    /// The mailboxes of one name that are given as examples.
    private static let listed = 3

    /// The mailboxes of the directory to which no rule leads, nor the fallback, nor `supervised-by`.
    func unreached() -> [Proof.Unreached] {
        let directory = ruleset.directory
        let (named, places) = reached()
        var unreached: [Proof.Unreached] = []
        for department in directory.departments where !named.contains(department.name) {
            unreached.append(
                Proof.Unreached(
                    name: department.name.name, level: nil, count: 1, all: 1, examples: [department.name]))
        }
        var codes: [PlaceLevel: [GridCode]] = [:]
        for place in directory.places.keys { codes[place.level, default: []].append(place) }
        for role in directory.roles {
            for level in PlaceLevel.allCases where role.levels.contains(level) {
                let known = places[.role(role.name, level)] ?? []
                let all = codes[level] ?? []
                let missed = all.filter {
                    !known.contains($0) && !named.contains(Recipient(role: role.name, at: $0))
                }.sorted()
                guard !missed.isEmpty else { continue }
                unreached.append(
                    Proof.Unreached(
                        name: role.name.name, level: level, count: missed.count, all: all.count,
                        examples: missed.prefix(Self.listed).map { Recipient(role: role.name, at: $0) }))
            }
        }
        return unreached
    }

    /// The mailboxes that are reached by name, and the places at which each `role@level` is.
    private func reached() -> (named: Set<Recipient>, places: [Rule.Target: Set<GridCode>]) {
        var rulesOfPlace: [Int32: Set<Int32>] = [:]
        for leaf in diagram.leaves { rulesOfPlace[leaf.place, default: []].formUnion(leaf.rules) }
        var named: Set = [ruleset.fallback]
        named.formUnion(ruleset.directory.supervised.map(\.supervisor))
        var places: [Rule.Target: Set<GridCode>] = [:]
        for (place, rules) in rulesOfPlace {
            guard case .places(let codes) = levels.levels[0].choices[Int(place)].content else { continue }
            var targets: Set<Rule.Target> = []
            for rule in rules { targets.formUnion(ruleset.rules[Int(rule)].targets) }
            for target in targets {
                switch target {
                case .mailbox(let recipient): named.insert(recipient)
                case .role(_, let level):
                    places[target, default: []].formUnion(codes.compactMap { $0?.enclosing(level) })
                    if level == .district, codes.contains(nil), let district = ruleset.directory.district {
                        places[target, default: []].insert(district)
                    }
                }
            }
        }
        return (named, places)
    }
}
