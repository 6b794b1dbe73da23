import TocsinModel
import TocsinWire

/// The reports that have joined an incident, for people.
enum JoinedView {
    /// The reports that a page shows; `--json` has more, and SQL all.
    private static let shown = 10

    /// Returns what INCIDENT says of the reports of one happening; no line for an incident that none has joined.
    static func lines(_ page: JSONNode, style: Style) throws(Refusal) -> [String] {
        guard let count: Int = try page.member(ifPresent: "reports") else { return [] }
        var table = Table(["report", "at", "severity", "sender", "identifier", ""])
        // The newest comes first; its count is that of all that ever were, those that were taken out again included.
        var (listed, all) = (0, count)
        try page.forEachElement(of: "joinedReports") { (node) throws(Refusal) in
            listed += 1
            if listed == 1 { all = max(all, try node.member("count")) }
            guard listed <= shown else { return }
            let update: IncidentNumber? = try node.member(ifPresent: "update")
            let split: IncidentNumber? = try node.member(ifPresent: "splitInto")
            let remarks = [
                update.map { "told by incident \($0)" }, split.map { "taken out: incident \($0)" },
            ]
            table.add(
                "\(try node.member("count") as Int)", Clock.near(try node.member("at")),
                (try node.member("severity") as Severity).rawValue, (try node.member("sender") as String).printable,
                (try node.member("identifier") as String).printable,
                style.dim(remarks.compactMap(\.self).joined(separator: ", ")))
        }
        let rest = all - 1 - min(listed, shown)
        let more = rest == 1 ? "1 more has" : "\(rest) more have"
        return ["", style.bold("Reports of the same happening: \(count)")] + table.lines(style: style, indent: 2)
            + (rest > 0 ? [style.dim("  \(more) joined it; the view 'joined' of the journal has all.")] : [])
    }
}
