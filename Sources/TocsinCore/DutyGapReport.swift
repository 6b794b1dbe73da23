import TocsinDuty
import TocsinModel
import TocsinRouting

/// A report of the broker's own: that nobody will be on duty for a mailbox.
///
/// Its identifier has the number of its incident, so that it is given once. Texts are in both languages of the house.
struct DutyGapReport {
    static let event = "duty-gap"
    /// Another severity than a lost link's, by which the two are told apart.
    static let severity = Severity.moderate

    let report: Report
    /// The report as JSON.
    let body: [UInt8]

    /// - Parameters:
    ///   - gap: The time without anybody on duty.
    ///   - isLonger: True if it goes on for longer.
    ///   - roster: The roster that has the gap.
    ///   - supervisor: Whoever is told.
    ///   - number: The number that the incident will have.
    ///   - title: The recipient's title.
    ///   - now: The time of the report.
    init(
        _ gap: Range<Timestamp>, isLonger: Bool, of roster: Roster, supervisor: Recipient, _ number: IncidentNumber,
        title: Title?, now: Timestamp
    ) {
        let recipient = roster.recipient
        func clock(_ time: Timestamp) -> String { roster.zone.clockTime(at: time).description }
        let (from, until) = (clock(gap.lowerBound), clock(gap.upperBound))
        let parameters: [(String, String)] = [
            ("recipient", recipient.name), ("supervisor", supervisor.name), ("from", gap.lowerBound.description),
            ("until", gap.upperBound.description),
        ]
        report = Report(
            name: ReportName(sender: LinkReport.sender, identifier: "\(Self.event)/\(recipient)/\(number)"), sent: now,
            event: Self.event, category: .infra, severity: Self.severity,
            urgency: gap.lowerBound <= now ? .immediate : .expected, certainty: .observed, status: .actual,
            messageType: .alert,
            headline: "\(title?.chinese ?? recipient.name)自 \(from) 起无人值班 Nobody is on duty for "
                + "\(title?.english ?? recipient.name) from \(from) on",
            parameters: parameters.map { Report.NamedValue(name: $0.0, value: $0.1) }, grid: recipient.place)
        let end = isLonger ? ("至少至 \(until)", "at least until \(until)") : ("至 \(until)", "until \(until)")
        body = report.ownJSON(
            description: "空岗\(end.0)（\(roster.zone.name)）。 The gap lasts \(end.1) (\(roster.zone.name)).",
            instruction: "请安排人员，在值班表的 overrides 中写明，然后重新加载。 "
                + "Find somebody, write it under 'overrides' in the duty sheet, and reload.")
    }
}
