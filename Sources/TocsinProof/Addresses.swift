import TocsinModel
import TocsinRouting

/// The mailboxes that rules lead to, as numbers, and the kinds of places between which they differ.
///
/// A kind of place is one for all its places: each `role@level` has a mailbox there or the fallback stands in, and where a
/// rule names such a mailbox by itself, they are the same.
struct Addresses {
    /// The number of the fallback.
    static let fallback = 0

    /// Places of one class at which every rule leads to mailboxes of the same numbers.
    struct Kind {
        /// One of the places: the smallest that the directory has, or else none.
        let place: GridCode?
        /// The number of the mailbox of each row.
        let rows: [Int]
        /// True if having no place is of this kind.
        let isWithoutPlace: Bool
        /// The sizes of the places that the directory has.
        let levels: Set<PlaceLevel>
    }

    /// The places of one kind.
    private struct Members {
        var best: GridCode?
        var isWithoutPlace = false
        var levels: Set<PlaceLevel> = []
    }

    /// The `role@level` of all rules.
    private(set) var rows: [(role: RoleName, level: PlaceLevel)] = []
    private var numbersOfRows: [Rule.Target: Int] = [:]
    private var fixed: [Recipient: Int] = [:]
    private var recipients: [Recipient]
    private let directory: Directory

    init(_ ruleset: Ruleset) {
        directory = ruleset.directory
        recipients = [ruleset.fallback]
        fixed = [ruleset.fallback: Self.fallback]
        for rule in ruleset.rules {
            for target in rule.targets {
                switch target {
                case .mailbox(let recipient):
                    guard fixed[recipient] == nil else { continue }
                    fixed[recipient] = recipients.count
                    recipients.append(recipient)
                case .role(let role, let level):
                    guard numbersOfRows[target] == nil else { continue }
                    numbersOfRows[target] = rows.count
                    rows.append((role, level))
                }
            }
        }
    }

    /// The number of mailboxes.
    var count: Int { recipients.count + rows.count }

    /// Returns the number of a rule's recipient at a kind of place.
    func number(of target: Rule.Target, at kind: Kind) -> Int {
        switch target {
        case .mailbox(let recipient): fixed[recipient] ?? Self.fallback
        case .role: kind.rows[numbersOfRows[target] ?? 0]
        }
    }

    /// Returns what a number stands for, as a rule would write it.
    func target(_ number: Int) -> Rule.Target {
        guard number >= recipients.count else { return .mailbox(recipients[number]) }
        let row = rows[number - recipients.count]
        return .role(row.role, row.level)
    }

    /// Returns the mailbox of a number at a place.
    func recipient(_ number: Int, at place: GridCode?) -> Recipient? { directory.mailbox(target(number), at: place) }

    /// Returns the kinds of places of one class, the smallest places first.
    func kinds(of places: [GridCode?]) -> [Kind] {
        var fixedPlaces: [RoleName: [GridCode: Int]] = [:]
        for (recipient, number) in fixed {
            guard let place = recipient.place, let role = RoleName(recipient.word) else { continue }
            fixedPlaces[role, default: [:]][place] = number
        }
        var kinds: [[Int]: Members] = [:]
        var order: [[Int]] = []
        for place in places {
            let numbers = rows.enumerated().map { index, row in
                let code = place.map { $0.enclosing(row.level) } ?? (row.level == .district ? directory.district : nil)
                guard let code, directory.places[code] != nil,
                    directory.role(row.role)?.levels.contains(row.level) ?? false
                else { return Self.fallback }
                return fixedPlaces[row.role]?[code] ?? recipients.count + index
            }
            var members = kinds[numbers] ?? Members(best: place)
            if kinds[numbers] == nil { order.append(numbers) }
            if let place, directory.places[place] != nil {
                // Most reports name a grid.
                if members.levels.allSatisfy({ place.level < $0 }) { members.best = place }
                members.levels.insert(place.level)
            } else if place == nil {
                members.isWithoutPlace = true
                if members.levels.isEmpty { members.best = nil }
            }
            kinds[numbers] = members
        }
        let all = order.map { rows in
            let members = kinds[rows] ?? Members()
            return Kind(
                place: members.best, rows: rows, isWithoutPlace: members.isWithoutPlace, levels: members.levels)
        }
        return all.sorted { left, right in
            guard let first = left.place, let second = right.place else {
                return left.place != nil && right.place == nil
            }
            return first.level < second.level
        }
    }
}

extension Rule {
    /// All recipients that the rule names, those of its steps among them.
    var targets: [Rule.Target] { notify + inform + steps.map(\.to) }
}
