import TocsinModel
import TocsinProof

/// A rehearsal, for people.
enum RehearsalView {
    /// Returns an incident's lines, of which the first is at most `width` columns wide: what it was, and what changes for
    /// whom, at most `limit` recipients.
    static func lines(
        _ incident: PastIncident, _ changes: [RecipientChange], limit: Int?, style: Style, width: Int
    ) -> [String] {
        let severity = style.severity(incident.report.severity)
        let beginning = "\(incident.number)  \(Clock.date(incident.storedAt))  \(severity)"
        let status = incident.report.status
        let mark = status == .actual ? "" : "\(status.rawValue): "
        let what = (mark + (incident.report.headline ?? incident.report.event)).printable
        var table = Table()
        for change in changes.prefix(limit ?? changes.count) {
            table.add(words(change.kinds, style), change.recipient.name, words(change))
        }
        let more = changes.count - (limit ?? changes.count)
        return ["\(beginning)  \(what.cut(to: max(16, width - beginning.displayWidth - 2)))"]
            + table.lines(indent: 4) + (more > 0 ? ["    and \(counted(more, "more recipient"))"] : [])
    }

    private static func words(_ kinds: [RecipientChange.Kind], _ style: Style) -> String {
        kinds.map { kind in
            switch kind {
            case .added: style.good(title(kind))
            case .dropped: style.bad(title(kind))
            case .sooner, .later, .mustAcknowledge, .onlyInformed: style.warning(title(kind))
            }
        }.joined(separator: ", ")
    }

    private static func title(_ kind: RecipientChange.Kind) -> String {
        switch kind {
        case .added: "in addition"
        case .dropped: "no longer"
        case .sooner: "sooner"
        case .later: "later"
        case .mustAcknowledge: "must acknowledge"
        case .onlyInformed: "only informed"
        }
    }

    private static func words(_ change: RecipientChange) -> String {
        guard let before = change.before else { return change.after.map(words) ?? "" }
        guard let after = change.after else { return words(before) }
        if before.afterMilliseconds == after.afterMilliseconds, let former = before.actionAfterMilliseconds,
            let latter = after.actionAfterMilliseconds
        {
            return "must acknowledge \(moment(latter)) instead of \(moment(former))"
        }
        // Where the purpose is the same, the moments say everything.
        guard isOfOneKind(before), isOfOneKind(after), before.asksForAction == after.asksForAction else {
            return "\(words(after)), instead of: \(words(before))"
        }
        return "\(moment(after.afterMilliseconds)) instead of \(moment(before.afterMilliseconds))"
    }

    /// True if the first alert is for the same purpose as all.
    private static func isOfOneKind(_ alerts: FirstAlerts) -> Bool {
        alerts.actionAfterMilliseconds ?? alerts.afterMilliseconds == alerts.afterMilliseconds
    }

    /// `is informed at once`, `must acknowledge after 3 min`
    private static func words(_ alerts: FirstAlerts) -> String {
        guard let action = alerts.actionAfterMilliseconds else {
            return "is informed \(moment(alerts.afterMilliseconds))"
        }
        let acting = "must acknowledge \(moment(action))"
        return isOfOneKind(alerts) ? acting : "is informed \(moment(alerts.afterMilliseconds)), \(acting)"
    }

    private static func moment(_ milliseconds: Int64) -> String {
        milliseconds == 0 ? "at once" : "after \(Clock.duration(.milliseconds(milliseconds)))"
    }

    /// Returns the totals: first of what was real, then of exercises and tests, each with at most `limit` recipients.
    static func totals(_ rehearsal: Rehearsal, since: Timestamp, limit: Int?, style: Style) -> [String] {
        let real = rehearsal.real
        var lines = [sentence(real, "incident", "since \(Clock.date(since))", style)] + table(real, limit, style)
        let exercises = rehearsal.exercises
        if exercises.incidents > 0 {
            lines += ["", sentence(exercises, "exercise or test", nil, style)] + table(exercises, limit, style)
        }
        return lines
    }

    private static func sentence(
        _ totals: Rehearsal.Totals, _ noun: String, _ span: String?, _ style: Style
    ) -> String {
        let plural = noun == "incident" ? "incidents" : "exercises and tests"
        let of = ["Of \(counted(totals.incidents, noun, plural))", span].compactMap(\.self).joined(separator: " ")
        let verb = totals.changed > 1 ? "are" : "is"
        let changed = totals.changed == 0 ? "none" : totals.changed.grouped
        return style.bold("\(of), \(changed) \(verb) told otherwise.")
    }

    private static func table(_ totals: Rehearsal.Totals, _ limit: Int?, _ style: Style) -> [String] {
        let recipients = totals.recipients
        guard !recipients.isEmpty else { return [] }
        let kinds = RecipientChange.Kind.allCases
        var table = Table(
            ["recipient"] + kinds.map(title), alignments: [.left] + kinds.map { _ in Alignment.right })
        for (recipient, counts) in recipients.prefix(limit ?? recipients.count) {
            table.add(cells: [recipient.name] + kinds.map { counts[$0] == 0 ? "–" : counts[$0].grouped })
        }
        let more = recipients.count - (limit ?? recipients.count)
        return table.lines(style: style, indent: 2)
            + (more > 0 ? ["  and \(counted(more, "more recipient")): --all"] : [])
    }
}
