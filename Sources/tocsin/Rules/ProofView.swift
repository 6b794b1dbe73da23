import TocsinModel
import TocsinProof
import TocsinRouting

/// A proof for people: how far it goes, then each kind of finding with its examples.
struct ProofView {
    /// The findings of one kind that are shown.
    private static let shown = 12

    private let proof: Proof
    private let ruleset: Ruleset
    private let file: String
    private let style: Style

    init(_ proof: Proof, _ ruleset: Ruleset, file: String, style: Style) {
        self.proof = proof
        self.ruleset = ruleset
        self.file = file
        self.style = style
    }

    var lines: [String] { extent + gaps + informed + idle + unreached + leaderless + crowds }

    private var extent: [String] {
        let extent = proof.extent
        let classes = extent.classes < 1e15 ? counted(Int(extent.classes), "class", "classes") : "very many classes"
        var lines = [
            "\(file): \(counted(ruleset.rules.count, "rule")), \(classes) of reports, "
                + counted(extent.sets, "set") + " of rules that match together"
        ]
        func add(_ sign: String, _ text: String) { lines += wrapped("\(sign) ", text) }
        if extent.isStopped {
            add(style.bad("✗"), "the proof stopped before its end; what it names is so, and there may be more")
        }
        if extent.isComplete { add(style.good("✓"), "complete: every class was looked at, and has an example") }
        if !extent.unconfirmed.isEmpty {
            let rules = Suggestion.list(extent.unconfirmed.map { "'\($0.printable)'" }, limit: Self.shown)
            add(
                style.warning("!"),
                "not complete: of some classes no example was found, and perhaps there is no such report; they depend on "
                    + "what these rules search or measure: \(rules)")
        }
        if extent.unasked > 0 {
            add(
                style.warning("!"),
                "not complete: the search for examples stopped before \(counted(extent.unasked, "class", "classes")), "
                    + "and perhaps there are no such reports")
        }
        for omission in extent.omissions { add(style.warning("!"), "not looked at: \(omission)") }
        if extent.isThrifty {
            add(
                style.dim("i"),
                "too many classes for all combinations of texts, events and parameters: looked at are those with no more "
                    + "than one rule asks for, which suffice for all but the most alerts")
        }
        return lines
    }

    private var gaps: [String] {
        let title = "Falls through to the fallback, \(ruleset.fallback), alone"
        var lines = section(title, count(proof.gaps, proof.hasMoreGaps), proof.gaps, words)
        if !proof.unnamed.isEmpty {
            lines += wrapped(
                "  ", style.dim("as ever, what no rule names: \(proof.unnamed.joined(separator: ", "))"))
        }
        return lines
    }

    private var informed: [String] {
        let title = "Only informs: nobody has to act, and the fallback is not asked"
        return section(title, count(proof.informed, proof.hasMoreInformed), proof.informed, words)
    }

    /// `3`, `3 and more`, `perhaps 1`, or `3, and perhaps 1 more`: what has no example may not be.
    private func count(_ gaps: [Proof.Gap], _ hasMore: Bool) -> String {
        let sure = gaps.count { $0.example != nil }
        let open = gaps.count - sure
        let count = sure == 0 ? "perhaps \(open)" : open == 0 ? "\(sure)" : "\(sure), and perhaps \(open) more"
        return count + (hasMore ? " and more" : "")
    }

    private func words(_ gap: Proof.Gap) -> [String] {
        let named = gap.properties.filter { !$0.isAbsent }
        let words = named.map { "\($0.name) \($0.values.printable)" }.joined(separator: "; ")
        return [words.isEmpty ? "whatever no rule names" : words] + example(gap.example)
    }

    private var idle: [String] {
        section("Rules that never match", "\(proof.idle.count)", proof.idle) { idle in
            let behind = Suggestion.list(idle.behind.map { short($0) }, limit: 3)
            return [
                place(idle.rule),
                idle.behind.isEmpty ? "no report meets its conditions" : "always behind the 'stop' of \(behind)",
            ]
        }
    }

    private var unreached: [String] {
        section("Mailboxes that no rule reaches", "\(proof.unreached.reduce(0) { $0 + $1.count })", proof.unreached) {
            let title = $0.examples.first.flatMap { ruleset.directory.title(of: $0)?.chinese }
            guard let level = $0.level else { return ["\($0.name)  \(title ?? "")"] }
            let examples = $0.examples.map(\.name).joined(separator: ", ") + ($0.count > $0.examples.count ? ", …" : "")
            return ["\($0.name)@\(level.rawValue): \($0.count.grouped) of \($0.all.grouped)", examples]
        }
    }

    private var leaderless: [String] {
        let leaders = proof.wishes.leaders.joined(separator: ", ")
        let some = proof.standIns.reduce(0) { $0 + $1.rules.count }
        let all = proof.leaderless.isEmpty && some > 0 ? [] : [counted(proof.leaderless.count, "rule")]
        let others = some > 0 ? ["for some reports \(all.isEmpty ? counted(some, "rule") : "\(some) more")"] : []
        let found =
            proof.standIns.map(words)
            + proof.leaderless.map { rule in
                let recipients = Suggestion.list(rule.recipients.map(\.description), limit: Self.shown)
                let end =
                    rule.last.map { "the last step is \($0.to) after \(Clock.duration($0.after))" }
                    ?? "there are no steps"
                return [place(rule.rule), "\(recipients): \(end)"] + example(rule.example)
            }
        return section(
            "Obligations that end without a leader (\(leaders))", (all + others).joined(separator: ", "), found
        ) { $0 }
    }

    /// Where the fallback stands in for a leader is said once for all rules.
    private func words(_ standIn: Proof.StandIn) -> [String] {
        let levels = Suggestion.list(standIn.levels.map { "a \($0.rawValue)" })
        let reports =
            (standIn.isWithoutPlace ? ["without a place"] : [])
            + (levels.isEmpty ? [] : ["whose place is only \(levels)"])
        let leaders = Suggestion.list(standIn.leaders.map(\.description), limit: Self.shown)
        let rules = Suggestion.list(standIn.rules.map { short($0) }, limit: 3)
        return [
            "of reports \(reports.joined(separator: ", or ")), \(ruleset.fallback) is told instead of \(leaders), "
                + "by \(counted(standIn.rules.count, "rule"))", rules,
        ] + example(standIn.example)
    }

    private var crowds: [String] {
        let title = "Mailboxes with more than \(counted(proof.wishes.alerts, "alert")) of one incident"
        let lines = section(title, "\(proof.crowds.count)", proof.crowds) { crowd in
            let rules = Suggestion.list(crowd.rules.map { short($0) }, limit: Self.shown)
            return ["\(crowd.recipient): \(crowd.alerts) alerts", "by \(rules)"] + example(crowd.example)
        }
        return lines + (proof.crowds.isEmpty ? ["  " + style.dim("the most are \(proof.mostAlerts)")] : [])
    }

    private func section<Finding>(
        _ title: String, _ count: String, _ findings: [Finding], _ words: (Finding) -> [String]
    ) -> [String] {
        guard !findings.isEmpty else { return ["", "\(style.good("✓")) \(style.bold(title)): none"] }
        let sign = count.hasPrefix("perhaps") ? style.warning("!") : style.bad("✗")
        var lines = ["", "\(sign) \(style.bold(title)): \(count)"]
        for finding in findings.prefix(Self.shown) {
            let words = words(finding)
            lines += wrapped("  - ", words.first ?? "")
            for line in words.dropFirst() { lines += wrapped("      ", line).map(style.dim) }
        }
        if findings.count > Self.shown {
            lines.append("  " + style.dim("and \(findings.count - Self.shown) more; --json has them"))
        }
        return lines
    }

    /// Returns a text in lines as wide as the screen, after a first word that the others leave room for.
    private func wrapped(_ start: String, _ text: String) -> [String] {
        let indent = start.displayWidth
        return text.wrapped(to: max(40, Console.width - indent)).enumerated().map { index, line in
            (index == 0 ? start : String(repeating: " ", count: indent)) + line
        }
    }

    /// `rules.yaml:17 'small fires'`
    private func place(_ rule: Proof.RulePlace) -> String {
        let line = rule.line.map { "\(file):\($0) " } ?? ""
        return "\(line)'\(rule.name.printable)'"
    }

    /// `line 17 'small fires'`
    private func short(_ rule: Proof.RulePlace) -> String {
        (rule.line.map { "line \($0) " } ?? "") + "'\(rule.name.printable)'"
    }

    private func example(_ example: Example?) -> [String] {
        guard let example, let report = try? ReportDecoder().decode(example.report) else {
            return ["no example was found: perhaps there is no such report"]
        }
        var words = [
            "event \(report.event.printable)", "category \(report.category.rawValue)",
            "severity \(report.severity.rawValue)",
        ]
        if report.status != .actual { words.append("status \(report.status.rawValue)") }
        if report.messageType != .alert { words.append("type \(report.messageType.rawValue)") }
        words += report.eventCodes.map { "event code \($0.name.printable)=\($0.value.printable)" }
        words += report.parameters.map { "parameter \($0.name.printable)=\($0.value.printable)" }
        if let headline = report.headline { words.append("headline '\(headline.printable)'") }
        words.append(report.grid.map { "grid \($0)" } ?? "no grid")
        return ["such as \(words.joined(separator: ", ")), at \(Clock.date(example.at))"]
    }
}
