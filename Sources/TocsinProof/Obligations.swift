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

    private struct Most {
        var alerts: Int
        var leaf: Int
        var place: GridCode?
        var number: Int
        var kind: Addresses.Kind
    }

    private let course: ProofCourse
    private let leaders: Set<String>
    private var missed: [Int32: Missed] = [:]
    private var most: [Int: Most] = [:]
    /// The most alerts of one incident for one mailbox.
    private(set) var mostAlerts = 0

    // What the class in hand has, by the numbers of mailboxes.
    private var isTold: [Bool]
    private var stepAlerts: [Int]
    private var isLed: [Bool]
    private var touched: [Int] = []

    init(_ course: ProofCourse) {
        self.course = course
        leaders = Set(course.wishes.leaders)
        isTold = Array(repeating: false, count: course.addresses.count)
        isLed = isTold
        stepAlerts = isTold.map { _ in 0 }
        for (index, leaf) in course.diagram.leaves.enumerated() {
            for kind in course.kinds[Int(leaf.place)] { look(index, leaf.rules, kind) }
        }
    }

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
        return leaf.ways.lazy.compactMap { course.examples.example($0, at: place, matching: leaf.rules) }.first
    }

    private mutating func look(_ leaf: Int, _ rules: [Int32], _ kind: Addresses.Kind) {
        for rule in rules { address(course.ruleset.rules[Int(rule)], kind) }
        for rule in rules {
            for target in course.ruleset.rules[Int(rule)].notify
            where !isLed[course.addresses.number(of: target, at: kind)] {
                note(rule, target, leaf, kind)
            }
        }
        for number in touched {
            let alerts = (isTold[number] ? 1 : 0) + stepAlerts[number]
            let counts = course.diagram.leaves[leaf].isOfOneEvent
            if counts { mostAlerts = max(mostAlerts, alerts) }
            if counts, alerts > max(course.wishes.alerts, most[number]?.alerts ?? 0) {
                most[number] = Most(alerts: alerts, leaf: leaf, place: kind.place, number: number, kind: kind)
            }
            (isTold[number], stepAlerts[number], isLed[number]) = (false, 0, false)
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

    /// Adds the alerts of a rule that matches.
    private mutating func address(_ rule: Rule, _ kind: Addresses.Kind) {
        let leads = rule.steps.contains { isLeader($0.to) }
        for target in rule.notify {
            let number = touch(target, kind)
            isTold[number] = true
            if leads || isLeader(target) { isLed[number] = true }
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
