public import TocsinModel

/// The rules in force: decides who must know of a report.
///
/// A value that never changes; any thread may use it. Every rule that matches adds its recipients, in the order of the
/// file; one with `stop` ends the list. Nothing goes nowhere: a report that no rule matches goes to the fallback, and
/// a role that has no mailbox for a report is stood in for by the fallback.
///
///     let ruleset = try Ruleset(yaml: text, file: "rules.yaml", directory: directory)
///     for addressee in ruleset.route(report).addressees { … }
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
    public func route(_ report: Report) -> Routing { router.route(report) }

    /// Every rule with its verdict on a report, and where the report goes by these verdicts.
    public func explain(_ report: Report) -> Explanation {
        var verdicts: [Explanation.RuleVerdict] = []
        var matched: [Int] = []
        var stoppedBy: String?
        for (index, rule) in rules.enumerated() {
            if let stoppedBy {
                verdicts.append(.init(rule: rule.name, verdict: .notReached(stoppedBy: stoppedBy)))
                continue
            }
            let conditions = rule.conditions
            if let unmet = conditions.firstUnmet(by: report) {
                let verdict = Explanation.Verdict.failed(
                    condition: conditions.name(of: unmet), wanted: conditions.wanted(by: unmet),
                    found: conditions.found(for: unmet, in: report))
                verdicts.append(.init(rule: rule.name, verdict: verdict))
                continue
            }
            let held = conditions.all.map { conditions.held($0, by: report) }
            verdicts.append(.init(rule: rule.name, verdict: .matched(held)))
            matched.append(index)
            if rule.stop { stoppedBy = rule.name }
        }
        return Explanation(verdicts: verdicts, routing: router.routing(of: report, matching: matched))
    }

    /// How many rules ``route(_:)`` looks at for a report, those that match included: what routing costs.
    func candidateCount(for report: Report) -> Int { router.candidateCount(for: report) }
}
