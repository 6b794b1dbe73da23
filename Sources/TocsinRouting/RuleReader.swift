import TocsinModel
import Yams

/// Reads a rule file against a directory.
struct RuleReader {
    private static let ruleKeys = [
        "name", "when", "notify", "inform", "rated-low", "reopen-when-rated-low", "require", "acknowledge-within",
        "unattended-after", "reopen-after", "feedback-within", "escalate", "correlate", "stop",
    ]

    private static let fileKeys = ["fallback", "time-zone", "rules", "silences", "expect"]

    var file: FileReader
    let directory: Directory
    let holidays: Holidays?
    var zones: ZoneTable
    private var reach = RuleReach()
    /// The expressions read so far, each compiled once.
    var expressions: [String: RegularExpression] = [:]
    /// The bytes of all words and expressions read so far.
    var searchedBytes = 0
    private var searchingAlways = 0
    /// The bytes of the reports of all expectations read so far.
    var expectedBytes = 0
    /// The expectations, if they are read: those that are right.
    private(set) var expectations: [Expectation] = []
    private(set) var windows: [SilenceWindow] = []

    init(file: String, directory: Directory, holidays: Holidays? = nil, zones: ZoneTable = ZoneTable(.none)) {
        self.file = FileReader(file: file)
        self.directory = directory
        self.holidays = holidays
        self.zones = zones
    }

    /// Reads the file, without `expect` where that is passed over. If ``file`` has problems afterwards, the result must not be
    /// used.
    mutating func read(
        _ yaml: String, readsExpectations: Bool
    ) -> (fallback: Recipient?, rules: [Rule]) {
        guard let root = file.compose(yaml),
            let fields = file.fields(of: root, "the rule file", keys: Self.fileKeys)
        else { return (nil, []) }
        let fallback = file.required("fallback", in: fields).flatMap { self.fallback($0) }
        if let fallback { reach.add(.mailbox(fallback)) }
        if let node = fields["time-zone"], let zone = file.zone(of: node, "time-zone", &zones) {
            zones.setStandard(zone)
        }
        var rules: [Rule] = []
        var names: Set<String> = []
        if let list = file.required("rules", in: fields) {
            for node in file.sequence(of: list, "rules") ?? [] {
                guard let rule = self.rule(node, names: &names) else { continue }
                rules.append(rule)
            }
        }
        if let list = fields["silences"] { windows = silences(list) }
        if readsExpectations, let list = fields["expect"] { expectations = self.expectations(list) }
        return (fallback, rules)
    }

    private mutating func rule(_ node: Node, names: inout Set<String>) -> Rule? {
        guard let fields = file.fields(of: node, "a rule", keys: Self.ruleKeys) else { return nil }
        let name = file.required("name", in: fields).flatMap { self.name($0, among: &names) }
        let conditions = fields["when"].map { self.conditions($0) } ?? Conditions()
        let notify = fields["notify"].map { targets($0, "notify") } ?? []
        let inform = fields["inform"].map { targets($0, "inform") } ?? []
        let ratedLow = fields["rated-low"].map { targets($0, "rated-low") } ?? []
        if let node = fields["rated-low"], ratedLow.count > Limits.recipientsPerRule {
            file.note(
                node,
                "rated-low names \(ratedLow.count) recipients; at most \(Limits.recipientsPerRule) are allowed")
        }
        if fields["notify"] == nil, fields["inform"] == nil {
            file.note(node, "the rule tells nobody; it needs notify or inform")
        }
        if notify.count + inform.count > Limits.recipientsPerRule {
            file.note(
                fields["notify"] ?? fields["inform"] ?? node,
                "the rule names \(notify.count + inform.count) recipients; at most \(Limits.recipientsPerRule) are "
                    + "allowed")
        }
        let acknowledgeWithin = fields["acknowledge-within"].flatMap { duration($0, "acknowledge-within") }
        let steps = fields["escalate"].map { self.steps($0) } ?? []
        for key in [
            "escalate", "require", "unattended-after", "reopen-after", "feedback-within", "reopen-when-rated-low",
        ]
        where fields["notify"] == nil {
            guard let node = fields[key] else { continue }
            file.note(node, "\(key) needs notify: nobody has to acknowledge what only informs")
        }
        if let node = fields["unattended-after"], fields["escalate"] == nil {
            file.note(node, "unattended-after needs escalate: there is no step that could be taken early")
        }
        let stop = fields["stop"].flatMap { truth($0, "stop") } ?? false
        guard let name else { return nil }
        var rule = Rule(
            name: name, conditions: conditions, notify: notify, inform: inform, ratedLow: ratedLow,
            acknowledgeWithin: acknowledgeWithin ?? Rule.defaultAcknowledgeWithin, steps: steps, stop: stop,
            line: node.mark?.line)
        rule.requirement = fields["require"].flatMap { requirement($0) } ?? .each
        rule.unattendedAfter = fields["unattended-after"].flatMap {
            file.duration(of: $0, "unattended-after", atLeast: .zero)
        }
        rule.reopenAfter = fields["reopen-after"].flatMap {
            file.duration(of: $0, "reopen-after", atLeast: Rule.shortestRepetition)
        }
        rule.feedbackWithin = fields["feedback-within"].flatMap {
            file.duration(of: $0, "feedback-within", atLeast: Rule.shortestRepetition, atMost: Rule.longestFeedback)
        }
        rule.reopensWhenRatedLow =
            fields["reopen-when-rated-low"].flatMap { truth($0, "reopen-when-rated-low") } ?? false
        rule.correlation = fields["correlate"].flatMap { correlation($0, rule: name) }
        for problem in reach.add(rule) { file.note(node, problem) }
        if rule.searchesAlways {
            searchingAlways += 1
            if searchingAlways == Limits.rulesSearchingAlways + 1 {
                file.note(
                    node,
                    "with this rule more than \(Limits.rulesSearchingAlways) search every report, as nothing in them can "
                        + "be looked up; name a category or an event too, or write a word of two letters or more into each "
                        + "expression")
            }
        }
        return rule
    }

    private mutating func name(_ node: Node, among names: inout Set<String>) -> String? {
        guard let name = file.text(of: node, "the name of a rule") else { return nil }
        guard name.count <= Rule.nameCharacters, !name.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            file.note(node, "the name of a rule has 1 to \(Rule.nameCharacters) characters in one line")
            return nil
        }
        guard name != Ruleset.fallbackName else {
            file.note(node, "'\(name)' is what the broker calls having no rule; choose another name")
            return nil
        }
        guard Ruleset.supervisedLink(of: name) == nil, !Ruleset.isOfSubscription(name), !Ruleset.isOfNews(name),
            name != Ruleset.ratedLowName, name != Ruleset.silenceRule
        else {
            file.note(node, "the broker's own rules are called '\(name)' and the like; choose another name")
            return nil
        }
        guard names.insert(name).inserted else {
            file.note(node, "there is a rule named \(Suggestion.quoted(name)) already; each name may be there once")
            return nil
        }
        return name
    }

    private mutating func steps(_ node: Node) -> [Rule.Step] {
        var (steps, repetitions): ([Rule.Step], [Node]) = ([], [])
        let elements = file.sequence(of: node, "escalate") ?? []
        guard elements.count <= Limits.stepsPerRule else {
            file.note(node, "escalate has \(elements.count) steps; at most \(Limits.stepsPerRule) are allowed")
            return []
        }
        for element in elements {
            guard let fields = file.fields(of: element, "an escalation step", keys: ["after", "to", "repeat", "raise"])
            else { continue }
            let afterNode = file.required("after", in: fields)
            let after = afterNode.flatMap { self.duration($0, "after") }
            let to = file.required("to", in: fields).flatMap { target($0, "to") }
            if let afterNode, let after, let last = steps.last, after <= last.after {
                file.note(
                    afterNode,
                    "the steps of an escalation must be in ascending order of time, each later than the last")
            }
            if let node = repetitions.last {
                file.note(node, "repeat belongs to the last step; give it there: the steps before are taken once")
            }
            if let node = fields["repeat"] { repetitions.append(node) }
            let repeating = fields["repeat"].flatMap {
                file.duration(of: $0, "repeat", atLeast: Rule.shortestRepetition)
            }
            let raise = fields["raise"].flatMap { file.word(of: $0, "raise", "a severity") as Severity? }
            if let after, let to {
                steps.append(Rule.Step(after: after, to: to, repeating: repeating, raise: raise))
            }
        }
        return steps
    }
}
