import TocsinModel
import TocsinRouting

/// The alerts of one incident in every class of reports: whether a leader hears of it when whoever must act does not, and
/// how many alerts come to each mailbox.
///
/// A mailbox gets one alert for the report, by however many rules it is told, and one more for each step that comes to it.
/// So does the broker: each step that is taken is an alert of its own. Alerts are counted of reports with one event: whoever
/// names many is told by all their rules.
struct Obligations {
    private struct Missed {
        var targets: [Rule.Target] = []
        var leaf: Int
        var place: GridCode?
    }

    /// The reports for which the fallback stands in for the leader of a rule.
    private struct StandIn {
        struct Reports: Hashable {
            var isWithoutPlace = false
            var levels: Set<PlaceLevel> = []
        }

        var reports = Reports()
        var leaders: [Rule.Target] = []
        var leaf: Int
        var place: GridCode?
    }

    private struct Most {
        var alerts: Int
        var leaf: Int
        var place: GridCode?
        var number: Int
        var kind: Addresses.Kind
    }

    private let course: ProofCourse
    private let leaders: Set<String>
    /// True if the fallback is a leader itself.
    private let isFallbackLeader: Bool
    private var missed: [Int32: Missed] = [:]
    private var standing: [Int32: StandIn] = [:]
    private var most: [Int: Most] = [:]
    /// The most alerts of one incident for one mailbox.
    private(set) var mostAlerts = 0
    /// True if the steps did not suffice for all classes.
    private(set) var isStopped = false

    // What the class in hand has, by the numbers of mailboxes.
    private var isTold: [Bool]
    private var stepAlerts: [Int]
    private var isLed: [Bool]
    /// Whether a rule names a leader, be it one for whom the fallback stands in.
    private var isNamed: [Bool]
    private var touched: [Int] = []

    init(_ course: ProofCourse) {
        self.course = course
        leaders = Set(course.wishes.leaders)
        isTold = Array(repeating: false, count: course.addresses.count)
        isLed = isTold
        isNamed = isTold
        isFallbackLeader = leaders.contains(course.ruleset.fallback.word)
        stepAlerts = isTold.map { _ in 0 }
        var steps = course.wishes.steps / 4
        isStopped = !look(course.diagram.lastLeaves, &steps)
        // What else was seen has but the more alerts, and as much of it is looked at as can be.
        _ = look(course.diagram.earlierLeaves, &steps)
    }

    /// Looks at some leaves.
    ///
    /// - Returns: False if the steps did not suffice.
    private mutating func look(_ leaves: [Int], _ steps: inout Int) -> Bool {
        for index in leaves {
            let leaf = course.diagram.leaves[index]
            for kind in course.kinds[Int(leaf.place)] {
                steps -= leaf.rules.count + 1
                guard steps > 0 else { return false }
                look(index, leaf.rules, kind)
            }
        }
        return true
    }

    /// The rules whose leader is none for some reports, and that are not without one for others, by those reports.
    var standIns: [Proof.StandIn] {
        var rules: [StandIn.Reports: [Int32]] = [:]
        for (rule, standIn) in standing.sorted(by: { $0.key < $1.key }) where missed[rule] == nil {
            rules[standIn.reports, default: []].append(rule)
        }
        return rules.sorted { $0.value[0] < $1.value[0] }.prefix(Limits.proofFindings).map { reports, rules in
            let all = rules.compactMap { standing[$0] }
            var leaders: [Rule.Target] = []
            for leader in all.flatMap(\.leaders) where !leaders.contains(leader) { leaders.append(leader) }
            return Proof.StandIn(
                isWithoutPlace: reports.isWithoutPlace, levels: reports.levels.sorted().reversed(), leaders: leaders,
                rules: rules.map { Proof.RulePlace(course.ruleset.rules[Int($0)]) },
                example: all.prefix(Self.tried).firstFound { example($0.leaf, $0.place) })
        }
    }

    /// The rules of one finding by which an example is looked for.
    private static let tried = 8

    /// The rules with recipients that must act without a leader behind them, in the order of the file.
    var leaderless: [Proof.Leaderless] {
        missed.sorted { $0.key < $1.key }.prefix(Limits.proofFindings).map { rule, missed in
            let rule = course.ruleset.rules[Int(rule)]
            return Proof.Leaderless(
                rule: Proof.RulePlace(rule), recipients: rule.notify.filter(missed.targets.contains),
                last: rule.steps.last, example: example(missed.leaf, missed.place))
        }
    }

    /// The mailboxes with more alerts of one incident than wished, most first.
    var crowds: [Proof.Crowd] {
        most.values.sorted { ($1.alerts, $1.number) < ($0.alerts, $0.number) }.prefix(Limits.proofFindings).map {
            most in
            let rules = course.diagram.leaves[most.leaf].rules.map { course.ruleset.rules[Int($0)] }.filter { rule in
                rule.targets.contains { course.addresses.number(of: $0, at: most.kind) == most.number }
            }
            return Proof.Crowd(
                recipient: course.addresses.target(most.number), alerts: most.alerts,
                rules: rules.map(Proof.RulePlace.init),
                example: example(most.leaf, most.place))
        }
    }

    private func example(_ leaf: Int, _ place: GridCode?) -> Example? {
        let leaf = course.diagram.leaves[leaf]
        return leaf.ways.firstFound { course.examples.example($0, at: place, matching: leaf.rules) }
    }

    private mutating func look(_ leaf: Int, _ rules: [Int32], _ kind: Addresses.Kind) {
        for rule in rules { address(course.ruleset.rules[Int(rule)], kind) }
        for rule in rules {
            for target in course.ruleset.rules[Int(rule)].notify {
                let number = course.addresses.number(of: target, at: kind)
                if !isNamed[number] {
                    note(rule, target, leaf, kind)
                } else if !isLed[number], kind.isWithoutPlace || !kind.levels.isEmpty {
                    noteStandIn(rule, number, leaf, kind)
                }
            }
        }
        for number in touched {
            let alerts = (isTold[number] ? 1 : 0) + stepAlerts[number]
            let counts = course.diagram.leaves[leaf].isOfOneEvent
            if counts { mostAlerts = max(mostAlerts, alerts) }
            if counts, alerts > max(course.wishes.alerts, most[number]?.alerts ?? 0) {
                most[number] = Most(alerts: alerts, leaf: leaf, place: kind.place, number: number, kind: kind)
            }
            (isTold[number], stepAlerts[number], isLed[number], isNamed[number]) = (false, 0, false, false)
        }
        touched.removeAll(keepingCapacity: true)
    }

    private mutating func note(_ rule: Int32, _ target: Rule.Target, _ leaf: Int, _ kind: Addresses.Kind) {
        var missed = missed[rule] ?? Missed(leaf: leaf, place: kind.place)
        if course.shown[missed.leaf] == nil, course.shown[leaf] != nil {
            (missed.leaf, missed.place) = (leaf, kind.place)
        }
        if !missed.targets.contains(target) { missed.targets.append(target) }
        self.missed[rule] = missed
    }

    /// Notes that a rule ends with the fallback in place of a leader.
    ///
    /// - Parameter number: the mailbox that must act.
    private mutating func noteStandIn(_ rule: Int32, _ number: Int, _ leaf: Int, _ kind: Addresses.Kind) {
        var standIn = standing[rule] ?? StandIn(leaf: leaf, place: kind.place)
        let reports = standIn.reports
        if kind.isWithoutPlace { standIn.reports.isWithoutPlace = true }
        standIn.reports.levels.formUnion(kind.levels)
        if standIn.reports != reports {
            let rules = course.diagram.leaves[leaf].rules.map { course.ruleset.rules[Int($0)] }.filter { rule in
                rule.notify.contains { course.addresses.number(of: $0, at: kind) == number }
            }
            for target in rules.flatMap({ $0.notify + $0.steps.map(\.to) })
            where isLeader(target) && !leads(target, kind) && !standIn.leaders.contains(target) {
                standIn.leaders.append(target)
            }
        }
        standing[rule] = standIn
    }

    /// Adds the alerts of a rule that matches.
    private mutating func address(_ rule: Rule, _ kind: Addresses.Kind) {
        let isNaming = rule.steps.contains { isLeader($0.to) }
        let isLeading = rule.steps.contains { leads($0.to, kind) }
        for target in rule.notify {
            let number = touch(target, kind)
            isTold[number] = true
            if isNaming || isLeader(target) { isNamed[number] = true }
            if isLeading || leads(target, kind) { isLed[number] = true }
        }
        for target in rule.inform { isTold[touch(target, kind)] = true }
        guard !rule.notify.isEmpty else { return }
        for step in rule.steps { stepAlerts[touch(step.to, kind)] += 1 }
    }

    private mutating func touch(_ target: Rule.Target, _ kind: Addresses.Kind) -> Int {
        let number = course.addresses.number(of: target, at: kind)
        if !isTold[number], stepAlerts[number] == 0 { touched.append(number) }
        return number
    }

    /// True if a leader is told where a rule names a recipient: the fallback may stand in for it.
    private func leads(_ target: Rule.Target, _ kind: Addresses.Kind) -> Bool {
        guard isLeader(target) || isFallbackLeader else { return false }
        return course.addresses.number(of: target, at: kind) == Addresses.fallback
            ? isFallbackLeader : isLeader(target)
    }

    private func isLeader(_ target: Rule.Target) -> Bool {
        switch target {
        case .mailbox(let recipient): leaders.contains(recipient.word)
        case .role(let role, _): leaders.contains(role.name)
        }
    }
}

extension Proof.RulePlace {
    init(_ rule: Rule) {
        self.init(name: rule.name, line: rule.line)
    }
}
