public import TocsinModel

/// The rules in force, which decide the recipients of a report.
///
/// An immutable value that any thread may use.
///
/// Every rule that matches adds its recipients, in the order of the file. A matching rule with `stop` ends the list.
///
/// Every report goes somewhere. A report that no rule matches goes to the fallback. The fallback also stands in for a
/// role that has no mailbox for a report.
///
/// Nobody is rung by mistake. A report whose status is Test, System or Draft matches only rules that name its status;
/// without a match it does no more than inform the fallback.
///
///     let ruleset = try Ruleset(yaml: text, file: "rules.yaml", directory: directory)
///     for addressee in ruleset.route(Case(report, at: now, body: bytes)).addressees { … }
public struct Ruleset: Sendable {
    /// The name that stands for a rule's where no rule matched. No rule may have it.
    public static let fallbackName = "fallback"

    /// The recipient of reports that no rule matches. The directory has this mailbox.
    public let fallback: Recipient
    /// The rules in the file's order.
    public let rules: [Rule]
    /// The days off and the moved working days by which rules go; nil if there is no file of them.
    public let holidays: Holidays?
    /// The number of the file's expectations that have been run. All are met.
    public private(set) var expectationCount = 0
    /// The silences that come again and again, in the file's order.
    public private(set) var windows: [SilenceWindow] = []
    /// The time zones that the rules name, and those that subscriptions may name.
    let zones: ZoneTable
    private let router: Router
    /// The names of the rules that search every report.
    private let searchingAlways: [String]

    /// The beginning of the name of the rule that everybody has: whoever supervises a lost link must know. The link's name
    /// follows: `supervised-by: fire`. No rule of a file may begin so.
    private static let supervisionPrefix = "supervised-by: "

    /// The name that stands for a rule's where a recipient is told of a low rating. No rule of a file may have it.
    public static let ratedLowName = "rated-low"

    /// Returns the recipients that are told when an incident is rated low.
    ///
    /// - Parameters:
    ///   - rules: The names of the rules by which somebody was told of the incident. One that is no more tells nobody.
    ///   - grid: The incident's place.
    public func ratedLow(by rules: Set<String>, at grid: GridCode?) -> [Recipient] {
        router.ratedLow(by: rules, at: grid)
    }

    /// Returns true if a low rating opens the incident again.
    ///
    /// - Parameter rules: The names of the rules by which somebody was told of the incident.
    public func reopensWhenRatedLow(by rules: Set<String>) -> Bool {
        router.reopensWhenRatedLow(by: rules)
    }

    /// Returns the reason for the routing of the report of a low rating.
    public static func explanation(ofLowRating told: [Recipient]) -> Explanation {
        let reason = "an incident was rated low, and its rules name them for that"
        return Explanation(
            verdicts: [.init(rule: ratedLowName, verdict: .matched([reason]))],
            routing: Routing(informing: told, rule: ratedLowName))
    }

    /// The name that stands for a rule's where a recipient is told because it supervises a link.
    public static func supervisionName(of link: String) -> String { supervisionPrefix + link }

    /// Returns the link whose supervisor is told by a rule of this name; nil for another rule.
    public static func supervisedLink(of rule: String) -> Substring? {
        rule.hasPrefix(supervisionPrefix) ? rule.dropFirst(supervisionPrefix.count) : nil
    }

    /// Reads a rule file and checks it against a directory.
    ///
    /// - Parameters:
    ///   - yaml: the file's text.
    ///   - file: what problems call the file.
    ///   - directory: who can be addressed.
    ///   - holidays: what `holidays` and `workdays` mean; nil if there is no file of them.
    ///   - zones: the time zones that the file can name.
    ///   - runsExpectations: false if the file's expectations are passed over: whoever explains a file that does not do
    ///     what is expected must be able to read it, and what was in force has met them.
    /// - Throws: every problem of the file, with line, column and what would be valid. An expectation that the rules do
    ///   not meet is one.
    public init(
        yaml: String, file: String, directory: Directory, holidays: Holidays? = nil, zones: ZoneData = .none,
        runsExpectations: Bool = true
    ) throws(FileProblems) {
        var reader = RuleReader(file: file, directory: directory, holidays: holidays, zones: ZoneTable(zones))
        let (fallback, rules) = reader.read(yaml, readsExpectations: runsExpectations)
        guard let fallback, reader.file.problems.isEmpty else { throw FileProblems(reader.file.inOrder) }
        self.init(fallback: fallback, rules: rules, directory: directory, holidays: holidays, zones: reader.zones)
        windows = reader.windows
        test(reader.expectations, &reader.file)
        guard reader.file.problems.isEmpty else { throw FileProblems(reader.file.inOrder) }
        expectationCount = reader.expectations.count
    }

    /// What is right, and may not be meant: that there is no rule, that rules search every report, or that a text has
    /// full-width marks in it.
    public var warnings: [String] {
        var warnings: [String] = []
        if rules.isEmpty {
            warnings.append("there is no rule: every report goes to the fallback, \(fallback), alone")
        }
        if !searchingAlways.isEmpty {
            let names = Suggestion.list(searchingAlways.map { Suggestion.quoted($0) }, limit: 12)
            warnings.append(
                "\(names): searched for in every report, as nothing in these rules can be looked up; name a category or "
                    + "an event too, or write a word of two letters or more into each expression")
        }
        return warnings + fullWidthWarnings
    }

    /// Compiles rules that are known to be valid.
    package init(fallback: Recipient, rules: [Rule], directory: Directory) {
        self.init(fallback: fallback, rules: rules, directory: directory, holidays: nil, zones: ZoneTable(.none))
    }

    init(
        fallback: Recipient, rules: [Rule], directory: Directory, holidays: Holidays?, zones: ZoneTable
    ) {
        self.fallback = fallback
        self.rules = rules
        self.holidays = holidays
        self.zones = zones
        searchingAlways = rules.filter(\.searchesAlways).map(\.name)
        router = Router(fallback: fallback, rules: rules, directory: directory)
    }

    /// Returns a report's routing. The cost depends on the rules that may match, and not on the others.
    public func route(_ subject: Case) -> Routing { router.route(subject) }

    /// Returns a report's routing, of which nothing is kept for the next report like it.
    func routeOnce(_ subject: Case) -> Routing { router.routeOnce(subject) }

    /// Returns a report's routing by the rules and by subscriptions, which are read by these rules.
    public func route(_ subject: Case, with subscriptions: SubscriptionTable) -> Routing {
        subscriptions.adding(to: router.route(subject), for: subject)
    }

    /// Returns every rule's and every subscription's verdict on a report, and the routing that follows from the
    /// verdicts.
    ///
    /// - Parameters:
    ///   - subject: The report.
    ///   - subscriptions: Those that stand.
    ///   - canBeJoined: False of a report that has not become an incident that others join, though its rule correlates.
    public func explain(
        _ subject: Case, with subscriptions: SubscriptionTable = SubscriptionTable(), canBeJoined: Bool = true
    ) -> Explanation {
        let (verdicts, matched) = verdicts(on: subject, canBeJoined: canBeJoined)
        return Explanation(
            verdicts: verdicts, subscriptions: subscriptions.verdicts(on: subject),
            routing: subscriptions.adding(to: router.routing(of: subject.report, matching: matched), for: subject))
    }

    /// The directory that the rules were read against.
    public var directory: Directory { router.directory }

    /// Returns true if these are the same rules, read at the same time.
    func isIdentical(to other: Ruleset) -> Bool { router === other.router }

    /// Returns the indices of the rules that match a report, in the order of the file. None comes after a match with
    /// `stop`.
    package func matching(_ subject: Case) -> [Int] { router.matching(subject) }

    private func verdicts(
        on subject: Case, canBeJoined: Bool
    ) -> (verdicts: [Explanation.RuleVerdict], matched: [Int]) {
        let subject = subject.reading(router.searched)
        // Nothing joins an Update or a Cancel.
        let canBeJoined = canBeJoined && subject.report.messageType == .alert
        var verdicts: [Explanation.RuleVerdict] = []
        var matched: [Int] = []
        var stoppedBy: String?
        // The first that correlates decides by what later reports join.
        var isCorrelated = false
        for (index, rule) in rules.enumerated() {
            if let stoppedBy {
                verdicts.append(.init(rule: rule.name, line: rule.line, verdict: .notReached(stoppedBy: stoppedBy)))
                continue
            }
            var verdict = rule.conditions.verdict(on: subject)
            if case .matched(let reasons) = verdict, !isCorrelated, let correlation = rule.correlation {
                isCorrelated = true
                if canBeJoined, subject.report.lacking(for: correlation).isEmpty {
                    verdict = .matched(reasons + ["later reports of the same \(correlation.words) join it"])
                }
            }
            verdicts.append(.init(rule: rule.name, line: rule.line, verdict: verdict))
            guard case .matched = verdict else { continue }
            matched.append(index)
            if rule.stop { stoppedBy = rule.name }
        }
        return (verdicts, matched)
    }

    /// Returns the number of rules that ``route(_:)`` looks at for a report, matching ones included. It is a measure of
    /// the cost of routing.
    func candidateCount(for subject: Case) -> Int { router.candidateCount(for: subject) }
}

extension Ruleset {
    /// Returns the routing of the broker's own report of a lost link: to the supervisor, who must acknowledge, and to
    /// whomever the rules that match and subscriptions add. Where the supervisor does not answer in a rule's usual
    /// time, the fallback is told.
    public func route(
        _ subject: Case, to supervisor: Recipient, of link: String,
        with subscriptions: SubscriptionTable = SubscriptionTable()
    ) -> Routing {
        subscriptions.adding(to: router.route(subject, after: supervisionRule(supervisor, link)), for: subject)
    }

    /// Returns the reasons for the routing of a lost link's report.
    public func explain(
        _ subject: Case, to supervisor: Recipient, of link: String,
        with subscriptions: SubscriptionTable = SubscriptionTable()
    ) -> Explanation {
        let own = Explanation.RuleVerdict(
            rule: Self.supervisionName(of: link), verdict: .matched(["\(link) is supervised by \(supervisor)"]))
        return Explanation(
            verdicts: [own] + verdicts(on: subject, canBeJoined: false).verdicts,
            subscriptions: subscriptions.verdicts(on: subject),
            routing: route(subject, to: supervisor, of: link, with: subscriptions))
    }

    /// Returns the reason for the routing of the report that a link is back: whoever was told of its loss is informed.
    public static func explanation(ofReturn link: String, to told: [Recipient]) -> Explanation {
        let name = supervisionName(of: link)
        return Explanation(
            verdicts: [
                .init(rule: name, verdict: .matched(["\(link) is back, and whoever was told of its loss is informed"]))
            ], routing: Routing(informing: told, rule: name))
    }

    private func supervisionRule(_ supervisor: Recipient, _ link: String) -> Rule {
        let within = Rule.defaultAcknowledgeWithin
        return Rule(
            name: Self.supervisionName(of: link), conditions: Conditions(), notify: [.mailbox(supervisor)], inform: [],
            acknowledgeWithin: within,
            steps: supervisor == fallback ? [] : [Rule.Step(after: within, to: .mailbox(fallback))], stop: false)
    }
}

extension Conditions {
    /// Returns the verdict of a rule or a subscription with these conditions on a report that reaches it.
    func verdict(on subject: Case) -> Explanation.Verdict {
        if let unmet = firstUnmet(by: subject) {
            return .failed(condition: unmet.name, wanted: unmet.wanted, found: unmet.found(in: subject))
        }
        return .matched(asked.map { $0.reason(for: subject) })
    }
}
