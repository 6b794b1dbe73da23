import TocsinModel

/// A rule whose recipients are resolved as far as they can be without a report.
///
/// A class, so that reading one copies nothing.
final class CompiledRule: Sendable {
    enum Target: Hashable, Sendable {
        case fixed(Recipient)
        /// A row of the ``MailboxTable``.
        case byPlace(Int)
    }

    let name: String
    let conditions: Conditions
    let notify: [Target]
    let inform: [Target]
    let ratedLow: [Target]
    let reopensWhenRatedLow: Bool
    let acknowledgeWithin: Duration
    let requirement: Plan.Requirement
    let unattendedAfter: Duration?
    let reopenAfter: Duration?
    let feedbackWithin: Duration?
    let steps: [(step: Rule.Step, to: Target)]
    let stop: Bool
    let correlation: Correlation?

    /// Compiles a rule. `row` returns the table's row of a role at a size of place.
    init(_ rule: Rule, row: (RoleName, PlaceLevel) -> Int) {
        func compile(_ target: Rule.Target) -> Target {
            switch target {
            case .mailbox(let recipient): .fixed(recipient)
            case .role(let role, let level): .byPlace(row(role, level))
            }
        }
        name = rule.name
        conditions = rule.conditions
        notify = rule.notify.map(compile)
        inform = rule.inform.map(compile)
        ratedLow = rule.ratedLow.map(compile)
        reopensWhenRatedLow = rule.reopensWhenRatedLow
        acknowledgeWithin = rule.acknowledgeWithin
        requirement = rule.requirement
        unattendedAfter = rule.unattendedAfter
        reopenAfter = rule.reopenAfter
        feedbackWithin = rule.feedbackWithin
        steps = rule.steps.map { (step: $0, to: compile($0.to)) }
        stop = rule.stop
        correlation = rule.correlation
    }

    /// True if no recipient depends on the report's place. The rule's own routing is then always the same.
    var isFixed: Bool {
        (notify + inform + steps.map(\.to)).allSatisfy {
            if case .fixed = $0 { true } else { false }
        }
    }
}

/// Collects the recipients and plans of the matched rules for one report.
struct RoutingAssembly {
    private static let searchedLinearly = 16

    private let table: MailboxTable
    private let fallback: Recipient
    private let grid: GridCode?
    private let position: PlaceIndex.Position
    private var namings: [Routing.Naming] = []
    private var plans: [Plan] = []
    private var correlation: Correlation?
    /// The index of each recipient from the seventeenth on; those before it are searched linearly.
    private var indices: [Recipient: Int] = [:]

    init(table: MailboxTable, fallback: Recipient, grid: GridCode?, position: PlaceIndex.Position) {
        self.table = table
        self.fallback = fallback
        self.grid = grid
        self.position = position
    }

    /// The routing by all rules added so far.
    var routing: Routing { Routing(namings, plans: plans, correlation: correlation) }

    /// Adds a matched rule. Rules are added in the order of the file.
    mutating func add(_ rule: CompiledRule) {
        correlation = correlation ?? rule.correlation
        namings.reserveCapacity(namings.count + rule.notify.count + rule.inform.count)
        var watched: [Int] = []
        watched.reserveCapacity(rule.notify.count)
        for target in rule.notify {
            let index = add(target, .action, rule.name)
            if !watched.contains(index) { watched.append(index) }
        }
        for target in rule.inform { add(target, .information, rule.name) }
        guard !watched.isEmpty else { return }
        let steps = rule.steps.map { step, target in
            Plan.Step(
                after: step.after, to: mailbox(target) ?? fallback, repeating: step.repeating, raise: step.raise)
        }
        plans.append(
            Plan(
                rule: rule.name, acknowledgeWithinMilliseconds: rule.acknowledgeWithin.wholeMilliseconds,
                watched: watched, steps: steps, requirement: rule.requirement,
                unattendedAfterMilliseconds: rule.unattendedAfter?.wholeMilliseconds,
                reopenAfterMilliseconds: rule.reopenAfter?.wholeMilliseconds,
                feedbackWithinMilliseconds: rule.feedbackWithin?.wholeMilliseconds))
    }

    @discardableResult
    private mutating func add(_ target: CompiledRule.Target, _ purpose: Purpose, _ rule: String) -> Int {
        let mailbox = mailbox(target)
        let recipient = mailbox ?? fallback
        if let index = index(of: recipient) {
            if purpose == .action, namings[index].purpose == .information {
                namings[index] = naming(recipient, purpose, rule, target, resolved: mailbox != nil)
            } else if purpose == namings[index].purpose, !namings[index].isNamed(by: rule) {
                namings[index].otherRules.append(rule)
            }
            return index
        }
        namings.append(naming(recipient, purpose, rule, target, resolved: mailbox != nil))
        let index = namings.count - 1
        if index >= Self.searchedLinearly { indices[recipient] = index }
        return index
    }

    private func index(of recipient: Recipient) -> Int? {
        for index in 0..<min(namings.count, Self.searchedLinearly)
        where namings[index].recipient == recipient {
            return index
        }
        return indices.isEmpty ? nil : indices[recipient]
    }

    private func naming(
        _ recipient: Recipient, _ purpose: Purpose, _ rule: String, _ target: CompiledRule.Target, resolved: Bool
    ) -> Routing.Naming {
        var note: String?
        if !resolved, case .byPlace(let row) = target { note = table.reason(row, grid: grid) }
        return Routing.Naming(recipient: recipient, purpose: purpose, rule: rule, note: note)
    }

    private func mailbox(_ target: CompiledRule.Target) -> Recipient? {
        switch target {
        case .fixed(let recipient): recipient
        case .byPlace(let row): table.mailbox(row, grid: grid, at: position)
        }
    }
}
