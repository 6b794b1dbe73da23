public import TocsinModel

/// A report of the broker's own: that whoever reported an incident is not content.
///
/// Its identifier has the incident's number, so that an incident is told of once, however often it is rated.
public struct RatingReport {
    static let event = "rated-low"

    let report: Report
    /// The report as JSON.
    let body: [UInt8]

    /// Creates the report of a low rating, with the status and the place of what was rated.
    init(
        _ rating: Rating, of number: IncidentNumber, event: String, status: ReportStatus, grid: GridCode?,
        now: Timestamp
    ) {
        let named: [(name: String, value: String?)] = [
            ("incident", number.description), ("event", event), ("score", String(rating.score)), ("by", rating.by),
            ("note", rating.note),
        ]
        report = Report(
            name: Self.name(of: number), sent: now, event: Self.event, category: .other, severity: .minor,
            urgency: .expected, certainty: .observed, status: status, messageType: .alert, references: nil,
            headline: "报告人对事件 \(number) 的处置评分较低 Whoever reported incident \(number) is not content",
            parameters: named.compactMap { name, value in value.map { Report.NamedValue(name: name, value: $0) } },
            grid: grid)
        let note = rating.note.map { ": \($0)" } ?? "."
        body = report.ownJSON(description: "评分 \(rating.score)/5 It was rated \(rating.score) of 5\(note)")
    }

    /// The name of the report that an incident was rated low: `rated-low/17`.
    public static func name(of number: IncidentNumber) -> ReportName {
        ReportName(sender: LinkReport.sender, identifier: "\(event)/\(number)")
    }
}
