import TocsinModel
import TocsinWire

/// What an Update or a Cancel is news of, for people.
enum NewsView {
    /// Returns what a receipt says of the references of its report.
    static func lines(_ receipt: Receipt, style: Style) -> [String] {
        lines(
            updates: receipt.joined == nil ? receipt.updates : [receipt.incident], cancels: receipt.cancels,
            isRaised: receipt.isRaised, joined: receipt.joined,
            astray: receipt.astray.map { ($0.name, $0.reason) }, style: style)
    }

    /// Returns what INCIDENT says of the references of a report.
    static func lines(_ page: JSONNode, style: Style) throws(Refusal) -> [String] {
        let astray: [(ReportName, String)] =
            page["astray"] == nil
            ? []
            : try page.elements("astray") { (one) throws(Refusal) in
                (
                    ReportName(sender: try one.member("sender"), identifier: try one.member("identifier")),
                    try one.member("reason")
                )
            }
        return lines(
            updates: try page.member(ifPresent: "updates") ?? [], cancels: try page.member(ifPresent: "cancels") ?? [],
            isRaised: try page.member(ifPresent: "raised") ?? false, joined: try page.member(ifPresent: "joined"),
            astray: astray, style: style)
    }

    /// Returns a piece of news as one who follows the incident hears it.
    static func words(_ news: Progress.News) -> String {
        let word = news.type == .cancel ? "cancelled" : "updated"
        return (news.count.map { "\($0) reports by now, told" } ?? word)
            + " by incident \(news.incident), \(news.severity.rawValue)"
    }

    private static func lines(
        updates: [IncidentNumber], cancels: [IncidentNumber], isRaised: Bool, joined: Int?,
        astray: [(ReportName, String)], style: Style
    ) -> [String] {
        var lines: [String] = []
        if !updates.isEmpty {
            let rise = isRaised ? style.warning(", and the severity has risen") : ""
            let what = joined.map { "report \($0) of the same happening as" } ?? "an update of"
            lines.append("  \(what) \(named(updates))\(rise)")
        }
        if !cancels.isEmpty { lines.append("  a cancel of \(named(cancels))") }
        for (name, reason) in astray {
            lines.append(
                style.warning("  refers to \(name.description.printable), which leads nowhere: \(words(reason))"))
        }
        return lines
    }

    private static func named(_ incidents: [IncidentNumber]) -> String {
        "incident " + incidents.map(\.description).joined(separator: ", ")
    }

    private static func words(_ reason: String) -> String {
        switch reason {
        case "unknown": "no report of that name is stored"
        case "otherSender": "a Cancel ends only what the same sender has reported"
        case "otherStatus": "that report has another status"
        case "tooMany": "a report is news of at most \(Limits.incidentsUpdated) incidents"
        default: reason.printable
        }
    }
}
