import TocsinModel

/// The table of incidents.
enum IncidentsView {
    /// Returns the lines, each at most `width` columns wide.
    static func lines(
        _ incidents: [IncidentLine], style: Style, width: Int, now: Timestamp = Clock.now
    ) -> [String] {
        guard !incidents.isEmpty else { return ["No incidents."] }
        let times = incidents.map { Clock.short($0.storedAt, now: now) }
        let states = incidents.map(\.state)
        // Number, time, severity and state take the room they need, with two spaces after each column. The headline and
        // the recipients share the rest.
        let fixed =
            max(8, incidents.map { String($0.number).count }.max() ?? 0) + (times.map(\.displayWidth).max() ?? 0) + 12
            + (states.map(\.displayWidth).max() ?? 0) + 10
        let rest = max(16, width - fixed)
        let told = min(rest * 2 / 5, incidents.map { named($0.recipients, in: .max).displayWidth }.max() ?? 0)
        var table = Table(["incident", "stored", "severity", "what", "told", "state"], alignments: [.right])
        for (index, incident) in incidents.enumerated() {
            table.add(
                String(incident.number), times[index], style.severity(incident.severity),
                (incident.headline ?? incident.event).cut(to: rest - told), named(incident.recipients, in: told),
                incident.isOpen ? style.warning(states[index]) : states[index])
        }
        return table.lines(style: style)
    }

    /// Returns as many names as there is room for, and the number of the others.
    private static func named(_ recipients: [String], in width: Int) -> String {
        for count in (1...max(1, recipients.count)).reversed() {
            let more = recipients.count > count ? " + \(recipients.count - count)" : ""
            let text = recipients.prefix(count).joined(separator: ", ") + more
            if text.displayWidth <= width || count == 1 { return text.cut(to: width) }
        }
        return ""
    }

    /// Returns an incident on a line by itself.
    static func line(_ incident: IncidentLine, style: Style) -> String {
        let state = incident.isOpen ? style.warning(incident.state) : incident.state
        return "\(incident.number)  \(Clock.date(incident.storedAt))  \(style.severity(incident.severity))  "
            + "\(incident.headline ?? incident.event)  → \(incident.recipients.joined(separator: ", "))  \(state)"
    }
}
