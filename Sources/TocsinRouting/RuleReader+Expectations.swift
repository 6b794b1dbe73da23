import TocsinModel
import Yams

/// Reading the expectations of a rules file.
extension RuleReader {
    private static let expectationKeys = ["name", "report", "at", "notify", "inform", "not-told"]

    mutating func expectations(_ node: Node) -> [Expectation] {
        let nodes = file.sequence(of: node, "expect") ?? []
        guard nodes.count <= Limits.expectations else {
            file.note(node, "expect has \(nodes.count) expectations; at most \(Limits.expectations) are allowed")
            return []
        }
        return nodes.enumerated().compactMap { expectation($1, number: $0 + 1) }
    }

    private mutating func expectation(_ node: Node, number: Int) -> Expectation? {
        guard let fields = file.fields(of: node, "an expectation", keys: Self.expectationKeys) else { return nil }
        let name = fields["name"].flatMap { expectationName($0) }
        let at = fields["at"].map { time($0) }
        let report = file.required("report", in: fields)
        if fields["notify"] == nil, fields["inform"] == nil, fields["not-told"] == nil {
            file.note(node, "the expectation asks for nothing; it needs notify, inform or not-told")
        }
        // A time that cannot be read has been noted, and nothing else of the report depends on it.
        let now = (at ?? nil) ?? Timestamp(milliseconds: 0)
        guard let report, let subject = subject(report, at: now, number: number) else {
            for key in ["notify", "inform", "not-told"] { _ = fields[key].map { targets($0, key) } }
            return nil
        }
        let wishes =
            wishes(fields["notify"], "notify", .notify, subject) + wishes(fields["inform"], "inform", .inform, subject)
            + wishes(fields["not-told"], "not-told", .notTold, subject)
        guard wishes.count <= Limits.recipientsPerExpectation else {
            file.note(
                node,
                "the expectation names \(wishes.count) recipients; at most \(Limits.recipientsPerExpectation) are allowed"
            )
            return nil
        }
        return Expectation(name: name, subject: subject, isTimed: at != nil, wishes: wishes, node: node)
    }

    private mutating func expectationName(_ node: Node) -> String? {
        guard let name = file.text(of: node, "the name of an expectation") else { return nil }
        if name.count <= Rule.nameCharacters, !name.unicodeScalars.contains(where: { $0.value < 0x20 }) { return name }
        file.note(node, "the name of an expectation has 1 to \(Rule.nameCharacters) characters in one line")
        return nil
    }

    private mutating func time(_ node: Node) -> Timestamp? {
        guard let text = file.text(of: node, "at") else { return nil }
        if let time = Timestamp(text) { return time }
        file.note(
            node,
            "\(Suggestion.quoted(text)) is not a time with its offset; a time is such as 2026-11-28T03:00:00+08:00")
        return nil
    }

    private mutating func subject(_ node: Node, at now: Timestamp, number: Int) -> Case? {
        guard let bytes = ExpectedReport(node, at: now, number: number, &file)?.bytes else { return nil }
        expectedBytes += bytes.count
        guard expectedBytes <= Limits.expectationBytes else {
            // It is said once, and the rest is not read.
            if expectedBytes - bytes.count <= Limits.expectationBytes {
                file.note(
                    node,
                    "with this report those of all expectations have more than \(Limits.expectationBytes) bytes, and no "
                        + "more are allowed")
            }
            return nil
        }
        do throws(Refusal) {
            return Case(try ReportDecoder().decode(bytes), at: now, body: bytes, in: directory)
        } catch {
            ExpectedReport.note(error, in: node, &file)
            return nil
        }
    }

    /// Reads recipients. A role at a size of place is that of the report's place.
    private mutating func wishes(
        _ node: Node?, _ what: String, _ kind: Expectation.Wish.Kind, _ subject: Case
    ) -> [Expectation.Wish] {
        guard let node else { return [] }
        return file.oneOrMore(node, what).compactMap { node in
            guard let target = target(node, what) else { return nil }
            if let recipient = directory.mailbox(target, at: subject.report.grid) {
                return Expectation.Wish(kind: kind, recipient: recipient, node: node)
            }
            let place = subject.report.grid.map { "\($0)" } ?? "none"
            file.note(
                node,
                "'\(target)' has no mailbox for this report, whose place is \(place); name a place of the directory, or "
                    + "whom the rules tell instead")
            return nil
        }
    }
}
