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
///     for addressee in ruleset.route(Case(report, at: now)).addressees { … }
public struct Ruleset: Sendable {
    /// The name that stands for a rule's where no rule matched. No rule may have it.
    public static let fallbackName = "fallback"

    /// The recipient of reports that no rule matches. The directory has this mailbox.
    public let fallback: Recipient
    /// The rules in the file's order.
    public let rules: [Rule]

    private let router: Router

    /// Reads a rule file and checks it against a directory.
    ///
    /// - Parameters:
    ///   - yaml: the file's text.
    ///   - file: what problems call the file.
    ///   - directory: who can be addressed.
    /// - Throws: every problem of the file, with line, column and what would be valid.
    public init(yaml: String, file: String, directory: Directory) throws(FileProblems) {
        var reader = RuleReader(file: file, directory: directory)
        let (fallback, rules) = reader.read(yaml)
        guard let fallback, reader.file.problems.isEmpty else { throw FileProblems(reader.file.inOrder) }
        self.init(fallback: fallback, rules: rules, directory: directory)
    }

    /// Says that there is no rule; nil if there is one. A file without rules is right, and may not be meant.
    public var warning: String? {
        rules.isEmpty ? "there is no rule: every report goes to the fallback, \(fallback), alone" : nil
    }

    /// Compiles rules that are known to be valid.
    init(fallback: Recipient, rules: [Rule], directory: Directory) {
        self.fallback = fallback
        self.rules = rules
        router = Router(fallback: fallback, rules: rules, directory: directory)
    }

    /// Returns a report's routing. The cost depends on the rules that may match, and not on the others.
    public func route(_ subject: Case) -> Routing { router.route(subject) }

    /// Returns every rule's verdict on a report, and the routing that follows from the verdicts.
    public func explain(_ subject: Case) -> Explanation {
        var verdicts: [Explanation.RuleVerdict] = []
        var matched: [Int] = []
        var stoppedBy: String?
        for (index, rule) in rules.enumerated() {
            if let stoppedBy {
                verdicts.append(.init(rule: rule.name, verdict: .notReached(stoppedBy: stoppedBy)))
                continue
            }
            if let unmet = rule.conditions.firstUnmet(by: subject) {
                let verdict = Explanation.Verdict.failed(
                    condition: unmet.name, wanted: unmet.wanted, found: unmet.found(in: subject))
                verdicts.append(.init(rule: rule.name, verdict: verdict))
                continue
            }
            let held = rule.conditions.asked.map { $0.reason(for: subject) }
            verdicts.append(.init(rule: rule.name, verdict: .matched(held)))
            matched.append(index)
            if rule.stop { stoppedBy = rule.name }
        }
        return Explanation(verdicts: verdicts, routing: router.routing(of: subject.report, matching: matched))
    }

    /// Returns the number of rules that ``route(_:)`` looks at for a report, matching ones included. It is a measure of
    /// the cost of routing.
    func candidateCount(for subject: Case) -> Int { router.candidateCount(for: subject) }
}
