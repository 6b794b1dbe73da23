public import TocsinModel

/// The rules in force: decides who must know of a report.
///
/// A value that never changes; any thread may use it. Every rule that matches adds its recipients, in the order of the
/// file; one with `stop` ends the list. Nothing goes nowhere: a report that no rule matches goes to the fallback, and
/// a role that has no mailbox for a report is stood in for by the fallback. Nobody is rung by mistake: a report whose status
/// is Test, System or Draft matches only rules that name its status, and no more than informs the fallback otherwise.
///
///     let ruleset = try Ruleset(yaml: text, file: "rules.yaml", directory: directory)
///     for addressee in ruleset.route(Case(report, at: now)).addressees { … }
public struct Ruleset: Sendable {
    /// What stands for a rule's name where no rule matched; no rule may have it.
    public static let fallbackName = "fallback"

    /// Who gets what no rule matches; the directory has this mailbox.
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

    /// Compiles rules that are known to be right.
    init(fallback: Recipient, rules: [Rule], directory: Directory) {
        self.fallback = fallback
        self.rules = rules
        router = Router(fallback: fallback, rules: rules, directory: directory)
    }

    /// Where a report goes. It costs what the rules cost that may match, however many others there are.
    public func route(_ subject: Case) -> Routing { router.route(subject) }

    /// Every rule with its verdict on a report, and where the report goes by these verdicts.
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

    /// How many rules ``route(_:)`` looks at for a report, those that match included: what routing costs.
    func candidateCount(for subject: Case) -> Int { router.candidateCount(for: subject) }
}
